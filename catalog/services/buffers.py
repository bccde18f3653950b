"""Buffers of single products (SPEC BUF-2, BUF-3, BUF-6, BUF-7): kept, audited, and never sent by themselves (A32)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import ProductBuffer
from catalog.queries.buffers import affected_by_buffer
from catalog.queries.levels import product_buffers
from catalog.services.updates import PUSH_AFFECTED, NothingChosen, ReadOnly
from channels.models import Channel, ChannelSettings
from channels.services.activities import start_channel_run
from inventory.models import Product, Run, User
from inventory.services import audit
from inventory_sync.lib.errors import ProductError

MOST = 1_000_000_000
_PIECE = 500


class BufferOff(ProductError):
    """BUF-2: product level buffers need the channel's switch."""


class BadBuffer(ProductError):
    """A buffer is a whole number of units, 0 or more."""


@dataclass(frozen=True, kw_only=True)
class BufferChoice:
    """BUF-6: what to do with the product level settings; `quantity` with "set"."""

    mode: Literal["keep", "set", "remove"] = "keep"
    quantity: int | None = None


def apply_choice(
    channel: Channel, *, choice: BufferChoice, product_ids: Iterable[int], user: User | None, now: datetime
) -> int:
    """How many settings changed. Raises BufferOff and BadBuffer; keeping them needs no switch."""
    if choice.mode == "keep":
        return 0
    if choice.mode == "set" and choice.quantity is None:
        raise BadBuffer(_("How many units are kept back?"))
    quantity = choice.quantity if choice.mode == "set" else None
    return set_buffers(channel, product_ids=product_ids, quantity=quantity, user=user, now=now)


def set_buffers(
    channel: Channel, *, product_ids: Iterable[int], quantity: int | None, user: User | None, now: datetime
) -> int:
    """Gives these products a buffer of their own, or with None takes it away; answers how many changed.

    Nothing is sent: the next update, by hand or by itself, uses it (BUF-7). Idempotent. Raises BufferOff, BadBuffer.
    """
    if not ChannelSettings.objects.filter(channel=channel, use_buffer=True).exists():
        raise BufferOff(_("Switch “Use buffer inventory” on in Setup first."))
    if quantity is not None and not 0 <= quantity <= MOST:
        raise BadBuffer(_("A buffer is a whole number of units, 0 or more."))
    wanted = sorted(set(product_ids))
    pieces = [wanted[start : start + _PIECE] for start in range(0, len(wanted), _PIECE)]
    return sum(_set_piece(channel, piece, quantity, user, now) for piece in pieces)


def _set_piece(
    channel: Channel, product_ids: Sequence[int], quantity: int | None, user: User | None, now: datetime
) -> int:
    with transaction.atomic():
        old = product_buffers(channel, product_ids)
        products = Product.objects.filter(pk__in=product_ids).only("sku", "name").order_by("pk")
        changed = [product for product in products if old.get(product.pk) != quantity]
        if quantity is None:
            ProductBuffer.objects.filter(channel=channel, product__in=changed).delete()
        else:
            ProductBuffer.objects.bulk_create(
                [ProductBuffer(channel=channel, product=product, quantity=quantity) for product in changed],
                update_conflicts=True,
                unique_fields=["channel", "product"],
                update_fields=["quantity"],
            )
        audit.record_many(
            [_entry(channel, product, old.get(product.pk), quantity) for product in changed], user=user, now=now
        )
    return len(changed)


def _entry(channel: Channel, product: Product, old: int | None, new: int | None) -> audit.Entry:
    changes = {channel.name: (old, new)}
    return audit.Entry(
        action=_("changed the product level buffer"), obj=product, changes=changes, scope_key=channel.scope_key
    )


def start_push_affected(channel: Channel, *, user: User | None, now: datetime) -> Run:
    """Sends what the store still has with an old buffer (A32). Raises ReadOnly, NothingChosen, AlreadyRunning."""
    if channel.read_only:
        raise ReadOnly.of(channel)
    if not affected_by_buffer(channel).exists():
        raise NothingChosen(_("No product in the store has an old buffer."))
    title = _("Send quantities with the new buffer")
    return start_channel_run(channel, kind=PUSH_AFFECTED, title=title, user=user, now=now)
