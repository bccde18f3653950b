"""Purchase orders: drafted, ordered, closed, voided (SPEC INV-9). What arrives is in `purchase_receipts`.

Every act claims the order by its version and state in one conditional UPDATE, so of two at once one is refused.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import DocumentKind, PurchaseState, RecordStatus
from inventory.models import Location, Product, Purchase, PurchaseLine, StockPosting, Supplier, User
from inventory.services import audit, stock
from inventory.services.numbers import next_number
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.money import to_unit
from inventory_sync.lib.quantities import MAX, ZERO, quantize
from inventory_sync.lib.text import clip

ONE = Decimal(1)
_MOST_RATE = Decimal(10) ** 7
OPEN = (PurchaseState.ORDERED, PurchaseState.PARTLY)
"""With the supplier; something is still to come."""


class PurchaseRefused(ProductError):
    """The purchase order cannot be changed so; nothing moved."""


class PurchaseChanged(PurchaseRefused):
    """Somebody else changed the purchase order meanwhile (SPEC APP-13); nothing moved."""


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """So many of a product; the price is in the order's currency, without tax, None while it is not known."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None
    owner_key: str = ""


@dataclass(frozen=True, kw_only=True)
class PurchaseTerms:
    """Header of a purchase order. An empty currency is the base currency, its `rate` is one."""

    supplier_id: int
    location_id: int | None
    currency: str = ""
    rate: Decimal = ONE
    expected_on: date | None = None
    supplier_reference: str = ""
    note: str = ""

    def as_columns(self) -> dict[str, Any]:
        return {
            "supplier_id": self.supplier_id,
            "location_id": self.location_id,
            "currency": self.currency,
            "rate": self.rate if self.currency else ONE,
            "expected_on": self.expected_on,
            "supplier_reference": clip(self.supplier_reference, 100),
            "note": clip(self.note, 1000),
        }


def create_purchase(
    terms: PurchaseTerms, *, lines: Sequence[WantedLine], key: str = "", user: User | None, now: datetime
) -> Purchase:
    """Draft a purchase order at one of our locations; `key` makes it happen once. Raises PurchaseRefused."""
    _refuse_nonsense(terms, lines)
    known = Purchase.objects.filter(request_key=key).first() if key else None
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return insert_purchase(terms.as_columns() | {"request_key": key}, lines=lines, user=user, now=now)
    except IntegrityError:
        made = Purchase.objects.filter(request_key=key).first() if key else None
        if made is None:
            raise
        return made


def insert_purchase(
    columns: dict[str, Any], *, lines: Sequence[WantedLine], user: User | None, now: datetime
) -> Purchase:
    """Write a draft with its lines and number, in the caller's transaction."""
    purchase = Purchase.objects.create(number=f"new {uuid4().hex}", created_at=now, **columns)
    PurchaseLine.objects.bulk_create(_row(purchase, line) for line in lines)
    purchase.number = next_number(DocumentKind.PURCHASE)
    purchase.save(update_fields=["number"])
    audit.record(user=user, action="purchase.created", obj=purchase, now=now)
    return purchase


def edit_purchase(
    purchase_id: int,
    *,
    terms: PurchaseTerms,
    lines: Sequence[WantedLine],
    version: int | None,
    user: User | None,
    now: datetime,
) -> Purchase:
    """Rewrite a draft. What is sent to a customer keeps its products and quantities: the sale says them."""
    with transaction.atomic():
        purchase = claim_purchase(purchase_id, version=version, states=(PurchaseState.DRAFT,))
        old = _described(purchase)
        if purchase.is_drop_ship:
            _refuse_other_goods(purchase, terms, lines)
            _refuse_amounts(terms, lines)
        else:
            _refuse_nonsense(terms, lines)
        Purchase.objects.filter(pk=purchase_id).update(**terms.as_columns())
        _rewrite_lines(purchase, lines)
        purchase = Purchase.objects.get(pk=purchase_id)
        changes = audit.difference(old, _described(purchase))
        audit.record(user=user, action="purchase.edited", obj=purchase, changes=changes, now=now)
    return purchase


