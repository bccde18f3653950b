"""Refusals, answers that never come, and workers that end in the middle: nothing twice, nothing lost, all told."""

from decimal import Decimal

import pytest

from catalog.models import Listing, ListingItem, ProductBuffer
from catalog.queries.plans import LIST
from catalog.services.buffers import BufferChoice, BufferOff
from catalog.services.plan_runs import retry_rows
from catalog.services.updates import ReadOnly
from channels.errors import InDoubt
from channels.models import Channel
from inventory.enums import Outcome, RunState
from inventory.models import AuditEntry, Product, Run
from inventory.registry import registry as house
from tests.catalog.conftest import work_off
from tests.catalog.drains import fresh
from tests.catalog.listing import apply, listed, outcomes, preview
from tests.factories import inventory as make
from tests.factories.catalog import sending_channel
from tests.factories.channels import NOW, member
from tests.factories.listing import ListingShop, kin, product
from tests.statements import statements

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker's process ends."""


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel(store_is_master=False)


def test_a_refusal_is_told_in_the_stores_words_and_keeps_nobody_else(channel: Channel, shop: ListingShop) -> None:
    oak, ash = product("OAK"), product("ASH")
    shop.refused["OAK"] = "The field 'sku' has already been used."
    run = listed(channel, shop, [oak, ash])
    assert outcomes(run) == {
        f"p{oak.pk}": (Outcome.FAILED, "The field 'sku' has already been used."),
        f"p{ash.pk}": (Outcome.DONE, ""),
    }
    assert run.items.get(key=f"p{oak.pk}").fix_url == f"/products/{oak.pk}/"
    assert list(ListingItem.objects.values_list("product__sku", flat=True)) == ["ASH"]


@pytest.mark.req("JOB-2")
def test_retry_touches_only_what_failed_with_what_is_here_now(channel: Channel, shop: ListingShop) -> None:
    oak, ash, elm = product("OAK"), product("ASH"), product("ELM")
    listed(channel, shop, [elm])
    Product.objects.filter(pk=elm.pk).update(name="Elm")
    shop.refused |= {"OAK": "No.", "Name ELM": "No."}
    run = listed(channel, shop, [oak, ash, elm])
    assert (run.done, run.failed) == (1, 2)
    shop.refused.clear()
    shop.wrote.clear()
    Product.objects.filter(pk=oak.pk).update(name="Oak, mended")
    again = house.run_retries[LIST](run, member())
    assert (again.total, set(again.items.values_list("key", flat=True))) == (2, {f"p{oak.pk}", f"p{elm.pk}"})
    again = work_off(channel, shop, again)
    assert (again.state, again.done, again.failed) == (RunState.DONE, 2, 0)
    assert sorted(each.key for each in shop.wrote) == sorted([f"p{oak.pk}", f"p{elm.pk}"])
    assert (shop.by_sku("OAK").name, len(shop.remotes)) == ("Oak, mended", 3)


def test_retry_completes_what_was_made_in_part(channel: Channel, shop: ListingShop) -> None:
    """The store has the product, but not all of it: the next attempt updates instead of making a second one."""
    oak = product("OAK")
    make.put_on_hand({oak: 3})
    shop.refused["OAK"] = "Too many."
    plan = preview(channel, shop, [oak])
    original = shop.create
    shop.create = lambda products, **more: tuple(_partly(shop, original, products, more))  # type: ignore[method-assign]
    run = apply(channel, shop, plan)
    assert (run.failed, Listing.objects.count(), len(shop.remotes)) == (1, 1, 1)
    shop.create = original  # type: ignore[method-assign]
    shop.refused.clear()
    again = work_off(channel, shop, retry_rows(run, channel=fresh(channel), user=None, now=NOW))
    assert (again.done, len(shop.remotes), shop.by_sku("OAK").variants[0].quantity) == (1, 1, 3)


def _partly(shop: ListingShop, create: object, products: object, more: object) -> list[object]:
    from dataclasses import replace

    words = dict(shop.refused)
    shop.refused.clear()
    results = [replace(each, error="An image was left out.") for each in create(products, **more)]  # type: ignore[operator]
    shop.refused.update(words)
    return results  # type: ignore[return-value]


def test_nothing_is_retried_while_the_channel_is_read_only(channel: Channel, shop: ListingShop) -> None:
    shop.refused["OAK"] = "No."
    run = listed(channel, shop, [product("OAK")])
    Channel.objects.update(read_only=True)
    with pytest.raises(ReadOnly):
        retry_rows(run, channel=fresh(channel), user=None, now=NOW)
    assert Run.objects.filter(kind=LIST).count() == 1


@pytest.mark.parametrize("end", [InDoubt("No answer."), Killed()])
def test_what_was_made_before_the_worker_ended_is_made_once(
    channel: Channel, shop: ListingShop, end: BaseException
) -> None:
    products = [product("OAK"), product("ASH"), *kin("Shirt", "Red", "Blue")]
    plan = preview(channel, shop, products)
    shop.breaks.append(end)  # type: ignore[arg-type]
    with pytest.raises(type(end)):
        apply(channel, shop, plan)
    assert (len(shop.remotes), Listing.objects.count()) == (3, 0)

    plan.refresh_from_db()
    run = work_off(channel, shop, plan)
    assert (run.state, run.done, run.failed) == (RunState.DONE, 3, 0)
    assert (len(shop.remotes), Listing.objects.count(), ListingItem.objects.count()) == (3, 3, 4)
    assert shop.looked_first == [False, True]


