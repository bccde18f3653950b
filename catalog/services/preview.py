"""A stock push, previewed (A13, NEW-2): the store's level → ours for every item, then exactly that plan.

Reading the store is an activity that fills a planned one; confirming starts the planned one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.enums import Tracking
from catalog.models import ListingItem
from catalog.queries.levels import SyncQuantity, sync_quantities
from catalog.queries.previews import FIRST_PUSH, READ_STORE, is_first, is_read, open_plans
from catalog.queries.sending import sent_items
from catalog.services.push import Sent, items_to_send, push_chosen, stock_item, store_location
from catalog.services.updates import ReadOnly
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.remote import StockLevelAtStore
from channels.services.activities import resume_channel_run, start_channel_run
from channels.services.setup import confirm_stock_preview
from inventory.enums import Outcome
from inventory.models import Run, RunItem, User
from inventory.services import runs
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.errors import ProductError

_PAGE = 250


class PreviewUnfinished(ProductError):
    """The store has not been read to the end yet, or another preview took this one's place."""


def start_preview(channel: Channel, *, user: User | None, now: datetime) -> Run:
    """A new plan and the activity that reads the store into it. Raises AlreadyRunning, NoStoreLocation."""
    store_location(channel)
    with transaction.atomic():
        for old in open_plans(channel):
            runs.request_cancel(old, user=user, now=now)
        plan = runs.plan_run(
            kind=FIRST_PUSH,
            title=_("First stock update") if is_first(channel) else _("Stock update"),
            scope_key=channel.scope_key,
            scope_label=channel.name,
            user=user,
            now=now,
        )
        title = _("Compare stock with the store")
        start_channel_run(channel, kind=READ_STORE, title=title, user=user, options={"plan": plan.pk}, now=now)
    return plan


def step_read_store(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """Store's level and ours of the next items, written into the plan."""
    plan = Run.objects.get(pk=run.options["plan"])
    sent = sent_items().filter(channel=channel)
    rows = list(sent.filter(pk__gt=run.cursor.get("after", 0)).select_related("product").order_by("pk")[:_PAGE])
    if not rows:
        return StepResult(cursor=run.cursor, finished=True)
    asked_at = timezone.now()
    levels = _levels(platform, rows, store_location(channel))
    _note_seen(rows, levels, asked_at)
    together = items_to_send(channel, [item.product_id for item in rows])
    ours = sync_quantities(channel, {item.product_id for item in [*rows, *together]})
    sums = _sums(together, ours)
    outcomes = [_row(item, ours[item.product_id], levels.get(item.remote_id), _total(item, sums)) for item in rows]
    if not runs.keep_plan(plan, outcomes=outcomes):
        return StepResult(cursor=run.cursor, finished=True, message=_("A newer preview took its place."))
    return StepResult(
        outcomes=[ItemOutcome(key=each.key, label=each.label, outcome=Outcome.NOTHING) for each in outcomes],
        cursor={"after": rows[-1].pk},
        finished=len(rows) < _PAGE,
        total=sent.count(),
    )


def _levels(platform: Platform, rows: Sequence[ListingItem], location: str) -> dict[str, StockLevelAtStore]:
    asked = [stock_item(item) for item in rows]
    found = platform.stock.levels(asked, location_id=location)
    return {level.variant_id: level for level in found if not location or level.location_id == location}


def _note_seen(rows: Sequence[ListingItem], levels: Mapping[str, StockLevelAtStore], at: datetime) -> None:
    """What the store has and keeps back itself, as of now."""
    seen = [item for item in rows if item.remote_id in levels]
    for item in seen:
        level = levels[item.remote_id]
        item.seen_quantity, item.seen_safety_stock, item.seen_at = level.quantity, level.safety_stock, at
    ListingItem.objects.bulk_update(seen, ["seen_quantity", "seen_safety_stock", "seen_at"])


def _sums(items: Sequence[ListingItem], ours: Mapping[int, SyncQuantity]) -> dict[str, Decimal]:
    """What the store would get for a product of several variations that it counts as a whole."""
    groups: dict[str, list[Decimal]] = {}
    for item in items:
        if item.tracking == Tracking.PRODUCT:
            groups.setdefault(item.remote_product_id, []).append(ours[item.product_id].quantity)
    return {remote_id: sum(each, Decimal(0)) for remote_id, each in groups.items() if len(each) > 1}


def _total(item: ListingItem, sums: Mapping[str, Decimal]) -> Decimal | None:
    return sums.get(item.remote_product_id) if item.tracking == Tracking.PRODUCT else None


def _row(item: ListingItem, ours: SyncQuantity, theirs: StockLevelAtStore | None, total: Decimal | None) -> ItemOutcome:
    """Before and after of an item. `total`: of all variations together, where the store counts them as one."""
    before = theirs.quantity if theirs else None
    same = before == (ours.quantity if total is None else total) or item.tracking == Tracking.NONE
    notes = _notes(item, ours, theirs, total)
    if total and item.tracking != Tracking.NONE:
        before = None  # the number is of all together; the note tells it
    return ItemOutcome(
        key=str(item.product_id),
        label=f"{item.product.sku} {item.product.name}",
        outcome=Outcome.NOTHING if same else Outcome.PENDING,
        reason=" ".join(notes),
        before=None if before is None else _plain(before),
        after=_plain(ours.quantity),
        fingerprint=_plain(ours.quantity),
    )


def _notes(item: ListingItem, ours: SyncQuantity, theirs: StockLevelAtStore | None, total: Decimal | None) -> list[str]:
    if item.tracking == Tracking.NONE:
        return [_("The store does not count it: nothing is sent.")]
    notes = []
    if total is not None and theirs:
        words = _("The store counts it together with others of its product: %(now)s now, %(then)s after.")
        notes.append(words % {"now": _plain(theirs.quantity), "then": _plain(total)})
    if item.pushed_buffer not in (None, int(ours.buffer)):
        words = _("Buffer %(old)s → %(new)s.")
        notes.append(words % {"old": item.pushed_buffer, "new": _plain(ours.buffer)})
    if theirs and theirs.safety_stock:
        words = _("The store keeps %(count)s back itself as safety stock.")
        notes.append(words % {"count": _plain(theirs.safety_stock)})
    return notes


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}" if quantity else "0"


