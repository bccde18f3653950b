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
LineKind = Literal["product", "custom", "gift_certificate", "bundle"]
"""A bundle is only the heading of its parts, which are lines with it as their parent; stock is theirs."""
TenderKind = Literal["payment", "gift_certificate", "store_credit"]
Tracking = Literal["variant", "product", "none"]
"""At which level the store counts a variant's stock: its own, one number for its product, or not at all."""
TaxNameKind = Literal["class", "charge", "rate"]
OrderStatus = Literal["processing", "completed", "cancelled"]
"""Steps that we ask a store to take; each platform has its own word for them."""


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
    options: Mapping[str, str] = field(default_factory=dict)
    """The connection's options as they should be kept (see `channels.ports.Connection`); {} leaves them."""
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
    tracking: Tracking = "variant"


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
    tax_names: tuple["RemoteName", ...] = ()
    """What the store calls the tax keys of this order, as far as it says so."""
    refund_ids: tuple[str, ...] = ()
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
    """A tax name, payment method or location of the store, for the mappings."""

    key: str
    label: str
    kind: TaxNameKind = "class"
    """Of tax names: classes have to be mapped; charges and rates only where their rule is another one."""


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
class StockItem:
    """Where the store counts a listed item."""

    product_id: str
    variant_id: str
    sku: str = ""
    tracking: Tracking = "variant"


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
    source: str = ""
    """Address of the store that says it sent this; another one than ours is a copy under our keys (APP-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookState:
    id: str
    topic: str
    active: bool


# -- what we want a store to have


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredVariant:
    """A variant as the store shall have it; `key` is ours and comes back. None and () leave the store's as it is."""

    key: str
    variant_id: str = ""
    """Empty: to be created."""
    sku: str | None = None
    options: tuple[RemoteOptionValue, ...] = ()
    price: Decimal | None = None
    sale_price: Decimal | None = None
    """0 takes a sale price away."""
    weight: Decimal | None = None
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    barcode: str | None = None
    quantity: Decimal | None = None
    """Absolute; also switches the store's counting on for an item that is created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredProduct:
    """A product as the store shall have it; `key` is ours and comes back. None leaves the store's as it is."""

    key: str
    product_id: str = ""
    """Empty: to be created."""
    is_family: bool = False
    option_names: tuple[str, ...] = ()
    variants: tuple[DesiredVariant, ...] = ()
    """A simple product has exactly one, without options."""
    name: str | None = None
    description: str | None = None
    """Sanitized HTML."""
    category: str | None = None
    """Name of a root category, made where missing. Given with new products only (LST-8)."""
    brand: str | None = None
    tags: tuple[str, ...] | None = None
    images: tuple[RemoteImage, ...] | None = None
    """Public addresses, in order."""
    custom_fields: tuple[tuple[str, str], ...] | None = None
    tax_key: str | None = None
    weight_unit: str = "kg"
    length_unit: str = "cm"
    """Units of this product's measures; the adapter converts to the store's."""
    is_visible: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductResult:
    """What became of one product that was to be written.

    `error` is "" when the store took it, else why not, in its words, with `fields` where it names them. With an error
    and a `product_id` a part was taken: sending the same again completes it. `gone`: it is no longer there.
    """

    key: str
    product_id: str = ""
    variant_ids: Mapping[str, str] = field(default_factory=dict)
    """Remote id of each variant, by our key."""
    url: str = ""
    error: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredShipment:
    """A shipment to be told to the store. `key` is ours; sent twice it makes one shipment."""

    key: str
    lines: tuple[tuple[str, Decimal], ...]
    """(order line id, quantity)."""
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    shipped_at: datetime
    comment: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    """Store metadata beside the platform's own fields (SPEC SHM-1)."""
    notify_customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteShipment:
    """A shipment that the store has. `key` is ours where we made it, else ""."""

    id: str
    key: str = ""
    shipped_at: datetime | None = None
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    lines: tuple[tuple[str, Decimal], ...] = ()
    """(order line id, quantity); () where the store does not say."""


# -- refunds


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """Of an order line; amounts are positive."""

    line_id: str
    quantity: Decimal
    amount: Decimal
    """Without tax."""
    tax: Decimal
    tax_key: str = TAX_FREE
    tax_fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCharge:
    """Of money beside the lines; `amount` is positive, without tax."""

    kind: ChargeKind
    label: str
    amount: Decimal
    tax: Decimal = Decimal(0)
    tax_key: str = TAX_FREE
    tax_fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRefund:
    """A refund of an order. lines + charges + `unassigned` = `total`."""

    id: str
    order_id: str
    created_at: datetime
    total: Decimal
    """Including tax, positive; 0 for goods taken back without money."""
    reason: str = ""
    lines: tuple[RefundLine, ...] = ()
    charges: tuple[RefundCharge, ...] = ()
    unassigned: Decimal = Decimal(0)
    """Including tax: booked on the order as a whole. Negative where lines and charges exceed the total."""
    payments: tuple[RemotePayment, ...] = ()
    """Where the money went, as far as the store says so."""
    raw: Mapping[str, Any] = field(default_factory=_raw, compare=False, repr=False)
