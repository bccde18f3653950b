"""Stock from a file: on hand set to or changed by what each line says (SPEC INV-6)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.enums import DocumentKind, RecordStatus
from inventory.models import Location, Product
from inventory.services import adjustments
from inventory.services.adjustments import AdjustmentLine, AdjustmentMode, PlannedChange
from inventory.services.imports_rows import Act, Change, FileRow, PlannedRow
from inventory.services.imports_values import CellProblem, digits, number
from inventory.services.locks import lock_levels
from inventory.services.numbers import next_number
from inventory.services.products_as_cells import Column
from inventory.services.stock import StockShort
from inventory_sync.lib.text import fold

STOCK = "inventory.import_stock"
SKU, LOCATION, QUANTITY = (
    Column("sku", "SKU"),
    Column("location", "Location"),
    Column("quantity", "Quantity", is_number=True),
)
MODE, REASON = "mode", "reason"


class Named:
    """Products and locations that rows name, with words where they name none."""

    def __init__(self, rows: Sequence[FileRow], *, location_keys: Sequence[str], comma: bool) -> None:
        self.comma = comma
        keys = {fold(row.cells.get("sku", "")) for row in rows}
        self.products = {product.sku_key: product for product in Product.objects.filter(sku_key__in=keys)}
        names = {fold(row.cells.get(key, "")) for row in rows for key in location_keys}
        self.locations = {place.name_key: place for place in Location.objects.filter(name_key__in=names)}
        self.default = Location.objects.filter(is_default=True).first()

    def product(self, planned: PlannedRow) -> Product | None:
        """Names the row after its product, or says that there is none."""
        sku = planned.row.cells.get("sku", "")
        product = self.products.get(fold(sku))
        planned.label = str(product) if product else sku or "–"
        if product is None:
            text = _("There is no product with SKU “%(sku)s”.") if sku else _("There is no SKU in this line.")
            refuse(planned, text % {"sku": sku} if sku else text)
        elif not product.is_stocked:
            refuse(planned, _("%(sku)s is no stock product.") % {"sku": product.sku}, product)
        return product

    def location(self, planned: PlannedRow, key: str, *, needed: bool = False) -> Location | None:
        """The location of a cell; the default one where the cell is empty, unless it is `needed`."""
        name = planned.row.cells.get(key, "")
        if not name and not needed and self.default is not None:
            return self.default
        place = self.locations.get(fold(name))
        if place is None:
            text = _("There is no location “%(name)s”.") % {"name": name} if name else _("There is no location.")
            refuse(planned, text)
            planned.fix_label, planned.fix_url = _("Locations"), reverse("inventory:book", args=["locations"])
        elif place.status != RecordStatus.ACTIVE:
            refuse(planned, _("Location “%(name)s” is deprecated.") % {"name": place.name})
        return place

    def quantity(self, planned: PlannedRow, *, signed: bool = False, above_zero: bool = False) -> Decimal | None:
        text = planned.row.cells.get("quantity", "")
        try:
            value = number(text, decimal_comma=self.comma) if text else None
        except CellProblem as problem:
            refuse(planned, str(problem))
            return None
        if value is None:
            refuse(planned, _("There is no quantity in this line."))
        elif value < 0 and not signed:
            refuse(planned, _("The quantity is below zero."))
        elif not value and above_zero:
            refuse(planned, _("The quantity is zero."))
        return value


def refuse(planned: PlannedRow, problem: str, product: Product | None = None) -> None:
    """The first problem of a row stays."""
    if planned.problem:
        return
    planned.problem = problem
    if product is not None:
        planned.fix_label, planned.fix_url = _("Open the product"), reverse("inventory:product", args=[product.pk])


class StockImport:
    """See `imports_rows.ImportKind`. All pieces of a file share one document number."""

    kind = STOCK
    permission = "inventory.adjust_stock"
    required: tuple[str, ...] = ("sku", "quantity")
    unique: tuple[tuple[str, ...], ...] = (("sku", "location"),)

    def title(self) -> str:
        return _("Adjust stock from a file")

    def columns(self) -> list[Column]:
        return [SKU, LOCATION, QUANTITY]

    def lock(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> None:
        lock_levels(_line(each).place for each in self._lines(rows, options) if each.facts is not None)

    def plan(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]:
        planned = self._lines(rows, options)
        wanted = {_line(each).place: each for each in planned if each.facts is not None and not each.problem}
        plan = adjustments.plan_adjustment([_line(each) for each in wanted.values()], mode=_mode(options))
        for change in plan.changes:
            row = wanted[change.product.pk, change.location.pk]
            row.facts = change
            refuse(row, change.problem, change.product)
            if change.change:
                label = _("On hand at %(location)s") % {"location": change.location.name}
                row.changes = [Change(label=label, old=digits(change.old), new=digits(change.new))]
        return planned

    def apply(self, rows: Sequence[PlannedRow], act: Act) -> Mapping[int, str]:
        by_place = {(each.facts.product.pk, each.facts.location.pk): each for each in rows}
        refused: dict[int, str] = {}
        while by_place:
            try:
                act.cursor["number"] = self._post([_change(each) for each in by_place.values()], act)
                break
            except StockShort as error:
                short = {(each.product_id, each.location_id) for each in error.shortages} & by_place.keys()
                for place in short or set(by_place):
                    refused[by_place.pop(place).row.line] = error.message
        return refused

    def _post(self, changes: Sequence[PlannedChange], act: Act) -> str:
        """The document's number, taken with the first piece that is posted; what is refused takes none."""
        with transaction.atomic():
            number = str(act.cursor.get("number") or next_number(DocumentKind.ADJUSTMENT))
            adjustments.post_changes(
                changes,
                number=number,
                reason=str(act.options.get(REASON, "")),
                key=act.key,
                user=act.user,
                now=act.now,
            )
        return number

    def _lines(self, rows: Sequence[FileRow], options: Mapping[str, Any]) -> list[PlannedRow]:
        named = Named(rows, location_keys=["location"], comma=bool(options.get("comma")))
        planned, taken = [], set()
        for row in rows:
            each = PlannedRow(row=row, label="")
            product, place = named.product(each), named.location(each, "location")
            quantity = named.quantity(each, signed=_mode(options) == AdjustmentMode.CHANGE_BY)
            if product and place and quantity is not None and not each.problem:
                line = AdjustmentLine(product_id=product.pk, location_id=place.pk, quantity=quantity)
                each.identity, each.facts = f"{product.pk}/{place.pk}", line
                if line.place in taken:
                    refuse(each, _("A product is there twice for the same location."), product)
                taken.add(line.place)
            planned.append(each)
        return planned


def _mode(options: Mapping[str, Any]) -> AdjustmentMode:
    return AdjustmentMode(options.get(MODE, AdjustmentMode.SET_TO.value))


def _line(planned: PlannedRow) -> AdjustmentLine:
    line: AdjustmentLine = planned.facts
    return line


def _change(planned: PlannedRow) -> PlannedChange:
    change: PlannedChange = planned.facts
    return change
