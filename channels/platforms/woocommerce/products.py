"""Products of a store: read page by page with their variations, found by SKU, and written."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.platforms.fields import remote_id
from channels.platforms.woocommerce.client import Client, Json, utc_text
from channels.platforms.woocommerce.finding import Finding
from channels.platforms.woocommerce.mapping.products import (
    PRODUCT_FIELDS,
    Surroundings,
    category_ids,
    is_family,
    remote_product,
)
from channels.platforms.woocommerce.mapping.units import length_unit, weight_unit
from channels.platforms.woocommerce.mapping.values import moment
from channels.platforms.woocommerce.memory import Memory
from channels.platforms.woocommerce.reading import reading_from
from channels.platforms.woocommerce.variations import Variations
from channels.platforms.woocommerce.writing import ProductWrites
from channels.remote import DesiredProduct, ProductPage, ProductResult, RemoteProduct


class Surrounding:
    """Categories and units of a store, read when first needed."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client = client
        self._memory = memory

    def units(self) -> tuple[str, str]:
        """Weight and length, by our names."""
        known = self._memory.units
        if known is None:
            found = self._client.settings("products")
            known = self._memory.units = (
                weight_unit(str(found.get("woocommerce_weight_unit") or "")),
                length_unit(str(found.get("woocommerce_dimension_unit") or "")),
            )
        return known

    def of(self, rows: Sequence[Json]) -> Surroundings:
        categories = self._categories_with({number for row in rows for number in category_ids(row)})
        weight, length = self.units()
        return Surroundings(categories=categories, weight_unit=weight, length_unit=length)

    def _categories_with(self, wanted: set[str]) -> dict[str, Json]:
        """The whole tree at once; again only when a product is in a category that is newer than what we have."""
        known = self._memory.categories
        if not wanted or (known is not None and wanted <= known.keys()):
            return known or {}
        rows = self._client.all("/products/categories", {"_fields": "id,name,parent"})
        found = {remote_id(row, "id"): row for row in rows}
        deleted: dict[str, Json] = {number: {} for number in wanted - found.keys()}
        self._memory.categories = {**deleted, **found}
        return self._memory.categories or {}


class Products:
    """`memory`: what was read of the store a moment ago."""

    def __init__(self, client: Client, *, memory: Memory | None = None) -> None:
        self._client = client
        self._memory = memory or Memory()
        self._around = Surrounding(client, self._memory)
        self._variations = Variations(client)
        self._finding = Finding(client)
        self._writes = ProductWrites(client, self._around.units)

    def page(self, *, cursor: str = "", changed_since: datetime | None = None) -> ProductPage:
        """In order of id, the trash left out. A change of a variation also dates its family."""
        reading = self._memory.take_reading(cursor, changed_since) if cursor else None
        if reading is None:
            reading = reading_from(self._client, cursor, self._where(changed_since), self._wanted(changed_since))
        else:
            reading.go_on_with(self._client)
        found = reading.next()
        products = self._products(found)
        self._memory.keep_reading(reading, changed_since)  # not after a failure: the cursor reads anew
        return ProductPage(
            products=products,
            next_cursor=reading.cursor,
            total=None if changed_since is not None else reading.total,
        )

    def _where(self, changed_since: datetime | None) -> dict[str, Any]:
        where: dict[str, Any] = {"_fields": PRODUCT_FIELDS}
        if changed_since is not None and not self._is_dateless:
            since = utc_text(changed_since - timedelta(seconds=1))  # the filter leaves out the second itself
            where |= {"modified_after": since, "dates_are_gmt": "true"}
        return where

    def _wanted(self, changed_since: datetime | None) -> Callable[[Json], bool] | None:
        """Before 5.8 the store cannot filter by the day of change."""
        if changed_since is None or not self._is_dateless:
            return None
        since = changed_since - timedelta(seconds=1)

        def is_newer(row: Json) -> bool:
            changed = moment(row, "date_modified_gmt")
            return changed is None or changed >= since

        return is_newer

    @property
    def _is_dateless(self) -> bool:
        return self._client.is_older_than(5, 8)

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        rows = list(self._client.included("/products", ids, fields=PRODUCT_FIELDS).values())
        variations = self._variations.of([row for row in rows if is_family(row)])
        return self._products([(row, variations.get(remote_id(row, "id"), [])) for row in rows])

    def find(self, skus: Sequence[str]) -> tuple[RemoteProduct, ...]:
        found = self._finding.ids_by_sku(skus)
        return self.get_many(sorted({number for numbers in found.values() for number in numbers}))

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        return self._writes.create(products, look_first=look_first)

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        return self._writes.update(products, known=known)

    def set_visible(self, ids: Sequence[str], *, visible: bool) -> tuple[ProductResult, ...]:
        return self._writes.set_visible(ids, visible=visible)

    def delete(self, ids: Sequence[str]) -> tuple[ProductResult, ...]:
        return self._writes.delete(ids)

    def _products(self, found: Sequence[tuple[Json, Sequence[Json]]]) -> tuple[RemoteProduct, ...]:
        if not found:
            return ()
        around = self._around.of([row for row, _variations in found])
        return tuple(remote_product(row, variations, around) for row, variations in found)
