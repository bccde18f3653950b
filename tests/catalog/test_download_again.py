"""Downloading again: forced, resumed, with a leading store or not, and what was left out (CAT-1, CAT-19, SET-22)."""

import csv
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import CatalogConflict, Listing
from catalog.queries.activities import latest_download
from catalog.services import download
from channels.errors import TemporarilyUnavailable
from channels.models import Channel, ChannelSettings
from channels.remote import ProductPage
from inventory.enums import Outcome, RunState
from inventory.models import AuditEntry, Family, Product
from inventory.services import runs
from tests.catalog.conftest import fetch, step, work_off
from tests.catalog.test_pages import at, client_of
from tests.factories.catalog import FakeShop, family, listed, single, variant
from tests.factories.channels import NOW, ChannelFactory
from tests.factories.inventory import BrandFactory, CategoryFactory, FamilyFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(settings={"import_opening_stock": False})


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


def fresh(channel: Channel) -> Channel:
    return Channel.objects.select_related("settings").get(pk=channel.pk)


def everything(channel: Channel, shop: FakeShop):
    return work_off(channel, shop, download.start_download(fresh(channel), force=True, user=None, now=NOW))


@pytest.mark.req("CAT-1")
@pytest.mark.req("CAT-6")
def test_only_everything_overwrites_what_was_edited_here(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("TENT", "Tent", price=Decimal(10)), single("MAT", "Mat")]
    fetch(channel, shop)
    Product.objects.filter(sku="TENT").update(name="Ours", name_key="ours")

    usual = fetch(channel, shop)
    assert (usual.done, usual.unchanged, usual.items.count()) == (0, 2, 0)
    assert Product.objects.get(sku="TENT").name == "Ours"

    forced = everything(channel, shop)
    assert (forced.title, forced.done, forced.unchanged) == ("Download of everything", 2, 0)
    assert dict(forced.items.values_list("key", "reason")) == {"p-TENT": "1 product updated.", "p-MAT": "Linked."}
    assert Product.objects.get(sku="TENT").name == "Tent"


def test_an_unchanged_page_takes_as_few_statements_for_many_as_for_one(channel: Channel, shop: FakeShop) -> None:
    def statements() -> int:
        fetch(channel, shop)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run = fetch(channel, shop)
        assert run.unchanged == len(shop.remotes)
        return len(queries)

    shop.remotes = [single("A")]
    one = statements()
    shop.remotes += [single(f"S{n}") for n in range(60)] + [family("F", variant("F-1", "Red"), variant("F-2", "Blue"))]

    assert statements() == one


def test_a_download_of_new_products_is_one_line_in_the_audit_trail(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("A"), single("B"), single("C")]

    fetch(channel, shop)

    entry = AuditEntry.objects.get(action="Added products")
    assert entry.changes == {"added": [None, "A, B, C"]}
    assert entry.object_label == "A Product A and 2 more"


# --- resuming


@pytest.mark.req("CAT-1")
@pytest.mark.req("JOB-2")
@pytest.mark.parametrize("end", [RunState.CANCELLED, RunState.FAILED])
def test_a_stopped_download_goes_on_where_it_stopped(channel: Channel, shop: FakeShop, end: RunState) -> None:
    shop.remotes = [single(f"S{n}") for n in range(5)] + [family("F", variant("F-1", "Red"), variant("", "Blue"))]
    shop.page_size = 2
    run = step(channel, shop, download.start_download(channel, user=None, now=NOW))
    runs.finish_run(run, state=end, now=NOW)
    view = latest_download(channel)
    assert view is not None
    assert view.can_resume

    shop.calls.clear()
    again = download.resume_download(channel, stopped=run, user=None, now=NOW)
    again = work_off(channel, shop, again)

    assert shop.calls == ["page 2", "page 4"]
    assert (again.state, again.done, again.skipped, again.total) == (RunState.DONE, 4, 1, 5)
    assert again.options["resumed"] == run.pk
    assert Product.objects.count() == 6
    with pytest.raises(download.NothingToResume):
        download.resume_download(channel, stopped=again, user=None, now=NOW)


def test_a_resumed_download_stays_forced_and_a_second_one_is_refused(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single(f"S{n}") for n in range(4)]
    fetch(channel, shop)
    shop.page_size = 2
    run = step(channel, shop, download.start_download(fresh(channel), force=True, user=None, now=NOW))
    runs.finish_run(run, state=RunState.CANCELLED, now=NOW)

    again = download.resume_download(channel, stopped=run, user=None, now=NOW)

    with pytest.raises(runs.AlreadyRunning):
        download.resume_download(channel, stopped=run, user=None, now=NOW)
    assert (work_off(channel, shop, again).done, again.options["before"]) == (2, 2)


