"""Products whose variants are counted themselves, with their product, or not at all, mixed as the store likes."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import ListingItem
from catalog.queries.previews import plan_rows
from catalog.services import preview, updates
from catalog.services.push import push_chosen
from channels.models import ChangeMark, Channel, ChannelSettings, SyncJob
from inventory.enums import Outcome
from inventory.models import Product, Run, StockLevel
from tests.catalog.conftest import fetch, work_off
from tests.catalog.drains import drain, fresh
from tests.factories.catalog import FakeShop, family, listed_family, variant
from tests.factories.channels import NOW
from tests.factories.inventory import ProductFactory, UserFactory, put_on_hand

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shirt(channel: Channel) -> dict[str, ListingItem]:
    """Four sizes: S and M are counted with the product, L itself, XL not at all."""
    products = [ProductFactory(sku=sku) for sku in ("S", "M", "L", "XL")]
    items = listed_family(channel, products)
    for item, level in zip(items, ("product", "product", "variant", "none"), strict=True):
        item.tracking = level
        item.save()
    put_on_hand(dict(zip(products, (1, 2, 4, 8), strict=True)))
    return {item.remote_sku: item for item in items}


def levels() -> dict[str, str]:
    return dict(ListingItem.objects.values_list("remote_sku", "tracking"))


def settle(channel: Channel, shop: FakeShop) -> int:
    """Drains until nothing is marked; answers how often."""
    for count in range(10):
        if not ChangeMark.objects.filter(kind="stock").exists():
            return count
        drain(channel, shop)
    raise AssertionError("does not end")


def numbers(shop: FakeShop, items: dict[str, ListingItem]) -> tuple[dict[str, Decimal], Decimal | None]:
    """What the store has now: of each variant it counts, and of the product."""
    product = next(iter(items.values())).remote_product_id
    own = {sku: shop.levels_now[item.remote_id] for sku, item in items.items() if item.remote_id in shop.levels_now}
    return own, shop.shared_now.get(product)


def test_each_is_sent_where_the_store_counts_it(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    settle(channel, shop)

    assert numbers(shop, shirt) == ({"L": D(4)}, D(3))
    assert shop.sent == [{"S": 1, "M": 2, "L": 4}]


def test_a_change_of_one_that_shares_takes_only_those_along_that_share(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    settle(channel, shop)
    shop.sent.clear()

    put_on_hand({Product.objects.get(sku="S"): 5})
    settle(channel, shop)

    assert shop.sent == [{"S": 6, "M": 2}]
    assert numbers(shop, shirt) == ({"L": D(4)}, D(8))


def test_one_that_turns_out_to_share_joins_the_sum_and_the_others_keep_their_level(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    settle(channel, shop)
    shop.recount = {"L": "product"}

    put_on_hand({Product.objects.get(sku="L"): 1})
    settle(channel, shop)

    assert levels() == {"S": "product", "M": "product", "L": "product", "XL": "none"}
    assert numbers(shop, shirt)[1] == D(1 + 2 + 5)


def test_one_that_leaves_the_sum_is_counted_itself(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    settle(channel, shop)
    shop.recount = {"M": "variant"}

    put_on_hand({Product.objects.get(sku="M"): 1})
    settle(channel, shop)

    assert levels() == {"S": "product", "M": "variant", "L": "variant", "XL": "none"}
    assert numbers(shop, shirt) == ({"L": D(4), "M": D(3)}, D(1))


def test_all_of_a_product_turning_at_once_end_as_one_sum(channel: Channel, shop: FakeShop) -> None:
    red, blue = ProductFactory(sku="RED"), ProductFactory(sku="BLUE")
    items = {item.remote_sku: item for item in listed_family(channel, [red, blue])}
    put_on_hand({red: 3, blue: 4})
    settle(channel, shop)
    shop.recount = {"RED": "product", "BLUE": "product"}

    put_on_hand({red: 1})
    settle(channel, shop)

    assert levels() == {"RED": "product", "BLUE": "product"}
    assert numbers(shop, items)[1] == D(8)
    shop.calls.clear()
    assert settle(channel, shop) == 0


def test_one_that_turns_out_not_to_be_counted_is_shown_and_no_longer_sent(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem], client: Client
) -> None:
    settle(channel, shop)
    shop.recount = {"M": "none"}
    small, medium = Product.objects.get(sku="S"), Product.objects.get(sku="M")

    put_on_hand({medium: 1})
    outcomes = {each.key: each.verdict for each in drain(channel, shop)}
    settle(channel, shop)

    assert outcomes[str(medium.pk)] == "done", "nothing to try again"
    assert not SyncJob.objects.exists()
    assert levels() == {"S": "product", "M": "none", "L": "variant", "XL": "none"}
    assert numbers(shop, shirt)[1] == D(1), "the sum is without it"
    shop.sent.clear()
    put_on_hand({medium: 1, small: 1})
    settle(channel, shop)
    assert shop.sent == [{"S": 2}]

    client.force_login(UserFactory(is_superuser=True))
    page = client.get(reverse("catalog:product", args=[channel.pk, medium.pk])).content.decode()
    assert "Stock not counted" in page
    assert "The store does not count it." in page


def test_updating_by_hand_says_why_one_is_not_counted(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    shop.recount = {"L": "none"}
    large = Product.objects.get(sku="L")

    run = work_off(channel, shop, updates.start_update(channel, product_ids=[large.pk], user=None, now=NOW))

    item = run.items.get()
    assert (item.outcome, item.reason) == (Outcome.SKIPPED, "Stock is not counted here")
    assert push_chosen(fresh(channel), shop, product_ids=[large.pk], now=NOW) == {}


@pytest.mark.req("LST-5")
def test_updating_by_hand_sends_what_turned_out_to_share_also_without_automatic_updates(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    ChannelSettings.objects.update(update_stock=False, stock_preview_confirmed_at=None)
    ChangeMark.objects.all().delete()
    shop.recount = {"L": "product"}
    large = Product.objects.get(sku="L")

    run = work_off(channel, shop, updates.start_update(fresh(channel), product_ids=[large.pk], user=None, now=NOW))

    assert (run.done, run.failed) == (1, 0)
    assert not ChangeMark.objects.filter(kind="stock").exists()
    assert levels() == {"S": "product", "M": "product", "L": "product", "XL": "none"}
    assert numbers(shop, shirt)[1] == D(1 + 2 + 4)


def test_the_preview_sums_only_what_shares_a_number(
    channel: Channel, shop: FakeShop, shirt: dict[str, ListingItem]
) -> None:
    shop.levels_now = {shirt["S"].remote_id: D(9), shirt["M"].remote_id: D(9), shirt["L"].remote_id: D(4)}
    plan = preview.start_preview(fresh(channel), user=None, now=NOW)
    work_off(channel, shop, Run.objects.get(kind="catalog.read_store"))

    rows = {row.label.split()[0]: (row.outcome, row.after, row.reason) for row in plan_rows(plan)}
    together = "The store counts it together with others of its product: 9 now, 3 after."
    assert rows == {
        "S": (Outcome.PENDING, "1", together),
        "M": (Outcome.PENDING, "2", together),
        "L": (Outcome.NOTHING, "4", ""),
        "XL": (Outcome.NOTHING, "8", "The store does not count it: nothing is sent."),
    }


# --- downloads


def sizes(*kinds: str) -> tuple[object, ...]:
    """S, M, L and XL, each counted so."""
    stock = {"product": D(30), "variant": D(4), "none": None}
    return tuple(
        variant(sku, sku, tracking=kind, quantity=stock[kind])
        for sku, kind in zip(("S", "M", "L", "XL"), kinds, strict=True)
    )


@pytest.mark.req("A27", platform="woocommerce")
@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("product", "product", "variant", "none"), {"L": 4}),
        (("product", "variant", "variant", "none"), {"S": 30, "M": 4, "L": 4}),
    ],
)
def test_only_a_number_of_its_own_becomes_opening_stock(
    channel: Channel, shop: FakeShop, kinds: tuple[str, ...], expected: dict[str, int]
) -> None:
    """One number for several variants says nothing of each; shared by a single one it is that one's."""
    channel.settings.import_opening_stock = True
    channel.settings.save()
    shop.remotes = [family("Shirt", *sizes(*kinds))]

    fetch(channel, shop)

    assert {row.product.sku: row.on_hand for row in StockLevel.objects.select_related("product")} == expected


def test_a_download_learns_that_the_store_counts_again(channel: Channel, shop: FakeShop) -> None:
    """Also where nothing else of the product changed since the last one."""
    channel.settings.import_opening_stock = False
    channel.settings.save()
    shop.remotes = [family("Shirt", *sizes("variant", "variant", "variant", "variant"))]
    fetch(channel, shop)
    ChangeMark.objects.all().delete()
    large = Product.objects.get(sku="L")
    shop.recount = {"L": "none"}
    put_on_hand({large: 7})
    settle(channel, shop)
    assert levels()["L"] == "none"

    shop.recount = {}
    fetch(channel, shop)
    settle(channel, shop)

    assert levels()["L"] == "variant"
    assert shop.sent[-1]["L"] == 7
    shop.sent.clear()
    fetch(channel, shop)
    assert settle(channel, shop) == 0
