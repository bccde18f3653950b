"""Keys of stored credentials (ADR 9)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from channels.models import Channel
from inventory_sync.lib.secrets import SecretUnreadable


@dataclass(frozen=True, kw_only=True)
class Rotated:
    channel_id: int
    name: str
    is_readable: bool


def rotate_credentials() -> Iterator[Rotated]:
    """Writes every channel's credentials anew under the newest key; older keys can be dropped when all were readable.

    One short transaction a channel; harmless when repeated.
    """
    channels = Channel.objects.defer("credentials").order_by("pk").values_list("pk", "name")
    for pk, name in list(channels):
        yield Rotated(channel_id=pk, name=name, is_readable=_rotate(pk))


def _rotate(pk: int) -> bool:
    try:
        with transaction.atomic():
            secrets = Channel.objects.select_for_update().only("credentials").get(pk=pk).credentials
            if secrets:
                Channel.objects.filter(pk=pk).update(credentials=secrets)
    except Channel.DoesNotExist:
        return True
    except SecretUnreadable:
        return False
    return True