@pytest.mark.req("GEN-3")
def test_the_page_offers_to_go_on(channel: Channel, shop: FakeShop, operator: Client) -> None:
    shop.remotes = [single(f"S{n}") for n in range(4)]
    shop.page_size = 2
    run = step(channel, shop, download.start_download(channel, user=None, now=NOW))
    page = operator.get(at("download", channel)).content.decode()
    assert "<b>2</b> of 4" in page
    runs.finish_run(run, state=RunState.CANCELLED, now=NOW)
    assert "Go on where it stopped" in operator.get(at("download", channel)).content.decode()

    assert client_of("Viewer").post(at("resume_download", channel, run.pk)).status_code == 403
    assert operator.post(at("resume_download", channel, run.pk)).status_code == 302

    again = latest_download(channel)
    assert again is not None
    assert (again.run.cursor["page"], again.is_open, again.run.pk != run.pk) == ("2", True, True)
    assert operator.post(at("resume_download", channel, 10**9)).status_code == 404


# --- who leads (SET-22)


@pytest.mark.req("SET-22", platform="bigcommerce")
@pytest.mark.req("CAT-19")
@pytest.mark.parametrize("master", [True, False, None])
def test_category_and_brand_follow_only_a_leading_store(channel: Channel, shop: FakeShop, master: bool | None) -> None:
    """BigCommerce leads unless staff say otherwise."""
    ChannelSettings.objects.update(store_is_master=master)
    ours, theirs = (CategoryFactory(name="Ours"), BrandFactory(name="Ours")), ("Theirs", "Theirs")
    known = ProductFactory(sku="TENT", category=ours[0], brand=ours[1], description="<p>Ours</p>")
    shop.remotes = [
        single(sku, category=theirs[0], brand=theirs[1], description="<p>Theirs</p>") for sku in ("TENT", "NEW")
    ]

    fetch(fresh(channel), shop)

    known.refresh_from_db()
    expected = ("Ours", "Ours") if master is False else theirs
    assert (known.category.name, known.brand.name, known.description) == (*expected, "<p>Theirs</p>")
    new = Product.objects.get(sku="NEW")
    assert (new.category.name, new.brand.name) == theirs
    assert bool(Listing.objects.get(product=known).changed_at) == (master is False)
    assert Listing.objects.get(product=new).changed_at is None


@pytest.mark.req("SET-22", platform="woocommerce")
@pytest.mark.req("CAT-19")
@pytest.mark.parametrize("master", [True, False, None])
def test_category_and_description_follow_only_a_leading_woocommerce_store(shop: FakeShop, master: bool | None) -> None:
    """WooCommerce does not lead unless staff say so; brands are taken there in any case."""
    channel = ChannelFactory(
        platform="woocommerce", settings={"import_opening_stock": False, "store_is_master": master}
    )
    home = FamilyFactory(name="Shirt", description="<p>Ours</p>")
    ours = CategoryFactory(name="Ours")
    known = ProductFactory(sku="S-R", family=home, option1="Red", category=ours, description="<p>Ours</p>")
    remote = family("Shirt", variant("S-R", "Red"), variant("S-B", "Blue"), category="Theirs", brand="Theirs")
    shop.remotes = [replace(remote, description="<p>Theirs</p><script>x</script>")]

    fetch(channel, shop)

    known.refresh_from_db()
    follows = master is True
    assert known.category.name == ("Theirs" if follows else "Ours")
    assert known.description == ("<p>Theirs</p>" if follows else "<p>Ours</p>")
    assert Family.objects.get().description == ("<p>Theirs</p>" if follows else "<p>Ours</p>")
    assert known.brand.name == "Theirs"
    new = Product.objects.get(sku="S-B")
    assert (new.category.name, new.description) == ("Theirs", "<p>Theirs</p>")


@pytest.mark.req("SET-22")
def test_a_store_that_becomes_master_is_followed_by_the_next_usual_download(channel: Channel, shop: FakeShop) -> None:
    ChannelSettings.objects.update(store_is_master=False)
    ProductFactory(sku="TENT", category=CategoryFactory(name="Ours"))
    shop.remotes = [single("TENT", category="Theirs")]
    fetch(fresh(channel), shop)
    ChannelSettings.objects.update(store_is_master=True)

    run = fetch(fresh(channel), shop)

    assert run.done == 1
    assert Product.objects.get().category.name == "Theirs"


@pytest.mark.req("LST-17")
def test_a_download_that_brings_both_in_step_says_so(channel: Channel, shop: FakeShop) -> None:
    item = listed(channel, ProductFactory(sku="TENT"))
    Listing.objects.update(changed_at=NOW)
    shop.remotes = [single("TENT", "Theirs", id=item.remote_product_id, variant_id=item.remote_id)]

    fetch(channel, shop)

    assert Listing.objects.get().changed_at is None


