"""Models of the inventory of record."""

from inventory.models.access import LoginAttempt, User
from inventory.models.assembly import Assembly, AssemblyLine, Component
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
from inventory.models.counting import (
    ProductCost,
    ReorderLevel,
    Stocktake,
    StocktakeLine,
    Transfer,
    TransferLine,
)
from inventory.models.customers import Address, Contact, Customer
from inventory.models.imports import ImportFile
from inventory.models.organization import DocumentNumber, Organization
from inventory.models.products import CustomField, Family, Product, ProductImage, ProductPrice
from inventory.models.purchases import Purchase, PurchaseLine, Receipt, ReceiptLine
from inventory.models.runs import Run, RunItem
from inventory.models.stock import Allocation, Movement, StockLevel, StockPosting

__all__ = [
    "Account",
    "Address",
    "Allocation",
    "Assembly",
    "AssemblyLine",
    "AuditEntry",
    "Brand",
    "Carrier",
    "Category",
    "Component",
    "Contact",
    "CustomField",
    "Customer",
    "DocumentNumber",
    "Family",
    "ImportFile",
    "Location",
    "LoginAttempt",
    "Movement",
    "Organization",
    "PaymentTerm",
    "PriceTier",
    "Product",
    "ProductCost",
    "ProductImage",
    "ProductPrice",
    "Purchase",
    "PurchaseLine",
    "Receipt",
    "ReceiptLine",
    "ReorderLevel",
    "Run",
    "RunItem",
    "SalesRepresentative",
    "StockLevel",
    "StockPosting",
    "Stocktake",
    "StocktakeLine",
    "Supplier",
    "Tag",
    "TaxComponent",
    "TaxRule",
    "Transfer",
    "TransferLine",
    "Unit",
    "User",
]  # fmt: skip
