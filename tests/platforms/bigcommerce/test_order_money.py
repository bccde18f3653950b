"""Money of orders: whatever the store charged, lines, charges and taxes give its total (A33, NEW-4, E.3 M1, M2)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.platforms.bigcommerce.mapping.orders import OrderParts, remote_order, side_loaded
from channels.platforms.bigcommerce.mapping.values import objects
from channels.remote import TAX_FREE, RemoteCharge, RemoteOrder
from orders.services.totals import prove_remote
from sandbox.server import SandboxServer

D = Decimal
TOKEN = {"X-Auth-Token": "sandbox-token"}


class Till:
    """A store that takes orders and answers them as JSON."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()

    def settings(self, **changes: Any) -> None:
        self.session.patch(f"{self.url}/_control/stores/demo", json=changes, timeout=60).raise_for_status()

    def order(self, draft: dict[str, Any]) -> tuple[dict[str, Any], OrderParts]:
        made = self.session.post(f"{self.url}/_control/stores/demo/orders", json=draft, timeout=60)
        made.raise_for_status()
        number = made.json()["ids"][0]
        order = self.get(f"orders/{number}?include=consignments.line_items,fees&consignment_structure=object")
        side = side_loaded(order)
        assert side.complete
        parts = OrderParts(
            lines=side.lines,
            addresses=side.addresses,
            fees=objects(order, "fees"),
            taxes=self.get(f"orders/{number}/taxes?details=true&limit=250"),
            coupons=self.get(f"orders/{number}/coupons"),
        )
        return order, parts

    def get(self, path: str) -> Any:
        response = self.session.get(f"{self.url}/stores/demo/v2/{path}", headers=TOKEN, timeout=60)
        response.raise_for_status()
        return [] if response.status_code == 204 else response.json()


@pytest.fixture(scope="module")
def till(sandbox_server: SandboxServer) -> Iterator[Till]:
    sandbox_server.reset()
    till = Till(sandbox_server.url)
    till.settings(rate_quota=1_000_000)
    yield till
    till.session.close()


def residues(order: RemoteOrder) -> tuple[Decimal, Decimal, Decimal]:
    proof = prove_remote(order)
    return proof.residual_net, proof.residual_tax, proof.residual


EXACT = (D(0), D(0), D(0))

# -- orders of every kind

prices = st.decimals(min_value="0.01", max_value="999.99", places=2).map(str)
lines = st.lists(
    st.fixed_dictionaries(
        {
            "sku": st.sampled_from(["ZH-Y10", "GK-450", "BK-KARTE", "GS-50", "SH-MER180-S-MOSS"]),
            "quantity": st.integers(1, 7),
            "price": prices,
            "wrap": st.booleans(),
            "tax_class_id": st.sampled_from([0, 1, 4]),
        }
    ),
    min_size=1,
    max_size=6,
)
amounts = st.decimals(min_value="0", max_value="40", places=2).map(str)
drafts = st.fixed_dictionaries(
    {
        "lines": lines,
        "shipping_cost": amounts,
        "handling_cost": amounts,
        "discount": amounts,
        "coupon": st.sampled_from([None, "SAVE10", "FIVEOFF", "ITEM2", "SHIPFREE", "SHIP2"]),
        "fees": st.lists(st.fixed_dictionaries({"name": st.just("Cold chain"), "cost": amounts}), max_size=2),
        "gift_certificate": st.sampled_from(["0", "1.50"]),
        "store_credit": st.sampled_from(["0", "0.75"]),
    }
)


@pytest.mark.req("NEW-4")
@pytest.mark.req("CAP-5")
@pytest.mark.req("CAP-6")
@pytest.mark.parametrize("inclusive", [True, False])
@settings(max_examples=60)
@given(draft=drafts)
def test_any_order_adds_up(till: Till, inclusive: bool, draft: dict[str, Any]) -> None:
    till.settings(prices_include_tax=inclusive)
    order, parts = till.order(draft)
    found = remote_order(order, parts)
    net, tax, total = residues(found)
    assert total == 0
    assert abs(net) <= D("0.01") * len(found.lines)
    assert abs(tax) <= D("0.01") * len(found.lines)
    assert not prove_remote(found).differs
    assert found.total == D(order["total_inc_tax"])
    assert sum((payment.amount for payment in found.payments), D(0)) >= found.total
    discounts = [charge for charge in found.charges if charge.kind in ("discount", "coupon")]
    # A class's share of a discount of cents may round to the other side of zero.
    assert all(charge.amount <= D("0.01") for charge in discounts)
    assert len({(charge.kind, charge.code, charge.tax_key) for charge in discounts}) == len(discounts)


