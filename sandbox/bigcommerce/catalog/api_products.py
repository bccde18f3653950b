"""``/v3/catalog/products`` and the parts of a product."""

from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.catalog import images, options, products
from sandbox.bigcommerce.catalog.shapes import image_shape, narrowed, one_product, product_shapes
from sandbox.bigcommerce.wire import ApiError, answer, data_answer, empty, page_answer
from sandbox.db import Json

routes = Routes("store_v2_products")
SORTS = {
    "id": "id",
    "name": "name_key",
    "sku": "sku_key",
    "date_modified": "modified",
    "date_last_imported": "modified",
    "price": "json_extract(body, '$.price')",
    "is_visible": "is_visible",
    "total_sold": "json_extract(body, '$.total_sold')",
}
NUMBERS = (
    ("id", "id = ?"),
    ("id:min", "id >= ?"),
    ("id:max", "id <= ?"),
    ("id:greater", "id > ?"),
    ("id:less", "id < ?"),
    ("brand_id", "brand_id = ?"),
)
MOMENTS = (("date_modified:min", "modified >= ?"), ("date_modified:max", "modified <= ?"))
BATCH, DELETE_MOST, SLOW_PAGE = 10, 250, 10


@routes.on("GET", "/v3/catalog/products")
def list_products(call: Call) -> Response:
    filters = product_filters(call)
    where, values = filters.where, filters.values
    include = set(call.words("include"))
    limit = call.limit()
    if include & {"options", "modifiers"}:
        limit = min(limit, SLOW_PAGE)
    page = call.page()
    total = call.db.number(f"SELECT COUNT(*) FROM product WHERE {where}", *values)
    order = SORTS.get(call.arg("sort") or "id", "id")
    way = "DESC" if call.arg("direction") == "desc" else "ASC"
    rows = call.db.rows(
        f"SELECT * FROM product WHERE {where} ORDER BY {order} {way}, id {way} LIMIT ? OFFSET ?",
        *values,
        limit,
        (page - 1) * limit,
    )
    only, without = call.words("include_fields"), call.words("exclude_fields")
    shapes = [narrowed(shape, only, without) for shape in product_shapes(call.shop, rows, include)]
    return page_answer(shapes, total, page, limit)


class Filters:
    """Conditions of a list, with their values bound."""

    def __init__(self, store: str) -> None:
        self.parts, self.values = ["store = ?"], list[Any]([store])

    def add(self, sql: str, *values: Any) -> None:
        self.parts.append(sql)
        self.values.extend(values)

    def among(self, column: str, values: Sequence[Any]) -> None:
        self.add(f"{column} IN ({','.join('?' * len(values))})", *values)

    @property
    def where(self) -> str:
        return " AND ".join(self.parts)


def product_filters(call: Call) -> Filters:
    filters = Filters(call.shop.hash)
    for name, sql in NUMBERS:
        if (number := call.integer(name)) is not None:
            filters.add(sql, number)
    for name, sql in MOMENTS:
        if (moment := call.date(name)) is not None:
            filters.add(sql, moment)
    if (ids := call.integers("id:in")) is not None:
        filters.among("id", ids)
    if skus := [entry.casefold() for name in ("sku", "sku:in") for entry in call.words(name)]:
        filters.among("sku_key", skus)
    _text_filters(call, filters)
    return filters


def _text_filters(call: Call, filters: Filters) -> None:
    if name := call.arg("name"):
        filters.add("name_key = ?", products.name_key(name))
    if keyword := (call.arg("keyword") or call.arg("name:like")):
        filters.add("(name_key LIKE ? OR sku_key LIKE ?)", *[f"%{keyword.casefold()}%"] * 2)
    if (visible := call.flag("is_visible")) is not None:
        filters.add("is_visible = ?", int(visible))
    if (found := call.integers("categories:in")) is not None:
        marks = ",".join("?" * len(found))
        filters.add(f"EXISTS (SELECT 1 FROM json_each(body, '$.categories') WHERE value IN ({marks}))", *found)


@routes.on("POST", "/v3/catalog/products")
def create_product(call: Call) -> Response:
    product = products.create_product(call.shop, call.json_object())
    return data_answer(_answer_for(call, product), 200)


@routes.on("PUT", "/v3/catalog/products")
def update_products(call: Call) -> Response:
    entries = call.json_list(BATCH)
    for entry in entries:
        if not isinstance(entry.get("id"), int):
            raise ApiError(422, "JSON data is missing or invalid", {"id": "id is required"})
    found = []
    for entry in entries:
        if "variants" in entry:
            raise ApiError(422, "Variants cannot be updated through a batch of products.", {"variants": "refused"})
        product = products.find_product(call.shop, entry["id"])
        found.append(products.update_product(call.shop, product, entry))
    return page_answer([_answer_for(call, product) for product in found], len(found), 1, BATCH)


@routes.on("DELETE", "/v3/catalog/products")
def delete_products(call: Call) -> Response:
    ids = call.integers("id:in")
    if not ids:
        raise ApiError(422, "A filter is required to delete products.")
    if len(ids) > DELETE_MOST:
        raise ApiError(413, f"At most {DELETE_MOST} products can be deleted at once.")
    for number in ids:
        products.delete_product(call.shop, number)
    return empty()


