"""Putting differences right: by one, or all of a cause; never while an order is on its way (NEW-1, DOMAIN P2)."""

from decimal import Decimal

import pytest
from django.db.models import QuerySet

from catalog.enums import DriftCause, DriftKind, HoldReason
from catalog.models import Drift, Listing, ListingItem
from catalog.queries.drift import drift_rows
from catalog.queries.plans import is_ready
from catalog.services import healing
from catalog.services.listing import confirm_plan
from catalog.services.updates import ReadOnly
from channels.models import ChangeMark, Channel
from inventory.enums import RunState
from inventory.models import AuditEntry, Product, Run
from tests.catalog.conftest import work_off
from tests.catalog.drains import fresh
from tests.catalog.drifting import compared, edit, found, linked, together
from tests.catalog.listing import changes
from tests.factories.catalog import HoldFactory, sending_channel, variant
from tests.factories.catalog import family as store_family
from tests.factories.channels import NOW, member
from tests.factories.listing import ListingShop, kin

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel(store_is_master=False)


def all_of(channel: Channel, cause: str) -> QuerySet[Drift]:
    return drift_rows(channel, cause=cause)


def shop_has(shop: ListingShop, sku: str) -> Decimal:
    return shop.levels_now[f"v-{sku}"]


@pytest.mark.req("NEW-1")
@pytest.mark.parametrize("automatic", [True, False])
def test_quantities_are_sent_again_also_where_nothing_is_sent_by_itself(
    channel: Channel, shop: ListingShop, automatic: bool
) -> None:
    for sku in ("OAK", "ELM"):
        linked(channel, shop, sku)
        edit(shop, sku, variant={"quantity": Decimal(3)})
    linked(channel, shop, "ASH")
    channel.settings.__class__.objects.update(update_stock=automatic)
    compared(channel, shop)
    cause = DriftCause.STORE_EDIT if automatic else DriftCause.NOT_SENT

    run = healing.resend_quantities(fresh(channel), all_of(channel, cause), user=member(), now=NOW)

    assert ChangeMark.objects.filter(kind="poll", key="orders").exists()  # orders are looked for first
    assert work_off(channel, shop, run).done == 2
    assert shop.sent == [{"ELM": 7, "OAK": 7}]
    assert list(drift_rows(channel)) == []
    compared(channel, shop)
    assert found() == []


@pytest.mark.req("NEW-1")
def test_a_number_is_not_overwritten_while_an_order_is_on_its_way(channel: Channel, shop: ListingShop) -> None:
    """P2: also where the order came after the comparison."""
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)})
    other = linked(channel, shop, "ELM")
    edit(shop, "ELM", variant={"quantity": Decimal(2)})
    compared(channel, shop)
    HoldFactory(channel=channel, product=item.product, reason=HoldReason.SHADOW, quantity=1)
    rows = all_of(channel, DriftCause.STORE_EDIT)

    with pytest.raises(healing.NothingToHeal) as caught:
        healing.resend_quantities(fresh(channel), rows.filter(product=item.product), user=None, now=NOW)
    assert "on its way" in caught.value.message
    assert not Run.objects.filter(kind="catalog.update_quantities").exists()

    run = healing.resend_quantities(fresh(channel), rows, user=None, now=NOW)
    work_off(channel, shop, run)
    assert run.options == {"product_ids": [other.product_id]}
    assert (shop_has(shop, "OAK"), shop_has(shop, "ELM")) == (3, 7)
    ChangeMark.objects.create(channel=channel, kind="order", key="9")
    with pytest.raises(healing.NothingToHeal):
        healing.resend_quantities(fresh(channel), rows, user=None, now=NOW)


def test_a_read_only_channel_sends_nothing(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)}, name="Oak XL")
    Channel.objects.update(read_only=True)
    compared(channel, shop)
    for heal in (healing.resend_quantities, healing.preview_update):
        with pytest.raises(ReadOnly):
            heal(fresh(channel), drift_rows(channel), user=None, now=NOW)
    assert not Run.objects.exclude(kind="catalog.drift").exists()


@pytest.mark.req("NEW-1")
def test_prices_and_texts_go_through_a_preview(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"price": Decimal("12.50")}, name="Oak XL")
    compared(channel, shop)
    user = member()

    plan = healing.preview_update(fresh(channel), all_of(channel, DriftCause.STORE_EDIT), user=user, now=NOW)

    work_off(channel, shop, Run.objects.get(kind="catalog.read_for_plan"))
    plan.refresh_from_db()
    assert is_ready(plan)
    assert [each[1:] for each in changes(plan, f"p{item.product_id}")] == [
        ("name", "Oak XL", "Name OAK"),
        ("price", "12.50", "10.00"),
    ]
    assert shop.wrote == []
    work_off(channel, shop, confirm_plan(fresh(channel), plan=plan, user=user, now=NOW))
    compared(channel, shop)
    assert found() == []


