"""Orders as an adapter hands them over: sums right unless a test says otherwise."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from channels.remote import (
    Milestones,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteProduct,
    RemoteVariant,
)

PLACED = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
RATE = Decimal("0.19")
CENT = Decimal("0.01")
CREATED = Milestones(created=True, paid=False, completed=False, cancelled=False)
PAID = Milestones(created=True, paid=True, completed=False, cancelled=False)
COMPLETED = Milestones(created=True, paid=True, completed=True, cancelled=False)
CANCELLED = Milestones(created=True, paid=True, completed=False, cancelled=True)
INCOMPLETE = Milestones(created=False, paid=False, completed=False, cancelled=False)
BILLING = RemoteAddress(
    first_name="Wiebke",
    last_name="Harmsen",
    company="Harmsen GmbH",
    line_1="Ring 1",
    city="Flensburg",
    postcode="24937",
    country="DE",
    email="wiebke@shop.example",
)
SHIPPING = RemoteAddress(
    first_name="Lars", last_name="Harmsen", line_1="Hafen 7", city="Kiel", postcode="24103", country="DE"
)
CUSTOMER = RemoteCustomer(id="c1", first_name="Wiebke", last_name="Harmsen", email="wiebke@shop.example")


def line(sku: str, quantity: int | str = 1, price: str = "10.00", **more: Any) -> RemoteOrderLine:
    """A taxed line of one product; its ids come from the SKU."""
    total = Decimal(quantity) * Decimal(price)
    facts = {
        "id": f"L-{sku}",
        "product_id": f"P-{sku}",
        "variant_id": f"V-{sku}",
        "sku": sku,
        "name": f"Product {sku}",
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "total": total,
        "tax": (total * RATE).quantize(CENT),
        "tax_key": "0",
    }
    return RemoteOrderLine(**{**facts, **more})


def shipping_charge(amount: str = "5.00") -> RemoteCharge:
    return RemoteCharge(
        kind="shipping",
        label="Parcel",
        amount=Decimal(amount),
        tax=(Decimal(amount) * RATE).quantize(CENT),
        tax_key="0",
    )


def payment(amount: Decimal | str, **more: Any) -> RemotePayment:
    facts = {"id": "pay1", "method_key": "card", "method_label": "Card", "amount": Decimal(amount), "paid_at": PLACED}
    return RemotePayment(**{**facts, **more})


def remote_order(  # the name of `id` is the field's own
    *lines: RemoteOrderLine,
    id: str = "100",  # noqa: A002
    charges: Sequence[RemoteCharge] | None = None,
    **more: Any,
) -> RemoteOrder:
    """A paid order with one parcel charge; `pay=True` adds the payment of its total."""
    parts = tuple(lines) or (line("TENT", 2, "25.00"),)
    extra = tuple(charges) if charges is not None else (shipping_charge(),)
    tax = sum((each.tax for each in (*parts, *extra)), Decimal(0))
    net = sum((each.total for each in parts), Decimal(0)) + sum((each.amount for each in extra), Decimal(0))
    if more.pop("pay", False):
        more["payments"] = (payment(net + tax),)
    facts: dict[str, Any] = {
        "id": id,
        "number": id,
        "status": "Awaiting Fulfillment",
        "milestones": PAID,
        "created_at": PLACED,
        "modified_at": PLACED + timedelta(minutes=5),
        "paid_at": PLACED + timedelta(minutes=1),
        "currency": "EUR",
        "prices_include_tax": False,
        "total": net + tax,
        "total_tax": tax,
        "lines": parts,
        "charges": extra,
        "customer": CUSTOMER,
        "billing": BILLING,
        "shipping": SHIPPING,
        "version": "v1",
    }
    return RemoteOrder(**{**facts, **more})


def remote_product(sku: str, **more: Any) -> RemoteProduct:
    """The store's product that `line(sku)` names."""
    variant = RemoteVariant(id=f"V-{sku}", sku=sku, price=Decimal(10))
    facts = {"id": f"P-{sku}", "name": f"Product {sku}", "is_family": False, "variants": (variant,), "tax_key": "0"}
    return RemoteProduct(**{**facts, **more})
