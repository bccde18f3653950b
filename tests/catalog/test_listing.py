"""Listing, updating and linking: previewed, then applied exactly so."""

from decimal import Decimal

import pytest

from catalog.enums import ListingState
from catalog.models import Listing, ListingItem
from catalog.services.desired import kept_from_store, read_sending
from channels.models import Channel
from inventory.enums import Outcome, RunState
from inventory.models import PriceTier, Product
from tests.catalog.drains import fresh
from tests.catalog.listing import apply, changes, listed, preview, rows
from tests.factories import inventory as make
from tests.factories.catalog import sending_channel
from tests.factories.channels import second_platform
from tests.factories.listing import ListingShop, kin, product, rich

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    """Master of nothing, so that everything is sent that the platform takes."""
    return sending_channel(store_is_master=False)


@pytest.fixture
def adding(monkeypatch: pytest.MonkeyPatch, db: None) -> Channel:
    """A store whose families take new variations."""
    found = sending_channel(store_is_master=False)
    Channel.objects.filter(pk=found.pk).update(platform=second_platform(monkeypatch))
    return fresh(found)


@pytest.mark.req("LST-3", platform="bigcommerce")
@pytest.mark.req("LST-1", platform="bigcommerce")
@pytest.mark.req("LST-17", platform="bigcommerce")
def test_a_product_is_listed_with_everything_it_has(channel: Channel, shop: ListingShop) -> None:
    oak = rich("OAK")
    make.put_on_hand({oak: 7})
    plan = preview(channel, shop, [oak])
    assert rows(plan) == {f"p{oak.pk}": "create"}
    told = {field: new for _sku, field, _old, new in changes(plan, f"p{oak.pk}")}
    assert told == {
        "name": "Name OAK", "brand": oak.brand.name, "category": oak.category.name, "description": "About OAK",
        "tags": "red, wood", "images": "1", "custom_fields": "yes", "visible": "shown", "sku": "OAK",
        "barcode": "9780306406157", "price": "10.00", "sale_price": "8.00", "weight": "1.5 kg", "length": "10 cm",
        "width": "20 cm", "height": "30 cm", "quantity": "7",
    }  # fmt: skip
    assert shop.wrote == []

    run = apply(channel, shop, plan)
    assert (run.state, run.done, run.total) == (RunState.DONE, 1, 1)
    made = shop.by_sku("OAK")
    assert (made.name, made.category, made.tags, made.custom_fields) == (
        "Name OAK", oak.category.name, ("red", "wood"), (("Wood", "oak"), ("Oil", "yes")),
    )  # fmt: skip
    listing = Listing.objects.get()
    assert (listing.product, listing.remote_id, listing.state) == (oak, made.id, ListingState.LISTED)
    assert (listing.sent_at is not None, listing.changed_at) == (True, None)
    item = ListingItem.objects.get()
    assert (item.product, item.remote_id, item.remote_sku, item.pushed_quantity) == (oak, made.variants[0].id, "OAK", 7)


def test_a_family_is_listed_as_one_product(channel: Channel, shop: ListingShop) -> None:
    shirts = kin("Shirt", "Red", "Blue", "Green")
    plan = preview(channel, shop, shirts[1:2])
    assert rows(plan) == {f"f{shirts[0].family_id}": "create"}
    apply(channel, shop, plan)
    made = shop.by_sku("Shirt-Red")
    assert (made.name, made.is_family, made.option_names) == ("Shirt", True, ("Color",))
    assert [[option.value for option in each.options] for each in made.variants] == [["Red"], ["Blue"], ["Green"]]
    assert Listing.objects.get().family_id == shirts[0].family_id
    assert ListingItem.objects.count() == 3


@pytest.mark.req("LST-4", platform="bigcommerce")
@pytest.mark.req("NEW-2")
def test_an_update_sends_only_what_differs(channel: Channel, shop: ListingShop) -> None:
    oak = rich("OAK")
    listed(channel, shop, [oak])
    shop.wrote.clear()
    Product.objects.filter(pk=oak.pk).update(name="Oak table", weight=Decimal(2))
    make.put_on_hand({oak: 4})
    plan = preview(channel, shop, [oak])
    assert changes(plan, f"p{oak.pk}") == [
        ("", "name", "Name OAK", "Oak table"), ("", "weight", "1.5 kg", "2 kg"), ("", "quantity", "0", "4"),
    ]  # fmt: skip
    assert apply(channel, shop, plan).done == 1
    (sent,) = shop.wrote
    assert (sent.name, sent.description, sent.tags, sent.category, sent.images) == ("Oak table", None, None, None, None)
    assert (sent.variants[0].weight, sent.variants[0].price) == (Decimal(2), None)
    assert shop.by_sku("OAK").variants[0].quantity == 4
    assert rows(preview(channel, shop, [oak])) == {f"p{oak.pk}": "nothing"}