# -- dropping any money field breaks the sum

RICH = {
    "lines": [
        {"sku": "ZH-Y10", "quantity": 3, "price": "19.99", "wrap": True},
        {"sku": "BK-KARTE", "quantity": 1, "price": "12.80"},
        {"sku": "GS-50", "quantity": 1, "price": "50"},
    ],
    "shipping_cost": "4.90",
    "handling_cost": "2.50",
    "discount": "7",
    "coupon": "SAVE10",
    "fees": [{"name": "Cold chain", "cost": "3.10"}],
}
HEADER = {
    "shipping": ("shipping_cost_ex_tax", "shipping_cost_inc_tax", "shipping_cost_tax"),
    "handling": ("handling_cost_ex_tax", "handling_cost_inc_tax", "handling_cost_tax"),
    "wrapping": ("wrapping_cost_ex_tax", "wrapping_cost_inc_tax", "wrapping_cost_tax"),
    "coupon": ("coupon_discount",),
    "discount": ("discount_amount",),
    "total": ("total_inc_tax",),
}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.req("NEW-4")
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("field", [*HEADER, "total_tax", "fees", "line", "line net", "line tax"])
def test_a_money_field_that_is_lost_is_noticed(till: Till, inclusive: bool, field: str) -> None:
    till.settings(prices_include_tax=inclusive)
    order, parts = till.order(RICH)
    assert not prove_remote(remote_order(order, parts)).differs
    rows = [dict(line) for line in parts.lines]
    if field == "fees":
        parts = OrderParts(**{**vars(parts), "fees": []})
    elif field == "line":
        parts = OrderParts(**{**vars(parts), "lines": rows[1:]})
    elif field.startswith("line "):
        name = {"line net": "total_ex_tax", "line tax": "total_tax"}[field]
        parts = OrderParts(**{**vars(parts), "lines": [without(rows[0], name), *rows[1:]]})
    else:
        order = without(order, *HEADER.get(field, (field,)))
    assert prove_remote(remote_order(order, parts)).differs


def test_gift_certificates_and_store_credit_are_payments(till: Till) -> None:
    till.settings(prices_include_tax=True)
    draft = {"lines": [{"sku": "ZH-Y10", "price": "20", "quantity": 1}], "gift_certificate": "5", "store_credit": "2.5"}
    found = remote_order(*till.order(draft))
    assert found.total == D(20)
    assert [(payment.kind, payment.amount) for payment in found.payments] == [
        ("gift_certificate", D("5")),
        ("store_credit", D("2.5")),
        ("payment", D("12.5")),
    ]
    assert len({payment.id for payment in found.payments}) == 3
    assert residues(found) == EXACT


# -- the arithmetic of discounts, by hand


def line(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "product_id": 7,
        "variant_id": 8,
        "name": "Lamp",
        "sku": "LAMP",
        "type": "physical",
        "quantity": 1,
        "price_ex_tax": "100.0000",
        "total_ex_tax": "100.0000",
        "total_inc_tax": "119.0000",
        "total_tax": "19.0000",
        **changes,
    }


def header(**changes: Any) -> dict[str, Any]:
    return {
        "id": 5,
        "status_id": 11,
        "date_created": "Tue, 05 Mar 2019 21:40:11 +0000",
        "date_modified": "Mon, 11 Mar 2019 15:17:25 +0000",
        "default_currency_code": "EUR",
        "payment_method": "Card",
        "total_inc_tax": "119.0000",
        "total_tax": "19.0000",
        **changes,
    }


def entry(amount: str, **changes: Any) -> dict[str, Any]:
    return {"id": "coupon", "amount": amount, "name": "10 % off", "code": "SAVE10", "target": "order", **changes}


VAT = {"tax_class_id": 0, "rate": "19", "line_item_type": "item", "order_product_id": "1", "line_amount": "19"}


def charges(order: RemoteOrder) -> list[tuple[str, Decimal, Decimal, str]]:
    return [(charge.kind, charge.amount, charge.tax, charge.tax_key) for charge in order.charges]


