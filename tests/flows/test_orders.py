"""Orders of the sandbox stores over HTTP: what they cost here is what they cost there, and they follow the store."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from channels.models import Channel, TaxMapping
from channels.signals import mapping_changed
from inventory.models import Allocation, TaxRule
from orders.enums import CapturedState, IssueCode, SaleStatus
from orders.models import CapturedOrder, Sale
from tests.flows import setting, steps
from tests.flows.stores import WORDS, money_of, on_both, only_woocommerce, tell
from tests.sandbox.client import Json, StoreClient

pytestmark = pytest.mark.django_db(transaction=True)
GOODS = [{"sku": "RS-HW45-TAN", "quantity": 2}, {"sku": "IM-R42", "quantity": 3}]
REDUCED = [{"sku": "BK-KARTE", "quantity": 3}]


def take(channel: Channel, placed: Json) -> CapturedOrder:
    """The order after the store told of it."""
    setting.hint(channel, str(placed["id"]))
    setting.settle()
    return CapturedOrder.objects.select_related("sale").get(remote_id=str(placed["id"]))


def sale_of(row: CapturedOrder) -> Sale:
    assert row.state == CapturedState.SALE, list(row.issues.values_list("code", "label", "detail"))
    assert row.sale is not None
    return row.sale


def assert_costs(sale: Sale, money: tuple[Decimal, Decimal]) -> None:
    assert (sale.total, sale.tax) == money
    parts = [each.total + each.tax for each in sale.lines.all()]
    parts += [each.amount + each.tax for each in sale.charges.all()]
    assert sum(parts) == sale.total
    call_command("audit_stock")


# --- money


@on_both
@pytest.mark.req("TAX-3")
@pytest.mark.req("CAP-5")
@pytest.mark.req("CAP-6")
@pytest.mark.req("CAP-8")
@pytest.mark.req("NEW-4")
@pytest.mark.parametrize(
    "draft",
    [
        {"coupon": "SAVE10"},
        {"shipping_method": "Express delivery"},
        {"customer_id": 2},
        {"coupon": "SAVE10", "shipping_method": "Express delivery", "customer_id": 2},
        {"discount": "7.33", "handling_cost": "2.50"},
        {"discount": "0.01", "coupon": "SAVE10", "fees": [{"name": "Deposit", "cost": "1.10"}]},
    ],
)
def test_a_sale_costs_what_the_order_costs(channel: Channel, store: StoreClient, platform: str, draft: Json) -> None:
    setting.settle()

    placed = store.order(lines=GOODS, **draft)

    assert_costs(sale_of(take(channel, placed)), money_of(placed, platform))


@only_woocommerce
@pytest.mark.req("TAX-3", platform="woocommerce")
@pytest.mark.req("NEW-4", platform="woocommerce")
@pytest.mark.parametrize("includes", [True, False], ids=["with-tax", "without-tax"])
@pytest.mark.parametrize("at_subtotal", [True, False], ids=["round-at-subtotal", "round-each-line"])
@pytest.mark.parametrize(
    "draft",
    [
        {"lines": [*GOODS, *REDUCED], "coupon": "SAVE10", "shipping_method": "flat_rate"},
        {"lines": [*REDUCED, {"sku": "GS-50", "quantity": 1}], "coupon": "FIVEOFF"},
        {
            "lines": [{"name": "Ferry", "price": "33.33", "tax_class": "zero-rate", "quantity": 7}, *GOODS],
            "fees": [{"name": "Deposit", "total": "1.11"}, {"name": "Loyalty", "total": "-2.22"}],
            "coupon": "ITEM2",
        },
        {"lines": [*GOODS, *REDUCED], "discount": "7.77", "shipping_method": "Express delivery", "coupon": "SHIPFREE"},
        {"lines": [{"name": "Thread", "price": "0.07", "quantity": 99}, *REDUCED], "customer_id": 3},
    ],
    ids=["reduced", "tax-free", "zero-rate", "discount", "cents"],
)
def test_a_sale_costs_what_the_order_costs_however_the_store_counts(
    channel: Channel, store: StoreClient, platform: str, draft: Json, includes: bool, at_subtotal: bool
) -> None:
    rules: dict[str, Any] = {"prices_include_tax": includes, "tax_round_at_subtotal": at_subtotal}
    store.control("PATCH", f"/stores/{store.store}", rules)
    setting.settle()

    placed = store.order(**draft)

    assert_costs(sale_of(take(channel, placed)), money_of(placed, platform))


@only_woocommerce
@pytest.mark.req("CAP-5", platform="woocommerce")
def test_an_order_in_another_currency_stays_in_it(channel: Channel, store: StoreClient, platform: str) -> None:
    setting.settle()

    placed = store.order(lines=GOODS, currency="SEK", coupon="SAVE10")

    sale = sale_of(take(channel, placed))
    assert sale.currency == placed["currency"] == "SEK"
    assert_costs(sale, money_of(placed, platform))


# --- the store's word


@on_both
@pytest.mark.req("CAP-1")
@pytest.mark.req("CAP-3")
@pytest.mark.req("JOB-6")
def test_a_notice_captures_the_order_and_another_its_payment(
    channel: Channel, store: StoreClient, platform: str
) -> None:
    setting.settle()
    words = WORDS[platform]
    number = int(store.order(lines=[{"sku": "IM-R42", "quantity": 2}], **words.unpaid)["id"])

    assert tell(channel, number, words.events[0]) == 200
    setting.settle()
    assert CapturedOrder.objects.get().state == CapturedState.WAITING
    store.act(number, "pay")
    assert tell(channel, number, words.events[1]) == 200
    setting.settle()

    row = CapturedOrder.objects.get()
    assert (row.state, row.captured_by) == (CapturedState.SALE, "notice")


@on_both
@pytest.mark.req("CAN-1")
@pytest.mark.req("PND-6")
@pytest.mark.parametrize("is_deleted", [False, True], ids=["cancel", "delete"])
def test_cancelling_or_deleting_in_the_store_voids_the_sale(
    channel: Channel, store: StoreClient, platform: str, is_deleted: bool
) -> None:
    setting.settle()
    placed = store.order(lines=[{"sku": "IM-R42", "quantity": 2}])
    assert sale_of(take(channel, placed)).status != SaleStatus.VOIDED

    store.act(placed["id"], WORDS[platform].thrown_away if is_deleted else "cancel")

    assert_voided(take(channel, placed))


def assert_voided(row: CapturedOrder) -> None:
    assert row.state == CapturedState.CANCELLED
    assert Sale.objects.get().status == SaleStatus.VOIDED
    assert not Allocation.objects.filter(quantity__gt=0).exists()
    call_command("audit_stock")


@only_woocommerce
@pytest.mark.req("A44", platform="woocommerce")
@pytest.mark.req("CAN-1", platform="woocommerce")
def test_an_order_that_comes_back_from_the_trash_may_be_loaded_again(channel: Channel, store: StoreClient) -> None:
    setting.settle()
    placed = store.order(lines=[{"sku": "IM-R42", "quantity": 2}])
    first = sale_of(take(channel, placed))
    store.act(placed["id"], "trash")
    assert_voided(take(channel, placed))
    store.act(placed["id"], "restore")
    row = take(channel, placed)
    assert (row.state, row.sale, [issue.code for issue in row.issues.all()]) == (
        CapturedState.CANCELLED,
        first,
        [IssueCode.BACK_IN_STORE],
    )
    browser = Client()
    browser.force_login(steps.manager())
    page = browser.get(reverse("orders:order", args=[row.pk]))
    assert "Load it again" in page.content.decode()

    assert browser.post(reverse("orders:load-again", args=[row.pk])).status_code == 302
    setting.settle()

    row.refresh_from_db()
    again = sale_of(row)
    assert again != first
    assert not row.issues.exists()
    assert_costs(again, money_of(placed, "woocommerce"))


# --- taxes and customers


@pytest.mark.req("TAX-6")
@pytest.mark.req("A19")
@pytest.mark.parametrize(("platform", "key"), [("bigcommerce", "4"), ("woocommerce", "class:reduced-rate")])
def test_orders_of_an_unmapped_tax_class_resume_when_it_is_mapped(
    channel: Channel, store: StoreClient, key: str
) -> None:
    setting.settle()
    full = TaxRule.objects.get(name="VAT 19 %")
    TaxMapping.objects.filter(channel=channel, remote_key__startswith="rate:").update(rule=None)
    TaxMapping.objects.filter(channel=channel, remote_key=key).update(rule=None)
    placed = store.order(lines=[{"sku": "BK-KARTE", "quantity": 1}])
    row = take(channel, placed)
    assert (row.state, row.issues.get().key) == (CapturedState.SKIPPED, key)

    TaxMapping.objects.filter(channel=channel, remote_key=key).update(rule=full)
    mapping_changed.send(sender=Channel, channel=channel, kind="tax", remote_keys=frozenset({key}))
    setting.settle()

    assert CapturedOrder.objects.get().state == CapturedState.SALE


@only_woocommerce
@pytest.mark.req("TAX-4", platform="woocommerce")
def test_a_rate_that_is_mapped_wins_over_its_class(channel: Channel, store: StoreClient) -> None:
    setting.settle()
    full, reduced = TaxRule.objects.get(name="VAT 19 %"), TaxRule.objects.get(name="VAT 7 %")
    rate = next(row for row in store.data("/wc/v3/taxes") if row["class"] == "reduced-rate")
    mappings = TaxMapping.objects.filter(channel=channel)
    mappings.filter(remote_key__startswith="rate:").update(rule=None)
    by_class = sale_of(take(channel, store.order(lines=REDUCED)))
    mappings.filter(remote_key=f"rate:{rate['id']}").update(rule=reduced)
    by_rate = sale_of(take(channel, store.order(lines=REDUCED)))

    assert [sale.lines.get().tax_rule for sale in (by_class, by_rate)] == [full, reduced]


@only_woocommerce
@pytest.mark.req("MPW-1", platform="woocommerce")
def test_the_company_of_an_order_is_the_customer(channel: Channel, store: StoreClient) -> None:
    setting.settle()

    sale = sale_of(take(channel, store.order(lines=REDUCED, customer_id=2)))

    assert sale.customer.name == "Yılmaz Bergsport GmbH"
    assert [contact.name for contact in sale.customer.contacts.all()] == ["Mehmet Yılmaz"]
