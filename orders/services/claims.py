"""Who may write a captured order: insert by the unique key, change by the revision that was read; no row locks."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip
from orders.models import CapturedOrder


class Raced(ProductError):
    """Another process wrote the same order between our reading and our writing; read again."""

    def __init__(self) -> None:
        super().__init__(_("Another process is working on this order."))


def insert_order(order: CapturedOrder) -> None:
    """First row of a store's order. Raises Raced when it exists; the caller's transaction stays usable.

    Any other broken rule is an error: as a race it would be tried again for ever without a word.
    """
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError as error:
        order.pk = None
        if not CapturedOrder.objects.filter(channel_id=order.channel_id, remote_id=order.remote_id).exists():
            raise
        raise Raced from error


def claim_order(order: CapturedOrder, **columns: Any) -> None:
    """Write columns if the row still is what was read (revision and state), and raise its revision. Raises Raced."""
    rows = CapturedOrder.objects.filter(pk=order.pk, revision=order.revision, state=order.state)
    if not rows.update(**columns, revision=F("revision") + 1):
        raise Raced
    order.revision += 1
    for name, value in columns.items():
        setattr(order, name, value)


def note_version(order: CapturedOrder, version: str) -> None:
    """What the store calls its present state of an order that needed no other change: seen again, it costs no call."""
    version = clip(version, 100)
    if not version or order.remote_version == version:
        return
    rows = CapturedOrder.objects.filter(pk=order.pk, revision=order.revision, state=order.state)
    if rows.update(remote_version=version):
        order.remote_version = version


def forget_version(order: CapturedOrder) -> None:
    """The store has the order no longer: seen again it is read, though nothing about it is new."""
    rows = CapturedOrder.objects.filter(pk=order.pk, revision=order.revision, state=order.state)
    if rows.update(remote_version=""):
        order.remote_version = ""