@pytest.mark.parametrize("end", [InDoubt("No answer."), Killed()])
def test_an_update_that_got_no_answer_is_not_taken_for_somebody_elses(
    channel: Channel, shop: ListingShop, end: BaseException
) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    Product.objects.update(name="Oak")
    plan = preview(channel, shop, [oak])
    shop.breaks.append(end)  # type: ignore[arg-type]
    with pytest.raises(type(end)):
        apply(channel, shop, plan)
    plan.refresh_from_db()
    run = work_off(channel, shop, plan)
    assert (run.done, run.skipped, shop.by_sku("OAK").name) == (1, 0, "Oak")
    assert Listing.objects.get().changed_at is None


def test_a_worker_that_ends_after_keeping_the_link_lists_once(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    make.put_on_hand({oak: 2})
    plan = preview(channel, shop, [oak])

    def end() -> None:
        shop.during_push = None
        raise Killed

    shop.during_push = end
    with pytest.raises(Killed):
        apply(channel, shop, plan)
    assert Listing.objects.count() == 1
    plan.refresh_from_db()
    run = work_off(channel, shop, plan)
    assert (run.done, len(shop.remotes), Listing.objects.count()) == (1, 1, 1)
    assert shop.by_sku("OAK").variants[0].quantity == 2
    assert AuditEntry.objects.filter(action="listed in the store").count() == 1


def test_a_quantity_that_the_store_refuses_is_told(channel: Channel, shop: ListingShop) -> None:
    oak = product("OAK")
    listed(channel, shop, [oak])
    make.put_on_hand({oak: 2})
    plan = preview(channel, shop, [oak])
    shop.refused["OAK"] = "Location is closed"
    run = apply(channel, shop, plan)
    assert outcomes(run)[f"p{oak.pk}"] == (Outcome.FAILED, "Quantity of OAK: Location is closed")


def test_a_change_while_it_is_sent_stays_marked(channel: Channel, shop: ListingShop) -> None:
    from django.utils import timezone

    oak = product("OAK")
    listed(channel, shop, [oak])
    Product.objects.update(name="Oak")
    make.put_on_hand({oak: 2})
    plan = preview(channel, shop, [oak])
    original = shop.update

    def while_sending(products: object, **more: object) -> object:
        Listing.objects.update(changed_at=timezone.now())
        return original(products, **more)  # type: ignore[arg-type]

    shop.update = while_sending  # type: ignore[method-assign, assignment]
    assert apply(channel, shop, plan).done == 1
    assert Listing.objects.get().changed_at is not None


@pytest.mark.req("BUF-6")
def test_the_buffer_of_the_batch_is_kept_when_it_is_confirmed(shop: ListingShop) -> None:
    channel = sending_channel(use_buffer=True, buffer=1)
    oak, ash = product("OAK"), product("ASH")
    make.put_on_hand({oak: 10, ash: 10})
    plan = preview(channel, shop, [oak], buffer=BufferChoice(mode="set", quantity=4))
    assert not ProductBuffer.objects.exists()
    told = plan.items.get().after["changes"]
    assert next(each["new"] for each in told if each["field"] == "quantity") == "6"
    apply(channel, shop, plan)
    assert shop.by_sku("OAK").variants[0].quantity == 6
    assert ProductBuffer.objects.get().quantity == 4
    listed(channel, shop, [oak, ash], buffer=BufferChoice(mode="remove"))
    assert [shop.by_sku(sku).variants[0].quantity for sku in ("OAK", "ASH")] == [9, 9]
    assert not ProductBuffer.objects.exists()
    type(channel.settings).objects.update(use_buffer=False)
    with pytest.raises(BufferOff):
        preview(channel, shop, [oak], buffer=BufferChoice(mode="set", quantity=4))


# -- many


def shelf(start: int, singles: int, families: int) -> list[Product]:
    found = [product(f"S-{start + number}") for number in range(singles)]
    for number in range(families):
        found += kin(f"F-{start + number}", "Red", "Blue")
    return found


def test_steps_take_the_same_statements_for_any_number_of_rows(channel: Channel, shop: ListingShop) -> None:
    counts = []
    for start, singles, families in ((0, 1, 1), (10, 3, 3)):
        products = shelf(start, singles, families)
        make.put_on_hand(dict.fromkeys(products, 3))
        with statements() as made:
            listed(channel, shop, products, user=None)
        Product.objects.filter(pk__in=[each.pk for each in products]).update(weight=Decimal(3 + start))
        make.put_on_hand(dict.fromkeys(products, 2))
        with statements() as updated:
            run = listed(channel, shop, products, user=None)
        assert (run.done, run.failed, run.skipped) == (singles + families, 0, 0)
        counts.append((len(made), len(updated)))
    assert counts[0] == counts[1]
