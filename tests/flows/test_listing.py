"""Listing, updating, hiding and removing at both platforms' stores, over HTTP."""

from decimal import Decimal

import pytest

from catalog.models import Listing, ListingItem
from catalog.queries.plans import HIDE, REMOVE, SHOW
from channels.models import Channel, ChannelSettings
from inventory.enums import RunState
from inventory.models import Product, ProductPrice
from tests.factories import inventory as make
from tests.factories.listing import kin, product, rich
from tests.flows import setting, steps
from tests.flows.listing import (
    apply,
    forget_calls,
    in_store,
    listed,
    names_sent,
    preview,
    says,
    writes,
)  # fmt: skip
from tests.flows.stores import on_both
from tests.sandbox.client import StoreClient

pytestmark = [pytest.mark.django_db(transaction=True), on_both]


@pytest.fixture
def ours(channel: Channel) -> Channel:
    """The store is master of nothing."""
    ChannelSettings.objects.filter(channel=channel).update(store_is_master=False)
    setting.settle()
    return channel


def plain(sku: str) -> Product:
    """Everything but pictures, which the sandbox would have to load."""
    return rich(sku, images=())


@pytest.mark.req("LST-1", platform="bigcommerce")
@pytest.mark.req("LST-3", platform="bigcommerce")
@pytest.mark.req("LST-4", platform="bigcommerce")
@pytest.mark.req("LST-17", platform="bigcommerce")
@pytest.mark.req("LST-5", platform="bigcommerce")
@pytest.mark.req("LST-1", platform="woocommerce")
@pytest.mark.req("LST-3", platform="woocommerce")
@pytest.mark.req("LST-4", platform="woocommerce")
@pytest.mark.req("LST-17", platform="woocommerce")
@pytest.mark.req("LST-5", platform="woocommerce")
def test_products_are_listed_and_updated_and_come_back_as_they_are(ours: Channel, store: StoreClient) -> None:
    oak = plain("OAK-1")
    shirts = kin("Shirt", "Red", "Blue")
    make.put_on_hand({oak: 7, shirts[0]: 3})
    run = listed(ours, [oak, *shirts])
    assert (run.state, run.done, run.failed, run.skipped) == (RunState.DONE, 2, 0, 0), list(
        run.items.values_list("reason")
    )
    made = in_store(ours, "OAK-1")
    assert made is not None
    assert (made.name, made.category, made.tags) == ("Name OAK-1", oak.category.name, ("red", "wood"))
    assert (made.variants[0].price, made.variants[0].sale_price, made.variants[0].quantity) == (10, 8, 7)
    assert dict(made.custom_fields) == {"Wood": "oak", "Oil": "yes"}
    family = in_store(ours, "Shirt-Red")
    assert family is not None
    assert {each.sku: each.quantity for each in family.variants} == {"Shirt-Red": 3, "Shirt-Blue": 0}
    assert [item.push_error for item in ListingItem.objects.all()] == [""] * 3

    assert {word for word, _fields in says(preview(ours, [oak, *shirts])).values()} == {"nothing"}
    count = Product.objects.count()
    steps.download(ours)
    assert Listing.objects.filter(channel=ours, product=oak).count() == 1
    assert Product.objects.filter(sku__in=["OAK-1", "Shirt-Red", "Shirt-Blue"]).count() == 3
    assert Product.objects.count() > count

    Product.objects.filter(pk=oak.pk).update(name="Oak table", barcode="9780201379624", weight=Decimal(3))
    ProductPrice.objects.filter(product=shirts[1], tier_id=1).update(amount=Decimal("12.34"))
    ProductPrice.objects.filter(product=oak, tier_id=2).delete()
    make.put_on_hand({oak: 1})
    plan = preview(ours, [oak, *shirts])
    assert says(plan) == {
        f"p{oak.pk}": ("update", ["name", "barcode", "sale_price", "weight", "quantity"]),
        f"f{shirts[0].family_id}": ("update", ["price"]),
    }
    run = apply(ours, plan)
    assert (run.done, run.failed) == (2, 0), list(run.items.values_list("reason"))
    changed = in_store(ours, "OAK-1")
    assert changed is not None
    assert (changed.name, changed.variants[0].sale_price, changed.variants[0].quantity) == ("Oak table", None, 8)
    family = in_store(ours, "Shirt-Blue")
    assert family is not None
    assert {each.sku: each.price for each in family.variants} == {"Shirt-Red": 10, "Shirt-Blue": Decimal("12.34")}
    assert {word for word, _fields in says(preview(ours, [oak, *shirts])).values()} == {"nothing"}


