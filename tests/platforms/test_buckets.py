"""The bucket never lets more through than the store leaves us, and leaves head-room to other clients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.platforms.buckets import HEADROOM, Quota, TokenBucket, bucket_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def drained(bucket: TokenBucket) -> int:
    taken = 0
    while bucket.take() == 0:
        taken += 1
    return taken


def test_a_burst_leaves_head_room_and_fills_up_again() -> None:
    clock = Clock()
    bucket = TokenBucket(100, 10, clock=clock)
    assert drained(bucket) == 85
    assert bucket.take() == pytest.approx(1 / 8.5)
    clock.now += 2
    assert drained(bucket) == 17


def test_the_store_s_own_count_is_believed() -> None:
    clock = Clock()
    bucket = TokenBucket(150, 30, clock=clock)
    bucket.learn(Quota(requests=150, left=40, window_seconds=30, reset_seconds=20))
    assert drained(bucket) == 17


def test_when_others_used_it_up_we_wait_for_the_next_window() -> None:
    clock = Clock()
    bucket = TokenBucket(150, 30, clock=clock)
    bucket.learn(Quota(requests=150, left=10, window_seconds=30, reset_seconds=12.5))
    assert bucket.take() == 12.55
    clock.now = 12.55
    assert drained(bucket) == 127


def test_a_larger_plan_is_used() -> None:
    clock = Clock()
    bucket = TokenBucket(150, 30, clock=clock)
    drained(bucket)
    bucket.learn(Quota(requests=450, left=400, window_seconds=30, reset_seconds=30))
    clock.now += 30
    assert drained(bucket) == 382


def test_nonsense_headers_change_nothing() -> None:
    bucket = TokenBucket(100, 10, clock=Clock())
    bucket.learn(Quota(requests=0, left=0, window_seconds=0, reset_seconds=0))
    assert drained(bucket) == 85


def test_a_store_has_one_bucket_in_the_process() -> None:
    assert bucket_of("test:one", 10, 1) is bucket_of("test:one", 99, 1)
    assert bucket_of("test:one", 10, 1) is not bucket_of("test:two", 10, 1)


@settings(max_examples=40)
@given(quota=st.integers(10, 300), others=st.floats(0, 1), window=st.floats(1, 60))
def test_the_quota_is_never_exceeded(quota: int, others: float, window: float) -> None:
    """A store that counts: fixed windows, part of the quota taken by other clients at the start of each."""
    clock = Clock()
    bucket = TokenBucket(quota, window, clock=clock)
    opened, used = 0.0, round(quota * others * HEADROOM)
    for _ in range(quota * 3):
        while (wait := bucket.take()) > 0:
            clock.now += wait
        if clock.now - opened >= window:
            opened, used = clock.now, round(quota * others * HEADROOM)
        used += 1
        assert used <= quota
        reset = max(0.0, opened + window - clock.now)
        bucket.learn(Quota(requests=quota, left=quota - used, window_seconds=window, reset_seconds=reset))
