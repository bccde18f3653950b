"""Rows of a preview: what is linked, left out, refused because it moved, and what marks a listing as different."""

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.models import Listing, ListingItem
from catalog.queries.plans import is_ready, plan_counts
from catalog.queries.products import plan_for
from catalog.services.listing import confirm_plan
from catalog.services.preview import PreviewUnfinished
from catalog.services.updates import NothingChosen, ReadOnly
from channels.models import Channel, TaxMapping
from inventory.enums import DropShip, Outcome, ProductType, RecordStatus, RunState
from inventory.models import AuditEntry, Product, Run
from inventory.services.products import ProductDetails, save_product
from tests.catalog.drains import fresh
from tests.catalog.listing import apply, changes, chosen, listed, outcomes, preview, rows
from tests.factories import inventory as make
from tests.factories.catalog import family as store_family
from tests.factories.catalog import sending_channel, single, variant
from tests.factories.channels import NOW, member
from tests.factories.listing import ListingShop, kin, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    """Master of nothing, so that everything is sent that the platform takes."""
    return sending_channel(store_is_master=False)


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
    assert (plan.state, is_ready(newer), plan_for(channel, oak.pk, user)) == (RunState.CANCELLED, True, newer)
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
