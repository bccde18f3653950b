"""Many products at once, straight into the tables."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog import records, terms
from sandbox.woocommerce.sites import Site

SLICE = 2000
SIZES = ("XS", "S", "M", "L", "XL")


def bulk_products(
    site: Site,
    count: int,
    *,
    prefix: str = "BULK",
    stock: int = 10,
    price: float = 9.9,
    variations_each: int = 0,
    families: int | None = None,
) -> int:
    """``count`` products, the first ``families`` of them (all, when left out) with ``variations_each`` variations.

    Answers the number of the first.
    """
    parents = 0 if not variations_each else min(count, families if families is not None else count)
    first = site.db.next_id(site.name, "post", count + parents * variations_each)
    category = terms.default_category(site)
    child = first + count
    rows: list[tuple[Any, ...]] = []
    for index in range(count):
        number = first + index
        body = bulk_body(site, number, f"{prefix}-{number:06d}", price=price, stock=stock, category=category)
        if index < parents:
            body |= {"type": "variable", "regular_price": "", "manage_stock": False, "stock_quantity": None}
            body |= {
                "lowest": f"{price:.2f}",
                "highest": f"{price:.2f}",
                "attributes": [size_attribute(variations_each)],
            }
            for place in range(variations_each):
                rows.append(records.row_of(site, bulk_variation(site, body, child, place, price=price, stock=stock)))
                child += 1
        rows.append(records.row_of(site, body))
    write(site, rows, [(site.name, category, first + index) for index in range(count)])
    return first


def write(site: Site, rows: list[tuple[Any, ...]], term_rows: list[tuple[Any, ...]]) -> None:
    with site.db.transaction():
        for start in range(0, len(rows), SLICE):
            sql = f"INSERT INTO woo_product ({records.COLUMNS}) VALUES ({records.MARKS})"
            site.db.run_many(sql, rows[start : start + SLICE])
        site.db.run_many("INSERT INTO woo_term_product (store, term_id, product_id) VALUES (?, ?, ?)", term_rows)


def bulk_body(site: Site, number: int, sku: str, *, price: float, stock: int, category: int) -> Json:
    name = f"Bulk product {sku}"
    return {
        **records.DEFAULTS,
        "id": number,
        "created": site.now,
        "modified": site.now,
        "name": name,
        "slug": records.slug_of(name),
        "sku": sku,
        "regular_price": f"{price:.2f}",
        "manage_stock": True,
        "stock_quantity": stock,
        "stock_status": "instock" if stock > 0 else "outofstock",
        "categories": [category],
    }


def size_of(place: int) -> str:
    return SIZES[place] if place < len(SIZES) else f"Size {place + 1}"


def size_attribute(count: int) -> Json:
    options = [size_of(place) for place in range(count)]
    return {"id": 0, "name": "Size", "position": 0, "visible": True, "variation": True, "options": options}


def bulk_variation(site: Site, parent: Json, number: int, place: int, *, price: float, stock: int) -> Json:
    option = size_of(place)
    body = bulk_body(site, number, f"{parent['sku']}-{place + 1}", price=price, stock=stock, category=0)
    return {
        **body,
        "type": records.VARIATION,
        "parent_id": parent["id"],
        "name": f"{parent['name']} - {option}",
        "tax_class": "parent",
        "categories": [],
        "menu_order": place + 1,
        "values": [{"id": 0, "name": "Size", "option": option}],
    }
