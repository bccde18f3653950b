"""What a comparison of store and record finds, and why it differs (NEW-1, DOMAIN P2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.enums import DriftCause, DriftKind, HoldReason
from catalog.models import Drift, Listing, ListingItem
from catalog.queries.drift import drift_counts, open_drifts
from catalog.services.drift import compare, compare_at_night
from catalog.services.drift_causes import LATELY
from channels.models import ChangeMark, Channel, ChannelSettings, LocationMapping, Notice, SyncJob
from channels.services.upkeep import claim_nights
from inventory.enums import RunState
from inventory.models import Product, Run
from inventory.services import stock
from tests.catalog.drains import fresh
from tests.catalog.drifting import compared, edit, found, linked, together
from tests.factories import inventory as make
from tests.factories.catalog import HoldFactory, sending_channel, variant
from tests.factories.catalog import family as store_family
from tests.factories.channels import NOW, second_platform
from tests.factories.listing import ListingShop, kin, product
from tests.statements import statements

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


@pytest.mark.req("NEW-1")
def test_what_is_in_step_is_no_difference(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    Listing.objects.update(changed_at=NOW)

    run = compared(channel, shop)

    assert (run.state, found()) == (RunState.DONE, [])
    assert (run.unchanged, run.total, run.items.count()) == (1, 1, 0)
    assert shop.calls == ["page", "levels 1"]
    assert Listing.objects.get().changed_at is None


@pytest.mark.req("NEW-1")
def test_a_number_that_somebody_changed_in_the_store(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    shop.safety["v-OAK"] = Decimal(1)

    compared(channel, shop)

    assert found() == [("OAK Name OAK", "quantity", "", "7", "3", "store_edit")]
    item.refresh_from_db()
    assert (item.seen_quantity, item.seen_safety_stock, item.pushed_quantity) == (3, 1, 7)
    assert item.seen_at > NOW
    assert shop.sent == []


@pytest.mark.req("NEW-1")
def test_differences_keep_when_they_were_first_seen_and_vanish(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    compared(channel, shop)
    Drift.objects.update(found_at=NOW, seen_at=NOW)
    edit(shop, "OAK", variant={"quantity": Decimal(2)})

    compared(channel, shop)

    drift = Drift.objects.get()
    assert (drift.theirs, drift.found_at) == ("2", NOW)
    assert drift.seen_at > NOW
    edit(shop, "OAK", variant={"quantity": Decimal(7)})
    compared(channel, shop)
    assert found() == []


def _mark(key: str, kind: str = "stock") -> object:
    return lambda channel, _item: ChangeMark.objects.create(channel=channel, kind=kind, key=key)


def _job(channel: Channel, item: ListingItem) -> None:
    SyncJob.objects.create(channel=channel, kind="stock", key=f"{item.product_id}/resend", not_before=NOW)


def _order_job(channel: Channel, _item: ListingItem) -> None:
    SyncJob.objects.create(channel=channel, kind="order", key="5", not_before=NOW)


def _notice(channel: Channel, _item: ListingItem) -> None:
    Notice.objects.create(
        channel=channel, kind="order", key="5", received_at=NOW, signature="valid", verdict="accepted"
    )


def _own_mark(channel: Channel, item: ListingItem) -> None:
    ChangeMark.objects.create(channel=channel, kind="stock", key=str(item.product_id))


def _hold(channel: Channel, item: ListingItem) -> None:
    HoldFactory(channel=channel, product=item.product, reason=HoldReason.SHADOW, quantity=1)


def _allocation(_channel: Channel, item: ListingItem) -> None:
    wanted = [make.demand("line:1", item.product, 1)]
    stock.allocate_stock(wanted, key="c1", document_key="order:1", at=timezone.now())
    ChangeMark.objects.all().delete()


def _push(_channel: Channel, item: ListingItem) -> None:
    ListingItem.objects.filter(pk=item.pk).update(pushed_at=timezone.now() - LATELY / 2)


IN_FLIGHT = {
    "mark": _own_mark,
    "mark of all": _mark("all/x"),
    "job": _job,
    "hold": _hold,
    "order captured lately": _allocation,
    "push lately": _push,
    "order marked": _mark("5", "order"),
    "order queued": _order_job,
    "notice not read": _notice,
}


@pytest.mark.req("NEW-1")
@pytest.mark.parametrize("way", IN_FLIGHT)
def test_what_is_on_its_way_is_no_edit(channel: Channel, shop: ListingShop, way: str) -> None:
    """P2: such a number is shown, and nothing is done about it."""
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    IN_FLIGHT[way](channel, item)

    compare(fresh(channel), shop, shop.remotes)

    assert cause() == (DriftCause.IN_FLIGHT, "")


def test_what_is_on_its_way_of_another_product_or_long_ago_is_another_matter(
    channel: Channel, shop: ListingShop
) -> None:
    item, other = linked(channel, shop, "OAK"), linked(channel, shop, "ELM")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    _own_mark(channel, other)
    _hold(sending_channel(), item)
    stock.allocate_stock(
        [make.demand("line:1", item.product, 1)], key="c1", document_key="order:1", at=timezone.now() - 2 * LATELY
    )
    ChangeMark.objects.filter(key=str(item.product_id)).delete()

    compare(fresh(channel), shop, shop.remotes)

    assert [row for row in found() if row[0].startswith("OAK")] == [
        ("OAK Name OAK", "quantity", "", "6", "3", "store_edit")
    ]


@pytest.mark.req("NEW-1")
def test_a_refused_push_says_so_in_the_stores_words(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK", units=5)
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    ListingItem.objects.update(push_error="Not allowed today")
    compared(channel, shop)
    assert cause() == (DriftCause.PUSH_FAILED, "Not allowed today")


def test_a_push_that_was_given_up_says_why(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK", units=5)
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    SyncJob.objects.create(
        channel=channel,
        kind="stock",
        key=str(item.product_id),
        state="failed",
        not_before=NOW,
        message="Store is closed",
    )
    compared(channel, shop)
    assert cause() == (DriftCause.PUSH_FAILED, "Store is closed")


@pytest.mark.parametrize("pushed", [None, 3])
def test_a_change_here_that_was_not_sent(channel: Channel, shop: ListingShop, pushed: int | None) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    ListingItem.objects.update(pushed_quantity=pushed)
    compared(channel, shop)
    assert cause() == (DriftCause.CHANGED_HERE, "")


@pytest.mark.parametrize("switched_off", ["channel", "stock updates", "product"])
def test_what_is_not_sent(channel: Channel, shop: ListingShop, switched_off: str) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    if switched_off == "channel":
        Channel.objects.update(read_only=True)
    elif switched_off == "product":
        ListingItem.objects.update(sync_stock=False)
    else:
        ChannelSettings.objects.update(update_stock=False)
    compared(channel, shop)
    assert cause() == (DriftCause.NOT_SENT, "")


def test_what_has_no_quantity_here_is_not_compared(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    linked(channel, shop, "ELM")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    edit(shop, "ELM", variant={"quantity": Decimal(3)})
    Product.objects.filter(sku="OAK").update(drop_ship="always")
    ListingItem.objects.filter(remote_id="v-ELM").update(tracking="none")
    edit(shop, "ELM", variant={"tracking": "none"})
    compared(channel, shop)
    assert found() == []


def test_without_a_location_of_the_store_no_quantity_is_compared(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    LocationMapping.objects.all().delete()
    assert (compared(channel, shop).state, found(), shop.calls) == (RunState.DONE, [], ["page"])


@pytest.mark.req("NEW-1")
def test_what_is_counted_as_a_whole_is_one_difference(
    channel: Channel, shop: ListingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = kin("Shirt", "Red", "Blue")
    together(channel, shop, products, units=4)
    shop.remotes.append(
        store_family(
            "Shirt",
            *(
                variant(f"Shirt-{color}", color, id=f"v-Shirt-{color}", price=Decimal(10), tracking="product")
                for color in ("Red", "Blue")
            ),
            id="p-whole",
        )
    )
    compared(channel, shop)
    assert found() == []
    shop.levels_now |= dict.fromkeys(shop.levels_now, Decimal(9))
    Channel.objects.update(platform=second_platform(monkeypatch))  # a store without locations
    shop.calls.clear()

    compare(fresh(channel), shop, shop.remotes)

    assert (shop.calls, found()) == (["levels 2"], [("Shirt", "quantity", "", "4", "9", "store_edit")])
    Channel.objects.update(platform="bigcommerce")
    compared(channel, shop)
    assert found() == [("Shirt", "quantity", "", "4", "9", "store_edit")]


# -- how it is done


def test_a_page_takes_the_same_statements_for_one_product_and_for_many(channel: Channel, shop: ListingShop) -> None:
    counts = []
    for skus in (["A1"], ["B1", "B2", "B3", "B4"]):
        for sku in skus:
            linked(channel, shop, sku)
            edit(shop, sku, variant={"quantity": Decimal(3), "price": Decimal(9)})
        with statements() as sql:
            compare(fresh(channel), shop, shop.remotes)
        counts.append(len(sql))
    assert Drift.objects.count() == 10
    assert counts[0] == counts[1]


def test_a_large_page_is_compared_in_pieces(
    channel: Channel, shop: ListingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.services.drift._VARIANTS", 2)
    for sku in ("A1", "A2", "A3", "A4", "A5"):
        linked(channel, shop, sku)
        edit(shop, sku, variant={"quantity": Decimal(3)})
    compared(channel, shop)
    assert (len(found()), shop.calls) == (5, ["page", "levels 2", "levels 2", "levels 1"])


@pytest.mark.req("JOB-5")
def test_a_step_that_runs_twice_finds_the_same(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)}, name="Oak XL")
    for _time in range(2):
        compare(fresh(channel), shop, shop.remotes)
    assert len(found()) == 2


def test_a_store_without_locations_shows_its_numbers_on_the_page(
    channel: Channel, shop: ListingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    Channel.objects.update(platform=second_platform(monkeypatch))
    compared(channel, shop)
    assert (found()[0][3:5], shop.calls) == (("7", "3"), ["page"])


def test_what_was_sent_since_is_not_shown_any_more(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)}, name="Oak XL")
    compared(channel, shop)
    assert drift_counts(channel).kinds == {DriftKind.QUANTITY: 1, DriftKind.CONTENT: 1}
    later = timezone.now() + timedelta(minutes=1)
    ListingItem.objects.filter(pk=item.pk).update(pushed_at=later, pushed_quantity=7)
    assert drift_counts(channel).kinds == {DriftKind.CONTENT: 1}
    ListingItem.objects.filter(pk=item.pk).update(push_error="No")
    assert drift_counts(channel).kinds == {DriftKind.QUANTITY: 1, DriftKind.CONTENT: 1}
    Listing.objects.update(sent_at=later)
    assert [row.kind for row in open_drifts([channel.pk])] == [DriftKind.QUANTITY]


@pytest.mark.req("NEW-1")
def test_every_night_what_is_listed_is_compared(channel: Channel, shop: ListingShop) -> None:
    Channel.objects.update(next_night_at=NOW - timedelta(minutes=1))
    assert claim_nights(now=NOW) == 1
    assert not Run.objects.filter(kind="catalog.drift").exists()  # nothing is listed
    linked(channel, shop, "OAK")
    Channel.objects.update(next_night_at=NOW - timedelta(minutes=1))
    for _time in range(2):
        claim_nights(now=NOW)
    run = Run.objects.get(kind="catalog.drift")
    assert (run.state, run.started_by, run.scope_key) == (RunState.QUEUED, None, channel.scope_key)
    marks = set(ChangeMark.objects.filter(channel=channel).values_list("kind", "key"))
    assert marks == {("poll", "orders.night"), ("poll", "orders"), ("run.step", str(run.pk))}
    compare_at_night(fresh(channel), NOW)  # one that is still open is enough
    assert Run.objects.filter(kind="catalog.drift").count() == 1


def test_services_and_what_is_new_here_do_no_harm(channel: Channel, shop: ListingShop) -> None:
    """A family whose listing has no variation left, and one that is new."""
    red, blue = kin("Shirt", "Red", "Blue")
    together(channel, shop, [red, blue], units=2)
    ListingItem.objects.all().delete()
    shop.remotes.append(store_family("Shirt", variant("X", "X"), id="p-whole"))
    product("LOOSE")
    assert compared(channel, shop).state == RunState.DONE
    assert {row[1] for row in found()} == {"link"}
