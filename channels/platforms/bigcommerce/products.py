"""Products of a store: pages of 250 with their variants, categories and brands looked up once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.platforms.bigcommerce.client import IDS, Client, Json, chunks, comma
from channels.platforms.bigcommerce.mapping.products import (
    Surroundings,
    category_ids,
    length_unit,
    remote_product,
    weight_unit,
)
from channels.platforms.bigcommerce.mapping.values import remote_id, text
from channels.remote import ProductPage, RemoteProduct


class Products:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._categories: dict[str, Json] | None = None
        self._brands: dict[str, str] = {}
        self._store: Json | None = None

    def page(self, *, cursor: str = "", changed_since: datetime | None = None) -> ProductPage:
        """In order of id. The cursor is "page|total so far".

        When products were deleted meanwhile (the total shrank), the page before is read again: what moved up onto it
        would be missed otherwise. Products that come twice are the same.
        """
        number, before = (int(part) for part in cursor.split("|")) if cursor else (1, 0)
        where: dict[str, Any] = {"sort": "id", "direction": "asc"}
        if changed_since is not None:
            where["date_modified:min"] = changed_since.astimezone(UTC).replace(microsecond=0).isoformat()
        rows, pagination = self._client.products_page({**where, "page": number})
        total = int(pagination.get("total") or 0)
        if total < before and number > 1:
            moved, _pagination = self._client.products_page({**where, "page": number - 1})
            known = {remote_id(row, "id") for row in rows}
            rows = [row for row in moved if remote_id(row, "id") not in known] + rows
        last = not rows or number >= int(pagination.get("total_pages") or 1)
        return ProductPage(
            products=self._products(rows), next_cursor="" if last else f"{number + 1}|{total}", total=total or None
        )

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        found: list[RemoteProduct] = []
        for part in chunks(sorted({int(number) for number in ids if number.isdecimal()}), IDS):
            rows, _pagination = self._client.products_page({"id:in": comma(part)})
            found += self._products(rows)
        return tuple(found)

    def _products(self, rows: Sequence[Json]) -> tuple[RemoteProduct, ...]:
        if not rows:
            return ()
        self._learn_categories({number for row in rows for number in category_ids(row)})
        self._learn_brands({remote_id(row, "brand_id") for row in rows} - {""})
        if self._store is None:
            self._store = self._client.store()
        around = Surroundings(
            categories=self._categories or {},
            brands=self._brands,
            weight_unit=weight_unit(self._store),
            length_unit=length_unit(self._store),
            store_url=text(self._store, "secure_url").rstrip("/"),
        )
        return tuple(remote_product(row, around) for row in rows)

    def _learn_categories(self, wanted: set[str]) -> None:
        """The whole tree at once; again only when a product is in a category that is newer than what we have."""
        if not wanted or (self._categories is not None and wanted <= self._categories.keys()):
            return
        known: Mapping[str, Json] = {_category_id(row): row for row in self._client.categories()}
        deleted: dict[str, Json] = {number: {} for number in wanted - known.keys()}
        self._categories = {**deleted, **known}

    def _learn_brands(self, wanted: set[str]) -> None:
        missing = wanted - self._brands.keys()
        if missing:
            found = self._client.brands([int(number) for number in missing])
            self._brands.update(dict.fromkeys(missing, ""))
            self._brands.update((remote_id(row, "id"), text(row, "name")) for row in found)


def _category_id(row: Json) -> str:
    return remote_id(row, "category_id") or remote_id(row, "id")
