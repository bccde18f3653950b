"""What an authorized order needs before its pick: goods built here, goods sent by suppliers."""

from django.utils.translation import gettext as _

from inventory.services.assembly import void_assemblies
from inventory.services.purchases import end_for_document, lock_for_document
from orders.enums import SaleType, StageState
from orders.errors import StageRefused
from orders.services.building import build_for_order
from orders.services.drop_shipping import order_from_suppliers
from orders.services.sheet import Sheet


def supply(sheet: Sheet) -> None:
    """Build and draft purchase orders, each once; open the pick where there are goods that we ship ourselves."""
    has_pick = sheet.sale.type != SaleType.SERVICE and bool(sheet.stocked_lines())
    sheet.fulfillment.pick_state = StageState.DRAFT if has_pick else StageState.NOT_AVAILABLE
    build_for_order(sheet)
    order_from_suppliers(sheet)


def lock_supply(sale_id: int) -> None:
    """Before the sale is claimed to end its purchase orders: whoever enters a dispatch holds these first."""
    lock_for_document(f"sale:{sale_id}")


def take_back_order(sheet: Sheet, *, with_ordered: bool = False) -> None:
    """Draft purchase orders are voided, what was built is taken apart while it is there.

    `with_ordered`: the suppliers know, so what they have on order is voided too. Raises PurchaseRefused where they do
    not, StageRefused where one has sent goods already.
    """
    if any(sheet.sent.values()):
        raise StageRefused(_("A supplier has sent goods of this sale already. Undo that on the purchase order first."))
    end_supply(sheet, with_ordered=with_ordered)


def end_supply(sheet: Sheet, *, with_ordered: bool) -> None:
    """Like `take_back_order`, whatever was sent."""
    document_key = sheet.sale.document_key
    end_for_document(document_key, with_ordered=with_ordered, user=sheet.user, now=sheet.now)
    void_assemblies(document_key, user=sheet.user, now=sheet.now)