@pytest.mark.req("NEW-1")
def test_what_is_gone_is_unlinked(channel: Channel, shop: ListingShop) -> None:
    oak, elm = linked(channel, shop, "OAK"), linked(channel, shop, "ELM")
    shop.remotes = shop.remotes[1:]
    compared(channel, shop)
    rows = all_of(channel, DriftCause.GONE)

    assert healing.unlink_gone(fresh(channel), rows, user=None, now=NOW) == 1

    assert list(ListingItem.objects.values_list("product_id", flat=True)) == [elm.product_id]
    assert (Drift.objects.count(), Product.objects.filter(pk=oak.product_id).exists()) == (0, True)
    with pytest.raises(healing.NothingToHeal):
        healing.unlink_gone(fresh(channel), rows, user=None, now=NOW)


@pytest.mark.req("NEW-1")
def test_what_is_gone_is_listed_again(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    shop.remotes = []
    compared(channel, shop)
    user = member()

    plan = healing.list_again(fresh(channel), all_of(channel, DriftCause.GONE), user=user, now=NOW)

    assert not Listing.objects.exists()
    work_off(channel, shop, Run.objects.get(kind="catalog.read_for_plan"))
    work_off(channel, shop, confirm_plan(fresh(channel), plan=Run.objects.get(pk=plan.pk), user=user, now=NOW))
    again = ListingItem.objects.get()
    assert (again.product_id, again.is_gone, again.pk != item.pk) == (item.product_id, False, True)
    assert shop.by_sku("OAK").name == "Name OAK"


def test_listing_again_unlinks_nothing_where_it_cannot_begin(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    shop.remotes = []
    compared(channel, shop)
    Channel.objects.update(read_only=True)
    with pytest.raises(ReadOnly):
        healing.list_again(fresh(channel), all_of(channel, DriftCause.GONE), user=None, now=NOW)
    assert ListingItem.objects.count() == 1


def test_a_variation_that_is_gone_is_unlinked_alone(channel: Channel, shop: ListingShop) -> None:
    red, blue = kin("Shirt", "Red", "Blue")
    together(channel, shop, [red, blue], units=2)
    ListingItem.objects.update(tracking="variant")
    left = variant("Shirt-Red", "Red", id="v-Shirt-Red", price=Decimal(10), tracking="variant")
    shop.remotes.append(store_family("Shirt", left, id="p-whole"))
    compared(channel, shop)
    assert healing.unlink_gone(fresh(channel), all_of(channel, DriftCause.GONE), user=None, now=NOW) == 1
    assert ListingItem.objects.get().product == red
    assert [row.field for row in drift_rows(channel)] == []


def test_a_family_that_is_gone_is_unlinked_whole(channel: Channel, shop: ListingShop) -> None:
    together(channel, shop, kin("Shirt", "Red", "Blue"), units=2)
    compared(channel, shop)
    assert healing.unlink_gone(fresh(channel), all_of(channel, DriftCause.GONE), user=None, now=NOW) == 2
    assert (Listing.objects.count(), Drift.objects.count()) == (0, 0)


@pytest.mark.req("NEW-1")
def test_the_stores_price_is_taken_over(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK", sale="8")
    edit(shop, "OAK", variant={"price": Decimal("12.50")})
    compared(channel, shop)
    user = member()
    for drift in drift_rows(channel, kind=DriftKind.PRICE):
        healing.take_over(fresh(channel), drift, user=user, now=NOW)
    assert list(item.product.prices.values_list("tier_id", "amount")) == [(1, Decimal("12.5"))]
    assert AuditEntry.objects.filter(user=user).count() == 2
    compared(channel, shop)
    assert (found(), shop.sent, shop.wrote) == ([], [], [])


def test_the_stores_way_of_counting_is_taken_over(channel: Channel, shop: ListingShop) -> None:
    item = linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"tracking": "product", "quantity": Decimal(3)})
    compared(channel, shop)
    healing.take_over(fresh(channel), Drift.objects.get(), user=None, now=NOW)
    item.refresh_from_db()
    assert (item.tracking, item.pushed_quantity) == ("product", None)
    assert ChangeMark.objects.filter(kind="stock", key=f"{item.product_id}/resend").exists()
    assert not Drift.objects.exists()


def test_other_differences_cannot_be_taken_over(channel: Channel, shop: ListingShop) -> None:
    linked(channel, shop, "OAK")
    edit(shop, "OAK", variant={"quantity": Decimal(3)}, name="Oak XL")
    compared(channel, shop)
    for drift in drift_rows(channel):
        with pytest.raises(healing.NothingToHeal):
            healing.take_over(fresh(channel), drift, user=None, now=NOW)
    assert Drift.objects.count() == 2


def test_nothing_left_is_said(channel: Channel, shop: ListingShop) -> None:
    for heal in (healing.resend_quantities, healing.preview_update, healing.list_again):
        with pytest.raises(healing.NothingToHeal):
            heal(fresh(channel), drift_rows(channel), user=None, now=NOW)
    assert Run.objects.filter(state=RunState.QUEUED).count() == 0
