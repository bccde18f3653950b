"""What we want a store to have, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from channels.remote.names import Tracking
from channels.remote.products import RemoteImage, RemoteOptionValue

OrderStatus = Literal["processing", "completed", "cancelled"]
"""Steps that we ask a store to take; each platform has its own word for them."""


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
    tracking: Tracking | None = None
    """Level at which the store counts what was made; None where it does not say."""


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
