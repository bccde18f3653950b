"""Putting right what differs between a store and our record (NEW-1): one difference, or all of a cause.

Numbers are sent, prices and texts go through a preview, broken links are unlinked or listed again. No number is sent
while an order of its product is on its way (DOMAIN P2).
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.enums import DriftKind, Tracking
from catalog.models import Drift, ListingItem
from catalog.queries.plans import LIST
from catalog.services.drift_causes import pending_orders
from catalog.services.drift_found import GONE, TRACKING
from catalog.services.listing_plan import start_plan
from catalog.services.marks import mark_store_moved
from catalog.services.selection import Selection
from catalog.services.updates import ReadOnly, start_update, unlink_products
from channels.enums import JobKind
from channels.models import Channel
from channels.outbox import mark
from channels.services.polling import POLL_KEY
from inventory.models import Product, Run, User
from inventory.services import audit
from inventory.services.products import ProductDetails, save_product
from inventory_sync.lib.errors import ProductError

MOST = 5000
"""Differences that one press of a button is about."""
PRICES = {"price": "regular_price_tier_id", "sale_price": "sale_price_tier_id"}


class NothingToHeal(ProductError):
    """What was chosen is solved by now, or may not be touched at the moment."""


def resend_quantities(channel: Channel, drifts: QuerySet[Drift], *, user: User | None, now: datetime) -> Run:
    """Our numbers go out again. Orders are looked for first; products with an order on its way are left alone.

    Raises NothingToHeal, ReadOnly, AlreadyRunning.
    """
    if channel.read_only:
        raise ReadOnly.of(channel)
    rows = drifts.filter(kind=DriftKind.QUANTITY, product__isnull=False)
    ids = sorted({each.product_id or 0 for each in rows.select_related(None).only("product_id")[:MOST]})
    if not ids:
        raise NothingToHeal(_("There is nothing left to send."))
    pending = pending_orders(channel, ids, now=now)
    free = [pk for pk in ids if not pending.concerns(pk)]
    if not free:
        raise NothingToHeal(_("An order is on its way, so no number is sent now. Compare again in a few minutes."))
    with transaction.atomic():
        run = start_update(channel, product_ids=free, user=user, now=now)
        mark([channel.pk], kind=JobKind.POLL, keys=[POLL_KEY])
    return run


def preview_update(channel: Channel, drifts: QuerySet[Drift], *, user: User | None, now: datetime) -> Run:
    """A preview of updating these products in the store. Raises NothingToHeal, and as `start_plan`."""
    return _plan(channel, _products(drifts), user=user, now=now)


def unlink_gone(channel: Channel, drifts: QuerySet[Drift], *, user: User | None, now: datetime) -> int:
    """Breaks the links of what the store has no more; answers how many. Raises NothingToHeal."""
    ids = _gone_products(drifts)
    if not ids:
        raise NothingToHeal(_("There is nothing left to unlink."))
    with transaction.atomic():
        return len(unlink_products(channel, product_ids=ids, user=user, now=now))


def list_again(channel: Channel, drifts: QuerySet[Drift], *, user: User | None, now: datetime) -> Run:
    """Breaks the links of what is gone and previews listing it anew, both or neither. Raises as `preview_update`."""
    ids = _gone_products(drifts)
    with transaction.atomic():
        unlink_products(channel, product_ids=ids, user=user, now=now)
        return _plan(channel, ids, user=user, now=now)


def take_over(channel: Channel, drift: Drift, *, user: User | None, now: datetime) -> None:
    """Our record follows the store: its price, or the level at which it counts. Raises NothingToHeal."""
    if drift.kind == DriftKind.PRICE and drift.product is not None and drift.field in PRICES:
        _take_price(channel, drift, drift.product, user=user, now=now)
    elif drift.kind == DriftKind.LINK and drift.field == TRACKING and drift.theirs in Tracking.values:
        _take_tracking(channel, drift, user=user, now=now)
    else:
        raise NothingToHeal(_("This cannot be taken over from the store."))


def _take_price(channel: Channel, drift: Drift, product: Product, *, user: User | None, now: datetime) -> None:
    tier = getattr(channel.settings, PRICES[drift.field])
    amount = Decimal(drift.theirs) if drift.theirs else None
    with transaction.atomic():
        save_product(product, columns={}, details=ProductDetails(prices={tier: amount}), user=user, now=now)
        Drift.objects.filter(pk=drift.pk).delete()


def _take_tracking(channel: Channel, drift: Drift, *, user: User | None, now: datetime) -> None:
    with transaction.atomic():
        items = ListingItem.objects.filter(channel=channel, remote_id=drift.key)
        items.update(tracking=drift.theirs, pushed_quantity=None)
        Drift.objects.filter(pk=drift.pk).delete()
        if drift.product is not None:
            audit.record(
                user=user,
                action=_("took over how the store counts it"),
                obj=drift.product,
                changes={channel.name: (drift.ours, drift.theirs)},
                scope_key=channel.scope_key,
                now=now,
            )
            mark_store_moved(channel, product_ids=[drift.product.pk])


def _plan(channel: Channel, product_ids: Collection[int], *, user: User | None, now: datetime) -> Run:
    if not product_ids:
        raise NothingToHeal(_("There is nothing left to update."))
    selection = Selection(product_ids=tuple(product_ids))
    return start_plan(channel, kind=LIST, selection=selection, user=user, now=now)


def _products(drifts: QuerySet[Drift]) -> list[int]:
    """Of each difference one product; of what is about a whole family any variation, because it stands for all."""
    rows = list(drifts.select_related(None).only("product_id", "listing_id")[:MOST])
    found = {each.product_id for each in rows if each.product_id is not None}
    families = {each.listing_id for each in rows if each.product_id is None}
    if families:
        items = ListingItem.objects.filter(listing_id__in=families).order_by("listing_id", "-pk")
        found |= set(dict(items.values_list("listing_id", "product_id")).values())
    return sorted(found)


def _gone_products(drifts: QuerySet[Drift]) -> list[int]:
    """Products whose link is broken: all of a product of the store that is gone, or single variations."""
    gone = drifts.filter(kind=DriftKind.LINK, field=GONE)
    rows = list(gone.values_list("key", "listing_id", "listing__remote_id")[:MOST])
    whole = [listing for key, listing, remote in rows if key == remote]
    single = [key for key, _listing, remote in rows if key != remote]
    items = ListingItem.objects.filter(listing_id__in=whole) | ListingItem.objects.filter(
        listing_id__in=[listing for _key, listing, _remote in rows], remote_id__in=single
    )
    return sorted(set(items.order_by().values_list("product_id", flat=True)))