@pytest.mark.req("A33")
@pytest.mark.req("CAP-5")
def test_a_line_taxed_after_its_discount_leaves_the_discount_without_tax() -> None:
    """119 less 10 %: the line's own tax is 17.10 already."""
    lamp = line(total_tax="17.1000", discounted_total_inc_tax="107.1000", applied_discounts=[entry("11.9000")])
    order = header(total_inc_tax="107.1000", total_tax="17.1000", coupon_discount="11.9000")
    found = remote_order(order, OrderParts(lines=[lamp], taxes=[VAT]))
    assert charges(found) == [("coupon", D("-10.0000"), D(0), "0")]
    assert found.charges[0].code == "SAVE10"
    assert (found.lines[0].total, found.lines[0].tax, found.lines[0].discount) == (D(100), D("17.1"), D("10"))
    assert residues(found) == EXACT


@pytest.mark.req("A33")
@pytest.mark.req("CAP-5")
def test_a_line_taxed_before_its_discount_gives_the_discount_its_tax() -> None:
    """The line still carries 19.00; the order's tax is 17.10, so 1.90 go with the discount."""
    lamp = line(discounted_total_inc_tax="107.1000", applied_discounts=[entry("11.9000")])
    order = header(total_inc_tax="107.1000", total_tax="17.1000", coupon_discount="11.9000")
    found = remote_order(order, OrderParts(lines=[lamp], taxes=[VAT]))
    assert charges(found) == [("coupon", D("-10.0000"), D("-1.9000"), "0")]
    assert residues(found) == EXACT


@pytest.mark.req("A33")
@pytest.mark.req("CAP-5")
def test_one_discount_over_two_tax_classes_is_two_charges() -> None:
    manual = {"id": "manual-discount", "name": "Manual Discount", "code": None}
    lamp = line(total_tax="17.1", discounted_total_inc_tax="107.1", applied_discounts=[entry("11.9", **manual)])
    book = line(
        id=2,
        name="Book",
        sku="BOOK",
        total_ex_tax="100",
        total_inc_tax="107",
        total_tax="6.3",
        discounted_total_inc_tax="96.3",
        applied_discounts=[entry("10.7", **manual)],
    )
    rows = [VAT, {**VAT, "tax_class_id": 4, "rate": "7", "order_product_id": "2"}]
    order = header(total_inc_tax="203.4", total_tax="23.4", discount_amount="22.6")
    found = remote_order(order, OrderParts(lines=[lamp, book], taxes=rows))
    assert charges(found) == [("discount", D("-10"), D(0), "0"), ("discount", D("-10"), D(0), "4")]
    assert found.charges[0].label == "Manual Discount"
    assert residues(found) == EXACT


def test_a_coupon_and_a_manual_discount_on_one_line_stay_apart() -> None:
    manual = entry("5.95", id="manual-discount", name="Goodwill", code=None)
    lamp = line(total_tax="16.15", discounted_total_inc_tax="101.15", applied_discounts=[entry("11.9"), manual])
    order = header(total_inc_tax="101.15", total_tax="16.15", coupon_discount="11.9", discount_amount="5.95")
    found = remote_order(order, OrderParts(lines=[lamp], taxes=[VAT]))
    assert charges(found) == [("coupon", D("-10"), D(0), "0"), ("discount", D("-5"), D(0), "0")]
    assert [charge.label for charge in found.charges] == ["Coupon SAVE10", "Goodwill"]
    assert residues(found) == EXACT


@pytest.mark.parametrize("taxed", ["17.1", "19"])
def test_an_old_order_without_discounts_on_its_lines_adds_up(taxed: str) -> None:
    order = header(total_inc_tax="107.1", total_tax="17.1", coupon_discount="11.9")
    coupons = [{"code": "SAVE10", "type": 1, "discount": "11.9"}]
    found = remote_order(order, OrderParts(lines=[line(total_tax=taxed)], taxes=[VAT], coupons=coupons))
    assert [(charge.kind, charge.code, charge.amount) for charge in found.charges] == [("coupon", "SAVE10", D("-10"))]
    assert residues(found) == EXACT


def test_a_coupon_on_shipping_takes_the_class_of_shipping() -> None:
    costs = {"shipping_cost_ex_tax": "10", "shipping_cost_inc_tax": "11.9", "shipping_cost_tax": "1.9"}
    order = header(total_inc_tax="128.9", total_tax="20.9", coupon_discount="2", shipping_cost_tax_class_id=2, **costs)
    coupons = [{"code": "SHIP2", "type": 3, "discount": "2"}]
    found = remote_order(order, OrderParts(lines=[line()], taxes=[VAT], coupons=coupons))
    assert charges(found) == [("shipping", D("10"), D("1.9"), "2"), ("coupon", D("-2"), D(0), "2")]
    assert residues(found) == EXACT


