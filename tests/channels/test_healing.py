"""Notices that heal themselves (NEW-9): off, missing or changed at the store, put right, and the gap looked through."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels.enums import JobKind, Notices
from channels.errors import RemoteRejected, TemporarilyUnavailable
from channels.models import Channel, SyncJob
from channels.outbox import mark
from channels.queries import health_lines, health_of, notices_gap, work_of
from channels.remote import HookState
from channels.services.drain import drain_channel
from channels.services.health import HEALTH_KEY
from channels.services.platforms import notice_url
from inventory.models import User
from tests.channels.conftest import Clock, on_both
from tests.channels.fake_store import FakeStore
from tests.factories.channels import NOW

pytestmark = pytest.mark.django_db
HOOK = HookState(id="1", topic="order/created", active=True)
OFF = HookState(id="1", topic="order/created", active=False)
LAST_SEEN = NOW - timedelta(hours=3)


def arriving(channel: Channel, store: FakeStore, *hooks: HookState) -> None:
    Channel.objects.filter(pk=channel.pk).update(notices=Notices.ARRIVING, notices_seen_at=LAST_SEEN)
    store.hooks[notice_url(channel)] = list(hooks)


def look(channel: Channel, clock: Clock) -> Channel:
    """The hourly look."""
    mark([channel.pk], kind=JobKind.HEALTH, keys=[HEALTH_KEY])
    drain_channel(channel.pk, now_fn=clock)
    return Channel.objects.get(pk=channel.pk)


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@pytest.mark.req("CON-20", platform="bigcommerce")
@pytest.mark.req("CON-20", platform="woocommerce")
@on_both
@pytest.mark.parametrize("hooks", [[OFF], [], [HOOK, OFF]])
def test_what_is_off_or_missing_is_put_right_and_the_gap_is_looked_through(
    each_channel: Channel, clock: Clock, store: FakeStore, hooks: list[HookState]
) -> None:
    arriving(each_channel, store, *hooks)

    channel = look(each_channel, clock)

    assert store.calls[:3] == ["check", "hooks", "register"]
    assert store.calls[3].startswith("changed_since"), "a week back"
    assert store.hooks[notice_url(channel)] == [HOOK]
    assert (channel.notices, channel.notices_off_since) == (Notices.ARRIVING, LAST_SEEN)
    assert channel.notices_back_at is not None
    assert channel.notices_back_at > LAST_SEEN


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@on_both
def test_staff_see_since_when_notices_were_off(
    each_channel: Channel, clock: Clock, store: FakeStore, client: Client, manager: User
) -> None:
    arriving(each_channel, store, OFF)
    channel = look(each_channel, clock)
    back = channel.notices_back_at
    assert back is not None

    words = notices_gap(channel, now=back)
    assert words.startswith("Notices were off since March 4, 2026, ")
    assert "are back since" in words
    assert "Notices were off" in [line.label for line in health_lines(channel, now=back)]
    assert notices_gap(channel, now=back + timedelta(days=8)) == ""
    client.force_login(User.objects.create_superuser("root@shop.example"))
    assert words in client.get(reverse("channels:setup", args=[channel.pk])).content.decode()


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@on_both
def test_healthy_notices_are_left_alone(each_channel: Channel, clock: Clock, store: FakeStore) -> None:
    arriving(each_channel, store, HOOK)

    channel = look(each_channel, clock)

    assert store.calls == ["check", "hooks"]
    assert channel.notices_off_since is None
    assert channel.notices_seen_at is not None
    assert channel.notices_seen_at > LAST_SEEN


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@on_both
def test_what_cannot_be_put_right_stays_broken_with_words_until_it_can(
    each_channel: Channel, clock: Clock, store: FakeStore
) -> None:
    arriving(each_channel, store, OFF)
    store.hook_failure = RemoteRejected("You may not register notices.")

    for _ in range(2):
        channel = look(each_channel, clock)

    assert (channel.notices, channel.notices_reason) == (Notices.BROKEN, "You may not register notices.")
    assert (channel.notices_off_since, channel.notices_back_at) == (LAST_SEEN, None)
    health = health_of(channel, work=work_of(channel), now=channel.next_poll_at)
    assert (health.word, health.reason) == ("Needs attention", "You may not register notices.")
    assert not any(call.startswith("changed_since") for call in store.calls)

    store.hook_failure = None
    channel = look(each_channel, clock)
    assert (channel.notices, channel.notices_off_since) == (Notices.ARRIVING, LAST_SEEN)
    assert any(call.startswith("changed_since") for call in store.calls)


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@on_both
def test_a_hook_that_stays_off_is_named(each_channel: Channel, clock: Clock, store: FakeStore) -> None:
    arriving(each_channel, store, OFF)
    store.hooks_can_be_on = False

    channel = look(each_channel, clock)

    assert channel.notices == Notices.BROKEN
    assert channel.notices_reason == "The store has switched off: order/created"


@pytest.mark.req("APP-11")
def test_a_store_that_never_took_our_address_works_by_polling_and_is_not_broken(
    channel: Channel, clock: Clock, store: FakeStore
) -> None:
    store.hook_failure = RemoteRejected("Only port 443.")

    seen = look(channel, clock)

    assert (seen.notices, seen.notices_reason) == (Notices.POLLING_ONLY, "Only port 443.")


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@on_both
def test_a_look_that_the_store_does_not_answer_comes_again(
    each_channel: Channel, clock: Clock, store: FakeStore
) -> None:
    arriving(each_channel, store, OFF)
    store.hook_failure = TemporarilyUnavailable("Down.")
    look(each_channel, clock)
    assert SyncJob.objects.get().kind == JobKind.HEALTH

    store.hook_failure = None
    clock.forward(minutes=2)
    drain_channel(each_channel.pk, now_fn=clock)

    assert Channel.objects.get().notices_back_at is not None


@pytest.mark.req("NEW-9", platform="bigcommerce")
@pytest.mark.req("NEW-9", platform="woocommerce")
@on_both
def test_a_second_gap_is_told_instead_of_the_first(each_channel: Channel, clock: Clock, store: FakeStore) -> None:
    arriving(each_channel, store, OFF)
    first = look(each_channel, clock)
    store.hooks[notice_url(first)] = []

    second = look(each_channel, clock)

    assert second.notices_off_since == first.notices_back_at
    assert second.notices_back_at is not None
    assert first.notices_back_at is not None
    assert second.notices_back_at > first.notices_back_at


@pytest.mark.parametrize(
    ("name", "public_url", "words"),
    [
        pytest.param(
            "channel",
            "https://sync.example:8443",
            "The store calls only these ports: 443. https://sync.example:8443 has another one.",
            marks=pytest.mark.req("APP-11", platform="bigcommerce"),
        ),
        pytest.param("channel", "https://sync.example", "", marks=pytest.mark.req("APP-11", platform="bigcommerce")),
        pytest.param(
            "second_channel",
            "https://sync.example:8443",
            "The store calls only these ports: 80, 443, 8080. https://sync.example:8443 has another one.",
            marks=pytest.mark.req("APP-11", platform="woocommerce"),
        ),
        pytest.param(
            "second_channel", "http://sync.example:8080", "", marks=pytest.mark.req("APP-11", platform="woocommerce")
        ),
    ],
)
def test_a_port_that_stores_do_not_call_means_polling_and_is_said(
    request: pytest.FixtureRequest,
    clock: Clock,
    store: FakeStore,
    settings: Settings,
    name: str,
    public_url: str,
    words: str,
) -> None:
    channel = request.getfixturevalue(name)
    Channel.objects.filter(pk=channel.pk).update(api_url="https://api.shop.example")
    settings.PUBLIC_URL = public_url

    seen = look(channel, clock)

    expected = Notices.POLLING_ONLY if words else Notices.ARRIVING
    assert (seen.notices, seen.notices_reason) == (expected, words)


def test_what_a_look_learns_of_the_store_is_kept(channel: Channel, clock: Clock, store: FakeStore) -> None:
    """Downloaded prices are compared with tiers by what the store says now."""
    store.identity = replace(store.identity, prices_include_tax=True, time_zone="Europe/Berlin", country="AT")

    seen = look(channel, clock)

    assert (seen.prices_include_tax, seen.store_time_zone, seen.store_country) == (True, "Europe/Berlin", "AT")
