"""What suppliers send to customers for us (SPEC INV-8, A61, DOMAIN A5).

Authorizing an order drafts one purchase order a supplier; his dispatch, entered there, fulfills the line here. A
product without supplier does not hold the order up: a store's order is not to wait for master data, and the goods that
we ship ourselves can go. Its line warns, and the purchase order is drafted as soon as the product has a supplier.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from inventory.enums import DropShip, PurchaseState
from inventory.models import Purchase, PurchaseLine, Receipt, User
from inventory.services import audit, purchase_drafts, stock
from inventory.services.purchases import WantedLine
from orders.enums import StageState
from orders.errors import StageRefused
from orders.models import Fulfillment, FulfillmentLine, Sale, SaleLine
from orders.services.sheet import Sheet, close_sheet, note_shortage, open_sheet, sent_units

SET = StageState.AUTHORIZED
_WITH_SUPPLIER = (PurchaseState.ORDERED, PurchaseState.PARTLY, PurchaseState.RECEIVED)


def order_from_suppliers(sheet: Sheet) -> list[Purchase]:
    """Draft what suppliers send for this sale, once (L8); lines without a supplier wait."""
    lines = sheet.drop_lines()
    if not lines:
        return []
    document_key = sheet.sale.document_key
    owned = purchase_drafts.owned_lines(document_key)
    wanted: dict[int, list[WantedLine]] = defaultdict(list)
    for line in lines:
        if line.owner_key not in owned and line.product is not None and line.product.supplier_id is not None:
            item = WantedLine(product_id=line.product.pk, quantity=line.quantity, owner_key=line.owner_key)
            wanted[line.product.supplier_id].append(item)
    return purchase_drafts.draft_for(
        document_key, wanted=wanted, ship_to=sheet.sale.shipping, user=sheet.user, now=sheet.now
    )


def draft_missing(sale_id: int, *, version: int | None, user: User | None, now: datetime) -> list[Purchase]:
    """Draft what an authorized sale still lacks. Raises StageRefused where nothing can be drafted."""
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        if sheet.sale.order_state != SET:
            raise StageRefused(_("Purchase orders are drafted when the order is authorized."))
        made = order_from_suppliers(sheet)
        if not made:
            raise StageRefused(_("Nothing to draft: each line is on a purchase order, or its product has no supplier."))
        note_shortage(sheet)
        close_sheet(sheet)
    return made


def draft_for_products(product_ids: Collection[int], *, now: datetime) -> None:
    """Products got a supplier: authorized sales that waited for it get their purchase orders."""
    ever = PurchaseLine.objects.filter(product_id=OuterRef("product_id"), owner_key=OuterRef("owner_key"))
    waiting = SaleLine.objects.filter(
        ~Exists(ever),
        drop_ship=True,
        product_id__in=product_ids,
        product__supplier__isnull=False,
        sale__order_state=SET,
    )
    for sale_id in sorted(set(waiting.order_by().values_list("sale_id", flat=True))):
        with transaction.atomic():
            sheet = open_sheet(sale_id, version=None, user=None, now=now)
            if sheet.sale.order_state == SET:
                order_from_suppliers(sheet)
            note_shortage(sheet)
            close_sheet(sheet)


def has_ordered(sheet: Sheet) -> bool:
    """Whether a supplier has an order of this sale already; no statement for sales that he has no part in."""
    return bool(sheet.drop_lines()) and is_with_supplier(sheet.sale)


def is_with_supplier(sale: Sale) -> bool:
    """Whether a supplier was told to send something for this sale."""
    return Purchase.objects.filter(document_key=sale.document_key, state__in=_WITH_SUPPLIER).exists()


def set_drop_ship(
    sale_id: int, *, line_id: int, is_on: bool, version: int | None, user: User | None, now: datetime
) -> Sale:
    """Have the supplier send a line of a draft sale, or send it ourselves. Only where the product leaves the choice.

    What the supplier sends lets its units go; what we send holds them again. Raises StageRefused, SaleChanged.
    """
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=version, user=user, now=now)
        line = next((each for each in sheet.lines if each.pk == line_id), None)
        if line is None or line.product is None or line.product.drop_ship != DropShip.OPTIONAL:
            raise StageRefused(_("The product of this line leaves no choice of who sends it."))
        if sheet.sale.order_state != StageState.DRAFT:
            raise StageRefused(_("Who sends a line is chosen while the order is a draft. Undo the order first."))
        if line.drop_ship != is_on:
            _switch(sheet, line, is_on=is_on)
        sale = close_sheet(sheet)
        changes = {line.sku: (not is_on, is_on)} if line.drop_ship == is_on else {}
        audit.record(
            user=user, action="sale.drop_ship.switched", obj=sale, changes=changes, scope_key=sale.source_key, now=now
        )
    return sale


def follow_receipt(receipt_id: int, *, user: User | None, now: datetime) -> None:
    """The supplier's dispatch becomes a shipment of the sale with its cost of goods; undone, it counts nowhere.

    Nothing for what arrives at our own locations. Idempotent. Raises StageRefused where the sale is void by now.
    """
    receipt = Receipt.objects.select_related("purchase__supplier").get(pk=receipt_id)
    sale_id = sale_of(receipt.purchase.document_key)
    if sale_id is None:
        return
    with transaction.atomic():
        sheet = open_sheet(sale_id, version=None, user=user, now=now)
        if sheet.sale.order_state == StageState.VOIDED and not receipt.is_undone:
            raise StageRefused(_("The sale is void: its customer gets nothing any more. Void this purchase order."))
        if receipt.is_undone:
            sheet.sale.fulfillments.filter(dispatch_key=_key(receipt)).update(ship_state=StageState.VOIDED)
        else:
            _insert_round(sheet, receipt)
        sheet.sent = sent_units(sheet.sale)
        note_shortage(sheet)
        sale = close_sheet(sheet)
        action = "sale.dispatch.undone" if receipt.is_undone else "sale.dispatch.added"
        facts = {"supplier": ("", str(receipt.purchase.supplier)), "tracking number": ("", receipt.tracking_number)}
        audit.record(user=user, action=action, obj=sale, changes=facts, scope_key=sale.source_key, now=now)


def sale_of(document_key: str) -> int | None:
    """Sale id of `sale:17`."""
    prefix, _colon, number = document_key.partition(":")
    return int(number) if prefix == "sale" and number.isdecimal() else None


def _key(receipt: Receipt) -> str:
    return f"receipt:{receipt.pk}"


def _insert_round(sheet: Sheet, receipt: Receipt) -> None:
    if sheet.sale.fulfillments.filter(dispatch_key=_key(receipt)).exists():
        return
    last = sheet.sale.fulfillments.aggregate(last=Max("number"))["last"] or 1
    round_ = Fulfillment.objects.create(
        sale=sheet.sale,
        number=last + 1,
        ship_state=SET,
        carrier=receipt.carrier,
        tracking_number=receipt.tracking_number,
        shipped_at=receipt.at,
        supplier=receipt.purchase.supplier.name,
        dispatch_key=_key(receipt),
    )
    by_owner = {line.owner_key: line for line in sheet.drop_lines()}
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            fulfillment=round_,
            sale_line=by_owner[row.line.owner_key],
            product_id=row.line.product_id,
            quantity=row.quantity,
            unit_cost=row.unit_cost,
        )
        for row in receipt.lines.select_related("line")
        if row.line.owner_key in by_owner
    )


def _switch(sheet: Sheet, line: SaleLine, *, is_on: bool) -> None:
    sale = sheet.sale
    key = f"{sale.document_key}/line:{line.position}/drop/v{sale.version}"
    if is_on:
        stock.release_stock([line.owner_key], key=key, document_key=sale.document_key, at=sheet.now, user=sheet.user)
    elif line.product is not None and line.product.is_stocked:
        hold_lines(sheet, [line], key=key)
    line.drop_ship = is_on
    line.save(update_fields=["drop_ship"])


def hold_lines(sheet: Sheet, lines: Iterable[SaleLine], *, key: str) -> None:
    """Make lines of the sale hold their units at its location."""
    demands = [
        stock.Demand(
            owner_key=line.owner_key,
            product_id=line.product_id or 0,
            location_id=sheet.sale.location_id,
            quantity=line.quantity,
        )
        for line in lines
        if line.quantity > 0
    ]
    if demands:
        stock.reallocate_stock(demands, key=key, document_key=sheet.sale.document_key, at=sheet.now, user=sheet.user)
