"""Opening stock, products that orders name, and the size of a download (A27, CAP-7, CAT-16)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Listing, ListingItem
from catalog.services import download
from catalog.services.matching import VariantKey, find_products
from channels.errors import RemoteRejected, TemporarilyUnavailable
from channels.models import Channel, ChannelSettings
from inventory.enums import PostingKind, RunState
from inventory.models import (
    Product,
    StockLevel,
    StockPosting,
)
from inventory.services import runs
from tests.catalog.conftest import fetch, work_off
from tests.factories.catalog import FakeShop, family, single, variant
from tests.factories.channels import NOW, ChannelFactory
from tests.factories.inventory import LocationFactory, ProductFactory, put_on_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(settings={"import_opening_stock": False})


@pytest.mark.req("A27")
@pytest.mark.req("CAT-16")
def test_the_first_download_asks_with_totals_and_has_no_default(shop: FakeShop) -> None:
    channel = ChannelFactory()
    put_on_hand({ProductFactory(sku="KNOWN"): 2})
    shop.remotes = [
        single("KNOWN", quantity=Decimal(50)),
        single("NEW", quantity=Decimal(7)),
        family("F", variant("F-1", "Red", quantity=Decimal(3)), variant("", "Blue")),
    ]
    shop.page_size = 2

    with pytest.raises(download.OpeningStockUndecided):
        download.start_download(channel, user=None, now=NOW)
    run = work_off(channel, shop, download.start_look(channel, user=None, now=NOW))

    totals = download.totals_of(run)
    assert (totals.products, totals.new, totals.known, totals.units) == (3, 2, 1, Decimal(10))
    assert (totals.without_sku, totals.conflicts) == (1, 0)
    assert Product.objects.count() == 1
    assert not Listing.objects.exists()


@pytest.mark.req("A27")
@pytest.mark.parametrize(("take", "expected"), [(True, {"KNOWN": 2, "NEW": 7}), (False, {"KNOWN": 2})])
def test_only_new_products_take_opening_stock(shop: FakeShop, take: bool, expected: dict[str, int]) -> None:
    channel = ChannelFactory()
    put_on_hand({ProductFactory(sku="KNOWN"): 2})
    shop.remotes = [single("KNOWN", quantity=Decimal(50)), single("NEW", quantity=Decimal(7))]
    download.decide_opening_stock(channel, take=take, user=None, now=NOW)

    fetch(channel, shop)
    shop.remotes = [single("KNOWN", quantity=Decimal(51)), single("NEW", "renamed", quantity=Decimal(99))]
    fetch(channel, shop)

    assert dict(StockLevel.objects.values_list("product__sku", "on_hand")) == expected
    postings = StockPosting.objects.filter(kind=PostingKind.OPENING, document_key=f"download:{channel.pk}")
    assert postings.count() == take


@pytest.mark.req("A27")
def test_opening_stock_goes_to_the_channels_location(shop: FakeShop) -> None:
    place = LocationFactory()
    channel = ChannelFactory(settings={"location": place, "import_opening_stock": True})
    shop.remotes = [single("NEW", quantity=Decimal(7))]

    fetch(channel, shop)

    assert StockLevel.objects.get().location == place


@pytest.mark.req("A27")
def test_the_answer_is_kept_once(channel: Channel) -> None:
    asked = ChannelFactory()

    assert download.decide_opening_stock(asked, take=True, user=None, now=NOW)
    assert not download.decide_opening_stock(asked, take=False, user=None, now=NOW)
    assert ChannelSettings.objects.get(channel=asked).import_opening_stock is True


# --- for orders


@pytest.mark.req("CAP-7")
def test_missing_products_of_an_order_are_fetched_in_one_call(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("A"), single("B"), single("C")]

    download.download_missing(channel, shop, ["p-A", "p-B"], now=NOW)

    key = VariantKey(product_id="p-A", variant_id="v-A", sku="A")
    assert find_products(channel, [key])[key].sku == "A"
    assert Product.objects.count() == 2
    assert shop.calls == ["get 2"]


@pytest.mark.req("CAP-7")
def test_a_product_the_store_will_not_show_does_not_lose_the_order(channel: Channel, shop: FakeShop) -> None:
    shop.failures = [RemoteRejected("no")]

    download.download_missing(channel, shop, ["p-A"], now=NOW)

    assert not Product.objects.exists()


def test_a_store_that_is_down_makes_the_order_wait(channel: Channel, shop: FakeShop) -> None:
    shop.failures = [TemporarilyUnavailable("down")]

    with pytest.raises(TemporarilyUnavailable):
        download.download_missing(channel, shop, ["p-A"], now=NOW)


# --- size


def test_a_page_costs_the_same_statements_for_few_and_for_many(channel: Channel, shop: FakeShop) -> None:
    def statements(prefix: str, count: int) -> int:
        shop.remotes = [
            *(single(f"{prefix}{n}", category="C", brand="B", tags=("t",), price=Decimal(1)) for n in range(count)),
            *(family(f"{prefix}F{n}", variant(f"{prefix}F{n}-1", "Red")) for n in range(count)),
        ]
        run = download.start_download(channel, user=None, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            work_off(channel, shop, run)
        return len(queries)

    statements("warm", 1)

    assert statements("few", 2) == statements("many", 12)


def test_a_family_with_more_variations_than_one_transaction_takes(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [family("Big", *(variant(f"B-{n}", f"color {n}") for n in range(620)))]

    run = fetch(channel, shop)

    assert (run.done, run.failed) == (1, 0)
    assert ListingItem.objects.count() == Product.objects.count() == 620
    assert Listing.objects.exclude(fingerprint="").count() == 1


def test_failed_products_are_tried_again_alone(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("A"), single("x" * 300, id="big"), single("C")]
    run = fetch(channel, shop)
    assert (run.done, run.failed) == (2, 1)
    shop.remotes[1] = single("B", id=shop.remotes[1].id)

    again = work_off(channel, shop, runs.retry_failed(run, user=None, now=NOW))

    assert (again.state, again.done, again.total) == (RunState.DONE, 1, 1)
    assert Product.objects.filter(sku="B").exists()
