"""The dialog of one product: switches, what will change in the store and the ways out of it (BUF-5, A29, A30)."""

from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import ListingItem, ProductBuffer
from channels.models import Channel, ChannelSettings
from inventory.models import Family, Product, Run
from tests.catalog.conftest import work_off
from tests.catalog.listing import listed as list_now
from tests.catalog.test_pages import at, client_of
from tests.factories.catalog import listed, listed_family, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import ServiceFactory, stocked_product
from tests.factories.listing import ListingShop
from tests.factories.listing import product as priced

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Target": "layer"}


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


@pytest.fixture
def manager() -> Client:
    return client_of("Manager")


@pytest.fixture
def store() -> ListingShop:
    return ListingShop()


def dialog(client: Client, channel: Channel, product: Product) -> str:
    response = client.get(at("product", channel, product.pk), headers=PART)
    assert response.status_code == 200
    return response.content.decode()


def read(channel: Channel, store: ListingShop) -> None:
    work_off(channel, store, Run.objects.filter(kind="catalog.read_for_plan").latest("pk"))


# --- saving


@pytest.mark.req("BUF-5")
@pytest.mark.req("BUF-7")
@pytest.mark.req("LST-2")
def test_save_and_close_keeps_switch_and_buffer_and_sends_nothing(operator: Client) -> None:
    channel = sending_channel(use_buffer=True, buffer=3)
    product = stocked_product(9)
    item = listed(channel, product)
    assert "Use product level buffer inventory" in dialog(operator, channel, product)
    address = at("save_product", channel, product.pk)

    response = operator.post(address, {"do": "save", "own_buffer": "on", "buffer": "0"})
    assert response["Location"] == at("catalog", channel)
    item.refresh_from_db()
    assert not item.sync_stock  # the switch was not in the form: it is off
    assert ProductBuffer.objects.get().quantity == 0

    operator.post(address, {"do": "save", "send": "on", "own_buffer": "on", "buffer": "7"})
    item.refresh_from_db()
    assert (item.sync_stock, ProductBuffer.objects.get().quantity) == (True, 7)

    operator.post(address, {"do": "save", "send": "on", "buffer": "7"})
    assert not ProductBuffer.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.req("BUF-5")
@pytest.mark.parametrize("number", ["", "-1", "2.5", "many"])
def test_a_wrong_buffer_is_told_at_its_field(operator: Client, number: str) -> None:
    channel = sending_channel(use_buffer=True, buffer=3)
    item = listed(channel, stocked_product(9))

    refused = operator.post(
        at("save_product", channel, item.product_id), {"do": "check", "own_buffer": "on", "buffer": number}
    )

    assert refused.status_code == 422
    assert 'id="buffer-error"' in refused.content.decode()
    item.refresh_from_db()
    assert item.sync_stock
    assert not ProductBuffer.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.req("BUF-2")
def test_without_the_channels_switch_there_is_no_buffer(channel: Channel, operator: Client) -> None:
    item = listed(channel, stocked_product(9))

    assert "own_buffer" not in dialog(operator, channel, item.product)
    operator.post(at("save_product", channel, item.product_id), {"do": "save", "own_buffer": "on", "buffer": "7"})
    assert not ProductBuffer.objects.exists()


# --- listing and updating


