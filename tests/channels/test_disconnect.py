"""Disconnecting: what goes, what stays, and that a broken clearing goes on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from channels.enums import ChannelState
from channels.errors import LeaseLost, TemporarilyUnavailable
from channels.models import (
    ChangeMark,
    Channel,
    ChannelAccess,
    ChannelSettings,
    LocationMapping,
    Notice,
    PaymentMapping,
    SyncJob,
    TaxMapping,
)
from channels.queries import channels_for
from channels.registry import DisconnectPart, registry
from channels.services import upkeep
from channels.services.connect import GoLive, connect_store
from channels.services.disconnect import disconnect_channel, preview_disconnect, purge_channel
from channels.services.leases import take_lease
from channels.services.notices import notice_url
from channels.signals import disconnecting
from inventory.models import AuditEntry
from tests.channels.conftest import Clock
from tests.channels.fake_store import FakeStore
from tests.channels.test_connect import TYPED
from tests.factories.channels import (
    NOW,
    LocationMappingFactory,
    PaymentMappingFactory,
    SyncJobFactory,
    TaxMappingFactory,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(channel: Channel) -> Channel:
    """A channel with everything that disconnecting deletes."""
    for factory in (TaxMappingFactory, PaymentMappingFactory, LocationMappingFactory, SyncJobFactory):
        factory(channel=channel)
    ChangeMark.objects.create(channel=channel, kind="order", key="1")
    Notice.objects.create(channel=channel, received_at=NOW, signature="valid", verdict="accepted", absorbed_at=NOW)
    ChannelAccess.objects.create(channel=channel, user=member())
    return channel


LEFT = (ChangeMark, ChannelAccess, ChannelSettings, LocationMapping, Notice, PaymentMapping, SyncJob, TaxMapping)


@pytest.mark.req("CON-19")
def test_everything_of_the_channel_goes(full: Channel, store: FakeStore, clock: Clock) -> None:
    store.hooks[notice_url(full)] = []
    user = member()

    assert disconnect_channel(full, forget=False, user=user, now=NOW) is True
    assert disconnect_channel(full, forget=False, user=user, now=NOW) is False
    assert purge_channel(full, clock=clock) is True

    assert {model.__name__: model.objects.filter(channel=full).count() for model in LEFT} == {
        model.__name__: 0 for model in LEFT
    }
    full.refresh_from_db()
    assert (full.state, full.disconnected_at, dict(full.credentials)) == (ChannelState.DISCONNECTED, NOW, {})
    assert store.calls == ["unregister"]
    assert store.hooks == {}
    assert list(channels_for(user)) == []
    assert AuditEntry.objects.get(action="disconnected store").user == user


@pytest.mark.req("CON-19")
def test_a_store_that_is_down_is_disconnected_all_the_same(full: Channel, store: FakeStore, clock: Clock) -> None:
    store.failures.append(TemporarilyUnavailable("Down."))
    disconnect_channel(full, forget=False, user=None, now=NOW)

    assert purge_channel(full, clock=clock) is True
    assert not ChannelSettings.objects.exists()


@pytest.mark.req("A3")
@pytest.mark.parametrize(("forget", "expected"), [(False, ["purge"]), (True, ["purge", "forget"])])
def test_other_floors_delete_theirs_and_forget_by_choice(
    full: Channel, clock: Clock, monkeypatch: pytest.MonkeyPatch, forget: bool, expected: list[str]
) -> None:
    done: list[str] = []
    part = DisconnectPart(
        preview=lambda _channel: [("sales", 3, True), ("links", 2, False)],
        purge=lambda _channel: done.append("purge"),
        forget=lambda _channel: done.append("forget"),
    )
    monkeypatch.setattr(registry, "disconnect_parts", [part])

    losses = [(loss.label, loss.count, loss.kept) for loss in preview_disconnect(full)]
    assert losses[:2] == [("sales", 3, True), ("links", 2, False)]
    disconnect_channel(full, forget=forget, user=None, now=NOW)
    purge_channel(full, clock=clock)

    assert done == expected


@pytest.mark.req("JOB-5")
def test_a_clearing_that_was_cut_short_goes_on(full: Channel, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(_channel: Channel) -> None:
        raise Killed

    monkeypatch.setattr(registry, "disconnect_parts", [DisconnectPart(preview=lambda _c: [], purge=kill)])
    disconnect_channel(full, forget=False, user=None, now=NOW)
    with pytest.raises(Killed):
        purge_channel(full, clock=clock)
    OrmQ.objects.all().delete()

    upkeep.sweep_disconnected(now=clock.forward(minutes=2))
    assert OrmQ.objects.count() == 1
    monkeypatch.setattr(registry, "disconnect_parts", [])
    clock.forward(minutes=3)
    assert purge_channel(full, clock=clock) is True
    assert purge_channel(full, clock=clock) is True, "again is harmless"


@pytest.mark.req("JOB-5")
def test_a_drain_under_way_ends_before_the_clearing(full: Channel, clock: Clock) -> None:
    lease = take_lease(full.pk, clock=clock)
    assert lease is not None
    disconnect_channel(full, forget=False, user=None, now=NOW)

    assert purge_channel(full, clock=clock) is False, "the drain still holds the channel"
    with pytest.raises(LeaseLost):
        lease.before_call()
    lease.drop()
    assert purge_channel(full, clock=clock) is True


def test_others_are_told_inside_the_transaction(full: Channel) -> None:
    told: list[int] = []

    def hear(channel: Channel, **_: object) -> None:
        told.append(channel.pk)

    disconnecting.connect(hear)
    try:
        disconnect_channel(full, forget=False, user=None, now=NOW)
    finally:
        disconnecting.disconnect(hear)
    assert told == [full.pk]


@pytest.mark.req("CON-5", platform="bigcommerce")
def test_a_disconnected_store_can_be_connected_again(channel: Channel, store: FakeStore, clock: Clock) -> None:
    Channel.objects.filter(pk=channel.pk).update(store_identity=store.identity.identity)
    disconnect_channel(channel, forget=False, user=None, now=NOW)
    purge_channel(channel, clock=clock)

    again = connect_store("bigcommerce", fields=TYPED, go_live=GoLive(), user=None, now=NOW + timedelta(days=1))

    assert again.pk != channel.pk


@pytest.mark.req("CON-19")
def test_the_page_counts_and_has_the_name_typed(client: Client, full: Channel) -> None:
    client.force_login(member())
    url = reverse("channels:disconnect", args=[full.pk])

    page = client.get(url).content.decode()
    assert "<b>4</b> Setup and mappings" in page
    assert "<b>1</b> Notices received" in page
    refused = client.post(url, {"confirm": "another name"})
    assert "This is not the name of the store." in refused.content.decode()
    assert Channel.objects.get().state == ChannelState.CONNECTED

    assert client.post(url, {"confirm": full.name}).status_code == 302
    assert Channel.objects.get().state == ChannelState.DISCONNECTED
    assert client.get(url).status_code == 404
