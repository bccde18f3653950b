"""Keys of stored credentials (ADR 9)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction

from channels.models import AppGrant, Channel, ConnectAttempt
from inventory_sync.lib.secrets import SecretUnreadable

_HOLDERS: tuple[tuple[type[models.Model], str], ...] = (
    (Channel, "credentials"),
    (AppGrant, "secrets"),
    (ConnectAttempt, "secrets"),
)
"""Every model with stored secrets, and the field that holds them."""


@dataclass(frozen=True, kw_only=True)
class Rotated:
    name: str
    is_readable: bool


def rotate_credentials() -> Iterator[Rotated]:
    """Writes all stored secrets anew under the newest key; older keys can be dropped when all were readable.

    One short transaction a row; harmless when repeated.
    """
    for model, field in _HOLDERS:
        for row in list(model._default_manager.defer(field).order_by("pk")):
            yield Rotated(name=str(row), is_readable=_rotate(model, field, row.pk))


def _rotate(model: type[models.Model], field: str, pk: int) -> bool:
    rows = model._default_manager
    try:
        with transaction.atomic():
            secrets = getattr(rows.select_for_update().only(field).get(pk=pk), field)
            if secrets:
                rows.filter(pk=pk).update(**{field: secrets})
    except ObjectDoesNotExist:
        return True
    except SecretUnreadable:
        return False
    return True
