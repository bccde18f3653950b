"""Listing, updating and linking: previewed, then applied exactly so."""

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.enums import ListingState
from catalog.models import Listing, ListingItem
from catalog.queries.plans import is_ready, open_plan, plan_counts
from catalog.services.desired import kept_from_store, read_sending
from catalog.services.listing import confirm_plan
from catalog.services.preview import PreviewUnfinished
from catalog.services.updates import NothingChosen, ReadOnly
from channels.models import Channel, TaxMapping
from inventory.enums import DropShip, Outcome, ProductType, RecordStatus, RunState
from inventory.models import AuditEntry, PriceTier, Product, Run
from inventory.services.products import ProductDetails, save_product
from tests.catalog.drains import fresh
from tests.catalog.listing import apply, changes, chosen, listed, outcomes, preview, rows
from tests.factories import inventory as make
from tests.factories.catalog import family as store_family
from tests.factories.catalog import sending_channel, single, variant
from tests.factories.channels import NOW, member, second_platform
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


# -- linking, and what is left out


def test_what_the_store_has_already_is_linked_and_keeps_its_content(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    make.put_on_hand({oak: 3})
    shop.remotes = [single("oak", "Their oak", price=Decimal(77), quantity=Decimal(9))]
    plan = preview(channel, shop, [oak])
    assert rows(plan) == {f"p{oak.pk}": "link"}
    assert changes(plan, f"p{oak.pk}") == [("", "link", "", "OAK"), ("", "quantity", "9", "3")]
    apply(channel, shop, plan)
    assert (shop.wrote, shop.by_sku("oak").name) == ([], "Their oak")
    listing = Listing.objects.get()
    assert (listing.product, listing.remote_id, listing.changed_at is not None) == (oak, "p-oak", True)
    assert (shop.sent, ListingItem.objects.get().remote_sku) == ([{"oak": Decimal(3)}], "oak")


def test_what_disagrees_with_the_store_is_never_guessed(channel: Channel, shop: ListingShop) -> None:
    red, blue = kin("Shirt", "Red", "Blue")
    oak, elm = product("OAK"), product("ELM")
    taken = product("TAKEN")
    listed(channel, shop, [taken])
    shop.remotes += [
        store_family("Their", variant("OAK", "S"), variant("X", "M")),
        single("Shirt-Red"), single("Shirt-Blue"), single("ELM"), replace(single("ELM"), id="p-2"),
    ]  # fmt: skip
    held = shop.by_sku("TAKEN")
    shop.remotes[0] = replace(held, variants=(*held.variants, replace(held.variants[0], id="v-more", sku="ASH")))
    ash = product("ASH")
    plan = preview(channel, shop, [red, blue, oak, elm, ash])
    found = outcomes(plan)
    assert {outcome for outcome, _reason in found.values()} == {Outcome.SKIPPED}
    assert [reason for _outcome, reason in found.values()] == [
        "Several products of the store have its SKUs: “Product Shirt-Red”, “Product Shirt-Blue”.",
        "“Their” in the store has this SKU on a variation.",
        "Several products of the store have its SKUs: “Product ELM”, “Product ELM”.",
        "“Name TAKEN” in the store has this SKU and is linked to another product.",
    ]
    with pytest.raises(NothingChosen):
        confirm_plan(fresh(channel), plan=plan, user=None, now=NOW)


def test_what_cannot_be_listed_says_why_and_where_to_fix_it(channel: Channel, shop: ListingShop) -> None:
    rule = make.TaxRuleFactory(name="Reduced")
    old = product("OLD", status=RecordStatus.DEPRECATED)
    taxed = product("TAXED", sale_tax_rule=rule)
    bare = product("BARE", family=make.FamilyFactory(name="No options", option1_name=""))
    empty = product("EMPTY", family=make.FamilyFactory(name="No values"))
    plan = preview(channel, shop, [old, taxed, bare, empty])
    found = {item.label: (item.reason, item.fix_url) for item in plan.items.all()}
    assert found == {
        str(old): ("It is deprecated: only active products are listed.", f"/products/{old.pk}/"),
        str(taxed): (
            "Tax rule “Reduced” is mapped to no tax class of the store.", f"/channels/{channel.pk}/setup/#tax",
        ),
        "No options": (
            "The family has no options: the store could not tell its variations apart.",
            f"/products/families/{bare.family_id}/",
        ),
        "No values": ("Option values are missing: EMPTY.", f"/products/families/{empty.family_id}/"),
    }  # fmt: skip
    TaxMapping.objects.create(channel=channel, remote_key="2", label="Reduced", rule=rule)
    assert rows(preview(channel, shop, [taxed])) == {f"p{taxed.pk}": "create"}


def test_services_and_drop_shipped_goods_are_listed_without_a_quantity(channel: Channel, shop: ListingShop) -> None:
    service = product("SERVICE", type=ProductType.SERVICE)
    dropped = product("DROP", drop_ship=DropShip.ALWAYS)
    listed(channel, shop, [service, dropped])
    assert [each.variants[0].quantity for each in shop.remotes] == [None, None]
    assert shop.sent == []


def test_a_product_that_the_store_lost_can_be_listed_again(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    shop.remotes.clear()
    row = preview(channel, shop, [oak]).items.get()
    assert (row.outcome, row.after["can_relist"]) == (Outcome.SKIPPED, True)
    listed(channel, shop, [oak], relist=True)
    assert Listing.objects.get().remote_id == shop.by_sku("OAK").id


# -- exactly what was previewed


@pytest.mark.req("NEW-2")
def test_rows_that_moved_are_refused(channel: Channel, shop: ListingShop) -> None:
    here, there, same, fresh_one = product("HERE"), product("THERE"), product("SAME"), product("FRESH")
    listed(channel, shop, [here, there, same])
    Product.objects.exclude(pk=fresh_one.pk).update(description="<p>New words</p>")
    plan = preview(channel, shop, [here, there, same, fresh_one])
    Product.objects.filter(pk__in=[here.pk, fresh_one.pk]).update(description="<p>Newer words</p>")
    shop.remotes = [replace(one, brand="Edited") if one.variants[0].sku == "THERE" else one for one in shop.remotes]
    shop.wrote.clear()
    run = apply(channel, shop, plan)
    assert {key: outcome for key, (outcome, _reason) in outcomes(run).items()} == {
        f"p{here.pk}": Outcome.SKIPPED, f"p{there.pk}": Outcome.SKIPPED, f"p{same.pk}": Outcome.DONE,
        f"p{fresh_one.pk}": Outcome.SKIPPED,
    }  # fmt: skip
    assert [each.key for each in shop.wrote] == [f"p{same.pk}"]
    assert "changed since the preview" in outcomes(run)[f"p{here.pk}"][1]


def test_a_quantity_that_moved_is_sent_as_it_is_then(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    make.put_on_hand({oak: 3})
    plan = preview(channel, shop, [oak])
    make.put_on_hand({oak: 2})
    assert apply(channel, shop, plan).done == 1
    assert shop.by_sku("OAK").variants[0].quantity == 5


def test_only_the_chosen_rows_are_applied(channel: Channel, shop: ListingShop) -> None:
    oak, ash = product("OAK"), product("ASH")
    plan = preview(channel, shop, [oak, ash])
    run = apply(channel, shop, plan, keys=[f"p{ash.pk}"])
    assert [one.variants[0].sku for one in shop.remotes] == ["ASH"]
    assert (run.done, run.skipped, outcomes(run)[f"p{oak.pk}"]) == (1, 1, (Outcome.SKIPPED, "Left out by hand."))


def test_a_preview_is_applied_once_and_only_when_it_is_read(channel: Channel, shop: ListingShop) -> None:
    from catalog.queries.plans import LIST
    from catalog.services.listing_plan import start_plan

    user, oak = member(), product("OAK")
    plan = start_plan(fresh(channel), kind=LIST, selection=chosen([oak]), user=user, now=NOW)
    assert not is_ready(plan)
    with pytest.raises(PreviewUnfinished):
        confirm_plan(fresh(channel), plan=plan, user=user, now=NOW)
    newer = preview(channel, shop, [oak], user=user)
    plan.refresh_from_db()
    assert (plan.state, is_ready(newer), open_plan(channel, user)) == (RunState.CANCELLED, True, newer)
    assert plan_counts(newer).create == plan_counts(newer).total == 1
    apply(channel, shop, newer)
    newer.refresh_from_db()
    with pytest.raises(PreviewUnfinished):
        confirm_plan(fresh(channel), plan=newer, user=user, now=NOW)
    assert len(shop.remotes) == 1


@pytest.mark.req("SET-35")
def test_nothing_is_planned_or_applied_while_the_channel_is_read_only(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    plan = preview(channel, shop, [oak])
    Channel.objects.update(read_only=True)
    for attempt in (lambda: preview(channel, shop, [oak]), lambda: apply(channel, shop, plan)):
        with pytest.raises(ReadOnly):
            attempt()
    assert (shop.wrote, Run.objects.get(pk=plan.pk).state) == ([], RunState.PLANNED)


@pytest.mark.req("APP-5")
def test_who_listed_and_updated_what_is_kept(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    first = listed(channel, shop, [oak])
    Product.objects.update(name="Oak")
    second = listed(channel, shop, [oak])
    entries = AuditEntry.objects.filter(object_key=f"product:{oak.pk}", scope_key=channel.scope_key).order_by("pk")
    remote = Listing.objects.get().remote_id
    assert [(each.user, each.action, each.changes) for each in entries] == [
        (first.started_by, "listed in the store", {channel.name: [None, remote]}),
        (second.started_by, "updated in the store", {"Name": ["Name OAK", "Oak"]}),
    ]


# -- "differs from store"


def test_a_change_here_marks_every_listing_and_an_update_clears_its_own(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    other = sending_channel(store_is_master=False)
    listed(channel, shop, [oak])
    shirts = kin("Shirt", "Red", "Blue")
    listed(channel, shop, shirts)
    other_shop = ListingShop()
    listed(other, other_shop, [oak])
    assert not Listing.objects.exclude(changed_at=None).exists()
    save_product(oak, columns={"name": "Oak"}, user=None, now=NOW)
    save_product(shirts[0], columns={}, details=ProductDetails(prices={1: Decimal(5)}), user=None, now=NOW)
    assert Listing.objects.exclude(changed_at=None).count() == 3
    listed(channel, shop, [oak])
    assert Listing.objects.get(channel=channel, product=oak).changed_at is None
    assert Listing.objects.get(channel=other, product=oak).changed_at is not None


def test_a_preview_that_finds_nothing_to_change_says_so(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    save_product(oak, columns={"unit_id": None, "drop_ship": DropShip.OPTIONAL}, user=None, now=NOW)
    assert Listing.objects.get().changed_at is not None
    assert rows(preview(channel, shop, [oak])) == {f"p{oak.pk}": "nothing"}
    assert Listing.objects.get().changed_at is None
