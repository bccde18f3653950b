"""Rows of a preview with what the Bulk listing tab shows beside them: the product, its buffer, its sync quantity."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from catalog.models import Listing
from catalog.queries.levels import SyncQuantity, sync_quantities
from catalog.queries.plans import CHANGES, PlanRow, as_row
from channels.models import Channel
from inventory.enums import Outcome, RunState
from inventory.models import Product, Run, RunItem
from inventory.queries.lists import first_images

SHOWN_CHANGES = 6


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """`sync` and `buffer` are those of a single product, `sync` of a family the sum; None: holds no stock."""

    row: PlanRow
    product_id: int | None
    """Whose dialog explains the row."""
    image: str
    variations: int
    sync: Decimal | None
    buffer: Decimal | None

    @property
    def is_ticked(self) -> bool:
        return self.row.item.outcome == Outcome.PENDING

    @property
    def can_tick(self) -> bool:
        return self.row.will in CHANGES

    @property
    def more(self) -> int:
        """Changes that are not shown."""
        return max(0, len(self.row.changes) - SHOWN_CHANGES)


def plan_lines(channel: Channel, plan: Run, items: Sequence[RunItem]) -> list[PlanLine]:
    """In the same order, with the buffer that the preview would set; the same few statements for any number."""
    rows = [as_row(item) for item in items]
    members = _members(channel, rows)
    ids = {pk for row in rows for pk in members.get(row.key, [])}
    sync, images = _planned(channel, plan, sync_quantities(channel, ids)), first_images(ids)
    lines = []
    for row in rows:
        own = [pk for pk in members.get(row.key, []) if pk in sync]
        counted = [sync[pk] for pk in own if sync[pk].is_counted]
        lines.append(
            PlanLine(
                row=row,
                product_id=own[0] if own else None,
                image=next((images[pk] for pk in own if pk in images), ""),
                variations=len(own) if row.family_id is not None else 0,
                sync=sum((each.quantity for each in counted), Decimal(0)) if counted else None,
                buffer=counted[0].buffer if counted and row.family_id is None else None,
            )
        )
    return lines


def _planned(channel: Channel, plan: Run, sync: dict[int, SyncQuantity]) -> dict[int, SyncQuantity]:
    """BUF-6: what the menu chose counts already, until it is applied."""
    choice = plan.options.get("buffer")
    if not choice or plan.state != RunState.PLANNED or not channel.settings.use_buffer:
        return sync
    units = Decimal(choice["quantity"] if choice["mode"] == "set" else channel.settings.buffer)
    return {pk: replace(each, buffer=units) for pk, each in sync.items()}


def _members(channel: Channel, rows: Sequence[PlanRow]) -> dict[str, list[int]]:
    """Products of each row: one, or the variations of its family."""
    members: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.product_id is not None:
            members[row.key].append(row.product_id)
    families = [row.family_id for row in rows if row.family_id is not None]
    pairs = Product.objects.filter(family_id__in=families).order_by("option1", "option2", "option3", "pk")
    for pk, family in pairs.values_list("pk", "family_id"):
        members[f"f{family}"].append(pk)
    linked = Listing.objects.filter(channel=channel, family_id__in=families, items__isnull=False).order_by()
    for pk, family in linked.values_list("items__product", "family_id"):
        if pk not in members[f"f{family}"]:
            members[f"f{family}"].append(pk)
    return members
