"""Lists of a whole range: the true total, every page once, found through indexes (CAT-2, UI.md)."""

import pytest
from django.db import connection
from django.db.models import Count, Window
from django.test import Client

from catalog.queries.catalog import SORTS, CatalogFilters, catalog_pages
from channels.models import Channel
from inventory.models import Category, Product
from inventory_sync.lib.paging import KeyPaginator
from tests.catalog.test_pages import at, client_of, shown
from tests.factories.catalog import listed
from tests.factories.inventory import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def many(count: int) -> list[Product]:
    return [ProductFactory(sku=f"P-{number:03d}", name=f"Tent {number % 7} {number}") for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 11, 14])
@pytest.mark.parametrize("one_pass", [False, True])
def test_pages_hold_every_row_once_whichever_end_they_are_counted_from(count: int, one_pass: bool) -> None:
    wanted = [product.pk for product in many(count)]
    rows = Product.objects.order_by("sku_key")

    pages = KeyPaginator(rows, 5, one_pass=one_pass)
    found = [pk for number in pages.page_range for pk in KeyPaginator(rows, 5, one_pass=one_pass).get_page(number)]

    assert found == wanted
    assert pages.count == count
    for asked in ("0", "-1", "x", "", None, "99", "9" * 30):
        page = KeyPaginator(rows, 5, one_pass=one_pass).get_page(asked)
        assert list(page) in ([], wanted[:5], wanted[(max(count, 1) - 1) // 5 * 5 :])
        assert page.paginator.count == count


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_every_order_is_a_whole_one(channel: Channel, sort: str) -> None:
    for product in many(7):
        listed(channel, product) if product.pk % 2 else None
    pages = catalog_pages(channel, CatalogFilters(), sort=sort, size=3)

    found = [pk for number in (1, 2, 3) for pk in pages.page(number)]

    assert sorted(found) == sorted(Product.objects.values_list("pk", flat=True))
    assert pages.count == 7


@pytest.mark.req("CAT-2")
def test_words_in_any_order_or_the_category(channel: Channel) -> None:
    operator, address = client_of("Operator"), at("catalog", channel)
    ProductFactory(sku="A", name="Höhlenzelt für zwei")
    ProductFactory(sku="B", name="Bottle", category=CategoryFactory(name="Zelte und mehr"))
    ProductFactory(sku="C", name="100 % Wolle_rot")

    assert shown(operator, f"{address}?q=zwei hohlen") == ["A"]
    assert shown(operator, f"{address}?q=zelt") == ["A", "B"]
    assert shown(operator, f"{address}?q=zelte und") == ["B"]
    assert shown(operator, f"{address}?q=100 %25") == ["C"]
    assert shown(operator, f"{address}?q=_rot") == ["C"]
    assert shown(operator, f"{address}?q=a%25b") == []


def test_the_indexes_of_the_lists_are_there() -> None:
    """Changing a table on SQLite makes it anew and forgets what only a migration knows."""
    with connection.cursor() as cursor:
        names = set(connection.introspection.get_constraints(cursor, Product._meta.db_table))
    wanted = {"product_deprecated", "product_category_sku", "product_brand_sku"}
    assert wanted <= names
    if connection.vendor == "sqlite":
        assert "product_search_words" in names


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it would search")
def test_sqlite_searches_in_an_index_alone(channel: Channel) -> None:
    Category.objects.create(name="Other")
    pages = catalog_pages(channel, CatalogFilters(q="tent"), size=50)

    plan = pages.rows.annotate(of_all=Window(Count("*"))).values_list("pk", "of_all").explain()

    assert "COVERING INDEX product_search_words" in plan


def test_the_total_counts_beyond_what_other_lists_count(channel: Channel) -> None:
    many(3)
    client: Client = client_of("Operator")

    page = client.get(at("catalog", channel) + "?rows=250").context["page"]

    assert not getattr(page.paginator, "is_capped", False)
    assert page.paginator.count == 3
