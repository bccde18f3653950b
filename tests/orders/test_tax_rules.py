"""Which tax rule a line and a charge get where a store names classes, rates and charges (TAX-1 to TAX-9, A19)."""

from decimal import Decimal

import pytest

from channels.models import TaxMapping
from channels.remote import TAX_FREE, RemoteCharge, RemoteName, RemoteOrder
from inventory.models import TaxRule
from orders.enums import CapturedState, IssueCode
from orders.models import OrderIssue, Sale
from orders.queries.captured import skipped_by_tax
from orders.queries.words import reason_of
from tests.factories.channels import TaxMappingFactory
from tests.factories.inventory import TaxRuleFactory
from tests.factories.remote import line, remote_order
from tests.orders.shop import Shop, map_tax_and_tell

D = Decimal
NAMES = (
    RemoteName(key="class:standard", label="Standard"),
    RemoteName(key="rate:5+7", label="VAT 19 % + City 1 %", kind="rate"),
    RemoteName(key="charge:shipping", label="Shipping", kind="charge"),
)
BY_RATE = {"tax_key": "rate:5+7", "tax_fallbacks": ("class:standard",)}
PARCEL = RemoteCharge(
    kind="shipping",
    label="Parcel",
    amount=D(5),
    tax=D("0.95"),
    tax_key="charge:shipping",
    tax_fallbacks=("rate:5+7", "class:standard"),
)


def order(**more: object) -> RemoteOrder:
    return remote_order(line("TENT", 2, "25.00", **BY_RATE), charges=[PARCEL], tax_names=NAMES, **more)


def mapped(shop: Shop, key: str, kind: str = "class") -> TaxRule:
    rule = TaxRuleFactory(name=f"Rule of {key}")
    TaxMappingFactory(channel=shop.channel, remote_key=key, kind=kind, label=key, rule=rule)
    return rule


def rules(sale: Sale) -> tuple[TaxRule | None, TaxRule | None]:
    return sale.lines.get().tax_rule, sale.charges.get().tax_rule


def sale_of(shop: Shop) -> Sale:
    sale = shop.row().sale
    assert sale is not None
    return sale


@pytest.mark.req("TAX-2", platform="woocommerce")
@pytest.mark.req("TAX-9", platform="woocommerce")
def test_the_class_decides_while_nothing_nearer_has_a_rule(second_shop: Shop) -> None:
    standard = mapped(second_shop, "class:standard")

    second_shop.notice(order())

    assert rules(sale_of(second_shop)) == (standard, standard)
    row = second_shop.row()
    assert (row.lines.get().tax_key, row.charges.get().tax_key) == ("class:standard", "class:standard")


@pytest.mark.req("TAX-9", platform="woocommerce")
def test_shipping_has_a_rule_of_its_own_and_the_rate_wins_over_the_class(second_shop: Shop) -> None:
    mapped(second_shop, "class:standard")
    rate, parcel = mapped(second_shop, "rate:5+7", "rate"), mapped(second_shop, "charge:shipping", "charge")

    second_shop.notice(order())

    assert rules(sale_of(second_shop)) == (rate, parcel)
    row = second_shop.row()
    assert (row.lines.get().tax_key, row.charges.get().tax_key) == ("rate:5+7", "charge:shipping")
    assert [(each.tax, each.total) for each in row.lines.all()] == [(D("9.50"), D(50))], "amounts are the store's"


@pytest.mark.req("TAX-6", platform="woocommerce")
@pytest.mark.req("A19", platform="woocommerce")
@pytest.mark.req("TAX-1", platform="woocommerce")
def test_an_order_without_any_rule_waits_for_its_class_and_names_it(second_shop: Shop) -> None:
    second_shop.product("TENT", on_hand=10)

    second_shop.notice(order())

    row = second_shop.row()
    assert (row.state, Sale.objects.count()) == (CapturedState.SKIPPED, 0)
    [issue] = row.issues.all()
    assert (issue.code, issue.key, issue.label) == (IssueCode.TAX_UNMAPPED, "class:standard", "Standard")
    assert "“Standard”" in reason_of(issue, row).text
    assert dict(skipped_by_tax(second_shop.channel)) == {"class:standard": 1}


@pytest.mark.req("A19", platform="woocommerce")
@pytest.mark.parametrize("key", ["class:standard", "rate:5+7"])
def test_mapping_any_key_that_does_lets_the_order_in(second_shop: Shop, key: str) -> None:
    second_shop.notice(order())
    rule = TaxRuleFactory(name="The one")

    map_tax_and_tell(second_shop, key, rule)
    assert second_shop.marked() == ["100"]
    second_shop.handle("100")

    assert rules(sale_of(second_shop)) == (rule, rule)
    assert not OrderIssue.objects.filter(code=IssueCode.TAX_UNMAPPED).exists()


@pytest.mark.req("A19", platform="woocommerce")
def test_a_rule_for_charges_alone_leaves_the_order_waiting_for_its_lines(second_shop: Shop) -> None:
    second_shop.notice(order())

    map_tax_and_tell(second_shop, "charge:shipping", TaxRuleFactory(name="Parcel rule"))
    second_shop.handle(*second_shop.marked())

    assert second_shop.row().state == CapturedState.SKIPPED


@pytest.mark.req("TAX-9", platform="woocommerce")
@pytest.mark.req("TAX-1", platform="woocommerce")
def test_a_combination_of_rates_met_on_an_order_can_be_mapped_from_then_on(second_shop: Shop) -> None:
    mapped(second_shop, "class:standard")

    for _ in range(2):
        second_shop.notice(order())

    rows = TaxMapping.objects.filter(channel=second_shop.channel, kind__in=["rate", "charge"])
    assert sorted(rows.values_list("remote_key", "label", "kind", "rule")) == [
        ("charge:shipping", "Shipping", "charge", None),
        ("rate:5+7", "VAT 19 % + City 1 %", "rate", None),
    ]


@pytest.mark.req("TAX-4", platform="woocommerce")
def test_what_is_not_taxed_has_the_rule_of_tax_free(second_shop: Shop) -> None:
    second_shop.notice(remote_order(line("TENT", tax=D(0), tax_key=TAX_FREE), charges=[]))

    [sold] = sale_of(second_shop).lines.all()
    assert (sold.tax, sold.tax_rule and sold.tax_rule.name) == (D(0), "Tax free")


@pytest.mark.req("TAX-6", platform="woocommerce")
def test_a_longer_key_than_we_keep_is_still_one_key(second_shop: Shop) -> None:
    key = "rate:" + "+".join(str(number) for number in range(100))
    assert len(key) > 200
    second_shop.notice(remote_order(line("TENT", tax_key=key, tax_fallbacks=()), charges=[]))

    map_tax_and_tell(second_shop, key[:200], TaxRuleFactory(name="Long"))
    second_shop.handle(*second_shop.marked())

    assert sale_of(second_shop).lines.get().tax_rule == TaxRule.objects.get(name="Long")
