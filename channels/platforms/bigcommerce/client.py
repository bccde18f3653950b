"""BigCommerce's REST API as it is: paths and paging. JSON in and out; knows no dataclass of ours.

Facts: developer.bigcommerce.com (documentation of 2026-04-01), api-rate-limits, status-codes, common-query-params.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from channels.errors import RemoteNotFound
from channels.platforms.batches import chunks, comma
from channels.platforms.bodies import Upload
from channels.platforms.http import StoreHttp, unreadable

Json = dict[str, Any]

V2_PAGE = 250
V3_PAGE = 250
ITEMS_PAGE = 1000
STOCK_BATCH = 2000
IDS = 250
PRODUCT_BATCH = 10
VARIANT_BATCH = 50
DELETE_BATCH = 250
CONSIGNMENTS = {"include": "consignments.line_items,fees", "consignment_structure": "object"}
"""Lines, shipping and fees inside each order: three calls saved (orders reference, `include`)."""


class Client:
    """One store's API. `http.base_url` is `https://api.bigcommerce.com/stores/<hash>`."""

    def __init__(self, http: StoreHttp) -> None:
        self.http = http

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self.http.request("GET", path, params=params)

    # -- paging

    def v2_list(self, path: str, params: Mapping[str, Any] | None = None) -> list[Json]:
        """A whole V2 list. An empty page is 204 without a body."""
        return [row for page in self._v2_pages(path, params or {}) for row in page]

    def _v2_pages(self, path: str, params: Mapping[str, Any]) -> Iterator[list[Json]]:
        number = 1
        while True:
            rows = self.v2_page(path, {**params, "page": number, "limit": V2_PAGE})
            yield rows
            if len(rows) < V2_PAGE:
                return
            number += 1

    def v2_page(self, path: str, params: Mapping[str, Any]) -> list[Json]:
        return objects(self.get(path, params) or [], path)

    def v3_page(self, path: str, params: Mapping[str, Any]) -> tuple[list[Json], Json]:
        """Rows and `meta.pagination` ({} where there is none)."""
        body = self.get(path, params)
        if body is None:
            return [], {}
        if not isinstance(body, dict) or "data" not in body:
            raise unreadable(f"{path}: no data")
        meta = _mapping(body.get("meta"))
        return objects(body["data"] or [], path), dict(_mapping(meta.get("pagination")))

    def v3_list(self, path: str, params: Mapping[str, Any] | None = None, *, limit: int = V3_PAGE) -> list[Json]:
        """A whole V3 list, page by page until the store says there is no more."""
        found: list[Json] = []
        number = 1
        while True:
            rows, pagination = self.v3_page(path, {**(params or {}), "page": number, "limit": limit})
            found += rows
            if not rows or number >= int(pagination.get("total_pages") or 1):
                return found
            number += 1

    # -- who

    def store(self) -> Json:
        return an_object(self.get("/v2/store"), "/v2/store")

    def inventory_settings(self) -> Json:
        body = an_object(self.get("/v3/settings/inventory"), "/v3/settings/inventory")
        return an_object(body.get("data") or {}, "/v3/settings/inventory")

    # -- catalog

    def products_page(self, params: Mapping[str, Any]) -> tuple[list[Json], Json]:
        """Never with options or modifiers: they cut the page to 10 products."""
        include = {"include": "variants,images,custom_fields", "limit": V3_PAGE}
        return self.v3_page("/v3/catalog/products", {**include, **params})

    def categories(self) -> list[Json]:
        return self.v3_list("/v3/catalog/trees/categories")

    def brands(self, ids: Sequence[int]) -> list[Json]:
        return [
            row
            for part in chunks(sorted(set(ids)), IDS)
            for row in self.v3_list("/v3/catalog/brands", {"id:in": comma(part)})
        ]

    def variants_with_sku(self, sku: str) -> list[Json]:
        return self.v3_list("/v3/catalog/variants", {"sku": sku})

    def product_variants(self, product_id: int) -> list[Json]:
        return self.v3_list(f"/v3/catalog/products/{product_id}/variants")

    def create_product(self, body: Mapping[str, Any]) -> Json:
        """The whole answer: `data`, and `errors` when only a part was saved (207)."""
        return an_object(self.http.request("POST", "/v3/catalog/products", body=dict(body)), "/v3/catalog/products")

    def update_products(self, entries: Sequence[Json]) -> Json:
        """At most PRODUCT_BATCH, each with its `id`; variants are not taken here."""
        path = "/v3/catalog/products"
        return an_object(self.http.request("PUT", path, body=list(entries)), path)

    def update_variants(self, entries: Sequence[Json]) -> Json:
        """At most VARIANT_BATCH, each with its `id`."""
        path = "/v3/catalog/variants"
        return an_object(self.http.request("PUT", path, body=list(entries)), path)

    def rename_variant(self, product_id: int, variant_id: int, sku: str) -> Json:
        """A batch of variants takes no SKU of an existing one."""
        path = f"/v3/catalog/products/{product_id}/variants/{variant_id}"
        return an_object(self.http.request("PUT", path, body={"sku": sku}), path)

    def assign_channel(self, ids: Sequence[int], channel: int) -> None:
        """Harmless for products that are assigned already."""
        body = [{"product_id": number, "channel_id": channel} for number in ids]
        self.http.request("PUT", "/v3/catalog/products/channel-assignments", body=body)

    def add_image(self, product_id: int, body: Mapping[str, Any] | Upload) -> None:
        """One picture more, by its address or as a file."""
        self.http.request("POST", f"/v3/catalog/products/{product_id}/images", body=body)

    def delete_products(self, ids: Sequence[int]) -> None:
        """At most DELETE_BATCH. Never without ids: the store would take that for everything."""
        if not ids:
            return
        self.http.request("DELETE", "/v3/catalog/products", params={"id:in": comma(ids)})

    def create_category(self, name: str) -> Json:
        """At the root of the store's first tree."""
        trees, _pagination = self.v3_page("/v3/catalog/trees", {})
        tree = min((int(row.get("id") or 1) for row in trees), default=1)
        path = "/v3/catalog/trees/categories"
        answer = an_object(
            self.http.request("POST", path, body=[{"name": name, "tree_id": tree, "parent_id": 0}]), path
        )
        made = objects(answer.get("data") or [], path)
        if not made:
            raise unreadable(f"{path}: nothing was made")
        return made[0]

    # -- stock

    def set_stock(self, items: Sequence[Json], *, reason: str) -> None:
        """At most STOCK_BATCH items. Answers before the store has applied it; one bad item refuses all."""
        self.http.request("PUT", "/v3/inventory/adjustments/absolute", body={"reason": reason, "items": list(items)})

    def stock_items(self, variant_ids: Sequence[int], location_id: int | None) -> list[Json]:
        where = {} if location_id is None else {"location_id:in": str(location_id)}
        return [
            row
            for part in chunks(list(variant_ids), IDS)
            for row in self.v3_list("/v3/inventory/items", {"variant_id:in": comma(part), **where}, limit=ITEMS_PAGE)
        ]

    def locations(self) -> list[Json]:
        return self.v3_list("/v3/inventory/locations")

    # -- orders

    def orders(self, params: Mapping[str, Any], *, whole: bool) -> list[Json]:
        """One page. `whole` brings lines, shipping and fees along."""
        return self.v2_page("/v2/orders", {**(CONSIGNMENTS if whole else {}), "limit": V2_PAGE, **params})

    def order(self, order_id: int) -> Json | None:
        """None only when the store says 404: an empty answer is no word about an order, which may be sold by now."""
        try:
            found = self.get(f"/v2/orders/{order_id}", CONSIGNMENTS)
        except RemoteNotFound:
            return None
        return an_object(found, "/v2/orders")

    def order_lines(self, order_id: int) -> list[Json]:
        return self.v2_list(f"/v2/orders/{order_id}/products")

    def order_addresses(self, order_id: int) -> list[Json]:
        return self.v2_list(f"/v2/orders/{order_id}/shipping_addresses")

    def order_fees(self, order_id: int) -> list[Json]:
        return self.v2_list(f"/v2/orders/{order_id}/fees")

    def order_taxes(self, order_id: int) -> list[Json]:
        return self.v2_list(f"/v2/orders/{order_id}/taxes", {"details": "true"})

    def order_coupons(self, order_id: int) -> list[Json]:
        return self.v2_list(f"/v2/orders/{order_id}/coupons")

    def order_transactions(self, order_id: int) -> list[Json]:
        return self.v3_page(f"/v3/orders/{order_id}/transactions", {})[0]

    def order_refunds(self, order_id: int) -> list[Json]:
        return self.v3_page(f"/v3/orders/{order_id}/payment_actions/refunds", {})[0]

    def order_shipments(self, order_id: int) -> list[Json]:
        return self.v2_list(f"/v2/orders/{order_id}/shipments")

    def create_shipment(self, order_id: int, body: Mapping[str, Any]) -> Json:
        path = f"/v2/orders/{order_id}/shipments"
        return an_object(self.http.request("POST", path, body=dict(body)), path)

    def change_order(self, order_id: int, changes: Mapping[str, Any]) -> None:
        """Only ever `status_id`: changed lines would lose their discounts."""
        self.http.request("PUT", f"/v2/orders/{order_id}", body=dict(changes))

    # -- lists

    def tax_classes(self) -> list[Json]:
        return self.v2_list("/v2/tax_classes")

    def payment_methods(self) -> list[Json]:
        return self.v2_list("/v2/payments/methods")

    # -- hooks

    def hooks(self) -> list[Json]:
        return self.v3_list("/v3/hooks")

    def create_hook(self, scope: str, destination: str, headers: Mapping[str, str]) -> Json:
        body = {"scope": scope, "destination": destination, "is_active": True, "headers": dict(headers)}
        return self._data(self.http.request("POST", "/v3/hooks", body=body))

    def change_hook(self, hook_id: str, changes: Mapping[str, Any]) -> Json:
        return self._data(self.http.request("PUT", f"/v3/hooks/{int(hook_id)}", body=dict(changes)))

    def delete_hook(self, hook_id: str) -> None:
        try:
            self.http.request("DELETE", f"/v3/hooks/{int(hook_id)}")
        except RemoteNotFound:
            return

    @staticmethod
    def _data(body: Any) -> Json:
        return an_object(an_object(body, "").get("data") or {}, "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def objects(rows: Any, path: str) -> list[Json]:
    """A list of JSON objects, or MalformedResponse."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unreadable(f"{path}: no list of objects")
    return rows


def an_object(found: Any, path: str) -> Json:
    """A JSON object, or MalformedResponse."""
    if not isinstance(found, dict):
        raise unreadable(f"{path}: no object")
    return found
