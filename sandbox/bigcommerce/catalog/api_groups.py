"""Brands, category trees and categories."""

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.catalog.products import new_brand, slug
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, answer, data_answer, empty, page_answer
from sandbox.db import Json

routes = Routes("store_v2_products")


def _paged(call: Call, found: list[Json]) -> Response:
    limit, page = call.limit(), call.page()
    return page_answer(found[(page - 1) * limit : page * limit], len(found), page, limit)


@routes.on("GET", "/v3/catalog/brands")
def list_brands(call: Call) -> Response:
    found = call.shop.all("brand")
    if (ids := call.integers("id:in")) is not None:
        found = [brand for brand in found if brand["id"] in ids]
    if name := call.arg("name"):
        found = [brand for brand in found if brand["name"].casefold() == name.casefold()]
    if like := call.arg("name:like"):
        found = [brand for brand in found if like.casefold() in brand["name"].casefold()]
    return _paged(call, found)


@routes.on("GET", "/v3/catalog/brands/<int:number>")
def get_brand(call: Call, number: int) -> Response:
    found = call.shop.get("brand", number)
    if found is None:
        raise ApiError(404, f"A brand was not found with an id of {number}.")
    return data_answer(found)


@routes.on("POST", "/v3/catalog/brands")
def create_brand(call: Call) -> Response:
    sent = call.json_object()
    name = str(sent.get("name") or "").strip()
    if not name:
        raise ApiError(422, "JSON data is missing or invalid", {"name": "name is required"})
    if any(brand["name"].casefold() == name.casefold() for brand in call.shop.all("brand")):
        raise ApiError(409, "The brand name is a duplicate.", {"name": "duplicate"})
    return data_answer(call.shop.put("brand", new_brand(call.shop, name)))


@routes.on("GET", "/v3/catalog/trees")
def list_trees(call: Call) -> Response:
    return _paged(call, call.shop.all("tree"))


@routes.on("GET", "/v3/catalog/trees/categories")
def list_categories(call: Call) -> Response:
    found = call.shop.all("category")
    for filter_, column in (("category_id:in", "id"), ("parent_id:in", "parent_id"), ("tree_id:in", "tree_id")):
        if (numbers := call.integers(filter_)) is not None:
            found = [entry for entry in found if entry[column] in numbers]
    if name := call.arg("name"):
        found = [entry for entry in found if entry["name"].casefold() == name.casefold()]
    return _paged(call, [category_shape(entry) for entry in found])


@routes.on("POST", "/v3/catalog/trees/categories")
def create_categories(call: Call) -> Response:
    made = [create_category(call.shop, entry) for entry in call.json_list(50)]
    return answer({"data": [category_shape(entry) for entry in made], "meta": {}}, 201)


@routes.on("DELETE", "/v3/catalog/trees/categories")
def delete_categories(call: Call) -> Response:
    for number in call.integers("category_id:in") or []:
        call.shop.remove("category", number)
    return empty()


@routes.on("GET", "/v3/catalog/trees/<int:tree_id>/categories")
def nested_categories(call: Call, tree_id: int) -> Response:
    if call.shop.get("tree", tree_id) is None:
        raise ApiError(404, f"A tree was not found with an id of {tree_id}.")
    return answer({"data": _children(call.shop.all("category"), 0, []), "meta": {}})


def _children(found: list[Json], parent_id: int, above: list[int]) -> list[Json]:
    return [
        {
            "id": entry["id"],
            "parent_id": parent_id,
            "depth": len(above),
            "path": [*above, entry["id"]],
            "name": entry["name"],
            "is_visible": entry["is_visible"],
            "children": _children(found, entry["id"], [*above, entry["id"]]),
        }
        for entry in found
        if entry["parent_id"] == parent_id
    ]


def create_category(shop: Shop, data: Json) -> Json:
    """The same name may repeat under different parents, not under one."""
    name = str(data.get("name") or "").strip()
    parent_id = int(data.get("parent_id") or 0)
    if not name:
        raise ApiError(422, "JSON data is missing or invalid", {"name": "name is required"})
    known = shop.all("category")
    parent = next((entry for entry in known if entry["id"] == parent_id), None)
    if parent_id and parent is None:
        raise ApiError(422, f"Category {parent_id} was not found.", {"parent_id": "unknown category"})
    if any(entry["parent_id"] == parent_id and entry["name"].casefold() == name.casefold() for entry in known):
        raise ApiError(422, f"The category {name} is a duplicate.", {"name": "duplicate"})
    path = f"{parent['path'] if parent else '/'}{slug(name)}/"
    body = {
        "id": shop.next_id("category"),
        "parent_id": parent_id,
        "tree_id": 1,
        "name": name,
        "description": str(data.get("description") or ""),
        "is_visible": bool(data.get("is_visible", True)),
        "sort_order": int(data.get("sort_order") or 0),
        "path": path,
    }
    return shop.put("category", body)


def category_shape(entry: Json) -> Json:
    return {
        "category_id": entry["id"],
        "parent_id": entry["parent_id"],
        "tree_id": entry["tree_id"],
        "name": entry["name"],
        "description": entry["description"],
        "views": 0,
        "sort_order": entry["sort_order"],
        "page_title": "",
        "meta_keywords": [],
        "meta_description": "",
        "layout_file": "category.html",
        "image_url": "",
        "is_visible": entry["is_visible"],
        "search_keywords": "",
        "default_product_sort": "use_store_settings",
        "url": {"path": entry["path"], "is_customized": False},
    }
