"""Catalog and Bulk listing at 100 000 products: each page beside an empty one of the same frame.

Of the products four in five are listed, spread over 40 categories and 20 brands, one in ten in families of ten.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.figures import Figure, compare
from catalog.models import Listing, ListingItem
from channels.models import Channel
from inventory.models import Brand, Category, Family, Location, Product, StockLevel, User
from tests.factories.channels import ChannelFactory
from tests.statements import statements

COUNT = 100_000
MOST = 3.0
"""Most that a page may take, as a multiple of an empty one."""
_SLICE = 5_000
_CATEGORIES, _BRANDS, _FAMILY = 40, 20, 10


@dataclass(frozen=True, kw_only=True)
class _Page:
    """`least` rows must be found, else the figure says nothing."""

    name: str
    query: dict[str, str]
    least: int = 1


def measure() -> list[Figure]:
    """Raises AssertionError where a page takes too long, finds nothing or asks more for more rows."""
    client, channel = _client(), ChannelFactory(name="Benchmark of pages")
    places = {name: reverse(address, args=[channel.pk]) for name, address in _TABS.items()}
    nothing = Category.objects.create(name="Benchmark of nothing").pk
    last = _fill(channel)
    pages = _pages(last)
    return [
        _figure(client, f"{tab}, {COUNT} products, {page.name}", url, page, f"{url}?category={nothing}")
        for tab, url in places.items()
        for page in pages
    ]


_TABS = {"Catalog": "catalog:catalog", "Bulk listing": "catalog:bulk"}


def _pages(last_page: int) -> tuple[_Page, ...]:
    category = Category.objects.get(name="Benchmark category 7").pk
    return (
        _Page(name="page 1", query={}, least=50),
        _Page(name="last page", query={"page": str(last_page)}),
        _Page(name="search by SKU", query={"q": "BP-077777"}),
        _Page(name="search by name", query={"q": "trekking tent 4242"}),
        _Page(name="search by category", query={"q": "benchmark category 7"}, least=50),
        _Page(name="category chosen", query={"category": str(category)}, least=50),
    )


def _figure(client: Client, name: str, url: str, page: _Page, empty: str) -> Figure:
    """Both pages in turns, so that both see the same machine."""
    address = f"{url}?{urlencode(page.query)}"
    answer = client.get(address)
    rows = answer.content.count(b"BP-") // 2
    assert answer.status_code == 200, f"{name}: {answer.status_code}"
    assert rows >= page.least, f"{name}: {rows} rows"
    assert b"BP-" not in client.get(empty).content
    ours, floor = compare(lambda: client.get(address), lambda: client.get(empty))
    assert ours <= MOST * floor, f"{name}: {ours / floor:.1f} × an empty page"
    with statements() as sql:
        client.get(address)
    return Figure(name=name, ours=ours, floor=floor, statements=len(sql))


def _client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(username="benchmark", password="not important"))
    return client


def _fill(channel: Channel) -> int:
    """The number of the last page."""
    place, _made = Location.objects.get_or_create(name="Benchmark pages")
    categories = [Category.objects.create(name=f"Benchmark category {number}") for number in range(_CATEGORIES)]
    brands = [Brand.objects.create(name=f"Benchmark brand {number}") for number in range(_BRANDS)]
    for start in range(0, COUNT, _SLICE):
        numbers = range(start, start + _SLICE)
        products = [_product(number, categories, brands) for number in numbers]
        _group(products, numbers)
        products = Product.objects.bulk_create(products)
        StockLevel.objects.bulk_create(
            StockLevel(product=product, location=place, on_hand=product.pk % 50, allocated=product.pk % 3)
            for product in products
        )
        _list(channel, [product for product in products if product.pk % 5])
    with connection.cursor() as cursor:  # what PostgreSQL does by itself a minute after so many new rows
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return -(-Product.objects.count() // 50)


def _product(number: int, categories: list[Category], brands: list[Brand]) -> Product:
    sku = f"BP-{number:06d}"
    product = Product(
        sku=sku,
        name=f"Trekking tent {number}",
        category=categories[number % _CATEGORIES],
        brand=brands[number % _BRANDS],
    )
    product.set_keys()
    return product


def _group(products: list[Product], numbers: range) -> None:
    """The first tenth into families."""
    tenth = [product for product, number in zip(products, numbers, strict=True) if number % _SLICE < _SLICE // 10]
    for start in range(0, len(tenth), _FAMILY):
        family = Family.objects.create(name=f"Family of {tenth[start].sku}", option1_name="Size")
        for place, product in enumerate(tenth[start : start + _FAMILY]):
            product.family, product.option1 = family, str(place)


def _list(channel: Channel, products: list[Product]) -> None:
    now = datetime.now(UTC)
    families: dict[int, Listing] = {}
    listings = []
    for product in products:
        if product.family_id is None:
            listings.append(Listing(channel=channel, product=product, remote_id=f"r{product.pk}"))
        elif product.family_id not in families:
            families[product.family_id] = Listing(
                channel=channel, family_id=product.family_id, remote_id=f"f{product.family_id}"
            )
    made = Listing.objects.bulk_create([*listings, *families.values()])
    of_product = {row.product_id: row for row in made if row.product_id}
    of_family = {row.family_id: row for row in made if row.family_id}
    ListingItem.objects.bulk_create(
        ListingItem(
            listing=of_product.get(product.pk) or of_family[product.family_id],
            channel=channel,
            product=product,
            remote_product_id=f"r{product.pk}",
            remote_id=f"v{product.pk}",
            pushed_quantity=product.pk % 50,
            pushed_at=now,
        )
        for product in products
    )
