"""Downloading products: what arrives here, and that nothing arrives twice (CAT-1 to CAT-16, A22 to A27)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.enums import ConflictKind, ListingState
from catalog.models import CatalogConflict, Listing, ListingItem
from catalog.services import download
from channels.models import Channel, ChannelSettings
from channels.remote import RemoteImage
from inventory.enums import Outcome, ProductType, RunState
from inventory.models import (
    AuditEntry,
    Category,
    Family,
    Product,
    ProductPrice,
    StockLevel,
    StockPosting,
)
from inventory.services import runs
from tests.catalog.conftest import fetch, reason, step, work_off
from tests.factories.catalog import FakeShop, family, listed, single, variant
from tests.factories.channels import NOW, ChannelFactory, TaxMappingFactory
from tests.factories.inventory import ProductFactory, TaxRuleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(settings={"import_opening_stock": False})


@pytest.mark.req("CAT-1")
@pytest.mark.req("CAT-4")
@pytest.mark.req("JOB-2")
def test_a_download_goes_page_by_page_with_progress(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single(f"S{n}") for n in range(5)]
    shop.page_size = 2

    run = step(channel, shop, download.start_download(channel, user=None, now=NOW))

    assert (run.state, run.done, run.total) == (RunState.RUNNING, 2, 5)
    assert run.cursor["page"] == "2"
    run = work_off(channel, shop, run)
    assert (run.state, run.done, run.handled) == (RunState.DONE, 5, 5)
    assert Product.objects.count() == ListingItem.objects.count() == Listing.objects.count() == 5
    assert shop.calls == ["page", "page 2", "page 4"]


@pytest.mark.req("CAT-12")
@pytest.mark.req("TAX-10")
@pytest.mark.req("CAT-8")
def test_every_mapped_field_arrives(channel: Channel, shop: FakeShop) -> None:
    rule = TaxRuleFactory()
    TaxMappingFactory(channel=channel, remote_key="7", rule=rule)
    shop.remotes = [
        single(
            "TENT",
            "Tent <b>2P</b>",
            price=Decimal("199.90"),
            sale_price=Decimal("149.90"),
            weight=Decimal("2.5"),
            length=Decimal(60),
            width=Decimal(20),
            height=Decimal(15),
            barcode="4006381333931",
            description="<p>Light</p><script>alert(1)</script>",
            category="Tents",
            brand="Fjell",
            tags=("summer", "light"),
            custom_fields=tuple((f"field {n}", f"value {n}") for n in range(12)),
            tax_key="7",
            images=(RemoteImage(url="https://cdn.example/1.jpg", caption="Front"),),
            weight_unit="lb",
            length_unit="in",
            url="https://shop.example/tent",
        )
    ]

    fetch(channel, shop)

    product = Product.objects.get(sku="TENT")
    assert (product.name, product.type) == ("Tent <b>2P</b>", ProductType.STOCK)
    assert product.description == "<p>Light</p>"
    assert (product.category.name, product.brand.name) == ("Tents", "Fjell")
    assert (product.weight, product.weight_unit, product.barcode) == (Decimal("2.5"), "lb", "4006381333931")
    assert (product.length, product.width, product.height, product.length_unit) == (60, 20, 15, "in")
    assert product.sale_tax_rule == rule
    assert dict(product.prices.values_list("tier", "amount")) == {1: Decimal("199.90"), 2: Decimal("149.90")}
    assert sorted(product.tags.values_list("name", flat=True)) == ["light", "summer"]
    assert [field.name for field in product.custom_fields.all()] == [f"field {n}" for n in range(10)]
    assert list(product.images.values_list("url", "caption")) == [("https://cdn.example/1.jpg", "Front")]
    assert Listing.objects.get().url == "https://shop.example/tent"


@pytest.mark.req("CAT-4")
@pytest.mark.req("CAT-11")
def test_a_family_arrives_with_its_variations(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [family("Shirt", variant("S-R", "Red", "M"), variant("S-B", "Blue", "M"), is_visible=False)]

    run = fetch(channel, shop)

    shirt = Family.objects.get()
    assert (shirt.name, shirt.option_names()) == ("Shirt", ["Color", "Size"])
    assert list(shirt.variations.order_by("sku").values_list("sku", "name", "option1", "option2")) == [
        ("S-B", "Shirt Blue M", "Blue", "M"),
        ("S-R", "Shirt Red M", "Red", "M"),
    ]
    listing = Listing.objects.get()
    assert (listing.family, listing.product, listing.state) == (shirt, None, ListingState.HIDDEN)
    assert listing.items.count() == 2
    assert reason(run, "p-Shirt") == (Outcome.DONE, "2 products added.")


@pytest.mark.req("CAT-5")
@pytest.mark.req("A22")
def test_of_four_options_three_are_kept_and_no_sku_is_lost(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [
        family("Jacket", variant("J-1", "Red", "L", "Slim", "Fixed"), variant("J-2", "Red", "L", "Slim", "Zip-off"))
    ]

    run = fetch(channel, shop)

    first, second = Product.objects.order_by("sku")
    assert (first.name, second.name) == ("Jacket Red L Slim", "Jacket Red L Slim (J-2)")
    assert (first.option3, second.option3) == ("Slim", "Slim (J-2)")
    assert "left out: Hood" in reason(run, "p-Jacket")[1]


@pytest.mark.req("CAT-6")
def test_what_is_here_is_updated_not_made_again(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT", name="Old name")
    shop.remotes = [single("TENT", "New name", price=Decimal(10))]

    run = fetch(channel, shop)

    product.refresh_from_db()
    assert Product.objects.count() == 1
    assert product.name == "New name"
    assert reason(run, "p-TENT") == (Outcome.DONE, "1 product updated.")


@pytest.mark.req("CAT-6")
def test_the_same_download_again_writes_nothing(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("A", quantity=Decimal(3)), family("F", variant("F-1", "Red"), variant("F-2", "Blue"))]
    fetch(channel, shop)
    before = (list(Product.objects.values()), list(ListingItem.objects.values()), AuditEntry.objects.count())

    with CaptureQueriesContext(
        connection,
    ) as queries:
        run = fetch(channel, shop)

    assert (run.done, run.unchanged) == (0, 2)
    assert (list(Product.objects.values()), list(ListingItem.objects.values()), AuditEntry.objects.count()) == before
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert all("catalog_" not in sql and "inventory_product" not in sql for sql in written)


def test_a_changed_quantity_is_seen_and_changes_no_stock(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("A", quantity=Decimal(3))]
    fetch(channel, shop)
    shop.remotes = [single("A", quantity=Decimal(8))]

    run = fetch(channel, shop)

    assert ListingItem.objects.get().seen_quantity == Decimal(8)
    assert run.unchanged == 1
    assert not StockPosting.objects.exists()


@pytest.mark.req("JOB-5")
def test_a_step_that_runs_twice_or_was_killed_changes_nothing_more(channel: Channel, shop: FakeShop) -> None:
    ChannelSettings.objects.update(import_opening_stock=True)
    shop.remotes = [single("A", quantity=Decimal(3)), single("B", quantity=Decimal(4))]
    shop.page_size = 1
    run = download.start_download(Channel.objects.get(), user=None, now=NOW)
    channel = Channel.objects.select_related("settings").get()
    download.step_download(channel, shop, run)  # killed before the step was recorded

    run = work_off(channel, shop, run)

    assert (run.state, run.handled) == (RunState.DONE, 2)
    assert dict(StockLevel.objects.values_list("product__sku", "on_hand")) == {"A": 3, "B": 4}
    assert Product.objects.count() == Listing.objects.count() == 2


def test_a_cancelled_download_stops_after_its_page(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single(f"S{n}") for n in range(6)]
    shop.page_size = 2
    run = step(channel, shop, download.start_download(channel, user=None, now=NOW))
    runs.request_cancel(run, user=None, now=NOW)

    run = step(channel, shop, run)

    assert run.state == RunState.CANCELLED
    assert Product.objects.count() == 4


@pytest.mark.req("CAT-7")
@pytest.mark.req("A23")
def test_what_has_no_sku_is_skipped_and_reported(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single(""), family("Socks", variant("SO-1", "Red"), variant("", "Blue"))]

    run = fetch(channel, shop)

    assert (run.done, run.skipped, run.handled, run.total) == (1, 2, 3, 3)
    assert reason(run, "p-") == (Outcome.SKIPPED, "No SKU in the store.")
    assert reason(run, "p-Socks/v--Blue")[0] == Outcome.SKIPPED
    assert list(Product.objects.values_list("sku", flat=True)) == ["SO-1"]


@pytest.mark.req("A25")
def test_a_conflict_is_listed_and_goes_when_it_is_solved(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    item = listed(channel, product)
    other = single("TENT", "Other tent", id="other", variant_id="other")
    shop.remotes = [other]

    run = fetch(channel, shop)

    conflict = CatalogConflict.objects.get()
    assert (conflict.kind, conflict.sku, conflict.product) == (ConflictKind.DUPLICATE_SKU, "TENT", product)
    assert reason(run, "other") == (Outcome.SKIPPED, conflict.words)
    assert list(ListingItem.objects.all()) == [item]

    shop.remotes = [replace(other, variants=(replace(other.variants[0], sku="TENT-2"),))]
    fetch(channel, shop)
    assert not CatalogConflict.objects.exists()
    assert Product.objects.filter(sku="TENT-2").exists()


@pytest.mark.req("A25")
def test_a_linked_product_keeps_its_sku_when_the_store_renames_it(channel: Channel, shop: FakeShop) -> None:
    item = listed(channel, ProductFactory(sku="OURS"))
    shop.remotes = [single("THEIRS", id=item.remote_product_id, variant_id=item.remote_id)]

    run = fetch(channel, shop)

    item.refresh_from_db()
    assert item.product.sku == "OURS"
    assert item.remote_sku == "THEIRS"
    assert "THEIRS" in reason(run, item.remote_product_id)[1]


@pytest.mark.req("A26")
def test_a_name_that_is_taken_gets_the_sku(channel: Channel, shop: FakeShop) -> None:
    ProductFactory(sku="X", name="Tent")
    shop.remotes = [single("TENT", "Tent")]

    fetch(channel, shop)

    assert Product.objects.get(sku="TENT").name == "Tent (TENT)"


@pytest.mark.req("CAT-15")
def test_images_come_only_where_there_are_none(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    product.images.create(url="https://ours.example/a.jpg")
    images = (RemoteImage(url="https://cdn.example/1.jpg"),)
    shop.remotes = [single("TENT", images=images), single("STOVE", images=images)]

    fetch(channel, shop)

    assert [image.url for image in product.images.all()] == ["https://ours.example/a.jpg"]
    assert Product.objects.get(sku="STOVE").images.count() == 1


@pytest.mark.req("CAT-8")
@pytest.mark.req("A24")
def test_a_root_category_is_made_once(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("A", category="Tents"), single("B", category=" tents ")]

    fetch(channel, shop)

    assert Category.objects.count() == 1
    assert set(Product.objects.values_list("category__name", flat=True)) == {"Tents"}


def test_what_the_store_does_not_stock_is_a_service(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("VOUCHER", is_stocked=False, tracking="none", quantity=Decimal(5))]
    ChannelSettings.objects.update(import_opening_stock=True)

    fetch(Channel.objects.get(), shop)

    assert Product.objects.get().type == ProductType.SERVICE
    assert not StockPosting.objects.exists()


@pytest.mark.req("INV-19")
def test_prices_stay_where_the_tiers_tax_mode_is_not_the_stores(channel: Channel, shop: FakeShop) -> None:
    Channel.objects.update(prices_include_tax=True)
    shop.remotes = [single("TENT", price=Decimal(10))]

    run = fetch(Channel.objects.get(), shop)

    assert not ProductPrice.objects.exists()
    assert "Prices were left as they are" in reason(run, "p-TENT")[1]


def test_a_number_the_database_cannot_hold_is_left_out(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("TENT", weight=Decimal(10) ** 12, price=Decimal(10) ** 16, name="x" * 900)]

    run = fetch(channel, shop)

    assert (run.done, run.failed) == (1, 0)
    assert Product.objects.get().weight is None
