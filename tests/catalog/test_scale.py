"""The Catalog tab with 100 000 listed products: as few statements as with one."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from catalog.models import Listing, ListingItem
from channels.models import Channel
from inventory.models import Product
from tests.catalog.test_pages import STATEMENTS, client_of, statements
from tests.factories.catalog import listed
from tests.factories.inventory import stocked_product

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MANY = 100_000


def multiply(table: str, row: int, changes: dict[str, str]) -> None:
    """Copies one row many times over, with some columns by the number `n`."""
    names = [column.name for column in connection.introspection.get_table_description(connection.cursor(), table)]
    picked = ", ".join(changes.get(name, name) for name in names)
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY}) "
            f"INSERT INTO {table} ({columns}) SELECT {picked} FROM {table}, numbers WHERE id = {row}"
        )


@pytest.fixture
def large(channel: Channel) -> Channel:
    item = listed(channel, stocked_product(3, sku="first", name="First tent"))
    listing, product = Listing.objects.get(), Product.objects.get()
    level = product.levels.get()
    multiply(
        "inventory_product",
        product.pk,
        {
            "id": f"{product.pk} + n",
            "sku": "'sku-' || n",
            "sku_key": "'sku-' || n",
            "name": "'Tent ' || n",
            "name_key": "'tent ' || n",
            "search": "'sku-' || n || ' tent ' || n",
        },
    )
    multiply("inventory_stocklevel", level.pk, {"id": f"{level.pk} + n", "product_id": f"{product.pk} + n"})
    multiply(
        "catalog_listing",
        listing.pk,
        {"id": f"{listing.pk} + n", "product_id": f"{product.pk} + n", "remote_id": "'r' || n"},
    )
    multiply(
        "catalog_listingitem",
        item.pk,
        {
            "id": f"{item.pk} + n",
            "product_id": f"{product.pk} + n",
            "listing_id": f"{listing.pk} + n",
            "remote_id": "'v' || n",
            "remote_product_id": "'r' || n",
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert ListingItem.objects.count() == MANY + 1
    return channel


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


def test_a_hundred_thousand_rows(large: Channel, operator: Client) -> None:
    address = reverse("catalog:catalog", args=[large.pk])
    for query in ("", "?q=tent 99", "?status=listed", "?stock=available", "?page=1500", "?status=problem"):
        assert statements(operator, address + query) <= STATEMENTS
    many = statements(operator, address)

    ListingItem.objects.filter(pk__gt=ListingItem.objects.order_by("pk")[2].pk)._raw_delete(connection.alias)

    assert statements(operator, address) == many
