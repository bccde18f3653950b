"""Reorder levels from a file (SPEC INV-6, INV-18)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from inventory.models import Product, ReorderLevel
from inventory.services.imports_rows import Act, Change, FileRow, PlannedRow
from inventory.services.imports_stock import LOCATION, SKU, Named, refuse
from inventory.services.imports_values import CLEAR, CellProblem, digits, number
from inventory.services.locks import at_places
from inventory.services.products_as_cells import Column
from inventory.services.reorder import ReorderChoice, ReorderRefused, set_reorder_levels
from inventory_sync.lib.quantities import quantize

REORDER = "inventory.import_reorder"
_LEVEL = Column("level", "Reorder level", is_number=True)
_UP_TO = Column("up_to", "Order up to", is_number=True)


class ReorderImport:
    """A level of “-” takes it away. See `imports_rows.ImportKind`."""

    kind = REORDER
    permission = "inventory.adjust_stock"
    required: tuple[str, ...] = ("sku", "level")
    unique: tuple[tuple[str, ...], ...] = (("sku", "location"),)

    def title(self) -> str:
        return _("Reorder levels from a file")

    def columns(self) -> list[Column]:
        return [SKU, LOCATION, _LEVEL, _UP_TO]

    def lock(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> None:
        """Saving locks the products itself."""

    def plan(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]:
        named = Named(rows, location_keys=["location"], comma=bool(options.get("comma")))
        planned = [self._line(row, named) for row in rows]
        choices = [each.facts for each in planned if each.facts is not None]
        found = ReorderLevel.objects.filter(at_places([choice.place for choice in choices])).select_related("location")
        old = {(each.product_id, each.location_id): each for each in found}
        taken = set()
        for each in planned:
            choice = each.facts
            if choice is None or each.problem:
                continue
            if choice.place in taken:
                refuse(each, _("A product is there twice for the same location."))
            taken.add(choice.place)
            before = old.get(choice.place)
            if choice.quantity is None and choice.level is not None and before and "up_to" not in each.row.cells:
                choice = ReorderChoice(
                    product_id=choice.product_id,
                    location_id=choice.location_id,
                    level=choice.level,
                    quantity=before.quantity,
                )
                each.facts = choice
            each.changes = [
                Change(label=label, old=digits(was), new=digits(now))
                for label, was, now in (
                    (_("Reorder level"), before.level if before else None, choice.level),
                    (_("Order up to"), before.quantity if before else None, choice.quantity),
                )
                if was != now
            ]
        return planned

    def apply(self, rows: Sequence[PlannedRow], act: Act) -> Mapping[int, str]:
        left = {each.facts.place: each for each in rows}
        refused: dict[int, str] = {}
        while left:
            try:
                set_reorder_levels([each.facts for each in left.values()], user=act.user, now=act.now)
                break
            except ReorderRefused as error:
                refused[left.pop(error.place).row.line] = error.message
        return refused

    def _line(self, row: FileRow, named: Named) -> PlannedRow:
        each = PlannedRow(row=row, label="")
        product, place = named.product(each), named.location(each, "location")
        level, up_to = self._number(each, "level", named), self._number(each, "up_to", named)
        if "level" not in row.cells:
            refuse(each, _("There is no reorder level in this line. “-” takes it away."))
        if up_to is not None and (level is None or up_to <= level):
            refuse(each, _("Order up to more than the level, or leave it empty."), product)
        if product and place and not each.problem:
            each.identity = f"{product.pk}/{place.pk}"
            each.facts = _choice(product, place.pk, level, up_to)
        return each

    def _number(self, planned: PlannedRow, key: str, named: Named) -> Decimal | None:
        text = planned.row.cells.get(key, "")
        if text in {"", CLEAR}:
            return None
        try:
            value = number(text, decimal_comma=named.comma)
        except CellProblem as problem:
            refuse(planned, str(problem))
            return None
        if value < 0:
            refuse(planned, _("A level is not below zero."))
        return quantize(value)


def _choice(product: Product, location_id: int, level: Decimal | None, up_to: Decimal | None) -> ReorderChoice:
    return ReorderChoice(product_id=product.pk, location_id=location_id, level=level, quantity=up_to)
