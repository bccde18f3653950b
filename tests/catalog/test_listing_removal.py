"""Removing from a store, hiding and showing: what a preview says, and that our products stay."""

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.enums import ListingState
from catalog.models import Listing, ListingItem, ProductBuffer
from catalog.queries.catalog import CatalogFilters
from catalog.queries.plans import HIDE, LIST, REMOVE, SHOW
from catalog.services.selection import Selection
from channels.errors import InDoubt
from channels.models import Channel
from inventory.enums import Outcome
from inventory.models import AuditEntry, Product
from tests.catalog.conftest import work_off
from tests.catalog.listing import apply, changes, listed, outcomes, preview, rows
from tests.factories.catalog import sending_channel, variant
from tests.factories.listing import ListingShop, kin, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel(store_is_master=False)


@pytest.mark.req("LST-7", platform="bigcommerce")
@pytest.mark.req("A29")
@pytest.mark.req("APP-5")
def test_removing_deletes_the_stores_product_and_the_link_only(channel: Channel, shop: ListingShop) -> None:
    oak, ash = product("OAK"), product("ASH")
    shirts = kin("Shirt", "Red", "Blue")
    listed(channel, shop, [oak, ash, *shirts])
    ProductBuffer.objects.create(channel=channel, product=oak, quantity=2)
    before = Product.objects.count()
    plan = preview(channel, shop, [oak, shirts[0]], REMOVE)
    assert rows(plan) == {f"p{oak.pk}": "remove", f"f{shirts[0].family_id}": "remove"}
    assert plan.items.get(key=f"f{shirts[0].family_id}").after["notes"] == ["All 2 variations are deleted."]
    assert len(shop.remotes) == 3

    run = apply(channel, shop, plan)
    assert (run.done, run.failed) == (2, 0)
    assert [one.variants[0].sku for one in shop.remotes] == ["ASH"]
    assert list(ListingItem.objects.values_list("product__sku", flat=True)) == ["ASH"]
    assert (Listing.objects.count(), Product.objects.count(), ProductBuffer.objects.count()) == (1, before, 1)
    entry = AuditEntry.objects.get(object_key=f"product:{oak.pk}", action="removed from the store")
    assert (entry.user, entry.changes) == (run.started_by, {channel.name: ["Name OAK", None]})
    assert rows(preview(channel, shop, [oak], LIST)) == {f"p{oak.pk}": "create"}


def test_variations_that_are_not_linked_are_named_and_new_ones_refuse_the_row(
    channel: Channel, shop: ListingShop
) -> None:
    shirts = kin("Shirt", "Red", "Blue")
    listed(channel, shop, shirts)
    ListingItem.objects.filter(product=shirts[1]).delete()
    plan = preview(channel, shop, [shirts[0]], REMOVE)
    assert plan.items.get().after["notes"][1] == "Not linked here and deleted with it: Shirt-Blue."
    shop.remotes = [replace(shop.remotes[0], variants=(*shop.remotes[0].variants, variant("NEW", "Green")))]
    run = apply(channel, shop, plan)
    assert (run.skipped, shop.deleted, Listing.objects.count()) == (1, [], 1)


def test_what_is_gone_in_the_store_already_counts_as_removed(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    shop.remotes.clear()
    plan = preview(channel, shop, [oak], REMOVE)
    assert plan.items.get().after["notes"] == ["The store does not have it any more: only the link goes."]
    assert apply(channel, shop, plan).done == 1
    assert (Listing.objects.count(), shop.deleted) == (0, [])


def test_what_the_store_keeps_stays_linked_in_its_words(channel: Channel, shop: ListingShop) -> None:
    oak, ash = product("OAK"), product("ASH")
    listed(channel, shop, [oak, ash])
    shop.refused["Name OAK"] = "It is in use"
    run = listed(channel, shop, [oak, ash], REMOVE)
    assert outcomes(run) == {f"p{oak.pk}": (Outcome.FAILED, "It is in use"), f"p{ash.pk}": (Outcome.DONE, "")}
    assert list(ListingItem.objects.values_list("product__sku", flat=True)) == ["OAK"]


def test_a_removal_without_an_answer_is_finished_by_the_next_attempt(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    plan = preview(channel, shop, [oak], REMOVE)
    shop.breaks.append(InDoubt("No answer."))
    with pytest.raises(InDoubt):
        apply(channel, shop, plan)
    assert (len(shop.remotes), Listing.objects.count()) == (0, 1)
    plan.refresh_from_db()
    run = work_off(channel, shop, plan)
    assert (run.done, Listing.objects.count(), shop.deleted) == (1, 0, [shop.deleted[0]])


@pytest.mark.req("A29")
def test_hiding_keeps_link_and_stock_and_showing_brings_it_back(channel: Channel, shop: ListingShop) -> None:
    oak, other = product("OAK"), product("OTHER")
    listed(channel, shop, [oak])
    plan = preview(channel, shop, [oak, other], HIDE)
    assert rows(plan) == {f"p{oak.pk}": "hide", f"p{other.pk}": "nothing"}
    assert changes(plan, f"p{oak.pk}") == [("", "visible", "shown", "hidden")]
    apply(channel, shop, plan)
    assert (shop.by_sku("OAK").is_visible, Listing.objects.get().state) == (False, ListingState.HIDDEN)
    assert ListingItem.objects.get().pushed_quantity == Decimal(0)
    assert rows(preview(channel, shop, [oak], HIDE)) == {f"p{oak.pk}": "nothing"}
    Product.objects.filter(pk=oak.pk).update(name="Oak")
    listed(channel, shop, [oak])
    assert (shop.by_sku("OAK").is_visible, Listing.objects.get().state) == (False, ListingState.HIDDEN)
    listed(channel, shop, [oak], SHOW)
    assert (shop.by_sku("OAK").is_visible, Listing.objects.get().state) == (True, ListingState.LISTED)
    assert AuditEntry.objects.filter(action__in=["hidden in the store", "shown in the store"]).count() == 2


def test_an_old_preview_does_not_remove_what_was_listed_anew(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    plan = preview(channel, shop, [oak], REMOVE)
    listed(channel, shop, [oak], relist=True)
    run = apply(channel, shop, plan)
    assert (run.skipped, len(shop.remotes), Listing.objects.count()) == (1, 1, 1)


def test_of_all_that_match_only_what_is_listed_is_meant(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    product("ASH")
    listed(channel, shop, [oak])
    plan = preview(channel, shop, [], REMOVE, selection=Selection(filters=CatalogFilters()))
    assert rows(plan) == {f"p{oak.pk}": "remove"}
