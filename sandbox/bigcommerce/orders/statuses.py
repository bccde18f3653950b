"""The fifteen order statuses; stores rename them, nobody can add one."""

from dataclasses import dataclass

from sandbox.db import Json


@dataclass(frozen=True)
class Status:
    id: int
    name: str
    description: str
    order: int

    def shape(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "system_label": self.name,
            "custom_label": self.name,
            "system_description": self.description,
            "order": self.order,
        }


INCOMPLETE, PENDING, SHIPPED, PARTIALLY_SHIPPED, REFUNDED, CANCELLED, DECLINED = range(7)
AWAITING_PAYMENT, AWAITING_PICKUP, AWAITING_SHIPMENT, COMPLETED, AWAITING_FULFILLMENT = range(7, 12)
MANUAL_VERIFICATION, DISPUTED, PARTIALLY_REFUNDED = range(12, 15)
PAID = frozenset({SHIPPED, PARTIALLY_SHIPPED, AWAITING_PICKUP, AWAITING_SHIPMENT, COMPLETED, AWAITING_FULFILLMENT})

STATUSES = {
    status.id: status
    for status in (
        Status(0, "Incomplete", "The shopper reached the payment page but did not complete the transaction.", 0),
        Status(1, "Pending", "Customer started the checkout process, but did not complete it.", 1),
        Status(2, "Shipped", "Order has been shipped, but receipt has not been confirmed.", 8),
        Status(3, "Partially Shipped", "Only some items in the order have been shipped.", 6),
        Status(4, "Refunded", "Seller has used the Refund action.", 11),
        Status(5, "Cancelled", "Seller has cancelled an order, due to a stock inconsistency or other reasons.", 9),
        Status(6, "Declined", "Seller has marked the order as declined.", 10),
        Status(7, "Awaiting Payment", "Checkout is completed, but payment has yet to be confirmed.", 2),
        Status(8, "Awaiting Pickup", "Order has been pulled, and is awaiting customer pickup.", 5),
        Status(9, "Awaiting Shipment", "Order has been packaged, and is awaiting collection by a carrier.", 4),
        Status(10, "Completed", "Order has been shipped or picked up, and receipt is confirmed.", 7),
        Status(11, "Awaiting Fulfillment", "Checkout is completed and payment has been confirmed.", 3),
        Status(12, "Manual Verification Required", "Order on hold while some aspect needs to be confirmed.", 13),
        Status(13, "Disputed", "Customer has initiated a dispute for the payment.", 12),
        Status(14, "Partially Refunded", "Seller has partially refunded the order.", 14),
    )
}
