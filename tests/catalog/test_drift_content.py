"""Prices, texts and links that differ between a store and our record (NEW-1)."""

from decimal import Decimal

import pytest

from catalog.enums import DriftCause
from catalog.models import Drift, Listing, ListingItem
from catalog.queries.drift import last_comparison
from channels.models import Channel
from inventory.enums import RunState
from inventory.services import runs
from tests.catalog.drifting import compared, edit, found, linked, together
from tests.factories.catalog import family as store_family
from tests.factories.catalog import sending_channel, single, variant
from tests.factories.channels import NOW
from tests.factories.listing import ListingShop, kin

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel(store_is_master=False)


def cause() -> tuple[str, str]:
    drift = Drift.objects.get()
    return drift.cause, drift.words


# -- prices and content


@pytest.mark.req("NEW-1")
def test_prices_and_texts_that_were_changed_in_the_store(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK", sale="8")
    edit(shop, "OAK", variant={"price": Decimal("12.50")}, name="Oak XL")
    compared(channel, shop)
    assert found() == [
        ("OAK Name OAK", "content", "name", "Name OAK", "Oak XL", "store_edit"),
        ("OAK Name OAK", "price", "price", "10.00", "12.50", "store_edit"),
        ("OAK Name OAK", "price", "sale_price", "8.00", "", "store_edit"),
    ]
    assert list(Drift.objects.order_by("kind", "field").values_list("key", flat=True)) == ["p-OAK", "v-OAK", "v-OAK"]


@pytest.mark.req("NEW-1")
@pytest.mark.parametrize(
    ("columns", "read_only", "expected"),
    [
        ({"changed_at": NOW}, False, "changed_here"),
        ({"sent_at": None}, False, "changed_here"),
        ({"sent_at": None, "fingerprint": "of another content"}, False, "store_edit"),
        ({"changed_at": NOW}, True, "not_sent"),
        ({}, False, "store_edit"),
    ],
)
def test_whose_change_a_text_is(
    channel: Channel, shop: ListingShop, columns: dict[str, object], read_only: bool, expected: str
) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", name="Oak XL")
    Listing.objects.update(**columns)
    Channel.objects.update(read_only=read_only)
    compared(channel, shop)
    assert [row[-1] for row in found()] == [expected]
    assert Listing.objects.get().changed_at == columns.get("changed_at")


def test_a_refused_update_says_so_in_the_stores_words(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", name="Oak XL")
    run = runs.start_run(kind="catalog.list", title="List", scope_key=channel.scope_key, user=None, now=NOW)
    outcome = runs.ItemOutcome(key=f"p{item.product_id}", label="OAK", outcome="failed", reason="Name is taken")
    runs.record_step(run, outcomes=[outcome], cursor={}, finished=True, now=NOW)
    compared(channel, shop)
    assert cause() == (DriftCause.PUSH_FAILED, "Name is taken")


# -- links


@pytest.mark.req("NEW-1")
def test_a_product_that_is_gone(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    linked(channel, shop, "ELM")
    edit(shop, "ELM", variant={"quantity": Decimal(3)})
    compared(channel, shop)
    shop.remotes = []

    run = compared(channel, shop)

    assert run.state == RunState.DONE
    assert found() == [
        ("ELM Name ELM", "link", "gone", "Name ELM", "", "gone"),
        ("OAK Name OAK", "link", "gone", "Name OAK", "", "gone"),
    ]
    assert shop.calls[-2:] == ["page", "get 2"]
    assert set(ListingItem.objects.values_list("is_gone", flat=True)) == {True}


def test_what_moved_between_pages_is_looked_for_by_its_id(channel: Channel, shop: ListingShop) -> None:
    """A page that shifted may miss a product that is there."""
    linked(channel, shop, "OAK")
    linked(channel, shop, "ELM")
    edit(shop, "ELM", variant={"quantity": Decimal(3)})
    everything = shop.remotes
    shop.remotes = everything[:1]
    get_many = shop.get_many

    def late(ids: list[str]) -> object:
        shop.remotes = everything
        return get_many(ids)

    shop.get_many = late  # type: ignore[method-assign,assignment]
    compared(channel, shop)
    assert found() == [("ELM Name ELM", "quantity", "", "7", "3", "store_edit")]
    assert set(ListingItem.objects.values_list("is_gone", flat=True)) == {False}


def test_a_product_that_is_back_is_no_longer_gone(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    remotes, shop.remotes = shop.remotes, []
    compared(channel, shop)
    shop.remotes = remotes
    compared(channel, shop)
    assert (found(), ListingItem.objects.get().is_gone) == ([], False)


@pytest.mark.req("NEW-1")
def test_a_variation_that_is_gone_and_one_that_is_new_here(channel: Channel, shop: ListingShop) -> None:
    red, blue, green = kin("Shirt", "Red", "Blue", "Green")
    items = together(channel, shop, [red, blue], units=2)
    ListingItem.objects.update(tracking="variant")
    shop.remotes.append(
        store_family(
            "Shirt",
            variant("Shirt-Red", "Red", id="v-Shirt-Red", price=Decimal(10), tracking="variant"),
            id="p-whole",
        )
    )
    compared(channel, shop)
    assert [row[1:] for row in found()] == [
        ("link", "gone", "Shirt-Blue (Blue)", "", "gone"),
        ("link", f"variation:{green.pk}", "Shirt-Green (Green)", "", "changed_here"),
    ]
    assert Drift.objects.get(field="gone").key == items[1].remote_id
    assert list(ListingItem.objects.order_by("pk").values_list("is_gone", flat=True)) == [False, True]


@pytest.mark.req("NEW-1")
def test_a_sku_that_was_changed_in_the_store(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"sku": "OAK-2"})
    compared(channel, shop)
    assert found() == [("OAK Name OAK", "link", "sku", "OAK", "OAK-2", "store_edit")]


def test_a_sku_that_was_changed_here(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    item.product.sku = "OAK-NEW"
    item.product.save()
    Listing.objects.update(changed_at=NOW)
    compared(channel, shop)
    assert [row[1:] for row in found()] == [("content", "sku", "OAK-NEW", "OAK", "changed_here")]


@pytest.mark.req("NEW-1")
def test_a_product_that_is_counted_at_another_level(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"tracking": "product", "quantity": Decimal(3)})
    compared(channel, shop)
    assert found() == [("OAK Name OAK", "link", "tracking", "variant", "product", "store_edit")]
    assert ListingItem.objects.get().tracking == "variant"


def test_products_of_the_store_that_nobody_linked_are_counted(channel: Channel, shop: ListingShop) -> None:
    shop.page_size = 2
    for sku in ("OAK", "ELM", "ASH"):
        linked(channel, shop, sku)
    shop.remotes += [single(f"NEW-{number}") for number in range(4)]
    run = compared(channel, shop)
    last = last_comparison(channel)
    assert last is not None
    assert (last.run, last.unlinked, run.unchanged, found()) == (run, 4, 7, [])
