"""Orders and customers of a store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from channels.remote.names import TAX_FREE, RemoteName, no_raw

ChargeKind = Literal["shipping", "handling", "wrapping", "fee", "discount", "coupon"]
LineKind = Literal["product", "custom", "gift_certificate", "bundle"]
"""A bundle is only the heading of its parts, which are lines with it as their parent; stock is theirs."""
TenderKind = Literal["payment", "gift_certificate", "store_credit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAddress:
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line_1: str = ""
    line_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""

    @property
    def contact(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCustomer:
    """The order's customer; `id` is "" for a guest. Addresses come with a download of customers only."""

    id: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    billing: RemoteAddress | None = None
    shipping: RemoteAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """One page. `next_cursor` is "" on the last."""

    customers: tuple[RemoteCustomer, ...]
    next_cursor: str
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrderLine:
    """`total` and `unit_price` are before order discounts and without tax; `tax` is the store's own amount (A33)."""

    id: str
    kind: LineKind = "product"
    product_id: str = ""
    variant_id: str = ""
    sku: str = ""
    name: str
    quantity: Decimal
    unit_price: Decimal
    total: Decimal
    tax: Decimal
    tax_key: str = TAX_FREE
    tax_fallbacks: tuple[str, ...] = ()
    """Keys whose rule applies while `tax_key` has none of its own, nearest first; the last is what staff must map."""
    discount: Decimal = Decimal(0)
    """Part of the order's discounts that the store put on this line, as a positive amount without tax where known."""
    needs_shipping: bool = True
    parent_id: str = ""
    other_ids: tuple[str, ...] = ()
    """Further ids that the store has for the same goods; its refunds and shipments may name those."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCharge:
    """Money of the whole order beside its lines; discounts are negative (SPEC CAP-5, CAP-6)."""

    kind: ChargeKind
    label: str
    amount: Decimal
    tax: Decimal = Decimal(0)
    tax_key: str = TAX_FREE
    tax_fallbacks: tuple[str, ...] = ()
    """As on lines. Charges may have a rule of their own (SPEC TAX-9)."""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePayment:
    """Money the store says it received (`received`) or only expects."""

    id: str
    method_key: str
    method_label: str
    amount: Decimal
    kind: TenderKind = "payment"
    received: bool = True
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """What an order has reached, by the thresholds of A4. Once reached, history counts: refunded orders were paid."""

    created: bool
    paid: bool
    completed: bool
    cancelled: bool
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrder:
    id: str
    number: str
    status: str
    """The store's word, for people."""
    milestones: Milestones
    created_at: datetime
    modified_at: datetime
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    currency: str
    prices_include_tax: bool
    total: Decimal
    """Including tax: what the shopper owes before gift certificates and store credit."""
    total_tax: Decimal
    lines: tuple[RemoteOrderLine, ...]
    charges: tuple[RemoteCharge, ...] = ()
    payments: tuple[RemotePayment, ...] = ()
    customer: RemoteCustomer = RemoteCustomer()
    billing: RemoteAddress = RemoteAddress()
    shipping: RemoteAddress | None = None
    shipping_same_as_billing: bool = False
    is_digital: bool = False
    is_pickup: bool = False
    carrier: str = ""
    location_id: str = ""
    """The store location that fulfills it, if the store says so."""
    customer_note: str = ""
    staff_note: str = ""
    store_url: str = ""
    tax_names: tuple[RemoteName, ...] = ()
    """What the store calls the tax keys of this order, as far as it says so."""
    refund_ids: tuple[str, ...] = ()
    version: str = ""
    """Changes when the order changes."""
    raw: Mapping[str, Any] = field(default_factory=no_raw, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    """An order as a poll lists it."""

    id: str
    version: str
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    refs: tuple[OrderRef, ...]
    next_cursor: str