@pytest.mark.req("LST-3")
@pytest.mark.req("LST-4")
@pytest.mark.req("NEW-2")
def test_from_save_and_list_over_the_preview_to_the_store(
    channel: Channel, operator: Client, store: ListingShop
) -> None:
    product = stocked_product(4, sku="TENT", name="Dome tent")
    assert "Save and list in store…" in dialog(operator, channel, product)
    here, address = at("product", channel, product.pk), at("save_product", channel, product.pk)

    assert operator.post(address, {"do": "check"})["Location"] == here
    assert "Comparing with the store" in dialog(operator, channel, product)
    part = operator.get(at("changes", channel, product.pk), headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in part.content.decode()
    assert "HX-Retarget" not in part
    read(channel, store)
    part = operator.get(at("changes", channel, product.pk), headers={"HX-Request": "true"})
    assert part["HX-Retarget"] == "#layer"
    assert "<ins>Dome tent</ins>" in part.content.decode()
    plan = Run.objects.get(kind="catalog.list")
    assert f'name="plan" value="{plan.pk}"' in part.content.decode()
    assert not store.remotes

    assert operator.post(address, {"do": "send", "plan": str(plan.pk), "send": "on"})["Location"] == here
    work_off(channel, store, Run.objects.get(pk=plan.pk))
    assert [remote.name for remote in store.remotes] == ["Dome tent"]
    assert ListingItem.objects.get().product_id == product.pk
    assert "Done" in dialog(operator, channel, product)

    Product.objects.filter(pk=product.pk).update(name="Dome tent, red")
    operator.post(address, {"do": "check", "send": "on"})
    read(channel, store)
    assert "<del>Dome tent</del>" in dialog(operator, channel, product)
    assert "Save and update in store</button>" in dialog(operator, channel, product)


def test_only_the_newest_comparison_of_this_product_is_sent(
    channel: Channel, operator: Client, store: ListingShop
) -> None:
    first, second = stocked_product(1), stocked_product(1)
    operator.post(at("save_product", channel, first.pk), {"do": "check"})
    read(channel, store)
    old = Run.objects.get(kind="catalog.list")
    operator.post(at("save_product", channel, second.pk), {"do": "check"})
    read(channel, store)

    response = operator.post(at("save_product", channel, first.pk), {"do": "send", "plan": str(old.pk)}, follow=True)

    assert "no longer the newest" in response.content.decode()
    assert "Comparing" not in dialog(operator, channel, first)
    assert not ListingItem.objects.exists()


@pytest.mark.req("SET-35")
def test_a_read_only_channel_offers_no_listing(operator: Client) -> None:
    channel = sending_channel()
    Channel.objects.update(read_only=True)
    product = stocked_product(1)

    assert "Save and list" not in dialog(operator, channel, product)
    response = operator.post(at("save_product", channel, product.pk), {"do": "check"}, follow=True)
    assert "read-only" in response.content.decode()
    assert not Run.objects.exists()


# --- the three ways out


@pytest.mark.req("A29")
@pytest.mark.req("LST-7")
def test_unlink_hide_and_remove_each_say_what_happens(
    channel: Channel, manager: Client, operator: Client, store: ListingShop
) -> None:
    product = priced("TENT")
    list_now(channel, store, [product])
    words = dialog(manager, channel, product)
    assert "Unlink" in words
    assert "the product in the store as it is" in words
    assert "Hide…" in words
    assert "Remove from store…" in words
    assert "Remove from store…" not in dialog(operator, channel, product)
    address = at("act_on_product", channel, product.pk)

    assert operator.post(address, {"do": "remove"}).status_code == 403
    assert manager.post(address, {"do": "burn"}).status_code == 403
    for name, promise in (("hide", "Customers do not see"), ("remove", "deleted in the store")):
        response = manager.post(address, {"do": name})
        read(channel, store)
        assert promise in manager.get(response["Location"]).content.decode()
    assert store.remotes
    assert ListingItem.objects.get().listing.state == "listed"


@pytest.mark.req("A30")
@pytest.mark.req("LST-9")
def test_a_variation_made_later_leads_to_removing_and_listing_again(
    channel: Channel, manager: Client, store: ListingShop
) -> None:
    family = Family.objects.create(name="Shirt", option1_name="Size")
    small = stocked_product(1, family=family, option1="S")
    list_now(channel, store, [small])
    stocked_product(1, family=family, option1="M")

    assert "1 variation was made after the family was listed" in dialog(manager, channel, small)
    response = manager.post(at("act_on_product", channel, small.pk), {"do": "relist"})
    read(channel, store)
    page = manager.get(response["Location"])
    assert page.context["figures"].create == 1
    assert "deleted and made anew" in page.content.decode()
    assert len(store.remotes) == 1


# --- what it shows


@pytest.mark.req("INV-2")
def test_a_family_shows_its_variations_with_their_own_switches(channel: Channel, operator: Client) -> None:
    items = listed_family(channel, [stocked_product(1), stocked_product(2)])

    page = dialog(operator, channel, items[0].product)

    assert [row.product.pk for row in operator.get(at("product", channel, items[0].product_id)).context["variations"]]
    assert page.count(at("switch", channel, items[1].product_id)) == 1
    assert at("product", channel, items[1].product_id) in page


@pytest.mark.req("A32")
def test_rows_say_what_the_store_still_has_and_one_click_sends_it(operator: Client) -> None:
    channel = sending_channel(use_buffer=True, buffer=3)
    listed(channel, stocked_product(9), pushed_quantity=Decimal(8), pushed_buffer=1, pushed_at=NOW)
    listed(channel, stocked_product(9), pushed_quantity=Decimal(6), pushed_buffer=3, pushed_at=NOW)
    page = operator.get(at("catalog", channel)).content.decode()
    assert page.count("store still has 8 (old buffer 1)") == 1
    assert "1 quantity was last sent with an old buffer" in page

    operator.post(at("push_affected", channel))

    assert Run.objects.get().kind == "catalog.push_affected"
    ChannelSettings.objects.update(buffer=1)
    page = operator.get(at("catalog", channel)).content.decode()
    assert "store still has 6 (old buffer 3)" in page


def test_services_have_no_stock_form(channel: Channel, operator: Client) -> None:
    service = ServiceFactory()
    ChannelSettings.objects.update(use_buffer=True)

    page = dialog(operator, channel, service)

    assert "own_buffer" not in page
    assert "No sync quantity" in page
    assert "Save and list in store…" in page


def test_nothing_of_it_for_viewers(channel: Channel) -> None:
    viewer = client_of("Viewer")
    item = listed(channel, stocked_product(1))
    page = dialog(viewer, channel, item.product)

    assert "<form" not in page
    for name in ("save_product", "act_on_product"):
        assert viewer.post(at(name, channel, item.product_id), {"do": "check"}).status_code == 403
    assert viewer.get(at("changes", channel, item.product_id)).status_code == 200
    assert not Run.objects.exists()
