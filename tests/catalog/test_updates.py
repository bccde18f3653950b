"""What staff do with listed products: update quantities, switch, unlink (LST-2, LST-5, LST-6)."""

import pytest

from catalog.models import Listing, ListingItem, ProductBuffer
from catalog.queries.catalog import CatalogFilters
from catalog.services import updates
from catalog.services.customers import link_customer
from channels.models import ChangeMark, Channel
from channels.registry import registry
from channels.remote import RemoteCustomer
from inventory.enums import Outcome, RunState
from inventory.models import AuditEntry, Customer, Product
from inventory.services.runs import AlreadyRunning, retry_failed
from tests.catalog.conftest import work_off
from tests.factories.catalog import FakeShop, HoldFactory, listed, listed_family, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import CategoryFactory, ProductFactory, ServiceFactory, UserFactory, stocked_product

pytestmark = pytest.mark.django_db


@pytest.mark.req("LST-5")
@pytest.mark.req("A28")
@pytest.mark.req("JOB-2")
def test_update_quantities_says_what_became_of_each(channel: Channel, shop: FakeShop) -> None:
    good, bad = stocked_product(5, sku="GOOD"), stocked_product(6, sku="BAD")
    off, service, unlisted = stocked_product(7), ServiceFactory(), stocked_product(8)
    for product in (good, bad, service):
        listed(channel, product)
    listed(channel, off, sync_stock=False)
    shop.refused = {"BAD": "not now"}
    ids = [product.pk for product in (good, bad, off, service, unlisted)]

    run = work_off(channel, shop, updates.start_update(channel, product_ids=ids, user=None, now=NOW))

    outcomes = {item.key: (item.outcome, item.reason, item.after) for item in run.items.all()}
    assert outcomes == {
        str(good.pk): (Outcome.DONE, "", "5"),
        str(bad.pk): (Outcome.FAILED, "not now", "6"),
        str(off.pk): (Outcome.SKIPPED, "Sending its stock is switched off.", None),
        str(service.pk): (Outcome.SKIPPED, "It is a service or holds no stock.", None),
        str(unlisted.pk): (Outcome.SKIPPED, "It is not listed in this store.", None),
    }
    assert (run.state, run.total, run.handled) == (RunState.DONE, 5, 5)

    shop.refused = {}
    again = work_off(channel, shop, retry_failed(run, user=None, now=NOW))
    assert (again.done, again.total) == (1, 1)
    assert shop.sent == [{"GOOD": 5}, {"BAD": 6}] or shop.sent[-1] == {"BAD": 6}


@pytest.mark.req("LST-5")
def test_all_that_match_are_updated_and_only_listed_ones(channel: Channel, shop: FakeShop) -> None:
    tents = CategoryFactory(name="Tents")
    mine = [stocked_product(5, category=tents) for _ in range(3)]
    for product in (*mine, stocked_product(5)):
        listed(channel, product)
    stocked_product(5, category=tents)
    filters = CatalogFilters(category=str(tents.pk))

    run = work_off(channel, shop, updates.start_update(channel, filters=filters, user=None, now=NOW))

    assert (run.done, run.total) == (3, 3)
    assert [set(call) for call in shop.sent] == [{product.sku for product in mine}]


def test_nothing_chosen_a_second_one_and_a_read_only_channel_are_refused(channel: Channel) -> None:
    product = stocked_product(1)
    with pytest.raises(updates.NothingChosen):
        updates.start_update(channel, user=None, now=NOW)
    updates.start_update(channel, product_ids=[product.pk], user=None, now=NOW)
    with pytest.raises(AlreadyRunning):
        updates.start_update(channel, product_ids=[product.pk], user=None, now=NOW)
    channel.read_only = True
    with pytest.raises(updates.ReadOnly):
        updates.start_update(channel, product_ids=[product.pk], user=None, now=NOW)


@pytest.mark.req("LST-2")
@pytest.mark.req("APP-5")
def test_the_switch_is_kept_audited_and_marks_when_turned_on(channel: Channel) -> None:
    product, user = stocked_product(4), UserFactory()
    listed(channel, product)

    assert updates.switch_sending(channel, product_id=product.pk, send=False, user=user, now=NOW)
    assert not updates.switch_sending(channel, product_id=product.pk, send=False, user=user, now=NOW)
    assert not ChangeMark.objects.exists()
    assert updates.switch_sending(channel, product_id=product.pk, send=True, user=user, now=NOW)

    assert ChangeMark.objects.get().key == str(product.pk)
    assert AuditEntry.objects.filter(object_key=f"product:{product.pk}", user=user).count() == 2


@pytest.mark.req("LST-6")
def test_unlinking_breaks_the_link_and_nothing_else(channel: Channel, shop: FakeShop) -> None:
    product, user = stocked_product(4), UserFactory()
    listed(channel, product)
    other = listed(sending_channel(), product)

    assert updates.unlink_products(channel, product_ids=[product.pk], user=user, now=NOW) == {product.pk}
    assert updates.unlink_products(channel, product_ids=[product.pk], user=user, now=NOW) == set()

    assert list(ListingItem.objects.all()) == [other]
    assert Listing.objects.count() == 1
    assert Product.objects.get(pk=product.pk).levels.get().on_hand == 4
    assert shop.calls == []
    assert AuditEntry.objects.filter(scope_key=channel.scope_key, user=user).count() == 1


@pytest.mark.req("LST-6")
def test_a_family_stays_linked_until_its_last_variation(channel: Channel) -> None:
    red, blue = ProductFactory(), ProductFactory()
    listed_family(channel, [red, blue])

    updates.unlink_products(channel, product_ids=[red.pk], user=None, now=NOW)
    assert Listing.objects.count() == 1
    updates.unlink_products(channel, product_ids=[blue.pk], user=None, now=NOW)
    assert Listing.objects.count() == 0


def test_many_are_unlinked_as_an_activity(channel: Channel, shop: FakeShop) -> None:
    for _ in range(3):
        listed(channel, ProductFactory())

    run = work_off(channel, shop, updates.start_unlink(channel, filters=CatalogFilters(), user=None, now=NOW))

    assert (run.done, run.state) == (3, RunState.DONE)
    assert not ListingItem.objects.exists()


@pytest.mark.req("CON-19")
def test_disconnecting_takes_links_and_holds_and_leaves_products(channel: Channel) -> None:
    product = stocked_product(4)
    listed(channel, product)
    HoldFactory(channel=channel, product=product)
    ProductBuffer.objects.create(channel=channel, product=product, quantity=2)
    kept = listed(sending_channel(), product)
    part = next(part for part in registry.disconnect_parts if part.purge.__module__ == "catalog.presence")

    assert [count for _label, count, _kept in part.preview(channel)] == [1, 1, 0, 1, 1, 0, 0]
    part.purge(channel)
    part.purge(channel)

    assert list(ListingItem.objects.all()) == [kept]
    assert not ProductBuffer.objects.exists()
    assert Product.objects.count() == 1


@pytest.mark.req("A56")
def test_a_customer_is_linked_once_and_the_link_wins(channel: Channel) -> None:
    person = RemoteCustomer(id="7", first_name="Wiebke", last_name="Harmsen", email="w@shop.example")

    first = link_customer(channel, person, now=NOW)
    renamed = RemoteCustomer(id="7", first_name="Other", email="other@shop.example")

    assert link_customer(channel, renamed, now=NOW) == first
    assert link_customer(sending_channel(), person, now=NOW) == first
    assert link_customer(channel, RemoteCustomer(first_name="Guest", email="w@shop.example"), now=NOW) == first
    assert Customer.objects.count() == 1
