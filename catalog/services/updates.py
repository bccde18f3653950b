"""What staff do with listed products: update quantities, switch sending on and off, unlink (LST-2, LST-5, LST-6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Listing, ListingItem
from catalog.queries.buffers import affected_by_buffer
from catalog.queries.catalog import CatalogFilters, catalog_products
from catalog.queries.sending import not_counted, why_not_sent
from catalog.services.marks import mark_products
from catalog.services.push import Sent, push_chosen, push_differing
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.services.activities import start_channel_run
from inventory.enums import Outcome
from inventory.models import Product, Run, User
from inventory.services import audit
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.errors import ProductError

UPDATE = "catalog.update_quantities"
PUSH_AFFECTED = "catalog.push_affected"
UNLINK = "catalog.unlink"
_PIECE = 500


class ReadOnly(ProductError):
    """SET-35: nothing is written to the store while its channel is read-only."""

    @classmethod
    def of(cls, channel: Channel) -> "ReadOnly":
        words = _("%(channel)s is read-only: nothing is sent to the store. Switch it live in Setup first.")
        return cls(words % {"channel": channel.name})


class NothingChosen(ProductError):
    """No product was selected."""


def start_update(
    channel: Channel,
    *,
    product_ids: Sequence[int] = (),
    filters: CatalogFilters | None = None,
    user: User | None,
    now: datetime,
) -> Run:
    """Sends the quantities of these products, or of all listed ones that match. Raises ReadOnly, AlreadyRunning."""
    if channel.read_only:
        raise ReadOnly.of(channel)
    options = _options(product_ids, filters)
    return start_channel_run(channel, kind=UPDATE, title=_("Update quantities"), user=user, options=options, now=now)


def start_unlink(
    channel: Channel,
    *,
    product_ids: Sequence[int] = (),
    filters: CatalogFilters | None = None,
    user: User | None,
    now: datetime,
) -> Run:
    """Breaks the links of these products, or of all that match; they stay in the store and here."""
    options = _options(product_ids, filters)
    return start_channel_run(channel, kind=UNLINK, title=_("Unlink products"), user=user, options=options, now=now)


def _options(product_ids: Sequence[int], filters: CatalogFilters | None) -> dict[str, Any]:
    if product_ids:
        return {"product_ids": list(product_ids)}
    if filters is None:
        raise NothingChosen(_("Select at least one product."))
    return {"filters": filters.as_options()}


def step_update(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """The next products in one call; each with the store's answer or the reason why nothing was sent.

    Also for what has an old buffer at the store (A32): there only what differs is sent.
    """
    size = platform_spec(channel.platform).limits.stock_batch
    ids, total = _next_products(channel, run, size)
    if not ids:
        return StepResult(cursor=run.cursor, finished=True, total=total)
    products = Product.objects.in_bulk(ids)
    items = {item.product_id: item for item in ListingItem.objects.filter(channel=channel, product_id__in=ids)}
    send = push_differing if run.kind == PUSH_AFFECTED else push_chosen
    sent = send(channel, platform, product_ids=ids, now=timezone.now())
    outcomes = [_sent_outcome(products[pk], items.get(pk), sent.get(pk), channel) for pk in ids if pk in products]
    return StepResult(outcomes=outcomes, cursor={"after": ids[-1]}, finished=len(ids) < size, total=total)


def _next_products(channel: Channel, run: Run, size: int) -> tuple[list[int], int | None]:
    """Ids after the cursor: those chosen, those that failed before, those with an old buffer at the store, or those
    that match the filters and are listed.
    """
    after = run.cursor.get("after", 0)
    chosen = [int(key) for key in run.options.get("only", [])] or run.options.get("product_ids", [])
    if chosen:
        return sorted(pk for pk in set(chosen) if pk > after)[:size], len(set(chosen))
    if run.kind == PUSH_AFFECTED:
        items = affected_by_buffer(channel).order_by("product_id")
        total = None if after else items.count()
        return list(items.filter(product_id__gt=after).values_list("product_id", flat=True)[:size]), total
    filters = CatalogFilters.from_options(run.options.get("filters", {}))
    rows = catalog_products(channel, filters).filter(listing_items__channel=channel).order_by("pk")
    total = None if after else rows.values("pk").count()
    return list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:size]), total


def _sent_outcome(product: Product, item: ListingItem | None, sent: Sent | None, channel: Channel) -> ItemOutcome:
    key, label = str(product.pk), str(product)
    if sent is None:
        reason = why_not_sent(product, item, channel)
        return ItemOutcome(key=key, label=label, outcome=Outcome.SKIPPED, reason=reason)
    facts: Mapping[str, Any] = {"before": _plain(sent.before), "after": _plain(sent.quantity)}
    if sent.is_uncounted:
        return ItemOutcome(key=key, label=label, outcome=Outcome.SKIPPED, reason=sent.error or not_counted())
    if sent.error:
        return ItemOutcome(key=key, label=label, outcome=Outcome.FAILED, reason=sent.error, **facts)
    return ItemOutcome(key=key, label=label, outcome=Outcome.NOTHING if sent.is_same else Outcome.DONE, **facts)


def _plain(value: Any) -> str | None:
    return None if value is None else f"{value.normalize():f}" if value else "0"


def step_unlink(channel: Channel, _platform: Platform, run: Run) -> StepResult:
    """At most 500 links a step."""
    ids, total = _next_products(channel, run, _PIECE)
    if not ids:
        return StepResult(cursor=run.cursor, finished=True, total=total)
    gone = unlink_products(channel, product_ids=ids, user=run.started_by, now=timezone.now())
    outcomes = [
        ItemOutcome(
            key=str(product.pk),
            label=str(product),
            outcome=Outcome.DONE if product.pk in gone else Outcome.NOTHING,
            reason="" if product.pk in gone else _("It was not linked."),
        )
        for product in Product.objects.filter(pk__in=ids)
    ]
    return StepResult(outcomes=outcomes, cursor={"after": ids[-1]}, finished=len(ids) < _PIECE, total=total)


def unlink_products(channel: Channel, *, product_ids: Sequence[int], user: User | None, now: datetime) -> set[int]:
    """Breaks links (LST-6): neither the store nor our products change. Answers which were linked. Idempotent."""
    with transaction.atomic():
        items = ListingItem.objects.filter(channel=channel, product_id__in=product_ids).select_related("product")
        rows = list(items)
        items.delete()
        Listing.objects.filter(channel=channel, pk__in={row.listing_id for row in rows}, items__isnull=True).delete()
        entries = [
            audit.Entry(
                action=_("unlinked from the store"),
                obj=row.product,
                changes={channel.name: (row.remote_sku or row.remote_id, None)},
                scope_key=channel.scope_key,
            )
            for row in rows
        ]
        if entries:
            audit.record_many(entries, user=user, now=now)
    return {row.product_id for row in rows}


def switch_sending(channel: Channel, *, product_id: int, send: bool, user: User | None, now: datetime) -> bool:
    """LST-2: whether this product's stock goes to this store; switched on it is sent. False: it was so already."""
    with transaction.atomic():
        changed = ListingItem.objects.filter(channel=channel, product_id=product_id, sync_stock=not send)
        if not changed.update(sync_stock=send):
            return False
        audit.record(
            user=user,
            action=_("switched sending stock"),
            obj=Product.objects.get(pk=product_id),
            changes={channel.name: (not send, send)},
            scope_key=channel.scope_key,
            now=now,
        )
        if send:
            mark_products(channel, product_ids=[product_id])
    return True