def test_the_same_money_under_the_other_name_counts_once() -> None:
    """A coupon of the line that the header files under discount_amount."""
    lamp = line(total_tax="17.1", discounted_total_inc_tax="107.1", applied_discounts=[entry("11.9")])
    order = header(total_inc_tax="107.1", total_tax="17.1", discount_amount="11.9")
    found = remote_order(order, OrderParts(lines=[lamp], taxes=[VAT]))
    assert charges(found) == [("coupon", D("-10"), D(0), "0")]
    assert residues(found) == EXACT


@pytest.mark.req("TAX-4")
def test_what_carries_no_tax_is_tax_free() -> None:
    costs = {"shipping_cost_ex_tax": "5", "shipping_cost_inc_tax": "5", "shipping_cost_tax_class_id": 2}
    order = header(total_inc_tax="105", total_tax="0", **costs)
    found = remote_order(order, OrderParts(lines=[line(total_inc_tax="100", total_tax="0")]))
    assert found.lines[0].tax_key == TAX_FREE
    assert charges(found) == [("shipping", D("5"), D(0), TAX_FREE)]


@pytest.mark.req("TAX-2")
@pytest.mark.req("TAX-3")
def test_each_line_has_the_class_that_the_order_s_tax_rows_name() -> None:
    rows = [VAT, {**VAT, "tax_class_id": 4, "order_product_id": "2"}]
    found = remote_order(header(), OrderParts(lines=[line(), line(id=2)], taxes=rows))
    assert [(row.tax_key, row.tax) for row in found.lines] == [("0", D(19)), ("4", D(19))]


def test_tax_rows_without_details_name_the_usual_class() -> None:
    rows = [{"tax_class_id": 4, "rate": "7", "line_amount": "19"}]
    assert remote_order(header(), OrderParts(lines=[line()], taxes=rows)).lines[0].tax_key == "4"


def test_external_tax_engines_name_no_class() -> None:
    rows = [{**VAT, "tax_class_id": None, "name": "Automatic Tax"}]
    assert remote_order(header(), OrderParts(lines=[line()], taxes=rows)).lines[0].tax_key == "0"


def test_wrapping_is_shown_by_line_where_it_adds_up() -> None:
    wrapped = {"wrapping_cost_ex_tax": "4", "wrapping_cost_inc_tax": "4.76", "wrapping_cost_tax": "0.76"}
    lamp = line(wrapping_name="Gold paper", **wrapped)
    order = header(total_inc_tax="123.76", total_tax="19.76", wrapping_cost_tax_class_id=3, **wrapped)
    found = remote_order(order, OrderParts(lines=[lamp], taxes=[VAT]))
    assert found.charges == (
        RemoteCharge(kind="wrapping", label="Gold paper: Lamp", amount=D("4"), tax=D("0.76"), tax_key="3"),
    )
    twice = header(total_inc_tax="128.52", total_tax="20.52", wrapping_cost_tax_class_id=3) | {
        name: str(2 * D(value)) for name, value in wrapped.items()
    }
    found = remote_order(twice, OrderParts(lines=[lamp], taxes=[VAT]))
    assert [(charge.label, charge.amount) for charge in found.charges] == [("Gift wrapping", D("8"))]
    assert residues(found) == EXACT


@pytest.mark.parametrize(("ex", "extra"), [("cost_ex_tax", {}), ("cost_exc_tax", {"cost_ex_tax": None})])
def test_fees_are_charges_however_the_store_spells_them(ex: str, extra: dict[str, Any]) -> None:
    fee = {"id": 1, "display_name_merchant": "Cold chain", ex: "3.0000", "tax_class_id": None, **extra}
    order = header(total_inc_tax="122", total_tax="19")
    found = remote_order(order, OrderParts(lines=[line()], taxes=[VAT], fees=[fee]))
    assert [(charge.kind, charge.label, charge.amount) for charge in found.charges] == [("fee", "Cold chain", D(3))]
    assert residues(found) == EXACT


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_currencies_without_and_with_three_decimals_keep_their_digits(currency: str) -> None:
    amounts = {"JPY": ("1100.0000", "100.0000", "1000.0000"), "KWD": ("1.0500", "0.0500", "1.0000")}[currency]
    total, tax, net = amounts
    order = header(total_inc_tax=total, total_tax=tax, default_currency_code=currency)
    row = line(total_ex_tax=net, total_tax=tax, total_inc_tax=total)
    found = remote_order(order, OrderParts(lines=[row], taxes=[VAT]))
    assert (found.currency, found.total, found.lines[0].total) == (currency, D(total), D(net))
    assert residues(found) == EXACT
