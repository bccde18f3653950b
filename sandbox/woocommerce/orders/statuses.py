"""The statuses an order can have, and what they mean for its stock and its money."""

from sandbox.woocommerce.sites import Site

AUTO_DRAFT, CHECKOUT_DRAFT, TRASH = "auto-draft", "checkout-draft", "trash"
PENDING, PROCESSING, ON_HOLD, COMPLETED = "pending", "processing", "on-hold", "completed"
CANCELLED, REFUNDED, FAILED = "cancelled", "refunded", "failed"
NAMES = {
    PENDING: "Pending payment",
    PROCESSING: "Processing",
    ON_HOLD: "On hold",
    COMPLETED: "Completed",
    CANCELLED: "Cancelled",
    REFUNDED: "Refunded",
    FAILED: "Failed",
    CHECKOUT_DRAFT: "Draft",
}
WRITABLE = (AUTO_DRAFT, PENDING, PROCESSING, ON_HOLD, COMPLETED, CANCELLED, REFUNDED, FAILED, CHECKOUT_DRAFT)
TAKES_STOCK = frozenset({PROCESSING, COMPLETED, ON_HOLD})
RETURNS_STOCK = frozenset({CANCELLED, PENDING})
EDITABLE = frozenset({PENDING, ON_HOLD, AUTO_DRAFT})
AWAITS_PAYMENT = frozenset({PENDING, FAILED})
CAN_BE_PAID = frozenset({ON_HOLD, PENDING, FAILED, CANCELLED})
"""What a payment that completes moves on; in every other status it does nothing."""


def names_of(site: Site) -> dict[str, str]:
    """Those of the plugins too (the setting ``order_statuses``, slugs with names)."""
    return {**NAMES, **site.settings.get("order_statuses", {})}


def writable(site: Site) -> tuple[str, ...]:
    return (*WRITABLE, *site.settings.get("order_statuses", {}))
