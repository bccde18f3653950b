"""Two drainers, marks made meanwhile, notices at once: nothing is lost, nothing is done twice at a time."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.errors import StoreAlreadyConnected
from channels.models import ChangeMark, Channel, Notice, SyncJob
from channels.outbox import mark
from channels.ports import Platform
from channels.registry import JobHandler, JobOutcome, registry
from channels.services.connect import GoLive, connect_store
from channels.services.drain import drain_channel
from channels.services.leases import take_lease
from channels.services.setup import SetupChangedMeanwhile, SetupChoices, save_setup
from channels.services.upkeep import claim_due_polls
from tests.channels.conftest import store  # noqa: F401 (a fixture)
from tests.channels.fake_store import FakeStore
from tests.channels.test_connect import TYPED
from tests.factories import inventory
from tests.factories.channels import CANARY, NOW, ChannelFactory

Race = Callable[[Sequence[Callable[[], Any]]], list[Any]]


class Truth:
    """What is true here and what the store was told; a handler reads the truth when it runs."""

    def __init__(self) -> None:
        self.value = 0
        self.told = -1
        self.working = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    def push(self, _channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        with self.lock:
            self.working += 1
            self.most_at_once = max(self.most_at_once, self.working)
        seen = self.value
        time.sleep(0.01)
        self.told = seen
        with self.lock:
            self.working -= 1
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Iterator[Truth]:
    found = Truth()
    handler = JobHandler(kind="stock", priority=20, batch=10, handle=found.push)
    monkeypatch.setitem(registry.handlers, "stock", handler)
    return found  # type: ignore[return-value]


@pytest.mark.req("JOB-3")
@pytest.mark.req("JOB-5")
def test_the_store_ends_with_the_newest_value(race: Race, store: FakeStore, truth: Truth) -> None:  # noqa: F811
    channel = ChannelFactory()

    def change() -> None:
        for _ in range(10):
            with transaction.atomic():
                mark([channel.pk], kind="stock", keys=["1"])
                with truth.lock:
                    truth.value += 1
            drain_channel(channel.pk)

    assert race([change, change, change]) == [None] * 3
    drain_channel(channel.pk)

    assert (truth.value, truth.told) == (30, 30)
    assert truth.most_at_once == 1, "one drainer a channel"
    assert not ChangeMark.objects.exists()
    assert not SyncJob.objects.exists()


@pytest.mark.req("JOB-5")
def test_one_of_many_takes_the_lease(race: Race) -> None:
    channel = ChannelFactory()

    leases = race([lambda: take_lease(channel.pk, clock=timezone.now)] * 4)

    assert sum(lease is not None for lease in leases) == 1


@pytest.mark.req("JOB-1")
def test_tickers_at_once_claim_a_poll_once(race: Race) -> None:
    for _ in range(3):
        ChannelFactory(next_poll_at=NOW, last_poll_at=NOW)

    claimed = race([lambda: claim_due_polls(now=NOW)] * 4)

    assert sum(claimed) == 3
    assert ChangeMark.objects.filter(kind="poll").count() == 3


@pytest.mark.req("JOB-6")
def test_a_notice_delivered_five_times_at_once_is_one_job(race: Race, store: FakeStore) -> None:  # noqa: F811
    channel = ChannelFactory()
    url = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    headers = {"x-hook-secret": f"{CANARY}-hook"}

    def deliver() -> int:
        return Client().post(url, "order/created 7 m-1", content_type="text/plain", headers=headers).status_code

    assert race([deliver] * 5) == [200] * 5
    assert Notice.objects.count() == 5
    seen: list[str] = []

    def handle(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
        seen.extend(job.key for job in jobs)
        return [JobOutcome(key=job.key, verdict="done") for job in jobs]

    kept = registry.handlers["order"]
    registry.handlers["order"] = JobHandler(kind="order", priority=10, batch=10, handle=handle)
    try:
        race([lambda: drain_channel(channel.pk)] * 3)
    finally:
        registry.handlers["order"] = kept
    assert seen == ["7"]


@pytest.mark.req("CON-5", platform="bigcommerce")
def test_one_store_is_connected_once_by_two_at_once(race: Race, store: FakeStore) -> None:  # noqa: F811
    inventory.organization()
    for number in (1, 2):
        inventory.PriceTierFactory(number=number)

    def connect() -> Channel:
        return connect_store("bigcommerce", fields=TYPED, go_live=GoLive(), user=None, now=NOW + timedelta(days=1))

    outcomes = race([connect] * 3)

    assert sum(isinstance(outcome, Channel) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, StoreAlreadyConnected) for outcome in outcomes) == 2


@pytest.mark.req("APP-13")
def test_two_saves_of_one_page_at_once(race: Race) -> None:
    channel = ChannelFactory()

    def save(buffer: int) -> frozenset[str]:
        return save_setup(channel, choices=SetupChoices(values={"buffer": buffer}), version=0, user=None, now=NOW)

    outcomes = race([lambda: save(3), lambda: save(4)])

    assert sum(outcome == frozenset({"buffer"}) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SetupChangedMeanwhile) for outcome in outcomes) == 1
