"""The preview of the first push: what it shows, and that exactly it is applied (A13, NEW-2)."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import ListingItem
from catalog.queries.buffers import affected_by_buffer
from catalog.queries.previews import is_read, open_plans, plan_rows, preview_counts, safety_count, to_zero
from catalog.services import preview
from catalog.services.buffers import set_buffers
from catalog.services.updates import ReadOnly
from channels.models import Channel, ChannelSettings, LocationMapping
from inventory.enums import Outcome, RunState
from inventory.models import AuditEntry, Run
from inventory.services import runs
from tests.catalog.conftest import step, work_off
from tests.factories.catalog import FakeShop, listed, listed_family
from tests.factories.channels import NOW, ChannelFactory
from tests.factories.inventory import ProductFactory, UserFactory, put_on_hand, stocked_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    """Stock updates are off, as after connecting."""
    channel = ChannelFactory()
    LocationMapping.objects.create(channel=channel, remote_key="1", label="Default", receives_stock=True)
    return channel


def planned(channel: Channel, shop: FakeShop) -> Run:
    plan = preview.start_preview(channel, user=None, now=NOW)
    reader = Run.objects.get(kind="catalog.read_store", state="queued")
    assert work_off(channel, shop, reader).state == RunState.DONE
    plan.refresh_from_db()
    return plan


def confirm(channel: Channel, shop: FakeShop, plan: Run) -> Run:
    run = preview.confirm_preview(channel, plan=plan, user=None, now=NOW)
    return work_off(channel, shop, run)


@pytest.mark.req("A13")
@pytest.mark.req("NEW-2")
def test_it_shows_old_and_new_and_what_would_become_zero(channel: Channel, shop: FakeShop) -> None:
    same, more, none = stocked_product(4), stocked_product(9), ProductFactory()
    uncounted, unknown = stocked_product(3), stocked_product(2)
    items = [listed(channel, product) for product in (same, more, none)]
    listed(channel, uncounted, tracking="none")
    listed(channel, unknown)
    shop.levels_now = dict(zip((item.remote_id for item in items), map(Decimal, (4, 5, 6)), strict=True))

    plan = planned(channel, shop)

    rows = {row.key: (row.before, row.after, row.outcome) for row in plan_rows(plan)}
    assert rows == {
        str(same.pk): ("4", "4", Outcome.NOTHING),
        str(more.pk): ("5", "9", Outcome.PENDING),
        str(none.pk): ("6", "0", Outcome.PENDING),
        str(uncounted.pk): (None, "3", Outcome.NOTHING),
        str(unknown.pk): (None, "2", Outcome.PENDING),
    }
    counts = preview_counts(plan)
    assert (counts.change, counts.same, counts.to_zero) == (3, 2, 1)
    assert [row.key for row in to_zero(plan)] == [str(none.pk)]
    assert "push" not in " ".join(shop.calls)
    assert not ChannelSettings.objects.get(channel=channel).update_stock


@pytest.mark.req("A13")
def test_confirming_switches_on_and_sends_exactly_the_plan(channel: Channel, shop: FakeShop) -> None:
    product, same = stocked_product(9, sku="TENT"), stocked_product(4)
    listed(channel, product)
    shop.levels_now = {listed(channel, same).remote_id: Decimal(4)}
    plan = planned(channel, shop)

    run = confirm(channel, shop, plan)

    setup = ChannelSettings.objects.get(channel=channel)
    assert (setup.update_stock, setup.stock_preview_confirmed_at) == (True, NOW)
    assert (run.pk, run.state, run.done, run.unchanged) == (plan.pk, RunState.DONE, 1, 1)
    assert shop.sent == [{"TENT": 9}]
    row = run.items.get(key=str(product.pk))
    assert (row.before, row.after, row.outcome) == (None, "9", Outcome.DONE)
    assert AuditEntry.objects.filter(changes__update_stock=[False, True]).count() == 1


@pytest.mark.req("A13")
def test_what_moved_since_is_not_sent(channel: Channel, shop: FakeShop) -> None:
    moved, still = stocked_product(9, sku="MOVED"), stocked_product(4, sku="STILL")
    for product in (moved, still):
        listed(channel, product)
    plan = planned(channel, shop)
    put_on_hand({moved: 1})

    run = confirm(channel, shop, plan)

    assert shop.sent == [{"STILL": 4}]
    row = run.items.get(key=str(moved.pk))
    assert row.outcome == Outcome.SKIPPED
    assert row.reason == "Not sent: the quantity is 10 now, the preview showed 9."
    assert row.fix_url


def test_variations_counted_together_are_compared_and_moved_as_one(channel: Channel, shop: FakeShop) -> None:
    red, blue = stocked_product(3, sku="RED"), ProductFactory(sku="BLUE")
    items = listed_family(channel, [red, blue], tracking="product")
    shop.levels_now = {item.remote_id: Decimal(60) for item in items}
    plan = planned(channel, shop)
    assert preview_counts(plan).to_zero == 0
    assert {row.reason for row in plan_rows(plan)} == {
        "The store counts it together with others of its product: 60 now, 3 after."
    }
    put_on_hand({blue: 1})

    run = confirm(channel, shop, plan)

    assert shop.sent == []
    assert run.skipped == 2


@pytest.mark.req("JOB-5")
def test_applying_it_twice_or_killed_in_between_sends_the_same(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(9, sku="TENT")
    listed(channel, product)
    run = preview.confirm_preview(channel, plan=planned(channel, shop), user=None, now=NOW)
    channel = Channel.objects.select_related("settings").get(pk=channel.pk)
    preview.step_first_push(channel, shop, run)  # killed before it was recorded

    run = work_off(channel, shop, run)

    assert (run.state, run.done) == (RunState.DONE, 1)
    assert shop.sent == [{"TENT": 9}, {"TENT": 9}]
    with pytest.raises(preview.PreviewUnfinished):
        preview.confirm_preview(channel, plan=run, user=None, now=NOW)


def test_an_unread_or_replaced_preview_cannot_be_confirmed(channel: Channel, shop: FakeShop) -> None:
    listed(channel, stocked_product(9))
    first = preview.start_preview(channel, user=None, now=NOW)

    with pytest.raises(preview.PreviewUnfinished):
        preview.confirm_preview(channel, plan=first, user=None, now=NOW)
    assert not ChannelSettings.objects.get(channel=channel).update_stock

    work_off(channel, shop, Run.objects.get(kind="catalog.read_store"))
    second = planned(channel, shop)
    first.refresh_from_db()
    assert first.state == RunState.CANCELLED
    assert not is_read(first)
    assert list(open_plans(channel)) == [second]


@pytest.mark.req("SET-35")
def test_a_read_only_channel_sends_nothing(channel: Channel, shop: FakeShop) -> None:
    listed(channel, stocked_product(9))
    plan = planned(channel, shop)
    Channel.objects.update(read_only=True)

    with pytest.raises(ReadOnly):
        preview.confirm_preview(Channel.objects.get(), plan=plan, user=None, now=NOW)

    assert not ChannelSettings.objects.get(channel=channel).update_stock
    assert shop.sent == []


def test_a_cancelled_plan_stops_after_its_step(channel: Channel, shop: FakeShop) -> None:
    listed(channel, stocked_product(9))
    run = preview.confirm_preview(channel, plan=planned(channel, shop), user=None, now=NOW)
    runs.request_cancel(run, user=None, now=NOW)
    run.refresh_from_db()

    assert run.state == RunState.CANCELLED
    assert ListingItem.objects.get().pushed_at is None


def test_reading_goes_on_page_by_page(channel: Channel, shop: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "_PAGE", 2)
    for _ in range(3):
        listed(channel, stocked_product(1))
    plan = preview.start_preview(channel, user=None, now=NOW)
    reader = Run.objects.get(kind="catalog.read_store")

    reader = step(channel, shop, reader)

    assert (reader.state, reader.handled, reader.total) == (RunState.RUNNING, 2, 3)
    assert not is_read(plan)
    work_off(channel, shop, reader)
    assert is_read(plan)
    assert shop.calls == ["levels 2", "levels 1"]


@pytest.mark.req("A13")
def test_a_store_that_owes_units_does_not_become_zero(channel: Channel, shop: FakeShop) -> None:
    owing, selling, fraction = ProductFactory(), ProductFactory(), ProductFactory()
    items = [listed(channel, product) for product in (owing, selling, fraction)]
    store = map(Decimal, ("-3", "3", "0.5"))
    shop.levels_now = dict(zip((item.remote_id for item in items), store, strict=True))

    plan = planned(channel, shop)

    assert preview_counts(plan).to_zero == 2
    assert {row.key for row in to_zero(plan)} == {str(selling.pk), str(fraction.pk)}
    assert {row.key: (row.before, row.after) for row in plan_rows(plan)}[str(owing.pk)] == ("-3", "0")


@pytest.mark.req("NEW-3")
def test_safety_stock_of_the_store_is_told_and_kept_whatever_else_is_said(channel: Channel, shop: FakeShop) -> None:
    red, blue, plain = stocked_product(3), ProductFactory(), stocked_product(9)
    items = listed_family(channel, [red, blue], tracking="product")
    items.append(listed(channel, plain))
    shop.levels_now = {item.remote_id: Decimal(9) for item in items}
    shop.safety = {items[0].remote_id: Decimal(2), items[2].remote_id: Decimal("1.5")}

    plan = planned(channel, shop)

    reasons = {row.key: row.reason for row in plan_rows(plan)}
    together = "The store counts it together with others of its product: 9 now, 3 after."
    assert reasons == {
        str(red.pk): f"{together} The store keeps 2 back itself as safety stock.",
        str(blue.pk): together,
        str(plain.pk): "The store keeps 1.5 back itself as safety stock.",
    }
    assert safety_count(channel) == 2
    kept = dict(ListingItem.objects.values_list("product", "seen_safety_stock"))
    assert kept == {red.pk: 2, blue.pk: 0, plain.pk: Decimal("1.5")}
    assert set(ListingItem.objects.values_list("seen_quantity", flat=True)) == {Decimal(9)}

    shop.safety = {}
    planned(channel, shop)
    assert safety_count(channel) == 0


@pytest.mark.req("NEW-2")
@pytest.mark.req("A32")
def test_after_a_change_of_buffers_it_shows_old_and_new_and_sends_that(channel: Channel, shop: FakeShop) -> None:
    product, other = stocked_product(9, sku="TENT"), stocked_product(1, sku="NONE")
    for each in (product, other):
        listed(channel, each)
    first = planned(channel, shop)
    confirm(channel, shop, first)
    ChannelSettings.objects.update(use_buffer=True, buffer=4)
    channel = Channel.objects.select_related("settings").get()
    set_buffers(channel, product_ids=[other.pk], quantity=0, user=None, now=NOW)

    plan = planned(channel, shop)

    assert (first.title, plan.title) == ("First stock update", "Stock update")
    rows = {row.key: (row.before, row.after, row.reason) for row in plan_rows(plan)}
    assert rows == {str(product.pk): ("9", "5", "Buffer 0 → 4."), str(other.pk): ("1", "1", "")}
    shop.sent.clear()
    run = confirm(channel, shop, plan)
    assert (run.state, shop.sent) == (RunState.DONE, [{"TENT": 5}])


@pytest.mark.req("A32")
def test_what_the_store_had_already_is_found_when_the_buffer_changes(channel: Channel, shop: FakeShop) -> None:
    same, moved, uncounted = stocked_product(4, sku="SAME"), stocked_product(6), stocked_product(3)
    shop.levels_now = {
        listed(channel, same).remote_id: Decimal(4),
        listed(channel, moved).remote_id: Decimal(6),
    }
    listed(channel, uncounted, tracking="none")
    plan = planned(channel, shop)
    put_on_hand({moved: 1})

    run = confirm(channel, shop, plan)

    assert (run.state, run.unchanged, shop.sent) == (RunState.DONE, 3, [])
    kept = {item.product_id: (item.pushed_quantity, item.pushed_buffer) for item in ListingItem.objects.all()}
    assert kept == {same.pk: (4, 0), moved.pk: (None, None), uncounted.pk: (None, None)}
    ChannelSettings.objects.update(use_buffer=True, buffer=1)
    channel = Channel.objects.select_related("settings").get()
    assert [item.remote_sku for item in affected_by_buffer(channel)] == ["SAME"]


def test_a_buffer_that_changed_since_is_not_sent(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(9, sku="TENT")
    listed(channel, product)
    plan = planned(channel, shop)
    ChannelSettings.objects.update(use_buffer=True, buffer=4)

    run = confirm(Channel.objects.select_related("settings").get(), shop, plan)

    assert shop.sent == []
    assert run.items.get().reason == "Not sent: the quantity is 5 now, the preview showed 9."


def test_the_page_names_what_it_is_and_warns_of_safety_stock(channel: Channel, shop: FakeShop, client: Client) -> None:
    item = listed(channel, stocked_product(9))
    shop.levels_now, shop.safety = {item.remote_id: Decimal(4)}, {item.remote_id: Decimal(2)}
    client.force_login(UserFactory(is_superuser=True))
    plan = planned(channel, shop)

    def page() -> str:
        return client.get(reverse("catalog:stock_preview", args=[channel.pk])).content.decode()

    first = page()
    for words in ("First stock update", "Switch on and send 1 quantity<", "The store keeps some of 1 product back"):
        assert words in first
    confirm(channel, shop, plan)
    planned(Channel.objects.select_related("settings").get(), shop)
    assert "First stock update" not in page()
