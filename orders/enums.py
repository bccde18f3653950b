"""Closed lists of orders and sales."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CapturedState(TextChoices):
    """Life of a store's order here."""

    WAITING = "waiting", _("Waiting")
    SKIPPED = "skipped", _("Skipped")
    BLOCKED = "blocked", _("Blocked")
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    SALE = "sale", _("Became a sale")
    NEEDS_DECISION = "needs_decision", _("Needs a decision")
    CANCELLED = "cancelled", _("Cancelled in store")
    FORGOTTEN = "forgotten", _("Entry deleted")


PENDING_TAB = (CapturedState.BLOCKED, CapturedState.PENDING, CapturedState.PROCESSING)
"""Only these allocate before there is a sale."""
LOG_TAB = tuple(state for state in CapturedState if state not in (CapturedState.WAITING, CapturedState.FORGOTTEN))


LEFT_TO_STORE = (CapturedState.SALE, CapturedState.CANCELLED, CapturedState.FORGOTTEN, CapturedState.WAITING)
"""Nothing but the store changes these: read once, the same version of them needs no reading."""


class IssueCode(TextChoices):
    """Why an order cannot go on; each has words and a way out in `orders.queries`."""

    TAX_UNMAPPED = "tax_unmapped", _("Tax class has no rule")
    NO_CUSTOMER = "no_customer", _("No default customer")
    NO_LOCATION = "no_location", _("No default location")
    LOCATION_UNMAPPED = "location_unmapped", _("Store location is not mapped")
    TOTALS_DIFFER = "totals_differ", _("Totals differ")
    UNKNOWN_PRODUCT = "unknown_product", _("Line without product")
    PAYMENT_UNMAPPED = "payment_unmapped", _("Payment method has no account")
    ALREADY_SOLD = "already_sold", _("A sale of this order exists")
    CHANGED_IN_STORE = "changed_in_store", _("Changed in store")
    CANCELLED_IN_STORE = "cancelled_in_store", _("Cancelled in store")
    BACK_IN_STORE = "back_in_store", _("Back in the store")
    NO_ADDRESS = "no_address", _("No shipping address")


BLOCKING = frozenset(
    {
        IssueCode.TAX_UNMAPPED,
        IssueCode.NO_CUSTOMER,
        IssueCode.NO_LOCATION,
        IssueCode.LOCATION_UNMAPPED,
        IssueCode.TOTALS_DIFFER,
    }
)


class CapturedBy(TextChoices):
    """How an order got here; loaded ones are never processed by themselves (SPEC HIS-5)."""

    NOTICE = "notice", _("Notice")
    POLL = "poll", _("Poll")
    LOADED = "loaded", _("Loaded by hand")


class SaleType(TextChoices):
    SIMPLE = "simple", _("Simple sale")
    SERVICE = "service", _("Service sale")


class SaleStatus(TextChoices):
    """Overall status, computed by `orders.services.status`."""

    DRAFT = "draft", _("Draft")
    ORDERING = "ordering", _("Ordering")
    ORDERED = "ordered", _("Ordered")
    BACKORDERED = "backordered", _("Backordered")
    PICKING = "picking", _("Picking")
    PICKED = "picked", _("Picked")
    PACKING = "packing", _("Packing")
    PACKED = "packed", _("Packed")
    SHIPPING = "shipping", _("Shipping")
    INVOICING = "invoicing", _("Invoicing")
    INVOICED = "invoiced", _("Invoiced")
    COMPLETED = "completed", _("Completed")
    VOIDED = "voided", _("Voided")


class Stage(TextChoices):
    """Stages of a sale in order; undoing one takes the later ones back too."""

    ORDER = "order", _("Order")
    PICK = "pick", _("Pick")
    PACK = "pack", _("Pack")
    SHIP = "ship", _("Ship")
    INVOICE = "invoice", _("Invoice")


class StageState(TextChoices):
    NOT_AVAILABLE = "not_available", _("Not available")
    DRAFT = "draft", _("Draft")
    AUTHORIZED = "authorized", _("Authorized")
    VOIDED = "voided", _("Voided")


class LineKind(TextChoices):
    PRODUCT = "product", _("Product")
    SERVICE = "service", _("Service")


class ChargeKind(TextChoices):
    SHIPPING = "shipping", _("Shipping")
    HANDLING = "handling", _("Handling")
    WRAPPING = "wrapping", _("Gift wrapping")
    FEE = "fee", _("Fee")
    DISCOUNT = "discount", _("Discount")
    COUPON = "coupon", _("Coupon")
    ROUNDING = "rounding", _("Rounding")


class PaymentState(TextChoices):
    """A21: money for a draft invoice is a prepayment until the invoice is authorized."""

    PREPAYMENT = "prepayment", _("Prepayment")
    POSTED = "posted", _("Posted")
    VOIDED = "voided", _("Voided")
