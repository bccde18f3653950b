"""Which tax class each part of an order was taxed by.

Order lines carry no tax class; the rows of `/orders/{id}/taxes?details=true` do (orders reference, Order Taxes).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from channels.platforms.fields import Json, money, remote_id, text
from channels.remote import TAX_FREE

DEFAULT_CLASS = "0"
"""“Default Tax Class”: exists in every store, but its own list leaves it out."""


@dataclass(frozen=True)
class TaxBook:
    """Tax classes by part (kind of part, order line id), and the one that most of the order has."""

    by_part: dict[tuple[str, str], str]
    usual: str

    def line_key(self, line: Json, tax: Decimal) -> str:
        """Tax free is what carries no tax and was under no rate (SPEC TAX-4)."""
        found = self.by_part.get(("item", remote_id(line, "id")))
        if found is not None:
            return found
        return self.usual if tax else TAX_FREE

    def charge_key(self, kind: str, line_id: str, class_id: object, tax: Decimal) -> str:
        """Charges name their class themselves (`shipping_cost_tax_class_id`); without tax they are tax free."""
        if not tax:
            return TAX_FREE
        found = self.by_part.get((kind, line_id))
        if found is not None:
            return found
        return self.usual if class_id in (None, "") else str(class_id)


def tax_book(rows: Sequence[Json]) -> TaxBook:
    taxed = [row for row in rows if money(row, "rate") or money(row, "line_amount")]
    by_part: dict[tuple[str, str], str] = {}
    for row in taxed:
        if text(row, "line_item_type"):
            by_part.setdefault((text(row, "line_item_type"), remote_id(row, "order_product_id")), _class(row))
    classes = Counter(_class(row) for row in taxed)
    return TaxBook(by_part=by_part, usual=classes.most_common(1)[0][0] if classes else DEFAULT_CLASS)


def _class(row: Json) -> str:
    """External tax engines write null; that is the default class."""
    return text(row, "tax_class_id") or DEFAULT_CLASS
