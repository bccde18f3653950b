"""Products and stock of a store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from channels.remote.names import TAX_FREE, Tracking, no_raw


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOptionValue:
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteImage:
    """By public address, or its bytes (`name` then ends as its type does)."""

    url: str = ""
    caption: str = ""
    data: bytes = field(default=b"", repr=False)
    name: str = ""


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
    raw: Mapping[str, Any] = field(default_factory=no_raw, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """One page. `next_cursor` is "" on the last; `total` counts the store's products when it says so."""

    products: tuple[RemoteProduct, ...]
    next_cursor: str
    total: int | None = None


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
