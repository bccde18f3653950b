"""The activity that applies a preview: its buffers, a cancel in the middle, who may, previews beside each other."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import Listing, ListingItem, ProductBuffer
from catalog.queries.plans import HIDE, LIST, REMOVE, as_row, open_plan
from catalog.queries.products import plan_for
from catalog.services import plan_buffers
from catalog.services.buffers import BufferChoice, BufferOff
from catalog.services.listing import confirm_plan
from channels.models import Channel
from channels.services.steps import advance_run
from inventory.enums import Outcome, RunState
from inventory.models import AuditEntry, Product, Run
from inventory.services.products import ProductDetails, save_product
from inventory.services.runs import request_cancel
from tests.catalog.conftest import work_off
from tests.catalog.drains import fresh
from tests.catalog.listing import apply, listed, preview
from tests.catalog.test_pages import at, client_of
from tests.factories import inventory as make
from tests.factories.catalog import sending_channel
from tests.factories.channels import NOW, member
from tests.factories.listing import ListingShop, kin, product
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel(store_is_master=False)


# -- buffers of the batch


@pytest.mark.req("BUF-6")
@pytest.mark.req("GEN-3")
def test_confirming_many_buffers_takes_no_more_than_confirming_one(
    shop: ListingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = sending_channel(use_buffer=True, buffer=1)
    monkeypatch.setattr(plan_buffers, "_ROWS", 2)
    counts = []
    for start, size in ((0, 1), (10, 5)):
        products = [product(f"P-{start + number}") for number in range(size)]
        make.put_on_hand(dict.fromkeys(products, 9))
        plan = preview(channel, shop, products, buffer=BufferChoice(mode="set", quantity=4))
        with statements() as made:
            run = confirm_plan(fresh(channel), plan=plan, user=member(), now=NOW)
        counts.append(len(made))
        assert not ProductBuffer.objects.filter(product__in=products).exists()
        run = work_off(channel, shop, run)
        assert (run.state, run.done) == (RunState.DONE, size)
        assert [shop.by_sku(each.sku).variants[0].quantity for each in products] == [5] * size
    assert counts[0] == counts[1]
    assert ProductBuffer.objects.filter(quantity=4).count() == 6
    assert AuditEntry.objects.filter(action="changed the product level buffer").count() == 6


@pytest.mark.req("BUF-6")
@pytest.mark.req("BUF-2")
def test_a_buffer_is_not_set_where_the_switch_went_off(shop: ListingShop) -> None:
    channel = sending_channel(use_buffer=True, buffer=1)
    plan = preview(channel, shop, [product("OAK")], buffer=BufferChoice(mode="set", quantity=4))
    type(channel.settings).objects.update(use_buffer=False)
    with pytest.raises(BufferOff):
        apply(channel, shop, plan)
    plan.refresh_from_db()
    assert (plan.state, shop.wrote, ProductBuffer.objects.count()) == (RunState.PLANNED, [], 0)


@pytest.mark.req("BUF-6")
def test_what_was_left_out_keeps_its_buffer(shop: ListingShop) -> None:
    channel = sending_channel(use_buffer=True, buffer=1)
    oak, ash = product("OAK"), product("ASH")
    plan = preview(channel, shop, [oak, ash], buffer=BufferChoice(mode="set", quantity=4))
    apply(channel, shop, plan, keys=[f"p{ash.pk}"])
    assert list(ProductBuffer.objects.values_list("product__sku", "quantity")) == [("ASH", 4)]


# -- cancelling


def cancelled_while(shop: ListingShop, name: str, run: Run) -> None:
    """Somebody cancels while the store answers the first call of this name."""
    original: Callable[..., object] = getattr(shop, name)

    def during(*args: object, **more: object) -> object:
        answer = original(*args, **more)
        request_cancel(run, user=None, now=NOW)
        return answer

    setattr(shop, name, during)


@pytest.mark.req("JOB-2")
@pytest.mark.parametrize(("kind", "call"), [(LIST, "create"), (REMOVE, "delete"), (HIDE, "set_visible")])
def test_what_was_sent_before_a_cancel_is_told(channel: Channel, shop: ListingShop, kind: str, call: str) -> None:
    oak = product("OAK")
    if kind != LIST:
        listed(channel, shop, [oak])
    plan = preview(channel, shop, [oak], kind)
    run = confirm_plan(fresh(channel), plan=plan, user=member(), now=NOW)
    cancelled_while(shop, call, run)
    run = work_off(channel, shop, run)
    ended = RunState.CANCELLED if kind == LIST else RunState.DONE  # all was done in the step that was under way
    assert (run.state, run.done, run.items.get().outcome) == (ended, 1, Outcome.DONE)
    assert Listing.objects.count() == (0 if kind == REMOVE else 1)


@pytest.mark.req("JOB-2")
def test_a_cancel_before_the_call_sends_nothing_and_leaves_no_failed_work(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    Product.objects.update(name="Oak")
    plan = preview(channel, shop, [oak])
    run = confirm_plan(fresh(channel), plan=plan, user=member(), now=NOW)
    cancelled_while(shop, "get_many", run)
    shop.wrote.clear()
    outcome = advance_run(fresh(channel), platform=shop, key=str(run.pk), now=NOW)  # type: ignore[arg-type]
    run.refresh_from_db()
    assert (outcome.verdict, run.state, shop.wrote) == ("nothing", RunState.CANCELLED, [])
    assert shop.by_sku("OAK").name != "Oak"


@pytest.mark.req("JOB-2")
def test_what_was_not_reached_can_be_compared_again(channel: Channel, shop: ListingShop) -> None:
    products = [product("OAK"), product("ASH")]
    plan = preview(channel, shop, products)
    manager = client_of("Manager")
    address = at("plan", channel, plan.pk)
    run = confirm_plan(fresh(channel), plan=plan, user=member(), now=NOW)
    assert "Compare again" not in manager.get(address).content.decode()
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, started_at=NOW, message="The store is closed")
    page = manager.get(address).content.decode()
    assert "Compare again" in page
    assert "The store is closed" in page
    assert manager.post(at("plan_again", channel, plan.pk)).status_code == 302
    newer = Run.objects.filter(kind=LIST).latest("pk")
    assert (newer.state, newer.options) == (RunState.PLANNED, plan.options)


# -- previews beside each other


@pytest.mark.req("NEW-2")
def test_comparing_one_product_leaves_a_preview_of_many_alone(channel: Channel, shop: ListingShop) -> None:
    user, oak, ash = member(), product("OAK"), product("ASH")
    many = preview(channel, shop, [oak, ash], user=user)
    one = preview(channel, shop, [oak], user=user)
    other = preview(channel, shop, [ash], user=user)
    states = dict(Run.objects.filter(kind=LIST).values_list("pk", "state"))
    assert states == {many.pk: RunState.PLANNED, one.pk: RunState.CANCELLED, other.pk: RunState.PLANNED}
    assert (open_plan(channel, user), plan_for(channel, ash.pk, user)) == (many, other)
    newer = preview(channel, shop, [oak, ash], user=user)
    assert (open_plan(channel, user), plan_for(channel, ash.pk, user)) == (newer, other)


# -- who may


@pytest.mark.req("APP-4")
@pytest.mark.req("A30")
def test_only_who_may_remove_applies_a_preview_that_removes_first(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    plan = preview(channel, shop, [oak], relist=True)
    operator = client_of("Operator")
    for name in ("confirm_plan", "plan_again", "drop_plan", "plan_ticks"):
        assert operator.post(at(name, channel, plan.pk)).status_code == 403
    assert operator.get(at("plan", channel, plan.pk)).context["may"] is False
    plan.refresh_from_db()
    assert (plan.state, shop.deleted, Run.objects.filter(state=RunState.QUEUED).count()) == (RunState.PLANNED, [], 0)
    assert client_of("Manager").post(at("confirm_plan", channel, plan.pk)).status_code == 302
    plan.refresh_from_db()
    assert plan.state == RunState.QUEUED


@pytest.mark.req("APP-4")
def test_trying_a_removal_again_needs_what_removing_needs(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    run = listed(channel, shop, [oak], REMOVE)
    run.items.update(outcome=Outcome.FAILED)
    Run.objects.filter(pk=run.pk).update(failed=1)
    address = reverse("inventory:retry_run", args=[run.pk])
    assert client_of("Operator").post(address).status_code == 403
    assert Run.objects.filter(kind=REMOVE).count() == 1
    assert client_of("Manager").post(address).status_code == 302
    assert Run.objects.filter(kind=REMOVE).count() == 2


# -- what a store may answer


@pytest.mark.req("NEW-2")
def test_what_no_column_takes_is_shown_shortened(channel: Channel, shop: ListingShop) -> None:
    from dataclasses import replace

    oak = product("OAK")
    listed(channel, shop, [oak])
    shop.remotes = [replace(each, name="<b>\x00" + "x" * 5000) for each in shop.remotes]
    item = preview(channel, shop, [oak]).items.get()
    [change] = [each for each in as_row(item).changes if each.field == "name"]
    assert (change.old[:4], len(change.old), "\x00" in item.before["name"]) == ("<b>x", 1000, False)
    assert ListingItem.objects.count() == 1


# -- content that moves meanwhile


def while_answering(shop: ListingShop, name: str, change: Callable[[], object]) -> None:
    original: Callable[..., object] = getattr(shop, name)

    def during(*args: object, **more: object) -> object:
        change()
        return original(*args, **more)

    setattr(shop, name, during)


@pytest.mark.req("LST-17")
def test_content_that_changes_while_it_is_made_differs_from_the_store(channel: Channel, shop: ListingShop) -> None:
    oak, ash = product("OAK"), product("ASH")
    shirts = kin("Shirt", "Red", "Blue")

    def change() -> None:
        save_product(oak, columns={"name": "Oak"}, user=None, now=NOW)
        save_product(shirts[1], columns={}, details=ProductDetails(prices={1: Decimal(12)}), user=None, now=NOW)

    while_answering(shop, "create", change)
    run = listed(channel, shop, [oak, ash, *shirts])
    assert run.done == 3
    marked = Listing.objects.filter(changed_at__isnull=False).order_by("pk")
    assert [listing.product or listing.family for listing in marked] == [oak, shirts[0].family]
    assert Listing.objects.filter(changed_at=None).get().product == ash


@pytest.mark.req("LST-17")
def test_a_mark_that_was_committed_late_stays(channel: Channel, shop: ListingShop) -> None:
    """The change got its time before it was sent, but nobody saw it until afterwards."""
    oak = product("OAK")
    listed(channel, shop, [oak])
    save_product(oak, columns={"name": "Oak"}, user=None, now=NOW)
    plan = preview(channel, shop, [oak])
    long_ago = NOW - timedelta(days=1)
    while_answering(shop, "update", lambda: Listing.objects.update(changed_at=long_ago))
    assert apply(channel, shop, plan).done == 1
    assert Listing.objects.get().changed_at == long_ago
