"""The catalog's pages: what they show, who may, how many statements (CAT-2, CAT-3, APP-4, UI.md)."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import CatalogConflict, ListingItem
from channels.models import Channel, ChannelSettings
from inventory.models import Product, Run, User
from inventory.registry import registry as house
from tests.catalog.conftest import work_off
from tests.factories.catalog import FakeShop, listed, listed_family, sending_channel, single
from tests.factories.channels import NOW
from tests.factories.inventory import (
    BrandFactory,
    CategoryFactory,
    ProductFactory,
    ServiceFactory,
    UserFactory,
    demand,
    stocked_product,
)

pytestmark = pytest.mark.django_db
STATEMENTS = 26


def client_of(role: str) -> Client:
    user = UserFactory(role=role)
    user.user_permissions.add(Permission.objects.get(codename="use_bigcommerce"))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


@pytest.fixture
def manager() -> Client:
    return client_of("Manager")


def at(name: str, channel: Channel, *more: object) -> str:
    return reverse(f"catalog:{name}", args=[channel.pk, *more])


def shown(client: Client, address: str) -> list[str]:
    """SKUs of the list, in order."""
    response = client.get(address)
    assert response.status_code == 200
    return [row.product.sku for row in response.context["rows"]]


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])


@pytest.mark.req("CAT-2")
@pytest.mark.req("LST-1")
def test_search_and_filters(channel: Channel, operator: Client) -> None:
    tents, fjell = CategoryFactory(name="Höhlentents"), BrandFactory(name="Fjell")
    tent = stocked_product(5, sku="A-TENT", name="Dome", category=tents)
    stove = ProductFactory(sku="B-STOVE", name="Öfchen", brand=fjell)
    ServiceFactory(sku="C-REPAIR")
    listed(channel, tent)
    listed(channel, stove, push_error="locked", listing__state="hidden")
    address = at("catalog", channel)

    assert shown(operator, address) == ["A-TENT", "B-STOVE", "C-REPAIR"]
    assert shown(operator, f"{address}?q=b-st") == ["B-STOVE"]
    assert shown(operator, f"{address}?q=ofchen") == ["B-STOVE"]
    assert shown(operator, f"{address}?q=HÖHLEN") == ["A-TENT"]
    assert shown(operator, f"{address}?category={tents.pk}") == ["A-TENT"]
    assert shown(operator, f"{address}?brand={fjell.pk}") == ["B-STOVE"]
    assert shown(operator, f"{address}?status=listed") == ["A-TENT", "B-STOVE"]
    assert shown(operator, f"{address}?status=not_listed") == ["C-REPAIR"]
    assert shown(operator, f"{address}?status=hidden") == shown(operator, f"{address}?status=problem") == ["B-STOVE"]
    assert shown(operator, f"{address}?stock=available") == ["A-TENT"]
    assert shown(operator, f"{address}?stock=none") == ["B-STOVE", "C-REPAIR"]
    assert shown(operator, f"{address}?sort=-name")[0] == "B-STOVE"
    assert shown(operator, f"{address}?category=x&brand=999999999999999999&status=?&stock=?&sort=?&page=x&rows=7") == []


def test_oversold_products_are_found(channel: Channel, operator: Client) -> None:
    from inventory.services import stock

    product = stocked_product(1, sku="OVER")
    stock.allocate_stock([demand("o/1", product, 3)], key="k", document_key="order:1", at=NOW)

    assert shown(operator, at("catalog", channel) + "?stock=oversold") == ["OVER"]


def test_deprecated_products_stay_while_they_are_listed(channel: Channel, operator: Client) -> None:
    listed(channel, ProductFactory(sku="LISTED", status="deprecated"))
    ProductFactory(sku="GONE", status="deprecated")

    assert shown(operator, at("catalog", channel)) == ["LISTED"]


@pytest.mark.req("SET-20")
def test_the_buffer_column_comes_with_the_switch(channel: Channel, operator: Client) -> None:
    listed(channel, stocked_product(9, sku="TENT"))
    assert "Buffer</th>" not in operator.get(at("catalog", channel)).content.decode()

    ChannelSettings.objects.update(use_buffer=True, buffer=4)

    page = operator.get(at("catalog", channel))
    assert "Buffer</th>" in page.content.decode()
    assert page.context["rows"][0].sync.quantity == 5


def test_statements_are_few_and_the_same_for_one_and_three_rows(channel: Channel, operator: Client) -> None:
    def more() -> None:
        product = stocked_product(3, category=CategoryFactory(), brand=BrandFactory())
        listed(channel, product, push_error="no")
        CatalogConflict.objects.create(
            channel=channel, remote_id=f"c{product.pk}", remote_name="x", kind="duplicate_sku", seen_at=NOW
        )

    more()
    one = statements(operator, at("catalog", channel))
    more()
    listed_family(channel, [ProductFactory(), ProductFactory()])

    assert statements(operator, at("catalog", channel)) == one
    assert one <= STATEMENTS


def test_html_in_names_is_shown_as_text(channel: Channel, operator: Client) -> None:
    product = ProductFactory(name='<script>alert("x")</script>', sku="<b>")
    listed(channel, product, push_error="<img src=x onerror=alert(1)>")

    for address in (at("catalog", channel), at("product", channel, product.pk)):
        page = operator.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.req("NEW-3")
def test_the_dialog_explains_and_opens_by_its_address(channel: Channel, operator: Client) -> None:
    product = stocked_product(9, sku="TENT")
    listed(channel, product, pushed_quantity=Decimal(8), pushed_at=NOW)
    address = at("product", channel, product.pk)

    page = operator.get(address)
    part = operator.get(address, headers={"HX-Request": "true", "HX-Target": "layer"}).content.decode()

    assert page.context["dialog_open"]
    assert page.context["explanation"].sync.quantity == 9
    assert "<html" not in part
    assert "Sync quantity" in part
    assert reverse("inventory:product", args=[product.pk]) in part
    assert operator.get(at("product", channel, 999999)).status_code == 404


def test_the_dialog_of_an_unlisted_product_and_of_a_service(channel: Channel, operator: Client) -> None:
    for product in (stocked_product(1), ServiceFactory()):
        page = operator.get(at("product", channel, product.pk)).content.decode()
        assert "not listed in this store" in page
        assert "Update quantities</button></form>" not in page


@pytest.mark.req("LST-2")
def test_the_switch_works_with_and_without_script(channel: Channel, operator: Client) -> None:
    item = listed(channel, stocked_product(1))
    address = at("switch", channel, item.product_id)

    response = operator.post(address, {"send": "off"}, follow=True)
    item.refresh_from_db()
    assert not item.sync_stock
    assert response.redirect_chain == [(at("product", channel, item.product_id), 302)]

    response = operator.post(address, {f"send_{item.product_id}": "on"}, headers={"HX-Request": "true"})
    item.refresh_from_db()
    assert item.sync_stock
    assert response.status_code == 204
    assert "toast" in response["HX-Trigger"]


@pytest.mark.req("LST-5")
@pytest.mark.req("CAT-3")
def test_selected_products_are_updated_as_an_activity(channel: Channel, operator: Client) -> None:
    products = [stocked_product(1) for _ in range(2)]
    for product in products:
        listed(channel, product)
    form = {"action": "update", "product": [str(products[0].pk), "x", "9" * 40]}

    response = operator.post(at("selection", channel), form)

    run = Run.objects.get()
    assert (run.kind, run.options) == ("catalog.update_quantities", {"product_ids": [products[0].pk]})
    assert response["Location"] == reverse("inventory:run", args=[run.pk])
    again = operator.post(at("selection", channel), form)
    assert again["Location"] == reverse("inventory:run", args=[run.pk])
    assert Run.objects.count() == 1


def test_all_that_match_keep_the_filters(channel: Channel, operator: Client) -> None:
    form = {"action": "update", "all_matching": "1", "filters": "q=tent&page=3&sort=name"}

    operator.post(at("selection", channel), form)

    assert Run.objects.get().options == {"filters": {"q": "tent"}}


def test_nothing_selected_says_so(channel: Channel, operator: Client) -> None:
    response = operator.post(at("selection", channel), {"action": "update", "filters": "q=a"}, follow=True)

    assert response.redirect_chain == [(at("catalog", channel) + "?q=a", 302)]
    assert "Select at least one product" in response.content.decode()


@pytest.mark.req("LST-6")
def test_unlinking_is_asked_with_the_number_and_then_done(channel: Channel, operator: Client) -> None:
    item, unlisted = listed(channel, ProductFactory()), ProductFactory()
    chosen = {"product": [str(item.product_id), str(unlisted.pk)]}

    page = operator.post(at("selection", channel), {"action": "unlink", **chosen})
    assert page.context["count"] == 1
    assert ListingItem.objects.exists()

    response = operator.post(at("unlink", channel), chosen, follow=True)
    assert "Unlinked: 1" in response.content.decode()
    assert not ListingItem.objects.exists()


def test_unlinking_all_is_an_activity(channel: Channel, operator: Client) -> None:
    listed(channel, ProductFactory())

    operator.post(at("unlink", channel), {"all_matching": "1", "filters": "status=listed"})

    assert Run.objects.get().options == {"filters": {"status": "listed"}}


# --- download


@pytest.mark.req("A27")
@pytest.mark.req("CAT-1")
def test_from_the_first_look_to_the_download(operator: Client, shop: FakeShop) -> None:
    channel = sending_channel()
    shop.remotes = [single("NEW", quantity=Decimal(7)), single("")]
    assert "Look at the store" in operator.get(at("download", channel)).content.decode()
    assert operator.post(at("start_download", channel))["Location"] == at("download", channel)

    operator.post(at("look", channel))
    assert "hx-get" in operator.get(at("download", channel)).content.decode()
    work_off(channel, shop, Run.objects.get())
    page = operator.get(at("download", channel))
    assert page.context["totals"].units == 7
    assert "7 units" in page.content.decode()
    assert "checked" not in page.content.decode().split('name="opening"')[1]

    refused = operator.post(at("start_download", channel), {})
    assert refused.status_code == 422
    assert ChannelSettings.objects.get(channel=channel).import_opening_stock is None

    response = operator.post(at("start_download", channel), {"opening": "take"})
    assert response["Location"] == at("catalog", channel)
    run = Run.objects.get(kind="catalog.download")
    part = operator.get(at("progress", channel), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part
    work_off(channel, shop, run)
    assert operator.get(at("progress", channel), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert shown(operator, at("catalog", channel)) == ["NEW"]
    assert "What was left out" in operator.get(at("catalog", channel)).content.decode()


@pytest.mark.req("A25")
@pytest.mark.req("A23")
def test_what_was_left_out_is_listed_and_can_be_downloaded(operator: Client, shop: FakeShop) -> None:
    channel = sending_channel(import_opening_stock=False)
    listed(channel, ProductFactory(sku="TENT"))
    shop.remotes = [single("TENT", "=HYPERLINK()", id="9", variant_id="9"), single("", "No SKU at all")]
    operator.post(at("start_download", channel))
    work_off(channel, shop, Run.objects.get())

    page = operator.get(at("left_out", channel)).content.decode()
    assert "unlink the other product" in page
    assert "No SKU at all" in page
    assert at("left_out", channel) in operator.get(at("catalog", channel)).content.decode()

    lines = b"".join(operator.get(at("left_out_csv", channel)).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Store ID,Product,Variation,SKU,Outcome,Why,Way out"
    assert "'=HYPERLINK()" in lines[1]
    assert "No SKU at all" in lines[-1]


# --- first push


@pytest.mark.req("A13")
@pytest.mark.req("NEW-2")
def test_the_preview_from_start_to_confirmation(channel: Channel, manager: Client, shop: FakeShop) -> None:
    ChannelSettings.objects.update(update_stock=False, stock_preview_confirmed_at=None)
    zero, more = ProductFactory(sku="ZERO"), stocked_product(4, sku="MORE")
    shop.levels_now = {listed(channel, zero).remote_id: Decimal(6), listed(channel, more).remote_id: Decimal(1)}
    address = at("stock_preview", channel)
    assert "Compare with the store" in manager.get(address).content.decode()

    manager.post(at("start_preview", channel))
    assert 'id="reading"' in manager.get(address).content.decode()
    work_off(channel, shop, Run.objects.get(kind="catalog.read_store"))
    page = manager.get(address)
    assert page.context["counts"].to_zero == 1
    assert [row.label.split()[0] for row in manager.get(f"{address}?show=zero").context["page"]] == ["ZERO"]
    plan = page.context["plan"]
    lines = b"".join(manager.get(at("preview_csv", channel, plan.pk)).streaming_content).decode("utf-8-sig")
    assert lines.splitlines()[1].startswith(f"ZERO {zero.name},6,0,Waiting")

    response = manager.post(at("confirm_preview", channel, plan.pk))

    assert response["Location"] == reverse("inventory:run", args=[plan.pk])
    assert ChannelSettings.objects.get().update_stock
    again = manager.post(at("confirm_preview", channel, plan.pk), follow=True)
    assert again.redirect_chain[0][0] == address
    assert manager.post(at("confirm_preview", channel, 999999)).status_code == 404


# --- elsewhere


def test_the_panel_on_the_product_page(channel: Channel, operator: Client) -> None:
    product = stocked_product(2)
    listed(channel, product)
    user = User.objects.get(pk=operator.session["_auth_user_id"])
    [panel] = [
        panel for provider in house.product_panels for panel in provider(user, product.pk) if "catalog" in panel.url
    ]

    part = operator.get(panel.url, headers={"HX-Request": "true"}).content.decode()

    assert channel.name in part
    assert "<html" not in part
    assert "<h1>" in operator.get(panel.url).content.decode()
    assert client_of("Viewer").get(panel.url).status_code == 200


def test_refused_quantities_are_work_on_the_dashboard(channel: Channel, operator: Client) -> None:
    listed(channel, ProductFactory(), push_error="no")
    listed(sending_channel(), ProductFactory())
    user = User.objects.get(pk=operator.session["_auth_user_id"])

    found = [item for provider in house.dashboard_work for item in provider(user) if "status=problem" in item.url]

    assert [(item.count, item.title) for item in found] == [(1, channel.name)]
    assert Product.objects.count() == 2