def note_answer(
    purchase_id: int,
    *,
    expected_on: date | None,
    supplier_reference: str,
    note: str,
    version: int | None,
    user: User | None,
    now: datetime,
) -> Purchase:
    """What the supplier answered to an order that is with him: his number, the day. Goods and prices stay."""
    with transaction.atomic():
        purchase = claim_purchase(purchase_id, version=version, states=OPEN)
        new = {
            "expected_on": expected_on,
            "supplier_reference": clip(supplier_reference, 100),
            "note": clip(note, 1000),
        }
        changes = audit.difference({name: getattr(purchase, name) for name in new}, new)
        Purchase.objects.filter(pk=purchase_id).update(**new)
        audit.record(user=user, action="purchase.edited", obj=purchase, changes=changes, now=now)
    return Purchase.objects.get(pk=purchase_id)


def order_purchase(purchase_id: int, *, version: int | None, user: User | None, now: datetime) -> Purchase:
    """Draft → ordered: on order rises at the location; what goes to a customer moves nothing of ours."""
    columns = {"state": PurchaseState.ORDERED, "ordered_at": now, "revision": F("revision") + 1}
    with transaction.atomic():
        purchase = claim_purchase(purchase_id, version=version, states=(PurchaseState.DRAFT,), **columns)
        lines = list(purchase.lines.all())
        if not lines:
            raise PurchaseRefused(_("There is nothing on %(number)s to order.") % {"number": purchase})
        _move_on_order(purchase, lines, "order", sign=1, user=user, now=now)
        audit.record(user=user, action="purchase.ordered", obj=purchase, now=now)
    return purchase


def undo_ordering(purchase_id: int, *, version: int | None, user: User | None, now: datetime) -> Purchase:
    """Ordered → draft, as long as nothing has arrived; on order falls again by a row of its own."""
    with transaction.atomic():
        columns = {"state": PurchaseState.DRAFT, "ordered_at": None}
        purchase = claim_purchase(purchase_id, version=version, states=(PurchaseState.ORDERED,), **columns)
        _move_on_order(purchase, list(purchase.lines.all()), "unorder", sign=-1, user=user, now=now)
        purchase.lines.update(closed=ZERO)
        audit.record(user=user, action="purchase.order_undone", obj=purchase, now=now)
    return purchase


def close_rest(purchase_id: int, *, version: int | None, user: User | None, now: datetime) -> Purchase:
    """Short delivery: what has not arrived will not, and is no longer on order."""
    with transaction.atomic():
        columns = {"state": PurchaseState.RECEIVED, "revision": F("revision") + 1}
        purchase = claim_purchase(purchase_id, version=version, states=(PurchaseState.PARTLY,), **columns)
        if purchase.is_drop_ship:
            raise PurchaseRefused(
                _("The rest of %(number)s is owed to a customer. It ends with the sale that it is for.")
                % {"number": purchase}
            )
        _close(purchase, user=user, now=now)
    return purchase


def void_purchase(purchase_id: int, *, version: int | None, user: User | None, now: datetime) -> Purchase:
    """End an order of which nothing has arrived; the record stays."""
    with transaction.atomic():
        columns = {"state": PurchaseState.VOIDED, "revision": F("revision") + 1}
        states = (PurchaseState.DRAFT, PurchaseState.ORDERED)
        purchase = claim_purchase(purchase_id, version=version, states=states, **columns)
        if purchase.ordered_at is not None:
            _move_on_order(purchase, list(purchase.lines.all()), "void", sign=-1, user=user, now=now)
        audit.record(user=user, action="purchase.voided", obj=purchase, now=now)
    return purchase


