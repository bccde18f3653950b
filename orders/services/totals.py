"""Proof that what was captured is what the store charged (SPEC NEW-4, TAX-3, A33). Nothing is recalculated."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from channels.remote import RemoteOrder
from inventory_sync.lib.money import ZERO, to_unit
from orders.models import CapturedCharge, CapturedLine, CapturedOrder, CapturedPayment

CENT_PER_LINE = Decimal("0.01")
"""How far each line may be off before the order is held."""


@dataclass(frozen=True, kw_only=True)
class ProofLine:
    """One addend: `net` without tax; quantity and unit price say how it came about, where they do."""

    label: str
    net: Decimal
    tax: Decimal
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal = ZERO
    is_rounding: bool = False

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The arithmetic: addends, what they give, what the store says, and what it says is paid."""

    lines: tuple[ProofLine, ...]
    total: Decimal
    total_tax: Decimal
    counted_lines: int
    paid: Decimal = ZERO

    @property
    def sum_net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def sum_tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def sum_total(self) -> Decimal:
        return self.sum_net + self.sum_tax

    @property
    def total_net(self) -> Decimal:
        return self.total - self.total_tax

    @property
    def residual_net(self) -> Decimal:
        """Store less ours."""
        return self.total_net - self.sum_net

    @property
    def residual_tax(self) -> Decimal:
        return self.total_tax - self.sum_tax

    @property
    def residual(self) -> Decimal:
        return self.total - self.sum_total

    @property
    def unpaid(self) -> Decimal:
        return self.total - self.paid

    @property
    def tolerance(self) -> Decimal:
        return CENT_PER_LINE * max(1, self.counted_lines)

    @property
    def is_exact(self) -> bool:
        return self.residual_net == ZERO and self.residual_tax == ZERO

    @property
    def differs(self) -> bool:
        """Too far off to be rounding: the order is held."""
        off = (self.residual_net, self.residual_tax, self.residual)
        return any(abs(part) > self.tolerance for part in off)


def prove_remote(order: RemoteOrder) -> Proof:
    """Proof of an order as the store sent it, before any rounding is added."""
    addends = [
        ProofLine(
            label=line.sku or line.name,
            net=to_unit(line.total),
            tax=to_unit(line.tax),
            quantity=line.quantity,
            unit_price=to_unit(line.unit_price),
            discount=to_unit(line.discount),
        )
        for line in order.lines
    ]
    addends += [
        ProofLine(label=charge.label, net=to_unit(charge.amount), tax=to_unit(charge.tax)) for charge in order.charges
    ]
    received = sum((payment.amount for payment in order.payments if payment.received), ZERO)
    return Proof(
        lines=tuple(addends),
        total=to_unit(order.total),
        total_tax=to_unit(order.total_tax),
        counted_lines=len(order.lines),
        paid=to_unit(received),
    )


def prove_captured(
    order: CapturedOrder,
    *,
    lines: Sequence[CapturedLine],
    charges: Sequence[CapturedCharge],
    payments: Sequence[CapturedPayment] = (),
) -> Proof:
    """The same proof from what is stored here, for the order's page."""
    addends = [
        ProofLine(
            label=line.sku or line.name,
            net=line.total,
            tax=line.tax,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for line in lines
    ]
    addends += [
        ProofLine(label=charge.label, net=charge.amount, tax=charge.tax, is_rounding=charge.kind == "rounding")
        for charge in charges
    ]
    return Proof(
        lines=tuple(addends),
        total=order.total,
        total_tax=order.total_tax,
        counted_lines=len(lines),
        paid=sum((payment.amount for payment in payments), ZERO),
    )


def rounding_label() -> str:
    """Name of the charge that takes a residue of at most a cent a line."""
    return _("Rounding")
