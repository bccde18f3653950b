"""What arrives of a purchase order, in whole or in part, and what a supplier sent to a customer for us (INV-9, A61)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from inventory.enums import PurchaseState
from inventory.models import Purchase, PurchaseLine, Receipt, ReceiptLine, User
from inventory.services import audit, stock
from inventory.services.purchases import OPEN, PurchaseChanged, PurchaseRefused, claim_purchase
from inventory.signals import purchase_received
from inventory_sync.lib.money import to_unit
from inventory_sync.lib.quantities import ZERO, QuantityField, quantize
from inventory_sync.lib.text import clip


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """Units by purchase line id; carrier and tracking number of what the supplier sent himself."""

    units: Mapping[int, Decimal]
    carrier: str = ""
    tracking_number: str = ""


def receive_purchase(
    purchase_id: int, *, units: Mapping[int, Decimal], key: str, version: int | None, user: User | None, now: datetime
) -> Receipt:
    """Goods arrive at our location: on hand rises, on order falls, the cost moves the average. Once for each `key`.

    Raises PurchaseRefused for more than is on order, and PurchaseChanged.
    """
    arrived = Arrived(units=units)
    return _once(purchase_id, arrived, key=key, version=version, user=user, now=now, is_dispatch=False)


def record_dispatch(
    purchase_id: int, *, arrived: Arrived, key: str, version: int | None, user: User | None, now: datetime
) -> Receipt:
    """The supplier sent goods to the customer: nothing of ours moves, the sale learns of it (A61). Once a `key`."""
    return _once(purchase_id, arrived, key=key, version=version, user=user, now=now, is_dispatch=True)


def undo_receipt(receipt_id: int, *, version: int | None, user: User | None, now: datetime) -> Receipt:
    """Take a receipt back by mirror rows; its units are on order again. Idempotent.

    Raises PurchaseRefused where the goods were picked, sold or used since.
    """
    with transaction.atomic():
        receipt = Receipt.objects.get(pk=receipt_id)
        if receipt.is_undone:
            return receipt
        states = (PurchaseState.PARTLY, PurchaseState.RECEIVED)
        purchase = claim_purchase(receipt.purchase_id, version=version, states=states)
        if not Receipt.objects.filter(pk=receipt_id, is_undone=False).update(is_undone=True):
            return Receipt.objects.get(pk=receipt_id)
        if receipt.posting_key:
            _reverse(receipt, user=user, now=now)
        back = {line.line_id: -line.quantity for line in receipt.lines.all()}
        _add_received(purchase, back)
        audit.record(user=user, action="purchase.receipt_undone", obj=purchase, changes=_words(receipt), now=now)
        _tell(purchase, receipt, user=user, now=now)
    return Receipt.objects.get(pk=receipt_id)


def _once(
    purchase_id: int,
    arrived: Arrived,
    *,
    key: str,
    version: int | None,
    user: User | None,
    now: datetime,
    is_dispatch: bool,
) -> Receipt:
    """A second call with the same key answers the receipt that the first one made."""
    key = clip(f"{purchase_id}/{key}", 100)
    known = Receipt.objects.filter(key=key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            purchase = claim_purchase(purchase_id, version=version, states=OPEN)
            _refuse_wrong_door(purchase, is_dispatch=is_dispatch)
            receipt = _write(purchase, arrived, key=key, user=user, now=now)
            action = "purchase.dispatched" if is_dispatch else "purchase.received"
            audit.record(user=user, action=action, obj=purchase, changes=_words(receipt), now=now)
            _tell(purchase, receipt, user=user, now=now)
    except PurchaseRefused:
        known = Receipt.objects.filter(key=key).first()
        if known is None:
            raise
        return known
    return receipt


def _refuse_wrong_door(purchase: Purchase, *, is_dispatch: bool) -> None:
    if purchase.is_drop_ship and not is_dispatch:
        raise PurchaseRefused(
            _("%(number)s goes to a customer and never arrives here. Enter what the supplier sent.")
            % {"number": purchase}
        )
    if is_dispatch and not purchase.is_drop_ship:
        raise PurchaseRefused(_("%(number)s comes to us: receive it instead.") % {"number": purchase})


def _write(purchase: Purchase, arrived: Arrived, *, key: str, user: User | None, now: datetime) -> Receipt:
    lines = {line.pk: line for line in purchase.lines.select_related("product")}
    units = {pk: quantize(quantity) for pk, quantity in arrived.units.items() if quantity}
    _refuse_too_much(lines, units)
    number = purchase.receipts.count() + 1
    posting_key = "" if purchase.is_drop_ship else f"{purchase.own_key}/receipt:{number}"
    receipt = Receipt.objects.create(
        purchase=purchase,
        number=number,
        key=key,
        at=now,
        carrier=clip(arrived.carrier, 200),
        tracking_number=clip(arrived.tracking_number, 200),
        posting_key=posting_key,
    )
    ReceiptLine.objects.bulk_create(
        ReceiptLine(receipt=receipt, line=lines[pk], quantity=quantity, unit_cost=base_cost(purchase, lines[pk]))
        for pk, quantity in units.items()
    )
    _add_received(purchase, units)
    if posting_key:
        _move(purchase, [(lines[pk], quantity) for pk, quantity in units.items()], posting_key, user=user, now=now)
    return receipt


def base_cost(purchase: Purchase, line: PurchaseLine) -> Decimal | None:
    """Unit cost in the base currency; None while the price is not known."""
    return None if line.unit_cost is None else to_unit(line.unit_cost * purchase.rate)


def _move(
    purchase: Purchase,
    arrived: Sequence[tuple[PurchaseLine, Decimal]],
    posting_key: str,
    *,
    user: User | None,
    now: datetime,
) -> None:
    place = purchase.location_id or 0
    changes = [
        stock.StockChange(
            product_id=line.product_id, location_id=place, quantity=quantity, unit_cost=base_cost(purchase, line)
        )
        for line, quantity in arrived
    ]
    stock.receive_stock(changes, key=posting_key, document_key=purchase.own_key, at=now, user=user)


def _refuse_too_much(lines: Mapping[int, PurchaseLine], units: Mapping[int, Decimal]) -> None:
    if not units:
        raise PurchaseRefused(_("Enter how many arrived of at least one product."))
    if units.keys() - lines.keys():
        raise PurchaseChanged(
            _("This purchase order was changed meanwhile. Nothing was received; load the page again.")
        )
    if any(quantity < ZERO for quantity in units.values()):
        raise PurchaseRefused(_("Quantities are not below zero. Nothing was received."))
    parts = [
        _("%(sku)s: %(entered)s entered, %(open)s still on order")
        % {"sku": lines[pk].product.sku, "entered": _plain(quantity), "open": _plain(lines[pk].outstanding)}
        for pk, quantity in units.items()
        if quantity > lines[pk].outstanding
    ]
    if parts:
        raise PurchaseRefused(
            _("More than was ordered: %(parts)s. Nothing was received. Put what came on top on an order of its own.")
            % {"parts": "; ".join(parts)}
        )


def _add_received(purchase: Purchase, units: Mapping[int, Decimal]) -> None:
    """Sums of the lines, and the state they give."""
    cases = [When(pk=pk, then=Value(quantity, output_field=QuantityField())) for pk, quantity in units.items()]
    purchase.lines.filter(pk__in=units).update(
        received=F("received") + Case(*cases, default=Value(ZERO, output_field=QuantityField()))
    )
    purchase.state = state_of(list(purchase.lines.all()))
    Purchase.objects.filter(pk=purchase.pk).update(state=purchase.state)


def state_of(lines: Sequence[PurchaseLine]) -> PurchaseState:
    """State of an order that is with the supplier."""
    if not any(line.received for line in lines):
        return PurchaseState.ORDERED
    return PurchaseState.PARTLY if any(line.outstanding for line in lines) else PurchaseState.RECEIVED


def _reverse(receipt: Receipt, *, user: User | None, now: datetime) -> None:
    try:
        stock.reverse_posting(receipt.posting_key, key=f"{receipt.posting_key}/undo", at=now, user=user)
    except stock.StockShort as error:
        raise PurchaseRefused(
            _("This receipt cannot be undone: its goods were picked, sold or used since. %(why)s")
            % {"why": error.message},
            detail=error.detail,
        ) from error


def _words(receipt: Receipt) -> dict[str, tuple[str, str]]:
    lines = receipt.lines.select_related("line__product")
    words = {line.line.product.sku: ("", _plain(line.quantity)) for line in lines}
    return words | ({"tracking number": ("", receipt.tracking_number)} if receipt.tracking_number else {})


def _tell(purchase: Purchase, receipt: Receipt, *, user: User | None, now: datetime) -> None:
    purchase_received.send(sender=Purchase, purchase_id=purchase.pk, receipt_id=receipt.pk, user=user, now=now)


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
