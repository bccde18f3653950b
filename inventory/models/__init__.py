"""Models of the inventory of record."""

from inventory.models.access import LoginAttempt, User
from inventory.models.audit import AuditEntry
from inventory.models.books import (
    Account,
    Brand,
    Carrier,
    Category,
    Location,
    PaymentTerm,
    PriceTier,
    SalesRepresentative,
    Supplier,
    Tag,
    TaxComponent,
    TaxRule,
    Unit,
)
from inventory.models.customers import Address, Contact, Customer
from inventory.models.organization import DocumentNumber, Organization
from inventory.models.products import CustomField, Family, Product, ProductImage, ProductPrice
from inventory.models.runs import Run, RunItem
from inventory.models.stock import Allocation, Movement, StockLevel, StockPosting

__all__ = [
    "Account",
    "Address",
    "Allocation",
    "AuditEntry",
    "Brand",
    "Carrier",
    "Category",
    "Contact",
    "CustomField",
    "Customer",
    "DocumentNumber",
    "Family",
    "Location",
    "LoginAttempt",
    "Movement",
    "Organization",
    "PaymentTerm",
    "PriceTier",
    "Product",
    "ProductImage",
    "ProductPrice",
    "Run",
    "RunItem",
    "SalesRepresentative",
    "StockLevel",
    "StockPosting",
    "Supplier",
    "Tag",
    "TaxComponent",
    "TaxRule",
    "Unit",
    "User",
]  # fmt: skip
