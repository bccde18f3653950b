"""What a store's order will look like here: unsaved rows and the reasons it must wait. No database."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from channels.enums import CaptureWhen
from channels.remote import TAX_FREE, RemoteAddress, RemoteOrder, RemoteOrderLine
from inventory.models import Location, Product
from inventory_sync.lib.money import ZERO, to_currency, to_unit
from inventory_sync.lib.text import clip, searchable
from orders.enums import BLOCKING, CapturedState, ChargeKind, IssueCode, LineKind
from orders.models import CapturedCharge, CapturedLine, CapturedOrder, CapturedPayment, OrderIssue
from orders.services.setup import CaptureSetup
from orders.services.totals import Proof, prove_remote, rounding_label

HEADER = (
    "number",
    "remote_status",
    "remote_version",
    "fingerprint",
    "placed_at",
    "captured_at",
    "currency",
    "prices_include_tax",
    "total",
    "total_tax",
    "customer_remote_id",
    "customer_name",
    "customer_company",
    "customer_email",
    "customer_phone",
    "billing",
    "shipping",
    "needs_shipping",
    "carrier",
    "customer_note",
    "staff_note",
    "location",
    "units",
    "search",
)
"""Columns that follow the store until the order is a sale."""

MatchedLines = Mapping[str, Product]
"""Product of an order's line, by the line's remote id."""


@dataclass(frozen=True, kw_only=True)
class OrderPlan:
    """Unsaved rows; `order` has neither state nor pk yet. `issues` are what people see, blocking or not."""

    remote: RemoteOrder
    order: CapturedOrder
    lines: list[CapturedLine]
    charges: list[CapturedCharge]
    payments: list[CapturedPayment]
    issues: list[OrderIssue]
    proof: Proof

    @property
    def state(self) -> CapturedState:
        blocked = any(issue.code in BLOCKING for issue in self.issues)
        return CapturedState.BLOCKED if blocked else CapturedState.PENDING


def plan_order(remote: RemoteOrder, *, setup: CaptureSetup, products: MatchedLines, now: datetime) -> OrderPlan:
    """Amounts are the store's own; only a residue of at most a cent a line becomes a charge named Rounding (A33)."""
    proof = prove_remote(remote)
    location = setup.header_location(remote.location_id)
    order = _header(remote, setup=setup, location=location, products=products, now=now)
    return OrderPlan(
        remote=remote,
        order=order,
        lines=[_line(position, line, setup, products) for position, line in enumerate(remote.lines, 1)],
        charges=_charges(remote, setup, proof),
        payments=_payments(remote, setup),
        issues=_issues(order, remote, setup=setup, products=products, proof=proof),
        proof=proof,
    )


def _header(
    remote: RemoteOrder, *, setup: CaptureSetup, location: Location | None, products: MatchedLines, now: datetime
) -> CapturedOrder:
    person, billing = remote.customer, remote.billing
    name = f"{person.first_name} {person.last_name}".strip() or billing.contact
    company = person.company or billing.company
    email = person.email or billing.email
    shipping = billing if remote.shipping is None and remote.shipping_same_as_billing else remote.shipping
    ships = [line for line in remote.lines if line.needs_shipping]
    skus = " ".join(line.sku for line in remote.lines)
    return CapturedOrder(
        channel=setup.channel,
        remote_id=remote.id,
        number=clip(remote.number or remote.id, 100),
        remote_status=clip(remote.status, 100),
        remote_version=clip(remote.version, 100),
        fingerprint=fingerprint(remote),
        placed_at=remote.created_at,
        captured_at=captured_at(remote, setup),
        first_seen_at=now,
        currency=remote.currency,
        prices_include_tax=remote.prices_include_tax,
        total=to_unit(remote.total),
        total_tax=to_unit(remote.total_tax),
        customer_remote_id=clip(person.id, 100),
        customer_name=clip(name, 256),
        customer_company=clip(company, 256),
        customer_email=clip(email, 254),
        customer_phone=clip(person.phone or billing.phone, 50),
        billing=address(billing),
        shipping=address(shipping) if shipping is not None else {},
        needs_shipping=bool(ships) and not remote.is_digital and not remote.is_pickup,
        carrier=clip(remote.carrier, 200),
        customer_note=clip(remote.customer_note, 10_000),
        staff_note=clip(remote.staff_note, 10_000),
        location=location,
        units=sum((line.quantity for line in remote.lines if line.kind != "bundle"), ZERO),
        search=clip(searchable(remote.number, remote.id, name, company, email, skus), 10_000),
    )


def captured_at(remote: RemoteOrder, setup: CaptureSetup) -> datetime:
    """The moment the order met the condition, by the store's clock (A40)."""
    moment = {
        CaptureWhen.CREATED: remote.created_at,
        CaptureWhen.PAID: remote.paid_at,
        CaptureWhen.COMPLETED: remote.completed_at,
    }[CaptureWhen(setup.settings.capture_when)]
    return moment or remote.modified_at


def address(remote: RemoteAddress) -> dict[str, str]:
    """An address as documents keep it; {} when the store gave nothing."""
    parts = {key: clip(value, 300) for key, value in asdict(remote).items()}
    if not any(parts.values()):
        return {}
    return {**parts, "contact": clip(remote.contact, 300)}


