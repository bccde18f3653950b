"""Totals proof (SPEC NEW-4, A33, TAX-3)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from channels.remote import RemoteCharge, RemoteOrder
from orders.enums import CapturedState, ChargeKind, IssueCode
from orders.models import Sale
from orders.services.totals import Proof, prove_captured, prove_remote
from tests.factories.remote import line, payment, remote_order, shipping_charge
from tests.orders.shop import Shop

D = Decimal
FEE = RemoteCharge(kind="fee", label="Fee", amount=D("2.00"), tax=D("0.38"), tax_key="0")
DISCOUNT = RemoteCharge(kind="discount", label="Discount", amount=D("-3.00"), tax=D("-0.57"), tax_key="0")


def whole_order() -> RemoteOrder:
    return remote_order(
        line("TENT", 2, "25.00"), line("ROPE", 3, "4.00"), charges=[shipping_charge(), FEE, DISCOUNT], pay=True
    )


@pytest.mark.req("NEW-4")
def test_an_order_whose_parts_give_its_total_is_exact() -> None:
    proof = prove_remote(whole_order())

    assert proof.is_exact
    assert (proof.sum_net, proof.sum_tax, proof.sum_total) == (D("66.00"), D("12.54"), D("78.54"))
    assert (proof.paid, proof.unpaid) == (D("78.54"), D(0))


@pytest.mark.req("NEW-4")
@pytest.mark.req("TAX-3")
def test_the_captured_order_proves_itself_with_the_stores_own_amounts(shop: Shop) -> None:
    order = whole_order()
    odd = replace(order.lines[0], tax=D("9.4999"))  # not 19 % of anything: kept as it is
    order = replace(order, lines=(odd, *order.lines[1:]), total=order.total - D("0.0001"), total_tax=D("12.5399"))

    row = shop.capture(order)

    assert row.state == CapturedState.PENDING
    assert row.lines.get(sku="TENT").tax == D("9.4999")
    parts = {"lines": list(row.lines.all()), "charges": list(row.charges.all()), "payments": list(row.payments.all())}
    proof = prove_captured(row, **parts)
    assert proof.is_exact
    assert (proof.total, proof.sum_total) == (D("78.5399"), D("78.5399"))


@pytest.mark.req("A33")
@pytest.mark.parametrize("cents", ["0.01", "-0.01", "0.02", "-0.02"])
def test_a_cent_a_line_becomes_an_explicit_rounding_charge(shop: Shop, cents: str) -> None:
    order = whole_order()

    row = shop.capture(replace(order, total=order.total + D(cents)))

    assert row.state == CapturedState.PENDING
    rounding = row.charges.get(kind=ChargeKind.ROUNDING)
    assert (rounding.amount, rounding.tax) == (D(cents), D(0))
    assert rounding.tax_rule is not None
    sums = sum((each.total + each.tax for each in row.lines.all()), D(0))
    assert sums + sum((each.amount + each.tax for each in row.charges.all()), D(0)) == row.total


@pytest.mark.req("A33")
@pytest.mark.req("PND-5")
def test_more_than_a_cent_a_line_blocks_and_shows_the_arithmetic(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=5)
    order = whole_order()
    wrong = replace(order, total=order.total + D("0.03"))

    shop.product("ROPE", on_hand=5)
    shop.notice(wrong)

    row = shop.row()
    assert row.state == CapturedState.BLOCKED
    assert Sale.objects.count() == 0
    assert shop.level(tent) == (D(5), D(2))
    assert not row.charges.filter(kind=ChargeKind.ROUNDING).exists()
    issue = row.issues.get(code=IssueCode.TOTALS_DIFFER)
    assert issue.label == "78.57 / 78.54"
    proof = prove_captured(row, lines=list(row.lines.all()), charges=list(row.charges.all()))
    assert proof.differs
    assert (proof.residual_net, proof.residual_tax, proof.residual) == (D("0.03"), D(0), D("0.03"))

    shop.notice(order)

    assert shop.row().state == CapturedState.SALE
    assert shop.row().issues.count() == 0


@pytest.mark.req("A33")
def test_wrong_tax_blocks_though_the_total_is_right(shop: Shop) -> None:
    order = whole_order()

    row = shop.capture(replace(order, total_tax=order.total_tax + D("0.50")))

    assert row.state == CapturedState.BLOCKED


def changes_of(order: RemoteOrder) -> dict[str, RemoteOrder]:
    """The order with one money field dropped or raised, for every money field it has."""
    changed: dict[str, RemoteOrder] = {}
    for name in ("total", "total_tax"):
        changed[f"{name} dropped"] = replace(order, **{name: D(0)})
        changed[f"{name} raised"] = replace(order, **{name: getattr(order, name) + 1})
    for place, each in enumerate(order.lines):
        rest = order.lines[:place], order.lines[place + 1 :]
        changed[f"line {place} dropped"] = replace(order, lines=(*rest[0], *rest[1]))
        for name in ("total", "tax", "unit_price", "discount", "quantity"):
            other = replace(each, **{name: getattr(each, name) + 1})
            changed[f"line {place} {name}"] = replace(order, lines=(*rest[0], other, *rest[1]))
    for place, charge in enumerate(order.charges):
        kept = order.charges[:place], order.charges[place + 1 :]
        changed[f"charge {place} dropped"] = replace(order, charges=(*kept[0], *kept[1]))
        for name in ("amount", "tax"):
            raised = replace(charge, **{name: getattr(charge, name) + 1})
            changed[f"charge {place} {name}"] = replace(order, charges=(*kept[0], raised, *kept[1]))
    changed["charge added"] = replace(order, charges=(*order.charges, FEE))
    changed["line added"] = replace(order, lines=(*order.lines, line("MUG", 1)))
    changed["payment dropped"] = replace(order, payments=())
    changed["payment raised"] = replace(order, payments=(payment(order.total + 1),))
    changed["payment added"] = replace(order, payments=(*order.payments, payment("1.00", id="x")))
    changed["payment not received"] = replace(order, payments=(replace(order.payments[0], received=False),))
    return changed


@pytest.mark.req("NEW-4")
@pytest.mark.parametrize("name", changes_of(whole_order()))
def test_dropping_or_changing_any_money_field_blocks_or_shows_in_the_proof(name: str) -> None:
    before: Proof = prove_remote(whole_order())

    after = prove_remote(changes_of(whole_order())[name])

    assert after != before
    moved = {"unit_price", "discount", "quantity"} & set(name.split()) or name.startswith("payment")
    assert after.differs != bool(moved)