@pytest.mark.req("LST-8", platform="bigcommerce")
@pytest.mark.req("CAT-18", platform="bigcommerce")
@pytest.mark.req("A14")
def test_a_category_is_sent_with_a_new_product_only(channel: Channel, shop: ListingShop) -> None:
    oak = rich("OAK")
    listed(channel, shop, [oak])
    first = oak.category.name
    Product.objects.filter(pk=oak.pk).update(category=make.CategoryFactory(name="Elsewhere"))
    assert rows(preview(channel, shop, [oak])) == {f"p{oak.pk}": "nothing"}
    assert shop.by_sku("OAK").category == first
    listed(channel, shop, [oak], relist=True)
    assert shop.by_sku("OAK").category == "Elsewhere"
    assert Listing.objects.get().remote_id == shop.by_sku("OAK").id


@pytest.mark.req("LST-5", platform="bigcommerce")
@pytest.mark.req("A28")
def test_levels_go_with_an_update_whatever_the_switch_says(channel: Channel, shop: ListingShop) -> None:
    oak, ash = product("OAK"), product("ASH")
    listed(channel, shop, [oak, ash])
    fresh(channel).settings.__class__.objects.filter(channel=channel).update(
        update_stock=False, stock_preview_confirmed_at=None
    )
    ListingItem.objects.filter(product=ash).update(sync_stock=False)
    make.put_on_hand({oak: 3})
    make.put_on_hand({ash: 3})
    shop.sent.clear()
    plan = preview(channel, shop, [oak, ash])
    assert rows(plan) == {f"p{oak.pk}": "update", f"p{ash.pk}": "nothing"}
    apply(channel, shop, plan)
    assert shop.sent == [{"OAK": Decimal(3)}]


@pytest.mark.req("SET-18", platform="bigcommerce")
@pytest.mark.req("LST-15", platform="bigcommerce")
@pytest.mark.req("A12")
@pytest.mark.req("A57")
@pytest.mark.parametrize(("draft", "switch", "shown"), [
    (False, None, True), (True, None, False), (False, False, False), (True, True, True),
])  # fmt: skip
def test_new_products_are_shown_as_setup_says_unless_the_batch_says_otherwise(
    shop: ListingShop, draft: bool, switch: bool | None, shown: bool
) -> None:
    channel = sending_channel(list_as_draft=draft)
    oak = product("OAK")
    listed(channel, shop, [oak], visible=switch)
    assert shop.by_sku("OAK").is_visible is shown
    assert Listing.objects.get().state == (ListingState.LISTED if shown else ListingState.HIDDEN)
    Product.objects.update(name="Another")
    listed(channel, shop, [oak], visible=not shown)
    assert shop.by_sku("OAK").is_visible is shown


@pytest.mark.req("SET-22", platform="bigcommerce")
@pytest.mark.req("LST-14", platform="bigcommerce")
@pytest.mark.parametrize(("master", "sent"), [(None, False), (True, False), (False, True)])
def test_what_the_store_is_master_of_is_not_sent(shop: ListingShop, master: bool | None, sent: bool) -> None:
    channel = sending_channel(store_is_master=master)
    oak = rich("OAK")
    listed(channel, shop, [oak])
    made = shop.by_sku("OAK")
    assert (made.brand, made.category) == ((oak.brand.name, oak.category.name) if sent else ("", ""))
    Product.objects.filter(pk=oak.pk).update(brand=make.BrandFactory(name="Later"))
    plan = preview(channel, shop, [oak])
    assert changes(plan, f"p{oak.pk}") == ([("", "brand", oak.brand.name, "Later")] if sent else [])


@pytest.mark.req("A14")
@pytest.mark.req("CAT-18", platform="bigcommerce")
def test_what_is_kept_from_a_store_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = (
        "Categories are sent with a new product only. To change one, remove the product from the store and list it "
        "again; or make the store master, change it there and download it."
    )
    master = "%s are not sent: the store is master of them."
    second = second_platform(monkeypatch)
    for platform, setting, expected in (
        ("bigcommerce", False, [ways]),
        ("bigcommerce", None, [master % "Categories", master % "Brands"]),
        (second, None, [ways, "Brands are not sent to this platform."]),
        (second, True, [master % "Categories", "Brands are not sent to this platform.", master % "Descriptions"]),
    ):
        channel = sending_channel(store_is_master=setting)
        channel.platform = platform
        assert kept_from_store(read_sending(channel)) == expected


