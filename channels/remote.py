"""What stores tell us, in our own words: frozen dataclasses that no store's JSON, word or id type leaks past.

Money is Decimal in the order's currency, net of tax unless said otherwise; times are aware; ids are strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

TAX_FREE = "tax-free"
"""Tax key of what the store did not tax (SPEC TAX-4)."""

ChargeKind = Literal["shipping", "handling", "wrapping", "fee", "discount", "coupon"]
LineKind = Literal["product", "custom", "gift_certificate"]
TenderKind = Literal["payment", "gift_certificate", "store_credit"]
Tracking = Literal["variant", "product", "none"]
"""At which level the store counts a product's stock."""


def _raw() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIdentity:
    """Who a store is. `identity` is the platform's lasting id (BigCommerce: store hash)."""

    identity: str
    name: str
    url: str
    version: str = ""
    currency: str
    time_zone: str = "UTC"
    country: str = ""
    weight_unit: str = "kg"
    length_unit: str = "cm"
    prices_include_tax: bool = False
    clone_mark: str = ""
    """Changes when the store is a copy under the same keys (APP-11)."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOptionValue:
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteImage:
    url: str
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteVariant:
    """One thing that can be bought. A simple product has exactly one, without options."""

    id: str
    sku: str
    options: tuple[RemoteOptionValue, ...] = ()
    """All option values the store has, in its order; only the first three fit (SPEC CAT-5)."""
    price: Decimal | None = None
    sale_price: Decimal | None = None
    weight: Decimal | None = None
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    barcode: str = ""
    quantity: Decimal | None = None
    """What the store says it has; None where it does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteProduct:
    """A product of the store with all its variants."""

    id: str
    name: str
    is_family: bool
    option_names: tuple[str, ...] = ()
    variants: tuple[RemoteVariant, ...] = ()
    description: str = ""
    """HTML as the store has it; not sanitized yet."""
    category: str = ""
    """Root category of the first assigned one in the store's order (SPEC CAT-8, A24); "" for none."""
    brand: str = ""
    tags: tuple[str, ...] = ()
    images: tuple[RemoteImage, ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()
    tax_key: str = TAX_FREE
    weight_unit: str = "kg"
    length_unit: str = "cm"
    tracking: Tracking = "variant"
    is_stocked: bool = True
    """False for digital goods, which become services."""
    is_visible: bool = True
    url: str = ""
    modified_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=_raw, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """One page. `next_cursor` is "" on the last; `total` counts the store's products when it says so."""

    products: tuple[RemoteProduct, ...]
    next_cursor: str
    total: int | None = None


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
    """The order's customer; `id` is "" for a guest."""

    id: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""


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
    discount: Decimal = Decimal(0)
    """Part of the order's discounts that the store put on this line, as a positive amount without tax where known."""
    needs_shipping: bool = True
    parent_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCharge:
    """Money of the whole order beside its lines; discounts are negative (SPEC CAP-5, CAP-6)."""

    kind: ChargeKind
    label: str
    amount: Decimal
    tax: Decimal = Decimal(0)
    tax_key: str = TAX_FREE
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
    version: str = ""
    """Changes when the order changes."""
    raw: Mapping[str, Any] = field(default_factory=_raw, compare=False, repr=False)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteName:
    """A tax class, payment method or location of the store, for the mappings."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockUpdate:
    """An absolute quantity for one listed item. `key` is ours and comes back in the result."""

    key: str
    product_id: str
    variant_id: str
    sku: str
    tracking: Tracking
    location_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StockResult:
    """`error` is "" when the store took it, else why not, in its words. `gone`: the item is no longer there."""

    key: str
    error: str = ""
    gone: bool = False
    tracking: Tracking | None = None
    """The store's true tracking level when our picture was stale and the update was sent anew with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevelAtStore:
    product_id: str
    variant_id: str
    location_id: str
    quantity: Decimal
    safety_stock: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteNotice:
    """What a delivery is about: `kind` as in channels.enums.JobKind ("": nothing we follow), `key` the remote id."""

    kind: str
    key: str
    topic: str
    delivery_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookState:
    id: str
    topic: str
    active: bool