@pytest.mark.req("LST-7", platform="bigcommerce")
@pytest.mark.req("LST-7", platform="woocommerce")
@pytest.mark.req("A29")
def test_products_are_hidden_shown_and_removed(ours: Channel, store: StoreClient) -> None:
    oak, shirts = product("OAK-1"), kin("Shirt", "Red", "Blue")
    listed(ours, [oak, *shirts])
    for kind, shown in ((HIDE, False), (SHOW, True)):
        assert listed(ours, [oak, *shirts], kind).done == 2
        assert [found.is_visible for sku in ("OAK-1", "Shirt-Red") if (found := in_store(ours, sku))] == [shown, shown]
    run = listed(ours, [oak, shirts[0]], REMOVE)
    assert (run.done, run.failed) == (2, 0)
    assert [in_store(ours, sku) for sku in ("OAK-1", "Shirt-Red", "Shirt-Blue")] == [None, None, None]
    assert Listing.objects.filter(channel=ours).count() == 0
    assert Product.objects.filter(pk__in=[oak.pk, *(each.pk for each in shirts)]).count() == 3
    assert listed(ours, [oak, *shirts]).done == 2


@pytest.mark.req("LST-9", platform="bigcommerce")
@pytest.mark.req("A30")
def test_a_family_grows_as_its_platform_allows(ours: Channel, store: StoreClient, platform: str) -> None:
    shirts = kin("Shirt", "Red", "Blue")
    listed(ours, shirts)
    green = product("Shirt-Green", family=shirts[0].family, option1="Green")
    make.put_on_hand({green: 4})
    before = Listing.objects.get(channel=ours).remote_id
    plan = preview(ours, shirts)
    ((word, _fields),) = says(plan).values()
    assert word == ("skip" if platform == "bigcommerce" else "update")
    run = listed(ours, shirts, relist=True) if word == "skip" else apply(ours, plan)
    assert (run.done, run.failed) == (1, 0), list(run.items.values_list("reason"))
    made = in_store(ours, "Shirt-Green")
    assert made is not None
    assert {each.sku: each.quantity for each in made.variants} == {"Shirt-Red": 0, "Shirt-Blue": 0, "Shirt-Green": 4}
    assert (Listing.objects.get(channel=ours).remote_id == before) is (platform == "woocommerce")
    assert ListingItem.objects.filter(channel=ours).count() == 3


@pytest.mark.req("SET-18", platform="bigcommerce")
@pytest.mark.req("SET-18", platform="woocommerce")
@pytest.mark.req("LST-15", platform="bigcommerce")
@pytest.mark.req("LST-15", platform="woocommerce")
def test_drafts_are_hidden_in_the_store(ours: Channel, store: StoreClient) -> None:
    ChannelSettings.objects.filter(channel=ours).update(list_as_draft=True)
    oak, ash = product("OAK-1"), product("ASH-1")
    listed(ours, [oak])
    listed(ours, [ash], visible=True)
    shown = [found.is_visible for sku in ("OAK-1", "ASH-1") if (found := in_store(ours, sku))]
    assert shown == [False, True]