def end_for_document(document_key: str, *, with_ordered: bool, user: User | None, now: datetime) -> Sequence[Purchase]:
    """The sale is undone or void: its drafts are voided, and `with_ordered` also what the supplier has already.

    Goods that the supplier sent stay recorded; what he still owed is closed. Raises PurchaseRefused while an order is
    with the supplier and `with_ordered` does not say that he knows. Call it in the sale's transaction.
    """
    found = list(Purchase.objects.filter(document_key=document_key).exclude(state=PurchaseState.VOIDED))
    sent = [each.number for each in found if each.state in OPEN]
    if sent and not with_ordered:
        raise PurchaseRefused(
            _("Already ordered from the supplier: %(numbers)s. Tell the supplier, then choose to void it too.")
            % {"numbers": ", ".join(sent)}
        )
    for purchase in found:
        if purchase.state == PurchaseState.PARTLY:
            columns = {"state": PurchaseState.RECEIVED, "revision": F("revision") + 1}
            states = (PurchaseState.PARTLY,)
            _close(claim_purchase(purchase.pk, version=purchase.version, states=states, **columns), user=user, now=now)
        elif purchase.state != PurchaseState.RECEIVED:
            void_purchase(purchase.pk, version=purchase.version, user=user, now=now)
    return found


def lock_for_document(document_key: str) -> None:
    """Lock the orders of a sale before the sale itself, as a dispatch does; it spares PostgreSQL deadlocks."""
    rows = Purchase.objects.select_for_update(of=("self",)).filter(document_key=document_key)
    list(rows.order_by("pk").values_list("pk", flat=True))


def claim_purchase(purchase_id: int, *, version: int | None, states: Collection[str], **columns: Any) -> Purchase:
    """Take the order for one change inside the caller's transaction. Raises PurchaseRefused, PurchaseChanged."""
    rows = Purchase.objects.filter(pk=purchase_id, state__in=states)
    if version is not None:
        rows = rows.filter(version=version)
    claimed = rows.update(version=F("version") + 1, **columns)
    purchase = Purchase.objects.select_related("supplier", "location").get(pk=purchase_id)
    if claimed:
        return purchase
    if purchase.state not in states:
        raise PurchaseRefused(_refusals()[PurchaseState(purchase.state)] % {"number": purchase})
    raise PurchaseChanged(
        _("%(number)s was changed by somebody else. Nothing was done; look at it again and repeat what still fits.")
        % {"number": purchase}
    )


def _refusals() -> dict[PurchaseState, str]:
    return {
        PurchaseState.DRAFT: _("%(number)s is a draft: order it from the supplier first."),
        PurchaseState.ORDERED: _("%(number)s is ordered and nothing has arrived: undo the ordering or void it."),
        PurchaseState.PARTLY: _("Part of %(number)s has arrived: undo that receipt first."),
        PurchaseState.RECEIVED: _("%(number)s has arrived: undo its receipts first."),
        PurchaseState.VOIDED: _("%(number)s is void."),
    }


def _close(purchase: Purchase, *, user: User | None, now: datetime) -> None:
    lines = list(purchase.lines.select_related("product"))
    _move_on_order(purchase, lines, "close", sign=-1, user=user, now=now)
    left = {line.product.sku: (ZERO, line.outstanding) for line in lines if line.outstanding}
    purchase.lines.update(closed=F("quantity") - F("received"))
    audit.record(user=user, action="purchase.rest_closed", obj=purchase, changes=left, now=now)


def _move_on_order(
    purchase: Purchase, lines: Sequence[PurchaseLine], act: str, *, sign: int, user: User | None, now: datetime
) -> StockPosting | None:
    """What is still to come, on order or off it again. Each act has its own key by the order's revision."""
    if purchase.is_drop_ship or purchase.location_id is None:
        return None
    place = purchase.location_id
    changes = [
        stock.StockChange(product_id=line.product_id, location_id=place, quantity=sign * line.outstanding)
        for line in lines
        if line.outstanding
    ]
    key = f"{purchase.own_key}/{act}/r{purchase.revision}"
    return stock.change_on_order(changes, key=key, document_key=purchase.own_key, at=now, user=user)


def _row(purchase: Purchase, line: WantedLine) -> PurchaseLine:
    return PurchaseLine(
        purchase=purchase,
        product_id=line.product_id,
        quantity=quantize(line.quantity),
        unit_cost=None if line.unit_cost is None else to_unit(line.unit_cost),
        owner_key=line.owner_key,
    )


