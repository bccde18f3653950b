"""Models of orders and sales."""

from orders.models.billing import Invoice, Payment
from orders.models.captured import CapturedCharge, CapturedLine, CapturedOrder, CapturedPayment, OrderIssue
from orders.models.fulfillment import Fulfillment, FulfillmentLine
from orders.models.sales import Sale, SaleCharge, SaleLine, SaleSource

__all__ = [
    "CapturedCharge",
    "CapturedLine",
    "CapturedOrder",
    "CapturedPayment",
    "Fulfillment",
    "FulfillmentLine",
    "Invoice",
    "OrderIssue",
    "Payment",
    "Sale",
    "SaleCharge",
    "SaleLine",
    "SaleSource",
]