def test_changing_references_of_many_takes_constant_statements(channel: Channel, shop: FakeShop) -> None:
    def statements(count: int, category: str) -> int:
        shop.remotes = [single(f"S{n}", category=category) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            fetch(channel, shop)
        return len(queries)

    statements(60, "First")
    assert statements(60, "Second") - statements(1, "Third") <= 12  # pieces of bulk statements
    entry = AuditEntry.objects.filter(changes__has_key="category").order_by("pk").first()
    assert entry is not None
    assert entry.changes["category"] == ["First", "Second"]


# --- what was left out


@pytest.mark.req("A23")
@pytest.mark.req("CAT-7")
def test_what_was_left_out_is_a_file(channel: Channel, shop: FakeShop, operator: Client) -> None:
    listed(channel, ProductFactory(sku="TENT"))
    shop.remotes = [
        single("", "Nameless"),
        family("Socks", variant("SO-1", "Red", "M"), variant("", "Blue", "L")),
        single("TENT", "=Other tent", id="other", variant_id="v9"),
        single("X" * 300, "Long", id="long", variant_id="v8"),
    ]
    run = fetch(channel, shop)
    assert (run.done, run.skipped, run.failed) == (1, 3, 1)

    response = operator.get(at("left_out_csv", channel))

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(text.splitlines())
    assert head == ["Store ID", "Product", "Variation", "SKU", "Outcome", "Why", "Way out"]
    found = {row[0]: row[1:] for row in rows}
    assert found["other/v9"][:4] == ["'=Other tent", "", "TENT", "The SKU appears twice in the store"]
    assert found["other/v9"][5] == "Catalog, Conflicts: link it, create it or ignore it."
    assert found["p-"] == [
        "Nameless", "", "", "Skipped", "No SKU in the store.", "Give it a SKU in the store, then download again.",
    ]  # fmt: skip
    assert found["p-Socks/v--Blue-L"][:3] == ["Socks", "Blue L", ""]
    assert found["long"][:2] == ["Long", ""]
    assert found["long"][5] == "Correct it in the store, then retry the failed ones."
    assert len(rows) == 4


@pytest.mark.req("A25")
def test_a_conflict_that_the_store_has_no_more_goes_with_the_next_whole_download(
    channel: Channel, shop: FakeShop
) -> None:
    listed(channel, ProductFactory(sku="TENT"))
    shop.remotes = [single("TENT", id="other", variant_id="v9")]
    fetch(channel, shop)
    CatalogConflict.objects.update(seen_at=NOW.replace(year=2020))
    shop.remotes = [single("MAT")]

    fetch(channel, shop)

    assert not CatalogConflict.objects.exists()
    assert latest_download(channel).run.items.get().outcome == Outcome.DONE


# --- a few pages a step


@pytest.mark.req("CAT-1")
def test_a_step_reads_small_pages_until_it_has_enough_to_save(
    channel: Channel, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "READ_AHEAD", 4)
    shop.remotes, shop.page_size = [single(f"S{n}") for n in range(7)], 2

    run = step(channel, shop, download.start_download(channel, user=None, now=NOW))

    assert shop.calls == ["page", "page 2"]
    assert (run.done, run.total, run.state) == (4, 7, RunState.RUNNING)
    run = work_off(channel, shop, run)
    assert shop.calls == ["page", "page 2", "page 4", "page 6"]
    assert (run.done, run.state) == (7, RunState.DONE)
    again = fetch(channel, shop)
    assert (again.done, again.unchanged, again.items.count()) == (0, 7, 0)


@pytest.mark.req("JOB-2")
def test_what_was_read_before_the_store_failed_is_saved_and_the_rest_asked_for_again(
    channel: Channel, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "READ_AHEAD", 100)
    shop.remotes, shop.page_size = [single(f"S{n}") for n in range(4)], 2
    ask = FakeShop.page

    def failing(shop: FakeShop, *, cursor: str = "") -> ProductPage:
        if cursor:
            raise TemporarilyUnavailable("The store does not answer.")
        return ask(shop, cursor=cursor)

    monkeypatch.setattr(FakeShop, "page", failing)
    run = step(channel, shop, download.start_download(channel, user=None, now=NOW))
    assert (run.done, run.cursor["page"], run.state) == (2, "2", RunState.RUNNING)
    with pytest.raises(TemporarilyUnavailable):
        step(channel, shop, run)

    monkeypatch.setattr(FakeShop, "page", ask)
    run = work_off(channel, shop, run)
    assert (run.done, run.state, Product.objects.count()) == (4, RunState.DONE, 4)
