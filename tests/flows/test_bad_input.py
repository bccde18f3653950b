"""What stores and strangers send: strange fields, broken totals, mark-up, unmapped taxes, forged notices."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from catalog.models import ListingItem, StoreHold
from channels.models import Channel, Notice, PaymentMapping, SyncJob, TaxMapping
from channels.services.intake import LARGEST_BODY
from inventory.models import Customer, Product, StockLevel, TaxRule
from orders.enums import CapturedState, IssueCode
from orders.models import CapturedOrder, Sale
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db
D = Decimal

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'


@pytest.fixture
def browser(client: Client, channel: Channel) -> Client:
    """A manager who also administers the installation."""
    manager = steps.manager()
    manager.is_superuser = manager.is_staff = True
    manager.save()
    client.force_login(manager)
    setting.settle()
    return client


def page(browser: Client, name: str, *args: object) -> str:
    answer = browser.get(reverse(name, args=args))
    assert answer.status_code == 200
    return str(answer.content.decode())


def fields_of(row: Model, *left_out: str) -> dict[str, Any]:
    names = {field.attname for field in row._meta.concrete_fields} - {"id", *left_out}
    return {name: getattr(row, name) for name in names}


# --- fields that nobody described


@pytest.mark.req("NEW-11")
@pytest.mark.req("CAP-4")
def test_unknown_fields_in_everything_the_store_answers_change_nothing(
    browser: Client, channel: Channel, store: StoreClient
) -> None:
    steps.download(channel)
    placed = [store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 2}])["id"] for _ in range(2)]
    setting.hint(channel, str(placed[0]))
    setting.settle()
    plain_products = {row.sku: fields_of(row) for row in Product.objects.filter(sku="RS-HW45-TAN")}

    steps.fault(store, "unknown_fields", times=None)
    setting.hint(channel, str(placed[1]))
    steps.download(channel)

    first, second = (steps.captured(channel, number) for number in placed)
    assert (first.state, second.state) == (CapturedState.SALE, CapturedState.SALE)
    assert (first.total, first.total_tax, first.units) == (second.total, second.total_tax, second.units)
    assert first.billing == second.billing
    assert {row.sku: fields_of(row) for row in Product.objects.filter(sku="RS-HW45-TAN")} == plain_products
    assert {entry["fault"] for entry in steps.calls(store, "/v3/catalog/products")[-1:]} == {"unknown_fields"}
    assert SyncJob.objects.count() == 0
    call_command("audit_stock")


# --- totals that do not add up


@pytest.mark.req("A33")
@pytest.mark.req("NEW-4")
@pytest.mark.req("PND-5")
def test_a_broken_total_blocks_the_order_and_shows_both_figures(
    browser: Client, channel: Channel, store: StoreClient
) -> None:
    steps.download(channel)
    right = D(store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 1}])["total_inc_tax"])
    before = steps.footprint()["sales"]
    broken = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 1}], overrides={"total_inc_tax": "1.0000"})

    setting.hint(channel, str(broken["id"]))
    setting.settle()

    order = steps.captured(channel, broken["id"])
    assert order.state == CapturedState.BLOCKED
    assert order.total == D("1.0000")
    (issue,) = order.issues.all()
    assert issue.code == IssueCode.TOTALS_DIFFER
    ours = f"{right:.2f}"
    assert ours in issue.label
    assert "1.00" in issue.label
    assert Sale.objects.count() == before, "no sale of wrong money"
    for text in (page(browser, "orders:pending", channel.pk), page(browser, "orders:order", order.pk)):
        assert "Store 1.00" in text
        assert ours in text
        assert reverse("orders:order", args=[order.pk]) + "#proof" in text
    proof = page(browser, "orders:order", order.pk)
    assert "Correct the order in the store and read it again." in proof
    assert "Differs" in proof
    call_command("audit_stock")


# --- mark-up in names


@pytest.fixture
def marked_up(browser: Client, channel: Channel, store: StoreClient) -> tuple[Product, CapturedOrder]:
    """A product and a customer whose names try to run scripts."""
    product = {
        "name": f"Tent {SCRIPT} {IMAGE}",
        "sku": "EVIL-1",
        "type": "physical",
        "price": 10,
        "weight": 1,
        "description": f'<p onclick="alert(3)">Good <b>tent</b>{SCRIPT}<a href="javascript:alert(4)">more</a></p>',
        "inventory_tracking": "product",
        "inventory_level": 5,
    }
    store.control("POST", "/stores/demo/products", {"products": [product]})
    steps.download(channel)
    person = {"first_name": f"Ida{IMAGE}", "last_name": SCRIPT, "company": f"Co {SCRIPT}", "email": "ida@example.com"}
    address = {**person, "street_1": f"Kai {SCRIPT}", "zip": "24103", "city": IMAGE, "country_iso2": "DE"}
    placed = store.order(
        lines=[{"sku": "EVIL-1", "quantity": 1}], billing_address=address, note=SCRIPT, staff_notes=IMAGE
    )
    setting.hint(channel, str(placed["id"]))
    setting.settle()
    return Product.objects.get(sku="EVIL-1"), steps.captured(channel, placed["id"])


@pytest.mark.req("CAP-4")
@pytest.mark.req("CAT-2")
def test_mark_up_in_names_is_text_on_every_page_and_in_the_admin(
    browser: Client, channel: Channel, marked_up: tuple[Product, CapturedOrder]
) -> None:
    product, order = marked_up
    assert order.state == CapturedState.SALE
    customer = Customer.objects.filter(email="ida@example.com").first()
    addresses = [
        reverse("inventory:products"),
        reverse("inventory:product", args=[product.pk]),
        reverse("inventory:edit_product", args=[product.pk]),
        reverse("catalog:catalog", args=[channel.pk]) + "?q=EVIL",
        reverse("catalog:product", args=[channel.pk, product.pk]),
        reverse("orders:order", args=[order.pk]),
        reverse("orders:log", args=[channel.pk]),
        reverse("orders:sales"),
        reverse("orders:sale", args=[order.sale_id]),
        reverse("search") + "?q=EVIL-1",
        reverse("admin:inventory_product_changelist"),
        reverse("admin:inventory_product_change", args=[product.pk]),
        reverse("admin:orders_capturedorder_changelist"),
        reverse("admin:orders_sale_changelist"),
    ]
    if customer is not None:
        addresses.append(reverse("inventory:customer", args=[customer.pk]))
    seen = 0
    for address in addresses:
        answer = browser.get(address)
        text = answer.content.decode()
        assert answer.status_code == 200, address
        assert SCRIPT not in text, address
        assert "<img src=x" not in text, address
        assert 'href="javascript:' not in text, address
        assert 'onclick="alert' not in text, address
        seen += "&lt;script&gt;alert(1)" in text
    assert seen >= 6, "the names are shown, as text"


@pytest.mark.req("CAT-2")
def test_descriptions_keep_their_form_and_lose_what_could_run(marked_up: tuple[Product, CapturedOrder]) -> None:
    product, _order = marked_up

    assert "<b>tent</b>" in product.description
    for bad in ("<script", "onclick", "javascript:"):
        assert bad not in product.description


# --- a tax class without a rule


def unmap(channel: Channel, key: str) -> TaxMapping:
    TaxMapping.objects.filter(channel=channel, remote_key=key).update(rule=None)
    return TaxMapping.objects.get(channel=channel, remote_key=key)


def save_setup_page(browser: Client, channel: Channel, **changes: str) -> None:
    """Press *Save* on Setup with these fields changed."""
    address = reverse("channels:setup", args=[channel.pk])
    shown = browser.get(address).context["form"]
    values = {bound.html_name: bound.value() for bound in shown}
    data = {
        name: "on" if value is True else getattr(value, "pk", value)
        for name, value in values.items()
        if value not in (None, False)
    }
    assert browser.post(address, {**data, **changes}).status_code == 302


@pytest.mark.req("TAX-6")
@pytest.mark.req("A19")
@pytest.mark.req("A52")
def test_an_unmapped_tax_class_waits_visibly_holds_its_units_and_goes_on_when_mapped(
    browser: Client, channel: Channel, store: StoreClient
) -> None:
    steps.download(channel)
    product = steps.set_on_hand("RS-HW45-TAN", 12)
    steps.switch_stock_on(channel)
    setting.settle()
    mapping = unmap(channel, "4")
    before = steps.footprint()

    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 2, "tax_class_id": 4}])
    setting.hint(channel, str(placed["id"]))
    setting.settle()

    order = steps.captured(channel, placed["id"])
    assert (order.state, steps.footprint()) == (CapturedState.SKIPPED, before)
    assert [(hold.product_id, hold.quantity) for hold in StoreHold.objects.all()] == [(product.pk, 2)]
    free = sum(level.on_hand - level.allocated for level in StockLevel.objects.filter(product=product))
    assert ListingItem.objects.get(product=product).pushed_quantity == store.level("RS-HW45-TAN") == free - 2
    log = page(browser, "orders:log", channel.pk)
    assert "Skipped, tax not mapped" in log
    assert f"Tax class “{mapping.label}” has no rule here." in log
    assert reverse("channels:setup", args=[channel.pk]) + "#tax" in log
    assert "Without a rule its orders are not captured: 1 waits." in page(browser, "channels:setup", channel.pk)

    rule = TaxRule.objects.filter(rate=7).first() or TaxRule.objects.get(name="VAT 19 %")
    save_setup_page(browser, channel, **{f"tax-{mapping.pk}": str(rule.pk)})
    setting.settle()

    order.refresh_from_db()
    assert (order.state, StoreHold.objects.count()) == (CapturedState.SALE, 0)
    assert order.sale is not None
    assert order.sale.total == order.total
    assert {line.tax_rule_id for line in order.sale.lines.all()} == {rule.pk}
    assert store.level("RS-HW45-TAN") == free - 2
    call_command("audit_stock")


@pytest.mark.req("TAX-6")
def test_a_tax_class_that_setup_has_never_seen_is_added_to_it_unmapped(
    browser: Client, channel: Channel, store: StoreClient
) -> None:
    steps.download(channel)
    TaxMapping.objects.filter(channel=channel, remote_key="4").delete()
    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 1, "tax_class_id": 4}])
    setting.hint(channel, str(placed["id"]))
    setting.settle()

    assert steps.captured(channel, placed["id"]).state == CapturedState.SKIPPED
    assert TaxMapping.objects.get(channel=channel, remote_key="4").rule is None


@pytest.mark.req("PAY-1")
def test_a_payment_method_without_account_stops_nothing_and_is_named(
    browser: Client, channel: Channel, store: StoreClient
) -> None:
    steps.download(channel)
    PaymentMapping.objects.filter(channel=channel).delete()
    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 1}])
    setting.hint(channel, str(placed["id"]))
    setting.settle()

    order = steps.captured(channel, placed["id"])
    assert order.state == CapturedState.SALE
    assert order.sale is not None
    assert order.sale.payments.count() == 0
    (mapping,) = PaymentMapping.objects.filter(channel=channel)
    assert mapping.account is None
    assert f"Paid by “{mapping.label}”, which has no account here" in page(browser, "orders:order", order.pk)


# --- notices


def deliver(channel: Channel, body: Any, *, token: str = "", secret: str = "") -> int:
    """A delivery as anybody on the internet could send it."""
    address = reverse("channels:notices", args=["bigcommerce", token or channel.notice_token])
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"x-inventory-secret": secret or Channel.objects.get(pk=channel.pk).credentials["webhook_secret"]}
    answer = Client(enforce_csrf_checks=True).post(address, text, content_type="application/json", headers=headers)
    assert answer.content == b""
    return answer.status_code


def about(number: int) -> dict[str, Any]:
    return {"scope": "store/order/created", "store_id": "1", "data": {"type": "order", "id": number}, "hash": "h1"}


@pytest.mark.req("JOB-6")
@pytest.mark.req("CON-20")
def test_notices_of_strangers_make_no_work(browser: Client, channel: Channel, store: StoreClient) -> None:
    OrmQ.objects.all().delete()
    before = steps.footprint()
    calls = len(store.control("GET", "/requests")["requests"])

    assert deliver(channel, about(101), secret="guessed") == 401
    assert deliver(channel, about(101), token="not-a-token") == 404
    assert deliver(channel, "x" * (LARGEST_BODY + 1)) == 413
    assert deliver(channel, "{not json") == 200, "it has our secret, so the store need not repeat it"
    assert deliver(channel, {"scope": "store/order/created", "data": {"id": "1; DROP TABLE"}}) == 200
    assert deliver(channel, {"scope": "store/product/updated", "data": {"type": "product", "id": 1}}) == 200
    setting.settle()

    kept = list(Notice.objects.order_by("pk").values_list("verdict", "signature"))
    assert kept == [("rejected", "rejected"), *[("ignored", "secret_only")] * 3]
    assert not any("guessed" in str(headers) for headers in Notice.objects.values_list("headers", flat=True))
    assert (OrmQ.objects.count(), SyncJob.objects.count(), CapturedOrder.objects.count()) == (0, 0, 0)
    assert steps.footprint() == before
    assert len(store.control("GET", "/requests")["requests"]) == calls


@pytest.mark.req("JOB-6")
def test_a_notice_about_an_order_that_is_not_there_leaves_nothing(
    browser: Client, channel: Channel, store: StoreClient
) -> None:
    assert deliver(channel, about(999_999)) == 200
    setting.settle()

    assert (CapturedOrder.objects.count(), SyncJob.objects.count()) == (0, 0)
    assert Notice.objects.get().verdict == "accepted"