@pytest.mark.req("LST-13", platform="woocommerce")
@pytest.mark.req("LST-17", platform="woocommerce")
def test_a_platform_without_brands_gets_none(adding: Channel, shop: ListingShop) -> None:
    oak = rich("OAK")
    listed(adding, shop, [oak])
    made = shop.by_sku("OAK")
    assert (made.brand, made.category, made.description) == ("", oak.category.name, "<p>About OAK</p>")
    Product.objects.filter(pk=oak.pk).update(brand=make.BrandFactory())
    assert rows(preview(adding, shop, [oak])) == {f"p{oak.pk}": "nothing"}


@pytest.mark.req("SET-7", platform="bigcommerce")
@pytest.mark.req("SET-8", platform="bigcommerce")
@pytest.mark.req("SET-7", platform="woocommerce")
@pytest.mark.req("SET-8", platform="woocommerce")
@pytest.mark.parametrize("platform", ["bigcommerce", "woocommerce"])
def test_prices_come_from_the_tiers_of_setup(shop: ListingShop, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    second_platform(monkeypatch)
    make.PriceTierFactory(number=5)
    oak = product("OAK", price="10", sale="8")
    oak.prices.create(tier_id=5, amount=Decimal("6.5"))
    channel = sending_channel(regular_price_tier_id=2, sale_price_tier_id=5)
    Channel.objects.update(platform=platform)
    listed(channel, shop, [oak])
    assert (shop.by_sku("OAK").variants[0].price, shop.by_sku("OAK").variants[0].sale_price) == (8, Decimal("6.5"))


@pytest.mark.req("INV-19")
def test_a_tier_of_another_currency_sends_no_price_and_says_why(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    oak.prices.update(amount=Decimal(99))
    Product.objects.update(name="Another")
    PriceTier.objects.filter(number=1).update(currency="USD")
    plan = preview(channel, shop, [oak])
    assert changes(plan, f"p{oak.pk}") == [("", "name", "Name OAK", "Another")]
    (note,) = plan.items.get().after["notes"]
    assert note.endswith("currency or tax mode of the price tier “Tier 1” is not that of the store.")
    apply(channel, shop, plan)
    assert shop.by_sku("OAK").variants[0].price == 10


def test_what_has_no_price_is_listed_hidden(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK", price=None)
    plan = preview(channel, shop, [oak])
    assert plan.items.get().after["notes"] == ["It is listed hidden, because no price is sent for OAK."]
    apply(channel, shop, plan)
    assert shop.by_sku("OAK").is_visible is False


@pytest.mark.req("A30")
@pytest.mark.req("LST-9", platform="bigcommerce")
def test_a_new_variation_needs_removing_and_listing_again(channel: Channel, shop: ListingShop) -> None:
    shirts = kin("Shirt", "Red", "Blue")
    listed(channel, shop, shirts)
    green = product("Shirt-Green", family=shirts[0].family, option1="Green")
    ListingItem.objects.filter(product=shirts[1]).update(sync_stock=False)
    plan = preview(channel, shop, shirts)
    row = plan.items.get()
    assert (row.outcome, row.after["will"], row.after["can_relist"]) == (Outcome.SKIPPED, "skip", True)
    assert "Shirt-Green (Green)" in row.reason

    old = Listing.objects.get().remote_id
    run = listed(channel, shop, shirts, relist=True)
    assert (run.done, shop.deleted) == (1, [old])
    made = shop.by_sku("Shirt-Green")
    assert len(made.variants) == 3
    assert Listing.objects.get().remote_id == made.id
    assert set(ListingItem.objects.values_list("product_id", flat=True)) == {shirts[0].pk, shirts[1].pk, green.pk}
    assert ListingItem.objects.get(product=shirts[1]).sync_stock is False


@pytest.mark.req("LST-4", platform="woocommerce")
def test_where_it_can_a_family_takes_new_variations(adding: Channel, shop: ListingShop) -> None:
    shirts = kin("Shirt", "Red")
    listed(adding, shop, shirts)
    blue = product("Shirt-Blue", family=shirts[0].family, option1="Blue")
    make.put_on_hand({blue: 2})
    plan = preview(adding, shop, shirts)
    assert changes(plan, f"f{shirts[0].family_id}") == [("Shirt-Blue", "variation", "", "Shirt-Blue (Blue)")]
    apply(adding, shop, plan)
    item = ListingItem.objects.get(product=blue)
    assert (item.remote_id, item.pushed_quantity) == (shop.by_sku("Shirt-Blue").variants[1].id, 2)
