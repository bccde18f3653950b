"""Refusals of orders and sales."""

from inventory_sync.lib.errors import ProductError


class AlreadySold(ProductError):
    """An active sale of the same store order exists (SPEC LOG-5)."""


class StageRefused(ProductError):
    """A stage cannot be authorized, undone or voided now; nothing moved."""


class SaleChanged(ProductError):
    """Somebody else changed the sale meanwhile (SPEC APP-13); nothing moved."""


class PaymentRefused(ProductError):
    """A payment that cannot be booked."""


class EntryRefused(ProductError):
    """A pending order or log entry that cannot be processed, deleted or decided now; nothing moved."""
