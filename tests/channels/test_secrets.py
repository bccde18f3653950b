"""A store's secrets are found nowhere but encrypted in their column."""

import io
import logging

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ
from pytest_django import Settings

from channels.enums import ChannelState
from channels.models import Channel
from channels.outbox import mark
from channels.services.connect import GoLive, change_credentials, connect_store
from channels.services.drain import drain_channel
from channels.services.platforms import open_platform
from inventory_sync.lib.secrets import SecretUnreadable
from tests.channels.conftest import Clock
from tests.channels.fake_store import FakeStore
from tests.factories import inventory
from tests.factories.channels import CANARY, NOW, ChannelFactory, member
from tests.factories.inventory import UserFactory
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db

TYPED = {"store": "demo", "client_id": "id", "client_secret": f"{CANARY}-client", "access_token": CANARY}


def database() -> str:
    """Every value of every table, as text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            parts.append(repr(cursor.fetchall()))
    return "\n".join(parts)


@pytest.mark.req("APP-6")
def test_the_canary_is_found_nowhere(
    client: Client, store: FakeStore, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    caplog.set_level(logging.DEBUG)
    inventory.organization()
    for number in (1, 2):
        inventory.PriceTierFactory(number=number)
    admin = UserFactory(is_superuser=True, is_staff=True)
    channel = connect_store("bigcommerce", fields=TYPED, go_live=GoLive(), user=admin, now=NOW)
    change_credentials(channel, fields=TYPED, user=admin, now=NOW)
    drain_channel(channel.pk, now_fn=clock)
    client.force_login(admin)
    pages = [
        reverse("channels:setup", args=[channel.pk]),
        reverse("channels:credentials", args=[channel.pk]),
        reverse("channels:channels"),
        reverse("admin:channels_channel_changelist"),
        reverse("admin:channels_channel_change", args=[channel.pk]),
        reverse("admin:channels_channelsettings_changelist"),
        reverse("admin:inventory_auditentry_changelist"),
    ]
    shown = [client.get(url).content.decode() for url in pages]
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    queue = [repr(task.task) for task in OrmQ.objects.all()]
    objects = [repr(channel.credentials), repr(store.connections)]

    assert queue
    for text in (*shown, out.getvalue(), database(), caplog.text, *objects, *queue):
        assert CANARY not in text
    assert channel.credentials["access_token"] == CANARY
    assert channel.notice_token not in "".join(shown)


def test_the_adapter_hides_its_token(shop: StoreClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = ChannelFactory(api_url=f"{shop.server.url}/stores/demo")

    platform = open_platform(channel)

    assert CANARY not in repr(platform)
    assert CANARY not in caplog.text


def test_keys_are_rotated(settings: Settings) -> None:
    channels = [ChannelFactory(), ChannelFactory(state=ChannelState.DISCONNECTED)]
    old = settings.CREDENTIAL_KEYS[0]
    new = Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [new, old]

    out = io.StringIO()
    call_command("rotate_credentials", stdout=out)

    assert out.getvalue() == "2 credentials now use the newest key.\n"
    settings.CREDENTIAL_KEYS = [new]
    for channel in channels:
        assert Channel.objects.get(pk=channel.pk).credentials["access_token"] == CANARY
    settings.CREDENTIAL_KEYS = [old]
    with pytest.raises(SecretUnreadable):
        Channel.objects.get(pk=channels[0].pk)


def test_a_lost_key_is_named_and_pauses_the_channel_only(
    client: Client, settings: Settings, store: FakeStore, clock: Clock
) -> None:
    channel = ChannelFactory(name="Nordhafen")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    mark([channel.pk], kind="poll", keys=["orders"])

    with pytest.raises(CommandError, match="Nordhafen"):
        call_command("rotate_credentials")
    drain_channel(channel.pk, now_fn=clock)

    found = Channel.objects.defer("credentials").get(pk=channel.pk)
    assert found.state == ChannelState.NEEDS_SIGN_IN
    assert "CREDENTIAL_KEYS" in found.state_reason
    client.force_login(member())
    for url in (reverse("channels:channels"), reverse("channels:setup", args=[channel.pk])):
        assert client.get(url).status_code == 200
