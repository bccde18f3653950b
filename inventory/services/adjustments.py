"""Staff adjustments of on hand: preview old → new, then apply exactly what was previewed (SPEC INV-3, INV-6)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import DocumentKind, PostingKind, ProductType
from inventory.models import Location, Product, StockLevel, StockPosting, User
from inventory.services import audit, stock
from inventory.services.locks import Place, at_places, lock_levels
from inventory.services.numbers import next_number
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import MAX, ZERO, quantize
from inventory_sync.lib.text import clip

DOCUMENT_PREFIX = "adjustment"


class AdjustmentMode(Enum):
    """How the number that was typed is meant."""

    SET_TO = "set_to"
    CHANGE_BY = "change_by"


@dataclass(frozen=True, kw_only=True)
class AdjustmentLine:
    """One product at one location and the number typed for it; `unit_cost` of what comes in, in the base currency."""

    product_id: int
    location_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None

    @property
    def place(self) -> Place:
        return self.product_id, self.location_id


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """What a line does to on hand. `problem` says why it cannot be applied."""

    product: Product
    location: Location
    old: Decimal
    new: Decimal
    picked: Decimal
    unit_cost: Decimal | None = None
    problem: str = ""

    @property
    def change(self) -> Decimal:
        return self.new - self.old


@dataclass(frozen=True, kw_only=True)
class AdjustmentPlan:
    """Preview of an adjustment; `fingerprint` says on which quantities it was computed."""

    changes: Sequence[PlannedChange]
    fingerprint: str

    @property
    def is_applicable(self) -> bool:
        return any(each.change for each in self.changes) and not any(each.problem for each in self.changes)


class AdjustmentRefused(ProductError):
    """The adjustment cannot be applied as it is."""


class StockMovedMeanwhile(AdjustmentRefused):
    """On hand is not what the preview showed. Nothing was changed; look at the new preview."""


def plan_adjustment(lines: Sequence[AdjustmentLine], *, mode: AdjustmentMode) -> AdjustmentPlan:
    """Old and new on hand of every line; changes nothing."""
    places = {line.place: line for line in lines}
    if len(places) < len(lines):
        raise AdjustmentRefused(_("A product is there twice for the same location."))
    levels = {(level.product_id, level.location_id): level for level in StockLevel.objects.filter(at_places(places))}
    products = Product.objects.in_bulk({product_id for product_id, _location in places})
    locations = Location.objects.in_bulk({location_id for _product, location_id in places})
    changes = [
        _planned(products[place[0]], locations[place[1]], levels.get(place), line, mode)
        for place, line in places.items()
        if place[0] in products and place[1] in locations
    ]
    return AdjustmentPlan(changes=changes, fingerprint=_fingerprint(changes))


def apply_adjustment(
    lines: Sequence[AdjustmentLine],
    *,
    mode: AdjustmentMode,
    fingerprint: str,
    reason: str,
    key: str,
    user: User | None,
    now: datetime,
) -> StockPosting:
    """Apply a previewed adjustment once (`key`). Raises StockMovedMeanwhile, AdjustmentRefused, StockShort."""
    with transaction.atomic():
        lock_levels((line.product_id, line.location_id) for line in lines)
        done = StockPosting.objects.filter(key=key).first()
        if done is not None:
            return done
        plan = plan_adjustment(lines, mode=mode)
        if plan.fingerprint != fingerprint:
            raise StockMovedMeanwhile(_("Stock has moved since this preview. Nothing was changed: check it again."))
        problem = next((each.problem for each in plan.changes if each.problem), "")
        if problem:
            raise AdjustmentRefused(problem)
        changes = [each for each in plan.changes if each.change]
        if not changes:
            raise AdjustmentRefused(_("On hand already is what you entered. Nothing was changed."))
        number = next_number(DocumentKind.ADJUSTMENT)
        return post_changes(changes, number=number, reason=reason, key=key, user=user, now=now)


def post_changes(
    changes: Sequence[PlannedChange], *, number: str, reason: str, key: str, user: User | None, now: datetime
) -> StockPosting:
    """One piece of an adjustment: a posting under its document number, in the caller's transaction. Raises StockShort.

    The caller has locked and planned these changes in the same transaction.
    """
    posting = stock.change_stock(
        [
            stock.StockChange(
                product_id=each.product.pk,
                location_id=each.location.pk,
                quantity=each.change,
                unit_cost=each.unit_cost,
            )
            for each in changes
        ],
        key=key,
        kind=PostingKind.ADJUSTMENT,
        document_key=f"{DOCUMENT_PREFIX}:{number}",
        at=now,
        user=user,
        note=clip(reason, 500),
    )
    audit.record_many(
        [
            audit.Entry(
                action=_("Adjusted stock"),
                obj=each.product,
                changes={_("on hand at %(location)s") % {"location": each.location}: (each.old, each.new)},
                label=f"{each.product} · {number}",
            )
            for each in changes
        ],
        user=user,
        now=now,
    )
    return posting


def _planned(
    product: Product, location: Location, level: StockLevel | None, line: AdjustmentLine, mode: AdjustmentMode
) -> PlannedChange:
    old, picked = (level.on_hand, level.picked) if level else (ZERO, ZERO)
    quantity = quantize(line.quantity)
    new = quantity if mode == AdjustmentMode.SET_TO else old + quantity
    problem = ""
    if product.type != ProductType.STOCK:
        problem = _("%(sku)s is no stock product.") % {"sku": product.sku}
    elif new < ZERO:
        problem = _("On hand of %(sku)s would be below zero.") % {"sku": product.sku}
    elif new < picked:
        problem = _("%(picked)s of %(sku)s are picked for sales: on hand cannot be less.") % {
            "picked": f"{picked.normalize():f}",
            "sku": product.sku,
        }
    elif new > MAX:
        problem = _("That is more than can be counted.")
    return PlannedChange(
        product=product,
        location=location,
        old=old,
        new=new,
        picked=picked,
        unit_cost=line.unit_cost if new > old else None,
        problem=problem,
    )


def _fingerprint(changes: Sequence[PlannedChange]) -> str:
    parts = sorted(f"{each.product.pk}/{each.location.pk}/{each.old:f}/{each.new:f}" for each in changes)
    return hashlib.sha256(";".join(parts).encode()).hexdigest()[:32]