def confirm_preview(channel: Channel, *, plan: Run, user: User | None, now: datetime) -> Run:
    """Switches stock updates on and starts exactly this plan, both or neither. Raises PreviewUnfinished, ReadOnly."""
    if channel.read_only:
        raise ReadOnly.of(channel)
    if not is_read(plan):
        raise PreviewUnfinished(_("This preview is not complete. Wait for it, or make a new one."))
    with transaction.atomic():
        started = runs.start_planned(plan, user=user, now=now)
        confirm_stock_preview(channel, user=user, now=now)
        resume_channel_run(channel, run=started)
    return started


def step_first_push(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """The next rows of the plan; a quantity that has moved since the preview is refused and shown."""
    if "same" in run.cursor:
        return _note_same(channel, run, now=timezone.now())
    size = platform_spec(channel.platform).limits.stock_batch
    pending = RunItem.objects.filter(run=run, outcome=Outcome.PENDING, pk__gt=run.cursor.get("after", 0))
    rows = list(pending.order_by("pk")[:size])
    if not rows:
        return _note_same(channel, run, now=timezone.now())
    planned = {int(row.key): Decimal(str(row.after)) for row in rows}
    planned |= _planned_siblings(channel, run, planned)
    sent = push_chosen(channel, platform, product_ids=planned.keys(), planned=planned, now=timezone.now())
    outcomes = [_outcome(channel, row, sent.get(int(row.key))) for row in rows]
    cursor = {"same": 0} if len(rows) < size else {"after": rows[-1].pk}
    return StepResult(outcomes=outcomes, cursor=cursor)


def _note_same(channel: Channel, run: Run, *, now: datetime) -> StepResult:
    """What the store had already is as good as sent: a later change of the buffer finds it (A32)."""
    same = RunItem.objects.filter(run=run, outcome=Outcome.NOTHING, pk__gt=run.cursor.get("same", 0))
    rows = list(same.order_by("pk")[:_PAGE])
    planned = {int(row.key): str(row.after) for row in rows}
    items = sent_items().filter(channel=channel, product__in=list(planned), pushed_quantity=None, push_error="")
    found = list(items.exclude(tracking=Tracking.NONE).only("product_id"))
    ours = sync_quantities(channel, [item.product_id for item in found])
    due = [item for item in found if _plain(ours[item.product_id].quantity) == planned[item.product_id]]
    for item in due:
        item.pushed_quantity, item.pushed_at = ours[item.product_id].quantity, now
        item.pushed_buffer = int(ours[item.product_id].buffer)
    ListingItem.objects.bulk_update(due, ["pushed_quantity", "pushed_buffer", "pushed_at"])
    return StepResult(cursor={"same": rows[-1].pk if rows else 0}, finished=len(rows) < _PAGE)


def _planned_siblings(channel: Channel, run: Run, planned: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Planned quantities of items that go along because the store counts their product as a whole."""
    others = {item.product_id for item in items_to_send(channel, list(planned))} - planned.keys()
    if not others:
        return {}
    rows = RunItem.objects.filter(run=run, key__in=[str(pk) for pk in others])
    return {int(row.key): Decimal(str(row.after)) for row in rows}


def _outcome(channel: Channel, row: RunItem, sent: Sent | None) -> ItemOutcome:
    facts: dict[str, Any] = {
        "key": row.key,
        "label": row.label,
        "before": row.before,
        "after": row.after,
        "fingerprint": row.fingerprint,
    }
    fix = reverse("catalog:product", args=[channel.pk, int(row.key)])
    if sent is None:
        return ItemOutcome(
            **facts, outcome=Outcome.SKIPPED, reason=_("It is not sent any more: unlinked or switched off.")
        )
    if sent.is_moved:
        reason = _("Not sent: the quantity is %(now)s now, the preview showed %(then)s.") % {
            "now": _plain(sent.quantity),
            "then": row.after,
        }
        return ItemOutcome(
            **facts, outcome=Outcome.SKIPPED, reason=reason, fix_label=_("Update quantities"), fix_url=fix
        )
    if sent.is_uncounted:
        return ItemOutcome(**facts, outcome=Outcome.SKIPPED, reason=sent.error)
    if sent.error:
        return ItemOutcome(
            **facts, outcome=Outcome.FAILED, reason=sent.error, fix_label=_("Open the product"), fix_url=fix
        )
    return ItemOutcome(**facts, outcome=Outcome.DONE)
