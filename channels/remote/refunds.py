"""Refunds of a store's orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from channels.remote.names import TAX_FREE, no_raw
from channels.remote.orders import ChargeKind, RemotePayment


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
    raw: Mapping[str, Any] = field(default_factory=no_raw, compare=False, repr=False)
