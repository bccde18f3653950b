"""Reorder levels per product and location (SPEC INV-18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.models import Location, Product, ReorderLevel, User
from inventory.queries.reorder import fingerprint as current_fingerprint
from inventory.services import audit
from inventory.services.locks import Place, at_places
from inventory.services.stale import EditedMeanwhile
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import quantize


class ReorderRefused(ProductError):
    """A level makes no sense; `place` says which. Nothing was saved."""

    def __init__(self, message: str, *, place: Place) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, kw_only=True)
class ReorderChoice:
    """`level` None: no level. `quantity`: order up to so many; None: just above the level."""

    product_id: int
    location_id: int
    level: Decimal | None
    quantity: Decimal | None = None

    @property
    def place(self) -> Place:
        return self.product_id, self.location_id


def set_reorder_levels(
    choices: Sequence[ReorderChoice], *, fingerprint: str | None = None, user: User | None, now: datetime
) -> int:
    """Save levels of these places, others stay; answers how many changed. Constant statements, whatever their number.

    `fingerprint` (of one product's levels) refuses with EditedMeanwhile where they have changed since. Raises
    ReorderRefused for a level below zero, an amount below its level, and what is no stock product.
    """
    wanted = {choice.place: choice for choice in choices}
    with transaction.atomic():
        rows = Product.objects.select_for_update().filter(pk__in={product_id for product_id, _place in wanted})
        products = {product.pk: product for product in rows.order_by("pk")}
        if fingerprint is not None:
            _refuse_stale(products, fingerprint)
        for choice in wanted.values():
            _refuse(choice, products[choice.product_id])
        old = {(row.product_id, row.location_id): row for row in ReorderLevel.objects.filter(at_places(wanted))}
        changed = [choice for place, choice in wanted.items() if _differs(choice, old.get(place))]
        if changed:
            _write(changed)
            _record(changed, old, products, user=user, now=now)
    return len(changed)


def _refuse_stale(products: dict[int, Product], fingerprint: str) -> None:
    for product in products.values():
        if current_fingerprint(product.pk) != fingerprint:
            raise EditedMeanwhile.of(product)


def _refuse(choice: ReorderChoice, product: Product) -> None:
    if choice.level is None:
        if choice.quantity is not None:
            raise ReorderRefused(_("Give a level, too: at how many is it low?"), place=choice.place)
        return
    if not product.is_stocked:
        raise ReorderRefused(_("%(sku)s is no stock product.") % {"sku": product.sku}, place=choice.place)
    if choice.level < 0:
        raise ReorderRefused(_("A level is not below zero."), place=choice.place)
    if choice.quantity is not None and choice.quantity <= choice.level:
        raise ReorderRefused(_("Order up to more than the level, or leave it empty."), place=choice.place)


def _differs(choice: ReorderChoice, old: ReorderLevel | None) -> bool:
    if choice.level is None or old is None:
        return (choice.level is None) != (old is None)
    quantity = None if choice.quantity is None else quantize(choice.quantity)
    return (old.level, old.quantity) != (quantize(choice.level), quantity)


def _write(choices: Sequence[ReorderChoice]) -> None:
    gone = [choice.place for choice in choices if choice.level is None]
    if gone:
        ReorderLevel.objects.filter(at_places(gone)).delete()
    ReorderLevel.objects.bulk_create(
        [
            ReorderLevel(
                product_id=choice.product_id,
                location_id=choice.location_id,
                level=quantize(choice.level),
                quantity=None if choice.quantity is None else quantize(choice.quantity),
            )
            for choice in choices
            if choice.level is not None
        ],
        update_conflicts=True,
        unique_fields=["product", "location"],
        update_fields=["level", "quantity"],
    )


def _record(
    choices: Sequence[ReorderChoice],
    old: dict[Place, ReorderLevel],
    products: dict[int, Product],
    *,
    user: User | None,
    now: datetime,
) -> None:
    names = Location.objects.in_bulk({choice.location_id for choice in choices})
    changes: dict[int, dict[str, tuple[Any, Any]]] = {}
    for choice in choices:
        row, place = old.get(choice.place), {"location": names[choice.location_id]}
        values = changes.setdefault(choice.product_id, {})
        before = (row.level, row.quantity) if row else (None, None)
        if before[0] != choice.level:
            values[_("reorder level at %(location)s") % place] = (before[0], choice.level)
        if before[1] != choice.quantity:
            values[_("order up to at %(location)s") % place] = (before[1], choice.quantity)
    entries = [
        audit.Entry(action=_("Changed reorder levels"), obj=products[product_id], changes=values)
        for product_id, values in changes.items()
    ]
    audit.record_many(entries, user=user, now=now)
