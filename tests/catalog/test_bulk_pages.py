"""The Bulk listing tab and the page of a preview: choose, check, send exactly that (BLK-1 to BLK-6, BUF-6, NEW-2)."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import ListingItem
from channels.models import Channel, ChannelSettings
from inventory.models import Product, Run, Tag
from inventory.registry import registry as house
from tests.catalog.conftest import work_off
from tests.catalog.test_pages import at, client_of, shown, statements
from tests.factories.catalog import listed, listed_family, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import BrandFactory, CategoryFactory, ProductFactory, stocked_product
from tests.factories.listing import ListingShop
from tests.factories.listing import product as priced

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


@pytest.fixture
def manager() -> Client:
    return client_of("Manager")


@pytest.fixture
def store() -> ListingShop:
    return ListingShop()


def checked(client: Client, channel: Channel, store: ListingShop, **form: object) -> Run:
    """A preview of what the form chose, with the store read."""
    response = client.post(at("check", channel), {"which": "all", "action": "list", "visible": "on", **form})
    assert response.status_code == 302, response.content.decode()[:2000]
    reader = Run.objects.filter(kind="catalog.read_for_plan").latest("pk")
    work_off(channel, store, reader)
    plan = Run.objects.get(pk=reader.options["plan"])
    assert response["Location"] == at("plan", channel, plan.pk)
    return plan


def sent(client: Client, channel: Channel, store: ListingShop, plan: Run, **form: object) -> Run:
    response = client.post(at("confirm_plan", channel, plan.pk), form)
    assert response["Location"] == at("plan", channel, plan.pk)
    plan.refresh_from_db()
    return work_off(channel, store, plan)


# --- choosing


@pytest.mark.req("GEN-5")
def test_the_tab_stands_between_catalog_and_pending(channel: Channel, operator: Client) -> None:
    frame = operator.get(at("bulk", channel)).context["channel_frame"]

    assert [str(tab.label) for tab in frame.tabs][:4] == ["Setup", "Catalog", "Bulk listing", "Pending"]
    assert [str(tab.label) for tab in frame.tabs if tab.current] == ["Bulk listing"]


@pytest.mark.req("BLK-2")
def test_products_are_chosen_by_everything_they_belong_to(channel: Channel, operator: Client) -> None:
    tents, fjell, winter = CategoryFactory(name="Tents"), BrandFactory(), Tag.objects.create(name="winter")
    tent = ProductFactory(sku="A-TENT", category=tents, brand=fjell)
    tent.tags.add(winter)
    ProductFactory(sku="B-STOVE", name="Petrol stove")
    [shirt] = [item.product for item in listed_family(channel, [ProductFactory(sku="C-SHIRT")])]
    listed(channel, ProductFactory(sku="D-LAMP"), listing__changed_at=NOW)
    address = at("bulk", channel)

    assert shown(operator, address) == ["A-TENT", "B-STOVE", "C-SHIRT", "D-LAMP"]
    assert shown(operator, f"{address}?category={tents.pk}") == ["A-TENT"]
    assert shown(operator, f"{address}?category=-{tents.pk}") == ["B-STOVE", "C-SHIRT", "D-LAMP"]
    assert shown(operator, f"{address}?brand={fjell.pk}") == ["A-TENT"]
    assert shown(operator, f"{address}?tag={winter.pk}") == ["A-TENT"]
    assert shirt.family is not None
    assert shown(operator, f"{address}?family={shirt.family.name[1:].upper()}") == ["C-SHIRT"]
    assert shown(operator, f"{address}?status=listed") == ["C-SHIRT", "D-LAMP"]
    assert shown(operator, f"{address}?status=differs") == ["D-LAMP"]
    assert shown(operator, f"{address}?q=stove petrol") == ["B-STOVE"]
    chips = operator.get(f"{address}?category=-{tents.pk}&q=lamp").context["chips"]
    assert [text for text, _url in chips] == ["Search: lamp", "Category: not Tents"]
    assert chips[0][1] == f"{address}?category=-{tents.pk}"


@pytest.mark.req("BLK-3")
def test_every_other_store_is_a_choice_of_its_own(channel: Channel, operator: Client) -> None:
    first, second = sending_channel(), sending_channel()
    here, there = ProductFactory(sku="A"), ProductFactory(sku="B")
    listed(first, here)
    listed(second, there)
    ProductFactory(sku="C")
    address = at("bulk", channel)

    stores = operator.get(address).context["stores"]
    assert {name for _pk, name in stores} == {first.name, second.name}
    assert shown(operator, f"{address}?listed_in={first.pk}") == ["A"]
    assert shown(operator, f"{address}?listed_in={second.pk}") == ["B"]
    assert shown(operator, f"{address}?listed_in={second.pk + 99}") == ["A", "B", "C"]


@pytest.mark.req("A57")
@pytest.mark.req("SET-18")
def test_the_switch_of_the_batch_wins_and_starts_as_the_opposite_of_drafts(
    channel: Channel, operator: Client, store: ListingShop
) -> None:
    stocked_product(1)
    assert 'name="visible" id="id_visible" checked' in operator.get(at("bulk", channel)).content.decode()
    ChannelSettings.objects.update(list_as_draft=True)
    assert 'name="visible" id="id_visible" checked' not in operator.get(at("bulk", channel)).content.decode()

    assert checked(operator, channel, store, action="list", visible="on").options["visible"] is True
    operator.post(at("check", channel), {"which": "all", "action": "list"})
    assert Run.objects.filter(kind="catalog.list").latest("pk").options["visible"] is False


# --- from the check to the store


@pytest.mark.req("BLK-1")
@pytest.mark.req("NEW-2")
@pytest.mark.req("GEN-3")
def test_what_is_not_there_is_created_and_the_rest_updated(
    channel: Channel, operator: Client, store: ListingShop
) -> None:
    old, new = stocked_product(3, sku="OLD", name="Old tent"), stocked_product(5, sku="NEW", name="New tent")
    sent(operator, channel, store, checked(operator, channel, store, q="x", filters="q=OLD"))
    Product.objects.filter(pk=old.pk).update(name="Old tent, green")

    plan = checked(operator, channel, store, filters="")
    page = operator.get(at("plan", channel, plan.pk))

    assert (page.context["figures"].create, page.context["figures"].update) == (1, 1)
    words = page.content.decode()
    assert "<del>Old tent</del> → <ins>Old tent, green</ins>" in words
    assert "Send 2 to the store" in words
    assert [line.row.will for line in operator.get(f"{page.request['PATH_INFO']}?show=create").context["lines"]] == [
        "create"
    ]
    lines = b"".join(operator.get(at("plan_csv", channel, plan.pk)).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Product,Will,Outcome,SKU,Field,In the store now,After,Note"
    assert any("Old tent,“" not in line and "Old tent, green" in line for line in lines)

    run = sent(operator, channel, store, plan)
    assert (run.state, run.done, run.failed) == ("done", 2, 0)
    assert {item.product_id for item in ListingItem.objects.all()} == {old.pk, new.pk}
    after = operator.get(at("plan", channel, plan.pk)).content.decode()
    assert "the store has it" in after
    assert "Send 2" not in after


@pytest.mark.req("NEW-2")
def test_rows_are_left_out_one_by_one(channel: Channel, operator: Client, store: ListingShop) -> None:
    first, second = stocked_product(1, sku="A"), stocked_product(1, sku="B")
    plan = checked(operator, channel, store)
    keys = [f"p{first.pk}", f"p{second.pk}"]

    part = operator.post(
        at("plan_ticks", channel, plan.pk), {"shown": keys, "key": keys[1:]}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part
    assert "Send 1 to the store" in part
    assert [line.is_ticked for line in operator.get(at("plan", channel, plan.pk)).context["lines"]] == [False, True]
    assert operator.post(at("plan_ticks", channel, plan.pk), {"shown": keys, "key": keys}).status_code == 302
    assert operator.get(at("plan", channel, plan.pk)).context["to_send"] == 2

    run = sent(operator, channel, store, plan, shown=keys, key=keys[:1])

    assert dict(run.items.values_list("key", "outcome")) == {keys[0]: "done", keys[1]: "skipped"}
    assert ListingItem.objects.get().product_id == first.pk
    operator.post(at("plan_ticks", channel, plan.pk), {"shown": keys, "key": keys})
    assert run.items.get(key=keys[1]).outcome == "skipped"


@pytest.mark.req("BLK-4")
@pytest.mark.req("A29")
def test_unlist_says_how_many_and_removes_them_from_the_store(
    channel: Channel, operator: Client, manager: Client, store: ListingShop
) -> None:
    products = [stocked_product(1), stocked_product(1)]
    sent(operator, channel, store, checked(operator, channel, store))
    assert operator.post(at("check", channel), {"which": "all", "action": "remove"}).status_code == 403
    plan = checked(manager, channel, store, action="remove")

    page = manager.get(at("plan", channel, plan.pk)).content.decode()
    assert "Remove 2 from the store…" in page
    assert f"Remove 2 products from {channel.name}?" in page
    assert "2 products are deleted in the store" in page
    assert store.remotes

    assert operator.post(at("confirm_plan", channel, plan.pk)).status_code == 403
    run = sent(manager, channel, store, plan)
    assert (run.done, store.remotes, ListingItem.objects.count()) == (2, [], 0)
    assert Product.objects.filter(pk__in=[each.pk for each in products]).count() == 2


@pytest.mark.req("BLK-4")
@pytest.mark.req("LST-6")
def test_unlink_asks_without_reading_the_store(channel: Channel, operator: Client) -> None:
    item = listed(channel, stocked_product(1))

    page = operator.post(at("check", channel), {"which": "all", "action": "unlink", "filters": ""})
    assert page.context["count"] == 1
    assert not Run.objects.exists()

    operator.post(at("unlink", channel), {"product": str(item.product_id)})
    assert not ListingItem.objects.exists()


@pytest.mark.req("A29")
def test_hide_and_show_keep_the_link(channel: Channel, operator: Client, store: ListingShop) -> None:
    priced("TENT")
    sent(operator, channel, store, checked(operator, channel, store))
    assert ListingItem.objects.get().listing.state == "listed"

    sent(operator, channel, store, checked(operator, channel, store, action="hide"))
    assert ListingItem.objects.get().listing.state == "hidden"
    assert "Listed, hidden" in operator.get(at("catalog", channel)).content.decode()

    sent(operator, channel, store, checked(operator, channel, store, action="show"))
    assert ListingItem.objects.get().listing.state == "listed"


@pytest.mark.req("BLK-4")
def test_only_the_ticked_ones(channel: Channel, operator: Client, store: ListingShop) -> None:
    first, _second = stocked_product(1), stocked_product(1)

    assert checked(operator, channel, store, which="ticked", product=str(first.pk)).options["product_ids"] == [first.pk]
    response = operator.post(at("check", channel), {"which": "ticked", "action": "list", "filters": "q=a"}, follow=True)
    assert "Select at least one product" in response.content.decode()
    assert response.redirect_chain[0][0].endswith("?q=a")


@pytest.mark.req("JOB-2")
def test_what_the_store_refused_is_said_in_its_words_and_tried_again(
    channel: Channel, operator: Client, store: ListingShop
) -> None:
    stocked_product(1, sku="GOOD")
    bad = stocked_product(1, sku="BAD")
    store.refused["BAD"] = "Invalid parameter(s): weight"
    run = sent(operator, channel, store, checked(operator, channel, store))

    assert (run.done, run.failed) == (1, 1)
    page = operator.get(at("plan", channel, run.pk) + "?show=failed")
    assert [line.product_id for line in page.context["lines"]] == [bad.pk]
    assert "<blockquote>Invalid parameter(s): weight</blockquote>" in page.content.decode()
    assert "Invalid parameter(s): weight" in operator.get(at("product", channel, bad.pk)).content.decode()
    assert run.kind in house.run_retries
    assert "Retry 1 refused" in page.content.decode()

    store.refused.clear()
    response = operator.post(reverse("inventory:retry_run", args=[run.pk]))
    again = Run.objects.latest("pk")
    assert response["Location"] == reverse("inventory:run", args=[again.pk])
    assert operator.get(response["Location"], follow=True).redirect_chain[-1][0] == at("plan", channel, again.pk)
    work_off(channel, store, again)
    assert dict(again.items.values_list("key", "outcome")) == {f"p{bad.pk}": "done"}
    assert "was refused" not in operator.get(at("product", channel, bad.pk)).content.decode()


# --- the states of a preview


def test_the_page_waits_for_the_store_and_then_reloads(channel: Channel, operator: Client, store: ListingShop) -> None:
    stocked_product(1)
    operator.post(at("check", channel), {"which": "all", "action": "list"})
    plan = Run.objects.get(kind="catalog.list")
    address, part = at("plan", channel, plan.pk), {"HX-Request": "true", "HX-Target": "reading"}

    page = operator.get(address).content.decode()
    assert 'id="reading"' in page
    assert "Send" not in page.split("<main")[1].split("Send")[0]
    assert "HX-Refresh" not in operator.get(address, headers=part)
    assert f"“{plan.title}” waits for you" in operator.get(at("bulk", channel)).content.decode()
    work_off(channel, store, Run.objects.get(kind="catalog.read_for_plan"))
    assert operator.get(address, headers=part)["HX-Refresh"] == "true"

    operator.post(at("confirm_plan", channel, plan.pk))
    assert "HX-Refresh" not in operator.get(address, headers=part)


def test_compared_again_and_dropped(channel: Channel, operator: Client, store: ListingShop) -> None:
    stocked_product(1)
    plan = checked(operator, channel, store, filters="q=a", visible="")
    operator.post(at("plan_again", channel, plan.pk))
    newer = Run.objects.filter(kind="catalog.list").latest("pk")
    assert newer.pk != plan.pk
    assert newer.options == plan.options
    assert "This preview was dropped" in operator.get(at("plan", channel, plan.pk)).content.decode()

    operator.post(at("drop_plan", channel, newer.pk))
    newer.refresh_from_db()
    assert newer.state == "cancelled"
    response = operator.post(at("confirm_plan", channel, newer.pk), follow=True)
    assert not store.remotes
    assert response.redirect_chain[0][0] == at("plan", channel, newer.pk)


def test_old_comparisons_and_stores_that_broke_off_say_so(
    channel: Channel, operator: Client, store: ListingShop
) -> None:
    stocked_product(1)
    plan = checked(operator, channel, store)
    assert "getting old" in operator.get(at("plan", channel, plan.pk)).content.decode()  # NOW of the tests is long past

    Run.objects.filter(kind="catalog.read_for_plan").update(state="failed", message="The store is closed")
    page = operator.get(at("plan", channel, plan.pk)).content.decode()
    assert "could not be read to the end" in page
    assert "The store is closed" in page
    assert "Send 1" not in page


def test_a_read_only_channel_says_so(operator: Client) -> None:
    channel = sending_channel()
    Channel.objects.update(read_only=True)
    stocked_product(1)

    assert "This channel is read-only" in operator.get(at("bulk", channel)).content.decode()
    response = operator.post(at("check", channel), {"which": "all", "action": "list"}, follow=True)
    assert "read-only" in response.content.decode()
    assert not Run.objects.exists()


def test_nothing_to_show_says_what_to_do(channel: Channel, operator: Client) -> None:
    assert "No products yet" in operator.get(at("bulk", channel)).content.decode()
    assert "No product matches" in operator.get(at("bulk", channel) + "?q=none").content.decode()


# --- who may, and how many statements


@pytest.mark.req("APP-4")
def test_who_may_list_in_bulk(channel: Channel, operator: Client, store: ListingShop) -> None:
    stocked_product(1)
    plan = checked(operator, channel, store)
    viewer, other = client_of("Viewer"), sending_channel()

    assert viewer.get(at("bulk", channel)).status_code == 403
    assert viewer.post(at("check", channel), {"action": "list"}).status_code == 403
    assert viewer.get(at("plan", channel, plan.pk)).status_code == 200
    assert "data-select-row" not in viewer.get(at("plan", channel, plan.pk)).content.decode()
    for name in ("confirm_plan", "plan_ticks", "plan_again", "drop_plan"):
        assert viewer.post(at(name, channel, plan.pk)).status_code == 403
        assert operator.post(at(name, other, plan.pk)).status_code == 404
    assert operator.get(at("plan", other, plan.pk)).status_code == 404
    assert Client().get(at("bulk", channel)).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "planned"


def test_statements_are_the_same_for_one_and_three_rows(channel: Channel, operator: Client, store: ListingShop) -> None:
    ChannelSettings.objects.update(use_buffer=True, buffer=4)
    stocked_product(1, category=CategoryFactory(), brand=BrandFactory())
    listed_family(channel, [stocked_product(2)])
    plan = checked(operator, channel, store)
    one = [statements(operator, address) for address in (at("bulk", channel), at("plan", channel, plan.pk))]

    stocked_product(1, category=CategoryFactory(), brand=BrandFactory())
    listed_family(channel, [stocked_product(2), stocked_product(2)])
    plan = checked(operator, channel, store)
    three = [statements(operator, address) for address in (at("bulk", channel), at("plan", channel, plan.pk))]

    assert one == three
    assert max(one) <= 30