@routes.on("GET", "/v3/catalog/products/<int:product_id>")
def get_product(call: Call, product_id: int) -> Response:
    products.find_product(call.shop, product_id)
    shape = one_product(call.shop, product_id, set(call.words("include")))
    return data_answer(narrowed(shape, call.words("include_fields"), call.words("exclude_fields")))


@routes.on("PUT", "/v3/catalog/products/<int:product_id>")
def update_product(call: Call, product_id: int) -> Response:
    product = products.find_product(call.shop, product_id)
    products.update_product(call.shop, product, call.json_object())
    return data_answer(_answer_for(call, product))


@routes.on("DELETE", "/v3/catalog/products/<int:product_id>")
def delete_product(call: Call, product_id: int) -> Response:
    products.find_product(call.shop, product_id)
    products.delete_product(call.shop, product_id)
    return empty()


def _answer_for(call: Call, product: Json) -> Json:
    include = set(call.words("include")) | {"variants", "images", "custom_fields", "options"}
    return one_product(call.shop, product["id"], include)


def _listed(call: Call, kind: str, product_id: int) -> Response:
    products.find_product(call.shop, product_id)
    found = call.shop.all(kind, product_id)
    if kind == "image":
        found = [image_shape(call.shop, image) for image in found]
    limit, page = call.limit(), call.page()
    return page_answer(found[(page - 1) * limit : page * limit], len(found), page, limit)


def _part(call: Call, kind: str, product_id: int, number: int) -> Json:
    found = next((entry for entry in call.shop.all(kind, product_id) if entry["id"] == number), None)
    if found is None:
        raise ApiError(404, f"The {kind.replace('_', ' ')} was not found with an id of {number}.")
    return found


@routes.on("GET", "/v3/catalog/products/<int:product_id>/options")
def list_options(call: Call, product_id: int) -> Response:
    return _listed(call, "option", product_id)


@routes.on("POST", "/v3/catalog/products/<int:product_id>/options")
def create_option(call: Call, product_id: int) -> Response:
    products.find_product(call.shop, product_id)
    return data_answer(options.create_option(call.shop, product_id, call.json_object()))


@routes.on("GET", "/v3/catalog/products/<int:product_id>/images")
def list_images(call: Call, product_id: int) -> Response:
    return _listed(call, "image", product_id)


@routes.on("POST", "/v3/catalog/products/<int:product_id>/images")
def create_image(call: Call, product_id: int) -> Response:
    products.find_product(call.shop, product_id)
    if call.request.mimetype == "multipart/form-data":
        image = images.add_file(call.shop, product_id, call.request)
    else:
        image = images.add_image(call.shop, product_id, call.json_object())
    return data_answer(image_shape(call.shop, image))


@routes.on("DELETE", "/v3/catalog/products/<int:product_id>/images/<int:number>")
def delete_image(call: Call, product_id: int, number: int) -> Response:
    _part(call, "image", product_id, number)
    call.shop.remove("image", number)
    return empty()


@routes.on("GET", "/v3/catalog/products/<int:product_id>/custom-fields")
def list_custom_fields(call: Call, product_id: int) -> Response:
    return _listed(call, "custom_field", product_id)


@routes.on("POST", "/v3/catalog/products/<int:product_id>/custom-fields")
def create_custom_field(call: Call, product_id: int) -> Response:
    return _save_custom_field(call, product_id, None)


@routes.on("PUT", "/v3/catalog/products/<int:product_id>/custom-fields/<int:number>")
def update_custom_field(call: Call, product_id: int, number: int) -> Response:
    _part(call, "custom_field", product_id, number)
    return _save_custom_field(call, product_id, number)


def _save_custom_field(call: Call, product_id: int, number: int | None) -> Response:
    products.find_product(call.shop, product_id)
    sent = call.json_object()
    if not sent.get("name") or not sent.get("value"):
        raise ApiError(422, "A custom field needs a name and a value.", {"name": "missing", "value": "missing"})
    pair = (str(sent["name"]), str(sent["value"]))
    fields = call.shop.all("custom_field", product_id)
    if any((entry["name"], entry["value"]) == pair and entry["id"] != number for entry in fields):
        raise ApiError(409, "The custom field is a duplicate.")
    body = {"id": number or call.shop.next_id("custom_field"), "name": pair[0], "value": pair[1]}
    return data_answer(call.shop.put("custom_field", body, product_id))


@routes.on("DELETE", "/v3/catalog/products/<int:product_id>/custom-fields/<int:number>")
def delete_custom_field(call: Call, product_id: int, number: int) -> Response:
    _part(call, "custom_field", product_id, number)
    call.shop.remove("custom_field", number)
    return empty()


@routes.on("GET", "/v3/catalog/summary")
def summary(call: Call) -> Response:
    store = call.shop.hash
    body = {
        "inventory_count": call.db.number("SELECT SUM(onhand) FROM stock WHERE store = ?", store),
        "variant_count": call.db.number("SELECT COUNT(*) FROM variant WHERE store = ?", store),
        "inventory_value": 0,
        "highest_variant_price": 0,
        "average_variant_price": 0,
        "lowest_variant_price": "0",
        "oldest_variant_date": "",
        "newest_variant_date": "",
        "primary_category_id": 0,
        "primary_category_name": "",
    }
    return answer({"data": body, "meta": {}})