def _rewrite_lines(purchase: Purchase, lines: Sequence[WantedLine]) -> None:
    """Lines that receipts name, undone ones, keep their row and cannot go."""
    old = {(line.product_id, line.owner_key): line for line in purchase.lines.select_related("product")}
    new = {(line.product_id, line.owner_key): _row(purchase, line) for line in lines}
    gone = [line for key, line in old.items() if key not in new]
    arrived = purchase.lines.filter(pk__in=[line.pk for line in gone], receipt_lines__isnull=False)
    skus = list(arrived.order_by("product__sku_key").values_list("product__sku", flat=True).distinct())
    if skus:
        raise PurchaseRefused(
            _("%(skus)s arrived once, so it stays on %(number)s. Void the order instead and draft another one.")
            % {"skus": ", ".join(skus), "number": purchase}
        )
    purchase.lines.filter(pk__in=[line.pk for line in gone]).delete()
    for key, line in old.items():
        if key in new:
            new[key].pk = line.pk
    PurchaseLine.objects.bulk_update([line for line in new.values() if line.pk], ["quantity", "unit_cost"])
    PurchaseLine.objects.bulk_create(line for line in new.values() if not line.pk)


def _refuse_amounts(terms: PurchaseTerms, lines: Sequence[WantedLine]) -> None:
    """Both databases keep 15 digits exactly: costs in either currency stay within them."""
    if terms.currency and not ZERO < terms.rate <= _MOST_RATE:
        raise PurchaseRefused(_("Enter the exchange rate: base currency for one %(code)s.") % {"code": terms.currency})
    costs = [line.unit_cost for line in lines if line.unit_cost is not None]
    if any(cost < ZERO for cost in costs):
        raise PurchaseRefused(_("Unit costs are not below zero."))
    if any(cost * (terms.rate if terms.currency else ONE) >= MAX or cost >= MAX for cost in costs):
        raise PurchaseRefused(_("A unit cost is more than can be kept. Check it, and the exchange rate."))


def _refuse_nonsense(terms: PurchaseTerms, lines: Sequence[WantedLine]) -> None:
    if not lines:
        raise PurchaseRefused(_("Enter at least one product."))
    _refuse_amounts(terms, lines)
    if any(quantize(line.quantity) <= ZERO for line in lines):
        raise PurchaseRefused(_("Quantities are above zero."))
    products = Product.objects.in_bulk([line.product_id for line in lines])
    twice = [products[pk].sku for pk, count in Counter(line.product_id for line in lines).items() if count > 1]
    if twice:
        raise PurchaseRefused(_("A product is there twice: %(skus)s.") % {"skus": ", ".join(twice)})
    others = sorted(product.sku for product in products.values() if not product.is_stocked)
    if others:
        raise PurchaseRefused(_("Only stock products are received: not %(skus)s.") % {"skus": ", ".join(others)})
    active = {"status": RecordStatus.ACTIVE}
    checks: tuple[tuple[Callable[[], bool], str], ...] = (
        (Supplier.objects.filter(pk=terms.supplier_id, **active).exists, _("Choose an active supplier.")),
        (Location.objects.filter(pk=terms.location_id or 0, **active).exists, _("Choose an active location.")),
    )
    for holds, words in checks:
        if not holds():
            raise PurchaseRefused(words)


def _refuse_other_goods(purchase: Purchase, terms: PurchaseTerms, lines: Sequence[WantedLine]) -> None:
    before = sorted((line.product_id, line.owner_key, line.quantity) for line in purchase.lines.all())
    after = sorted((line.product_id, line.owner_key, quantize(line.quantity)) for line in lines)
    if before != after or terms.supplier_id != purchase.supplier_id:
        raise PurchaseRefused(
            _("The sale says what the supplier sends, and how many: only prices and terms change here.")
        )


def _described(purchase: Purchase) -> dict[str, Any]:
    """For the audit trail."""
    lines = purchase.lines.select_related("product")
    words = {f"{line.product.sku}": f"{line.quantity.normalize():f} × {line.unit_cost}" for line in lines}
    return {
        "supplier": str(purchase.supplier),
        "location": str(purchase.location or ""),
        "currency": purchase.currency,
        "rate": purchase.rate,
        "expected on": purchase.expected_on,
        "supplier’s number": purchase.supplier_reference,
        "note": purchase.note,
        **words,
    }