def fingerprint(remote: RemoteOrder) -> str:
    """Of quantities and money only: what a later change may not slip past (A35).

    Not of SKUs: some stores say today's SKU of a product, and none once it is deleted.
    """
    facts = [f"{remote.currency} {to_unit(remote.total)} {to_unit(remote.total_tax)}"]
    facts += [
        f"{line.id} {line.quantity.normalize():f} {to_unit(line.unit_price)} {to_unit(line.total)} "
        f"{to_unit(line.tax)} {line.tax_key}"
        for line in remote.lines
    ]
    facts += [
        f"{charge.kind} {charge.label} {to_unit(charge.amount)} {to_unit(charge.tax)} {charge.tax_key}"
        for charge in remote.charges
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _line(position: int, line: RemoteOrderLine, setup: CaptureSetup, products: MatchedLines) -> CapturedLine:
    product = products.get(line.id)
    return CapturedLine(
        position=position,
        remote_id=line.id,
        kind=LineKind.PRODUCT if product else LineKind.SERVICE,
        product=product,
        sku=clip(line.sku, 255),
        name=clip(line.name or line.sku, 512),
        quantity=line.quantity,
        unit_price=to_unit(line.unit_price),
        total=to_unit(line.total),
        tax=to_unit(line.tax),
        tax_key=setup.tax_key_of(line),
        tax_rule=setup.tax_rule_of(line),
        note=clip(line.note, 1000),
    )


def _charges(remote: RemoteOrder, setup: CaptureSetup, proof: Proof) -> list[CapturedCharge]:
    charges = [
        CapturedCharge(
            position=position,
            kind=ChargeKind(charge.kind),
            label=clip(charge.label, 300),
            amount=to_unit(charge.amount),
            tax=to_unit(charge.tax),
            tax_key=setup.tax_key_of(charge),
            tax_rule=setup.tax_rule_of(charge),
            code=clip(charge.code, 100),
        )
        for position, charge in enumerate(remote.charges, 1)
    ]
    if not proof.is_exact and not proof.differs:
        key = TAX_FREE if setup.rule_of(TAX_FREE) or not remote.lines else setup.tax_key_of(remote.lines[0])
        charges.append(
            CapturedCharge(
                position=len(charges) + 1,
                kind=ChargeKind.ROUNDING,
                label=rounding_label(),
                amount=proof.residual_net,
                tax=proof.residual_tax,
                tax_key=key,
                tax_rule=setup.rule_of(key),
            )
        )
    return charges


def _payments(remote: RemoteOrder, setup: CaptureSetup) -> list[CapturedPayment]:
    """Only money that the store says was received counts (SPEC PAY-3)."""
    return [
        CapturedPayment(
            remote_id=clip(payment.id, 200),
            method_key=clip(payment.method_key, 200),
            method_label=clip(payment.method_label, 300),
            amount=to_unit(payment.amount),
            paid_at=payment.paid_at,
            account=setup.accounts.get(payment.method_key),
        )
        for payment in remote.payments
        if payment.received and payment.amount
    ]


def unmapped_payments(payments: Sequence[CapturedPayment]) -> list[OrderIssue]:
    """A notice for each method of received money that has no account: the invoice stays open (SPEC PAY-3)."""
    methods = {payment.method_key: payment.method_label for payment in payments if payment.account is None}
    return [OrderIssue(code=IssueCode.PAYMENT_UNMAPPED, key=key, label=label) for key, label in methods.items()]


def unmapped_tax(remote: RemoteOrder, setup: CaptureSetup) -> list[OrderIssue]:
    """One for each key that has to be mapped; `detail` names the keys whose mapping would do instead, one a line."""
    return [
        OrderIssue(code=IssueCode.TAX_UNMAPPED, key=key, label=key, detail="\n".join(nearer))
        for key, nearer in setup.unmapped_tax(remote).items()
    ]


def missing_products(remote: RemoteOrder, products: MatchedLines) -> list[OrderIssue]:
    """Lines that name goods of the store for which there is no product here (A34)."""
    return [
        OrderIssue(code=IssueCode.UNKNOWN_PRODUCT, key=clip(line.id, 200), label=clip(line.sku or line.name, 500))
        for line in remote.lines
        if line.kind == "product" and line.id not in products
    ]


def _issues(
    order: CapturedOrder, remote: RemoteOrder, *, setup: CaptureSetup, products: MatchedLines, proof: Proof
) -> list[OrderIssue]:
    issues = unmapped_tax(remote, setup)
    if setup.settings.customer_id is None:
        issues.append(OrderIssue(code=IssueCode.NO_CUSTOMER))
    if setup.settings.location is None:
        if remote.location_id and remote.location_id not in setup.mapped_locations:
            issues.append(
                OrderIssue(code=IssueCode.LOCATION_UNMAPPED, key=remote.location_id, label=remote.location_id)
            )
        elif order.location is None:
            issues.append(OrderIssue(code=IssueCode.NO_LOCATION))
    if proof.differs:
        issues.append(_totals_differ(order, proof))
    if order.needs_shipping and not order.shipping:
        issues.append(OrderIssue(code=IssueCode.NO_ADDRESS))
    return issues + missing_products(remote, products) + unmapped_payments(_payments(remote, setup))


def _totals_differ(order: CapturedOrder, proof: Proof) -> OrderIssue:
    return OrderIssue(
        code=IssueCode.TOTALS_DIFFER,
        label=f"{_amount(proof.total, order.currency)} / {_amount(proof.sum_total, order.currency)}",
        detail=f"net {proof.residual_net}, tax {proof.residual_tax}, total {proof.residual}",
    )


def _amount(value: Decimal, currency: str) -> str:
    return str(to_currency(value, currency))
