"""A store's catalog and customers as both platforms have them (CAT-4 to CAT-11, A22, A24, A26, CUS-1, CUS-4)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.enums import ConflictDecision
from catalog.models import CatalogConflict, CustomerLink, Listing, ListingItem
from catalog.services import conflicts, download
from catalog.services.customer_download import start_customer_download
from catalog.services.decisions import Choice
from channels.models import Channel
from channels.remote import DesiredProduct, DesiredVariant, RemoteOptionValue
from channels.services.platforms import open_platform
from inventory.enums import RunState
from inventory.models import Customer, Family, Product, Run
from tests.factories.inventory import ProductFactory
from tests.flows import setting
from tests.flows.stores import on_both
from tests.sandbox.client import StoreClient

pytestmark = [pytest.mark.django_db, on_both]
NAMES = ("Color", "Size", "Cut", "Hood")


def newest(kind: str = "catalog.download") -> Run:
    return Run.objects.filter(kind=kind).order_by("-pk")[0]


def put(channel: Channel, *products: DesiredProduct) -> list[str]:
    """Makes products in the store; answers their ids."""
    results = open_platform(channel).products.create(products)
    assert [result.error for result in results] == [""] * len(products)
    return [result.product_id for result in results]


def family(key: str, name: str, variants: dict[str, tuple[str, ...]]) -> DesiredProduct:
    count = max(len(values) for values in variants.values())
    return DesiredProduct(
        key=key,
        is_family=True,
        name=name,
        option_names=NAMES[:count],
        is_visible=True,
        variants=tuple(
            DesiredVariant(
                key=sku,
                sku=sku,
                price=Decimal(10),
                options=tuple(
                    RemoteOptionValue(name=label, value=value) for label, value in zip(NAMES, values, strict=False)
                ),
            )
            for sku, values in variants.items()
        ),
    )


def single(sku: str, name: str) -> DesiredProduct:
    only = DesiredVariant(key=sku, sku=sku, price=Decimal(10))
    return DesiredProduct(key=sku, name=name, variants=(only,), is_visible=True)


def arrive(channel: Channel, *ids: str) -> Run:
    """A download of these products alone."""
    now = datetime.now(UTC)
    decided = Channel.objects.select_related("settings").get(pk=channel.pk)
    download.decide_opening_stock(decided, take=False, user=None, now=now)
    run = download.start_download(decided, user=None, now=now)
    Run.objects.filter(pk=run.pk).update(options={"only": list(ids)})
    setting.settle()
    run.refresh_from_db()
    assert run.state == RunState.DONE, run.message
    return run


@pytest.mark.req("A22")
@pytest.mark.req("CAT-5")
def test_four_options_keep_every_sku(channel: Channel) -> None:
    variants = {
        "JK-1": ("Red", "L", "Slim", "Fixed"),
        "JK-2": ("Red", "L", "Slim", "Zip-off"),
        "JK-3": ("Blue", "L", "Slim", "Fixed"),
    }
    [number] = put(channel, family("j", "Storm jacket", variants))

    run = arrive(channel, number)

    home = Family.objects.get(name="Storm jacket")
    assert home.option_names() == ["Color", "Size", "Cut"]
    rows = home.variations.order_by("sku").values_list("sku", "name", "option1", "option2", "option3")
    assert list(rows) == [
        ("JK-1", "Storm jacket Red L Slim", "Red", "L", "Slim"),
        ("JK-2", "Storm jacket Red L Slim (JK-2)", "Red", "L", "Slim (JK-2)"),
        ("JK-3", "Storm jacket Blue L Slim", "Blue", "L", "Slim"),
    ]
    assert run.items.get().reason == ("3 products added. Only the first three options are kept; left out: Hood.")
    assert arrive(channel, number).unchanged == 1


@pytest.mark.req("CAT-4", platform="bigcommerce")
@pytest.mark.req("CAT-4", platform="woocommerce")
@pytest.mark.req("CAT-11")
def test_two_hundred_variations_arrive_as_one_family(channel: Channel) -> None:
    variants = {f"BIG-{n:03}": (f"Color {n // 20}", f"Size {n % 20}") for n in range(200)}
    [number] = put(channel, family("big", "Two hundred", variants))

    run = arrive(channel, number)

    assert run.items.get().reason == "200 products added."
    home = Family.objects.get(name="Two hundred")
    assert home.variations.count() == Listing.objects.get(family=home).items.count() == 200
    assert home.variations.get(sku="BIG-137").name == "Two hundred Color 6 Size 17"
    assert arrive(channel, number).unchanged == 1


@pytest.mark.req("A26")
@pytest.mark.req("CAT-11")
@pytest.mark.req("CAT-9")
def test_names_that_are_taken_get_the_sku(channel: Channel) -> None:
    ProductFactory(sku="OURS-1", name="Kettle")
    ProductFactory(sku="OURS-2", name="Cap Red")
    ids = put(channel, single("KET-1", "Kettle"), family("cap", "Cap", {"CAP-R": ("Red",), "CAP-B": ("Blue",)}))

    arrive(channel, *ids)

    skus = ["CAP-B", "CAP-R", "KET-1"]
    assert list(Product.objects.filter(sku__in=skus).order_by("sku").values_list("sku", "name")) == [
        ("CAP-B", "Cap Blue"),
        ("CAP-R", "Cap Red (CAP-R)"),
        ("KET-1", "Kettle (KET-1)"),
    ]


@pytest.mark.req("A24")
@pytest.mark.req("CAT-8", platform="bigcommerce")
@pytest.mark.req("CAT-8", platform="woocommerce")
def test_of_several_roots_the_first_in_the_stores_order_counts(
    channel: Channel, store: StoreClient, platform: str
) -> None:
    """The product is in a child of one root and in another root; a category of ours is made where there is none."""
    first, child, second = categories(store, platform)
    chosen = [child, second]
    body: dict[str, object]
    if platform == "bigcommerce":
        body = {"name": "Mixed", "type": "physical", "weight": 1, "price": 5, "sku": "MIXED", "categories": chosen}
        answer = store.call("POST", "/v3/catalog/products", body)
        number = str(answer.json()["data"]["id"])
        listed = store.data("/v3/catalog/products", id=number)[0]["categories"]
    else:
        body = {"name": "Mixed", "sku": "MIXED", "categories": [{"id": each} for each in chosen]}
        answer = store.call("POST", "/wc/v3/products", body)
        number = str(answer.json()["id"])
        listed = [each["id"] for each in store.data(f"/wc/v3/products/{number}")["categories"]]

    arrive(channel, number)

    expected = "Second root" if listed[0] == second else "First root"
    assert (first != child, Product.objects.get(sku="MIXED").category.name) == (True, expected)


def categories(store: StoreClient, platform: str) -> tuple[int, int, int]:
    def make(name: str, parent: int = 0) -> int:
        if platform == "woocommerce":
            answer = store.call("POST", "/wc/v3/products/categories", {"name": name, "parent": parent})
            return int(answer.json()["id"])
        body = [{"name": name, "parent_id": parent, "tree_id": 1}]
        answer = store.call("POST", "/v3/catalog/trees/categories", body)
        return int(answer.json()["data"][0]["category_id"])

    first = make("First root")
    return first, make("Child", first), make("Second root")


@pytest.mark.req("A25")
def test_a_conflict_is_decided_and_read_again_from_the_store(channel: Channel) -> None:
    mine = ProductFactory(sku="LAMP-OURS", name="Lamp of ours")
    ProductFactory(sku="LAMP-R")  # a single product, but a variation in the store
    [number] = put(channel, family("lamp", "Lamp", {"LAMP-R": ("Red",), "LAMP-B": ("Blue",)}))
    arrive(channel, number)
    row = CatalogConflict.objects.get()
    red, blue = ((each["id"], each["sku"]) for each in row.variants)
    choices = {key: Choice(sku=f"{sku}-2") for key, sku in (red, blue)}

    now = datetime.now(UTC)
    conflicts.decide_conflict(
        channel, conflict_id=row.pk, decision=ConflictDecision.CREATE, choices=choices, user=None, now=now
    )
    setting.settle()

    assert newest("catalog.resolve").done == 1
    items = ListingItem.objects.filter(remote_product_id=number)
    assert dict(items.values_list("remote_sku", "product__sku")) == {"LAMP-R": "LAMP-R-2", "LAMP-B": "LAMP-B-2"}
    assert not mine.listing_items.exists()
    assert arrive(channel, number).unchanged == 1


@pytest.mark.req("CUS-1")
@pytest.mark.req("CUS-2")
@pytest.mark.req("CUS-4")
@pytest.mark.req("A56")
def test_customers_come_and_nothing_of_them_is_sent(channel: Channel, store: StoreClient) -> None:
    def fetch() -> Run:
        start_customer_download(channel, user=None, now=datetime.now(UTC))
        setting.settle()
        return newest("catalog.customers")

    store.control("DELETE", "/requests")

    first = fetch()

    assert (first.state, first.failed) == (RunState.DONE, 0)
    assert first.done > 0
    linked = CustomerLink.objects.filter(channel=channel)
    assert linked.count() == first.done
    assert all(link.customer.contacts.filter(is_default=True).count() == 1 for link in linked)
    with_billing = Customer.objects.filter(links__in=linked, addresses__type="billing").distinct().count()
    assert with_billing == Customer.objects.filter(links__in=linked, addresses__type="business").distinct().count() > 0
    second = fetch()
    assert (second.done, second.unchanged) == (0, first.done)
    Customer.objects.filter(links__in=linked).update(phone="1")
    fetch()
    sent = [entry for entry in store.control("GET", "/requests")["requests"] if entry["method"] != "GET"]
    assert sent == []
