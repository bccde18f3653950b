"""Admin for support: every model searchable; ledger, audit trail and outcomes are read only (SPEC APP-2)."""

from inventory.admin import activity, customers, documents, organization, products, purchases, stock
from inventory.admin.bases import ReadOnlyAdmin, ReadOnlyInline

__all__ = [
    "ReadOnlyAdmin", "ReadOnlyInline", "activity", "customers", "documents", "organization", "products", "purchases",
    "stock",
]  # fmt: skip
