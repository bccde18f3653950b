"""The hourly look at a store."""

from dataclasses import replace

from django.utils import timezone

from channels.models import Channel
from channels.services.health import check_channel
from channels.services.platforms import open_platform
from tests.channels.fake_store import FakeStore


def test_what_calls_depend_on_is_renewed(channel: Channel, store: FakeStore) -> None:
    """The store was updated, say: its new version allows fewer calls."""
    Channel.objects.filter(pk=channel.pk).update(connection_options={"auth": "oauth", "version": "10.2.1"})
    channel.refresh_from_db()
    store.identity = replace(store.identity, options={"auth": "oauth", "version": "10.3.0"})
    check_channel(channel, platform=open_platform(channel), now=timezone.now())
    channel.refresh_from_db()
    assert channel.connection_options == {"auth": "oauth", "version": "10.3.0"}
    assert open_platform(channel)
    assert store.connections[-1].options["version"] == "10.3.0"


def test_a_store_without_options_keeps_them(channel: Channel, store: FakeStore) -> None:
    Channel.objects.filter(pk=channel.pk).update(connection_options={"auth": "query"})
    channel.refresh_from_db()
    store.identity = replace(store.identity, options={})
    check_channel(channel, platform=open_platform(channel), now=timezone.now())
    channel.refresh_from_db()
    assert channel.connection_options == {"auth": "query"}
