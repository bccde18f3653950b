"""Products of a store: pages of 250 with their variants, categories and brands looked up once; writing them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.platforms.batches import chunks, comma
from channels.platforms.bigcommerce.client import IDS, Client, Json
from channels.platforms.bigcommerce.listing import Listing
from channels.platforms.bigcommerce.mapping.products import (
    Surroundings,
    category_ids,
    length_unit,
    remote_product,
    weight_unit,
)
from channels.platforms.bigcommerce.mapping.values import flag
from channels.platforms.fields import remote_id, text
from channels.remote import DesiredProduct, ProductPage, ProductResult, RemoteProduct

SKUS, SKU_TEXT = 50, 1500


class Products:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._categories: dict[str, Json] | None = None
        self._brands: dict[str, str] = {}
        self._store: Json | None = None
        self._listing = Listing(client, around=self._around, find=self._find)

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

    def find(self, skus: Sequence[str]) -> tuple[RemoteProduct, ...]:
        """Fifty SKUs of products a call; those that are none's own are looked up among variants, one by one."""
        return self._find(skus, skus)

    def _find(self, skus: Sequence[str], of_variants: Sequence[str]) -> tuple[RemoteProduct, ...]:
        wanted = {sku.casefold(): sku for sku in (*skus, *of_variants) if sku.strip()}
        found: dict[str, RemoteProduct] = {}
        for part in sku_lists(dict.fromkeys(sku for sku in skus if sku.strip() and "," not in sku)):
            rows, _pagination = self._client.products_page({"sku:in": ",".join(part)})
            found.update(self._having(self._products(rows), wanted))
        seen = {variant.sku.casefold() for product in found.values() for variant in product.variants}
        rest = {sku.casefold(): sku for sku in of_variants if sku.strip() and sku.casefold() not in seen}
        rows = [row for sku in rest.values() for row in self._client.variants_with_sku(sku)]
        numbers = {remote_id(row, "product_id") for row in rows} - found.keys() - {""}
        found.update(self._having(self.get_many(sorted(numbers)), wanted))
        return tuple(found.values())

    @staticmethod
    def _having(products: Sequence[RemoteProduct], wanted: Mapping[str, str]) -> dict[str, RemoteProduct]:
        """Only those that the store was asked for, should it have ignored the question."""
        return {
            product.id: product
            for product in products
            if text(product.raw, "sku").casefold() in wanted
            or any(variant.sku.casefold() in wanted for variant in product.variants)
        }

    # -- writing

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        return self._listing.create(products, look_first=look_first)

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        return self._listing.update(products, known=known)

    def set_visible(self, ids: Sequence[str], *, visible: bool) -> tuple[ProductResult, ...]:
        return self._listing.set_visible(ids, visible=visible)

    def delete(self, ids: Sequence[str]) -> tuple[ProductResult, ...]:
        return self._listing.delete(ids)

    # -- what products refer to

    def _products(self, rows: Sequence[Json]) -> tuple[RemoteProduct, ...]:
        if not rows:
            return ()
        self._learn_categories({number for row in rows for number in category_ids(row)})
        self._learn_brands({remote_id(row, "brand_id") for row in rows} - {""})
        around = self._around()
        return tuple(remote_product(row, around) for row in rows)

    def _around(self) -> Surroundings:
        if self._store is None:
            self._store = self._client.store()
        return Surroundings(
            categories=self._categories or {},
            brands=self._brands,
            weight_unit=weight_unit(self._store),
            length_unit=length_unit(self._store),
            store_url=text(self._store, "secure_url").rstrip("/"),
            channel_id=default_channel(self._store),
        )

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


def default_channel(store: Json) -> str:
    """Of a store with several storefronts."""
    features = store.get("features")
    several = isinstance(features, dict) and flag(features, "multi_storefront_enabled")
    return remote_id(store, "default_channel_id") if several else ""


def sku_lists(skus: Iterable[str]) -> Iterator[list[str]]:
    """Lists short enough for an address."""
    part: list[str] = []
    for sku in skus:
        if part and (len(part) == SKUS or sum(len(one) + 3 for one in part) + len(sku) > SKU_TEXT):
            yield part
            part = []
        part.append(sku)
    if part:
        yield part


def _category_id(row: Json) -> str:
    return remote_id(row, "category_id") or remote_id(row, "id")
