"""The page of differences: what it shows, what it puts right, who may, how many statements (NEW-1)."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from catalog.enums import DriftCause
from catalog.models import Drift, ListingItem
from catalog.presence import drift_work, health
from channels.models import ChangeMark, Channel
from inventory.models import Run, User
from tests.catalog.drains import fresh
from tests.catalog.drifting import compared, edit, linked
from tests.catalog.test_pages import client_of
from tests.factories.catalog import sending_channel
from tests.factories.inventory import UserFactory
from tests.factories.listing import ListingShop
from tests.statements import statements

pytestmark = pytest.mark.django_db
STATEMENTS = 22
FRAGMENT = {"HX-Request": "true", "HX-Target": "comparison"}


@pytest.fixture
def shop() -> ListingShop:
    return ListingShop()


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel(store_is_master=False)


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


def page(client: Client, channel: Channel, **query: str) -> str:
    answer = client.get(reverse("catalog:drift", args=[channel.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def heal(client: Client, channel: Channel, **form: object) -> object:
    return client.post(reverse("catalog:heal_drift", args=[channel.pk]), form)


def some(channel: Channel, shop: ListingShop) -> None:
    """A number and a price that were changed in the store, a product that is gone, and an order on its way."""
    for sku in ("ASH", "ELM", "FIR", "OAK"):
        linked(channel, shop, sku)
    edit(shop, "ASH", variant={"quantity": Decimal(3)})
    edit(shop, "ELM", variant={"price": Decimal("12.50")})
    edit(shop, "FIR", variant={"quantity": Decimal(5)})
    shop.remotes = shop.remotes[:-1]
    compared(channel, shop)
    Drift.objects.filter(label__startswith="FIR").update(cause=DriftCause.IN_FLIGHT)


@pytest.mark.req("NEW-1")
def test_it_shows_what_differs_and_why(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    text = page(operator, channel)
    for words in ("ASH Name ASH", ">3</del>", ">7</ins>", "Changed in the store", ">12.50</del>", "no longer there",
                  "No longer in the store", "An order or an update is on its way", "Send ours", "Preview update",
                  "Take the store’s", "Unlink", "List again", "Wait for it", "Last compared"):  # fmt: skip
        assert words in text, words
    assert text.count('value="send"') == 1
    assert "All of this cause" not in text


@pytest.mark.req("NEW-1")
def test_it_is_narrowed_by_cause_kind_and_words(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    edited = page(operator, channel, cause="store_edit")
    assert ("ASH Name" in edited, "OAK Name" in edited) == (True, False)
    assert "All of this cause" in edited
    assert "Send 1 quantity" in edited
    assert "ELM Name" not in page(operator, channel, cause="store_edit", kind="quantity")
    assert "No difference matches" in page(operator, channel, q="nobody")
    assert "ASH Name" in page(operator, channel, q="ash", cause="nonsense", kind="nonsense")
    assert "Send" not in page(operator, channel, cause="in_flight").split("<table")[0].split("chips")[-1]


def test_before_and_after_the_first_comparison(channel: Channel, shop: ListingShop, operator: Client) -> None:
    assert "Not compared yet" in page(operator, channel)
    linked(channel, shop, "OAK")
    answer = operator.post(reverse("catalog:start_drift", args=[channel.pk]))
    assert answer.url == reverse("catalog:drift", args=[channel.pk])
    run = Run.objects.get(kind="catalog.drift")
    text = page(operator, channel)
    assert "hx-trigger" in text
    assert "Compare now" not in text
    operator.post(reverse("catalog:start_drift", args=[channel.pk]))
    assert Run.objects.filter(kind="catalog.drift").count() == 1
    part = operator.get(reverse("catalog:drift", args=[channel.pk]), headers=FRAGMENT)
    assert ("HX-Refresh" in part.headers, "<html" in part.content.decode()) == (False, False)
    Run.objects.filter(pk=run.pk).update(state="done", finished_at=run.created_at, cursor={"unlinked": 2})
    part = operator.get(reverse("catalog:drift", args=[channel.pk]), headers=FRAGMENT)
    assert part.headers["HX-Refresh"] == "true"
    text = page(operator, channel)
    assert "Store and record agree" in text
    assert "2 products of the store are not linked" in text


@pytest.mark.req("NEW-1")
def test_one_click_puts_one_right(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    ash = Drift.objects.get(label__startswith="ASH")
    answer = heal(operator, channel, id=ash.pk, way="send")
    run = Run.objects.get(kind="catalog.update_quantities")
    assert answer.url == reverse("inventory:run", args=[run.pk])
    assert run.options == {"product_ids": [ash.product_id]}

    elm = Drift.objects.get(label__startswith="ELM")
    answer = heal(operator, channel, id=elm.pk, way="update")
    plan = Run.objects.get(kind="catalog.list")
    assert answer.url == reverse("catalog:plan", args=[channel.pk, plan.pk])
    heal(operator, channel, id=elm.pk, way="price", here="cause=store_edit")
    assert elm.product.prices.get(tier_id=1).amount == Decimal("12.5")

    oak = Drift.objects.get(label__startswith="OAK")
    answer = heal(operator, channel, id=oak.pk, way="unlink", here="cause=gone")
    assert answer.url == reverse("catalog:drift", args=[channel.pk]) + "?cause=gone"
    assert not ListingItem.objects.filter(product_id=oak.product_id).exists()
    answer = heal(operator, channel, id=oak.pk, way="unlink")
    assert "nothing left to unlink" in page(operator, channel)


@pytest.mark.req("NEW-1")
def test_one_click_puts_all_of_a_cause_right(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    heal(operator, channel, way="send")  # no cause was chosen
    assert not Run.objects.filter(kind="catalog.update_quantities").exists()
    assert "Choose a cause first" in page(operator, channel)
    heal(operator, channel, cause="store_edit", kind="", way="send")
    ash = Drift.objects.get(label__startswith="ASH")
    assert Run.objects.get(kind="catalog.update_quantities").options == {"product_ids": [ash.product_id]}
    heal(operator, channel, cause="gone", way="unlink")
    assert not Drift.objects.filter(cause="gone").exists()
    ChangeMark.objects.create(channel=channel, kind="order", key="9")
    heal(operator, channel, cause="store_edit", way="send")
    assert "An order is on its way" in page(operator, channel)


def test_a_difference_that_is_solved_by_now_is_said(channel: Channel, operator: Client) -> None:
    heal(operator, channel, id="77", way="price")
    assert "solved by now" in page(operator, channel)


def test_a_read_only_channel_offers_nothing_that_writes(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    Channel.objects.update(read_only=True)
    for query in ({}, {"cause": "store_edit"}, {"cause": "gone"}):
        text = page(operator, channel, **query)
        assert not any(f'name="way" value="{way}"' in text for way in ("send", "update", "again"))
    assert 'value="unlink"' in page(operator, channel)


@pytest.mark.req("APP-4")
def test_only_who_may_puts_right(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    viewer = client_of("Viewer")
    text = page(viewer, channel)
    assert "ASH Name ASH" in text
    assert not any(f'name="way" value="{way}"' in text for way in ("send", "update", "again", "unlink", "price"))
    assert "Compare now" not in text
    ash = Drift.objects.get(label__startswith="ASH")
    for way in ("send", "update", "again", "unlink", "price", "tracking", "nonsense"):
        assert heal(viewer, channel, id=ash.pk, way=way).status_code == 403
    assert viewer.post(reverse("catalog:start_drift", args=[channel.pk])).status_code == 403
    stranger = Client()
    stranger.force_login(UserFactory(role="Operator"))  # of no platform
    for name in ("drift", "drift_csv"):
        assert stranger.get(reverse(f"catalog:{name}", args=[channel.pk])).status_code in (403, 404)
        assert Client().get(reverse(f"catalog:{name}", args=[channel.pk])).status_code == 302
    assert Run.objects.exclude(kind="catalog.drift").count() == 0


def test_another_channels_difference_is_not_touched(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    other = sending_channel()
    ash = Drift.objects.get(label__startswith="ASH")
    heal(operator, other, id=ash.pk, way="send")
    assert not Run.objects.filter(kind="catalog.update_quantities").exists()


def test_the_page_takes_the_same_statements_for_one_row_and_for_three(
    channel: Channel, shop: ListingShop, operator: Client
) -> None:
    counts = []
    for skus in (["ASH"], ["ELM", "OAK"]):
        for sku in skus:
            linked(channel, shop, sku)
            edit(shop, sku, variant={"quantity": Decimal(3)}, name=f"Other {sku}")
        compared(channel, shop)
        page(operator, channel)
        with statements() as sql:
            page(operator, channel, cause="store_edit")
        counts.append(len(sql))
    assert counts[0] == counts[1]
    assert counts[0] <= STATEMENTS


@pytest.mark.req("NEW-1")
def test_it_is_a_file_too(channel: Channel, shop: ListingShop, operator: Client) -> None:
    some(channel, shop)
    answer = operator.get(reverse("catalog:drift_csv", args=[channel.pk]), {"cause": "store_edit"})
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[0] == "SKU,Product,What,Field,Here,In the store,Cause,Reason,First seen"
    assert [row.rpartition(",")[0] for row in rows[1:]] == [
        "ASH,ASH Name ASH,Quantity,Quantity,7,3,Changed in the store,",
        "ELM,ELM Name ELM,Price,Price,10.00,12.50,Changed in the store,",
    ]


@pytest.mark.req("NEW-1")
def test_the_dashboard_the_catalog_and_the_health_tell(channel: Channel, shop: ListingShop, operator: Client) -> None:
    user = User.objects.get(pk=operator.session["_auth_user_id"])
    assert (list(drift_work(user)), list(health(channel))) == ([], [])
    assert "Compare with the store" in operator.get(reverse("catalog:catalog", args=[channel.pk])).content.decode()
    some(channel, shop)
    (item,) = drift_work(user)
    assert (item.count, item.url, item.detail) == (
        3, reverse("catalog:drift", args=[channel.pk]), "3 differences from the store",
    )  # fmt: skip
    assert [(line.label, line.value, line.tone) for line in health(fresh(channel))][1:] == [
        ("Differences from the store", "3", "warn")
    ]
    assert (
        "3 differences from the store need a look"
        in operator.get(reverse("catalog:catalog", args=[channel.pk])).content.decode()
    )
    nobody = UserFactory()
    nobody.user_permissions.add(Permission.objects.get(codename="use_bigcommerce"))
    assert list(drift_work(User.objects.get(pk=nobody.pk))) == []


@pytest.mark.req("NEW-1")
def test_a_press_that_is_about_some_of_many_says_so(
    channel: Channel, shop: ListingShop, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sku in ("ASH", "ELM"):
        linked(channel, shop, sku)
        edit(shop, sku, variant={"quantity": Decimal(3)})
    compared(channel, shop)
    cause = Drift.objects.values_list("cause", flat=True).first() or ""
    assert "Send 2 quantities</button>" in page(operator, channel, cause=cause)
    monkeypatch.setattr("catalog.services.healing.MOST", 1)
    assert "Send 2 quantities: the first 1 of 2</button>" in page(operator, channel, cause=cause)


def test_hostile_numbers_and_words_find_nothing(channel: Channel, operator: Client) -> None:
    for number in ("9" * 5000, "-1", "²", "x"):
        assert heal(operator, channel, way="send", id=number).status_code == 302  # type: ignore[attr-defined]
    page(operator, channel, q="\x00a")
    assert not Run.objects.exists()