@pytest.mark.req("LST-8", platform="bigcommerce")
@pytest.mark.req("LST-9", platform="bigcommerce")
@pytest.mark.req("LST-13", platform="woocommerce")
@pytest.mark.req("LST-14", platform="bigcommerce")
@pytest.mark.req("SET-22", platform="bigcommerce")
@pytest.mark.req("SET-22", platform="woocommerce")
@pytest.mark.req("A14")
@pytest.mark.parametrize("master", [None, True, False])
def test_what_is_never_sent_is_not_on_the_wire(
    channel: Channel, store: StoreClient, platform: str, master: bool | None
) -> None:
    """DOMAIN P6: create and update, with the store as master, not, and as the platform has it by default."""
    ChannelSettings.objects.filter(channel=channel).update(store_is_master=master)
    setting.settle()
    effective = platform == "bigcommerce" if master is None else master
    oak, shirt = plain("OAK-1"), kin("Shirt", "Red", brand=make.BrandFactory(), category=make.CategoryFactory())[0]
    forget_calls(store)
    run = listed(channel, [oak, shirt])
    assert run.done == 2, list(run.items.values_list("outcome", "reason"))
    made = names_sent(store)
    assert ("categories" in made) is not effective
    assert bool(made & BRANDS) is (platform == "bigcommerce" and not effective)
    assert ("description" in made) is not (platform == "woocommerce" and effective)
    assert made & OPTIONS

    Product.objects.filter(pk__in=[oak.pk, shirt.pk]).update(
        category=make.CategoryFactory(), brand=make.BrandFactory(), option1="", name="Changed"
    )
    Product.objects.filter(pk=oak.pk).update(description="<p>Later</p>", name="Changed too")
    Product.objects.filter(pk=shirt.pk).update(option1="Crimson")
    type(shirt.family).objects.update(name="Shirt, changed", option1_name="Hue", description="<p>Later</p>")
    forget_calls(store)
    run = listed(channel, [oak, shirt])
    assert (run.done, run.failed) == (2, 0), list(run.items.values_list("reason"))
    sent = names_sent(store)
    assert "name" in sent
    assert not sent & {"categories", *OPTIONS}
    assert bool(sent & BRANDS) is (platform == "bigcommerce" and not effective)
    assert ("description" in sent) is not (platform == "woocommerce" and effective)
    assert writes(store)


BRANDS = {"brand", "brands", "brand_id", "brand_name"}
OPTIONS = {"option_values", "options", "attributes", "default_attributes"}


@pytest.mark.req("NEW-2")
def test_what_the_store_changed_meanwhile_is_not_overwritten(ours: Channel, store: StoreClient) -> None:
    from channels.remote import DesiredProduct
    from channels.services.platforms import open_platform
    from tests.flows.listing import channel_now

    oak, ash = product("OAK-1"), product("ASH-1")
    listed(ours, [oak, ash])
    Product.objects.filter(pk=oak.pk).update(name="Ours now")
    Product.objects.filter(pk=ash.pk).update(name="Ours too")
    plan = preview(ours, [oak, ash])
    number = Listing.objects.get(channel=ours, product=oak).remote_id
    edit = DesiredProduct(key="x", product_id=number, name="Theirs")
    open_platform(channel_now(ours)).products.update([edit])
    forget_calls(store)
    run = apply(ours, plan)
    assert (run.done, run.skipped) == (1, 1)
    found = in_store(ours, "OAK-1")
    assert found is not None
    assert found.name == "Theirs"


def test_what_is_in_the_store_already_is_linked(ours: Channel, store: StoreClient) -> None:
    listed(ours, [product("OAK-1")])
    Listing.objects.filter(channel=ours).delete()
    oak = Product.objects.get(sku="OAK-1")
    forget_calls(store)
    plan = preview(ours, [oak])
    assert says(plan)[f"p{oak.pk}"][0] == "link"
    assert apply(ours, plan).done == 1
    assert writes(store) == []
    assert ListingItem.objects.get(channel=ours).product == oak


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
def test_a_lost_answer_makes_no_second_product(ours: Channel, store: StoreClient, platform: str, kind: str) -> None:
    oak, shirts = product("OAK-1"), kin("Shirt", "Red", "Blue")
    plan = preview(ours, [oak, *shirts])
    path = "/v3/catalog/products" if platform == "bigcommerce" else "/wc/v3/products/batch"
    steps.fault(store, kind, path=path, method="POST", times=1)
    run = apply(ours, plan)
    assert (run.state, run.done, run.failed) == (RunState.DONE, 2, 0), list(run.items.values_list("reason"))
    rows = store.data("/v3/catalog/products" if platform == "bigcommerce" else "/wc/v3/products", **{
        "limit" if platform == "bigcommerce" else "per_page": 100
    })  # fmt: skip
    assert sum(row["name"] in ("Name OAK-1", "Shirt") for row in rows) == 2
    assert ListingItem.objects.filter(channel=ours).count() == 3
