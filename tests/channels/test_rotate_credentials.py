"""Rotating CREDENTIAL_KEYS: everything readable before and after, under the newest key only."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from channels.models import Channel
from inventory_sync.lib.secrets import SecretUnreadable
from tests.factories.channels import CANARY, ChannelFactory
from tests.settings import TEST_CREDENTIAL_KEY

pytestmark = pytest.mark.django_db
NEW_KEY = Fernet.generate_key().decode()


def rotate() -> str:
    out = StringIO()
    call_command("rotate_credentials", stdout=out)
    return out.getvalue()


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM channels_channel ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_credentials_move_to_the_newest_key(settings) -> None:
    ChannelFactory()
    ChannelFactory()
    settings.CREDENTIAL_KEYS = [NEW_KEY, TEST_CREDENTIAL_KEY]

    rotate()

    settings.CREDENTIAL_KEYS = [NEW_KEY]
    assert [channel.credentials["access_token"] for channel in Channel.objects.all()] == [CANARY, CANARY]
    settings.CREDENTIAL_KEYS = [TEST_CREDENTIAL_KEY]
    with pytest.raises(SecretUnreadable):
        list(Channel.objects.all())
    assert not any(CANARY in token for token in stored())


def test_channels_without_credentials_are_left_alone() -> None:
    ChannelFactory(credentials={})

    rotate()

    assert stored() == [""]


def test_a_lost_key_is_said_and_nothing_changes(settings) -> None:
    ChannelFactory()
    before = stored()
    settings.CREDENTIAL_KEYS = [NEW_KEY]

    with pytest.raises(CommandError, match="CREDENTIAL_KEYS"):
        rotate()

    assert stored() == before
