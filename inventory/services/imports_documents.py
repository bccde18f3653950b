"""Transfers and counts from a file (SPEC INV-6)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from inventory.enums import StocktakeState
from inventory.models import Location, Product, Stocktake
from inventory.services import stocktakes, transfers
from inventory.services.imports_rows import Act, Change, FileRow, PlannedRow
from inventory.services.imports_stock import QUANTITY, REASON, SKU, Named, refuse
from inventory.services.imports_values import digits
from inventory.services.locks import lock_levels
from inventory.services.products_as_cells import Column
from inventory.services.stock import StockShort
from inventory.services.stocktakes import Count, StocktakeRefused
from inventory.services.transfers import TransferDraft, TransferRefused
from inventory_sync.lib.quantities import quantize

TRANSFERS = "inventory.import_transfers"
COUNTS = "inventory.import_counts"
STOCKTAKE = "stocktake"
_FROM, _TO = Column("source", "From"), Column("target", "To")
_Route = tuple[Location, Location]


class TransferImport:
    """Each route of a piece of the file becomes one transfer that has moved. See `imports_rows.ImportKind`."""

    kind = TRANSFERS
    permission = "inventory.adjust_stock"
    required: tuple[str, ...] = ("sku", "source", "target", "quantity")
    unique: tuple[tuple[str, ...], ...] = (("sku", "source", "target"),)

    def title(self) -> str:
        return _("Transfers from a file")

    def columns(self) -> list[Column]:
        return [SKU, _FROM, _TO, QUANTITY]

    def lock(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> None:
        lock_levels(
            (product.pk, place.pk)
            for product, source, target, _quantity in self._facts(self._lines(rows, options))
            for place in (source, target)
        )

    def plan(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]:
        planned = self._lines(rows, options)
        free = self._free(planned)
        for each in planned:
            if each.problem:
                continue
            product, source, target, quantity = each.facts
            there = free[source.pk][product.pk]
            if quantity > there:
                text = _("At %(place)s only %(free)s are free: the others are held for sales or not there.")
                refuse(each, text % {"place": source.name, "free": digits(there)}, product)
                continue
            free[source.pk][product.pk] = there - quantity
            each.changes = [
                _change(_("Free at %(place)s"), source, old=digits(there), new=digits(there - quantity)),
                _change(_("To %(place)s"), target, old="", new=f"+{digits(quantity)}"),
            ]
        return planned

    def apply(self, rows: Sequence[PlannedRow], act: Act) -> Mapping[int, str]:
        routes: dict[_Route, list[PlannedRow]] = defaultdict(list)
        for each in rows:
            routes[each.facts[1], each.facts[2]].append(each)
        refused: dict[int, str] = {}
        for (source, target), several in routes.items():
            note = str(act.options.get(REASON, ""))
            lines = {each.facts[0].pk: each.facts[3] for each in several}
            try:
                draft = TransferDraft(source=source, target=target, note=note, lines=lines)
                transfers.move_at_once(draft, user=act.user, now=act.now)
            except (TransferRefused, StockShort) as error:
                refused |= {each.row.line: error.message for each in several}
        return refused

    def _free(self, planned: Sequence[PlannedRow]) -> dict[int, dict[int, Decimal]]:
        wanted: dict[int, tuple[Location, list[int]]] = {}
        for product, source, _target, _quantity in self._facts(planned):
            wanted.setdefault(source.pk, (source, []))[1].append(product.pk)
        return {pk: transfers.free_at(source, ids) for pk, (source, ids) in wanted.items()}

    def _facts(self, planned: Sequence[PlannedRow]) -> list[tuple[Product, Location, Location, Decimal]]:
        return [each.facts for each in planned if each.facts is not None and not each.problem]

    def _lines(self, rows: Sequence[FileRow], options: Mapping[str, Any]) -> list[PlannedRow]:
        named = Named(rows, location_keys=["source", "target"], comma=bool(options.get("comma")))
        planned = []
        for row in rows:
            each = PlannedRow(row=row, label="")
            product = named.product(each)
            source = named.location(each, "source", needed=True)
            target = named.location(each, "target", needed=True)
            quantity = named.quantity(each, above_zero=True)
            if source and target and source.pk == target.pk:
                refuse(each, _("Choose two different locations."))
            if product and source and target and quantity is not None:
                each.identity = f"{product.pk}/{source.pk}/{target.pk}"
                each.facts = (product, source, target, quantize(quantity))
            planned.append(each)
        return planned


def _change(label: str, place: Location, *, old: str, new: str) -> Change:
    return Change(label=label % {"place": place.name}, old=old, new=new)


class CountImport:
    """Counts for the open stocktake that the options name. See `imports_rows.ImportKind`."""

    kind = COUNTS
    permission = "inventory.adjust_stock"
    required: tuple[str, ...] = ("sku", "quantity")
    unique: tuple[tuple[str, ...], ...] = (("sku",),)

    def title(self) -> str:
        return _("Counts from a file")

    def columns(self) -> list[Column]:
        return [SKU, QUANTITY]

    def lock(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> None:
        Stocktake.objects.select_for_update().filter(pk=options[STOCKTAKE]).first()

    def plan(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]:
        stocktake = Stocktake.objects.get(pk=options[STOCKTAKE])
        named = Named(rows, location_keys=[], comma=bool(options.get("comma")))
        planned = [PlannedRow(row=row, label="") for row in rows]
        for each in planned:
            product, quantity = named.product(each), named.quantity(each)
            if stocktake.state != StocktakeState.OPEN:
                refuse(each, _("Stocktake %(number)s is over.") % {"number": stocktake})
            if product and quantity is not None:
                each.identity, each.facts = f"{stocktake.pk}/{product.pk}", (product, quantize(quantity))
        ids = [each.facts[0].pk for each in planned if each.facts is not None]
        lines = dict(stocktake.lines.filter(product_id__in=ids).values_list("product_id", "counted"))
        for each in planned:
            if each.facts is None or each.problem:
                continue
            product, quantity = each.facts
            counted = lines.get(product.pk)
            if counted is None or counted != quantity:
                each.changes = [Change(label=_("Counted"), old=digits(counted), new=digits(quantity))]
            each.is_new = product.pk not in lines
        return planned

    def apply(self, rows: Sequence[PlannedRow], act: Act) -> Mapping[int, str]:
        stocktake = Stocktake.objects.get(pk=act.options[STOCKTAKE])
        counts = [Count(product_id=each.facts[0].pk, quantity=each.facts[1]) for each in rows]
        try:
            stocktakes.set_counts(stocktake, counts=counts, user=act.user, now=act.now)
        except StocktakeRefused as error:
            return {each.row.line: error.message for each in rows}
        return {}
