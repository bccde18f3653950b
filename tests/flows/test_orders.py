"""Orders of the sandbox store over HTTP: what they cost here is what they cost there, and they follow the store."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from channels.models import Channel, TaxMapping
from channels.signals import mapping_changed
from inventory.models import Allocation, TaxRule
from orders.enums import CapturedState, SaleStatus
from orders.models import CapturedOrder, Sale
from tests.flows import setting
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db(transaction=True)


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
def test_a_sale_costs_what_the_order_costs(channel: Channel, store: StoreClient, draft: dict[str, object]) -> None:
    setting.settle()
    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 2}, {"sku": "IM-R42", "quantity": 3}], **draft)

    setting.hint(channel, str(placed["id"]))
    setting.settle()

    row = CapturedOrder.objects.select_related("sale").get()
    assert row.state == CapturedState.SALE, list(row.issues.values_list("code", "label", "detail"))
    sale = row.sale
    assert sale is not None
    assert (sale.total, sale.tax) == (Decimal(placed["total_inc_tax"]), Decimal(placed["total_tax"]))
    parts = [each.total + each.tax for each in sale.lines.all()] + [
        each.amount + each.tax for each in sale.charges.all()
    ]
    assert sum(parts) == sale.total
    call_command("audit_stock")


@pytest.mark.req("CAP-1")
@pytest.mark.req("CAP-3")
@pytest.mark.req("JOB-6")
def test_a_notice_captures_the_order_and_another_its_payment(
    channel: Channel, store: StoreClient, client: Client
) -> None:
    setting.settle()
    placed = store.order(lines=[{"sku": "IM-R42", "quantity": 2}], paid=False, status_id=7)
    number = int(placed["id"])

    def notice(topic: str) -> None:
        body = {"scope": f"store/order/{topic}", "hash": topic, "data": {"type": "order", "id": number}}
        secret = channel.credentials["webhook_secret"]
        answer = client.post(
            reverse("channels:notices", args=[channel.platform, channel.notice_token]),
            json.dumps(body),
            content_type="application/json",
            headers={"X-Inventory-Secret": secret},
        )
        assert answer.status_code == 200
        setting.settle()

    notice("created")
    assert CapturedOrder.objects.get().state == CapturedState.WAITING
    store.act(number, "pay")
    notice("statusUpdated")

    row = CapturedOrder.objects.get()
    assert (row.state, row.captured_by) == (CapturedState.SALE, "notice")


@pytest.mark.req("CAN-1")
@pytest.mark.req("PND-6")
@pytest.mark.parametrize("action", ["cancel", "archive"])
def test_cancelling_or_deleting_in_the_store_voids_the_sale(channel: Channel, store: StoreClient, action: str) -> None:
    setting.settle()
    number = int(store.order(lines=[{"sku": "IM-R42", "quantity": 2}])["id"])
    setting.hint(channel, str(number))
    setting.settle()
    assert Sale.objects.get().status != SaleStatus.VOIDED

    store.act(number, action)
    setting.hint(channel, str(number))
    setting.settle()

    assert Sale.objects.get().status == SaleStatus.VOIDED
    assert CapturedOrder.objects.get().state == CapturedState.CANCELLED
    assert not Allocation.objects.filter(quantity__gt=0).exists()
    call_command("audit_stock")


@pytest.mark.req("TAX-6")
@pytest.mark.req("A19")
def test_orders_of_an_unmapped_tax_class_resume_when_it_is_mapped(channel: Channel, store: StoreClient) -> None:
    setting.settle()
    TaxMapping.objects.filter(channel=channel, remote_key="4").update(rule=None)
    placed = store.order(lines=[{"sku": "BK-KARTE", "quantity": 1}])
    setting.hint(channel, str(placed["id"]))
    setting.settle()
    assert CapturedOrder.objects.get().state == CapturedState.SKIPPED
    assert CapturedOrder.objects.get().issues.get().key == "4"

    TaxMapping.objects.filter(channel=channel, remote_key="4").update(rule=TaxRule.objects.get(name="VAT 19 %"))
    mapping_changed.send(sender=Channel, channel=channel, kind="tax", remote_keys=frozenset({"4"}))
    setting.settle()

    assert CapturedOrder.objects.get().state == CapturedState.SALE
