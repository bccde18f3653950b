"""Categories, tags, brands, shipping classes, attributes and their terms."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.catalog import terms
from sandbox.woocommerce.catalog.attributes import TERM
from sandbox.woocommerce.lists import created, links, listed, page_of
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
ORDERS = ("id", "include", "name", "slug", "term_group", "description", "count", "menu_order")


@dataclass(frozen=True)
class Taxonomy:
    """One of the five kinds of terms; ``path`` of an attribute's terms holds the attribute."""

    kind: str
    path: str
    since: str = ""


CATEGORIES = Taxonomy(terms.CATEGORY, "/products/categories")
TAGS = Taxonomy(terms.TAG, "/products/tags")
BRANDS = Taxonomy(terms.BRAND, "/products/brands", "9.6")
SHIPPING_CLASSES = Taxonomy(terms.SHIPPING_CLASS, "/products/shipping_classes")


def shape(call: Call, taxonomy: Taxonomy, path: str, body: Json, count: int) -> Json:
    up = f"{path}/{body['parent']}" if body.get("parent") else ""
    found = {**body, "count": count, "_links": links(call.site, path, body["id"], up=up)}
    if taxonomy.kind in (terms.TAG, terms.SHIPPING_CLASS):
        del found["menu_order"]
    return found


def one(call: Call, taxonomy: Taxonomy, path: str, body: Json) -> Json:
    return shape(call, taxonomy, path, body, terms.counts(call.site, [body["id"]])[body["id"]])


def find(call: Call, taxonomy: Taxonomy, number: int) -> Json:
    found = call.site.get(taxonomy.kind, number)
    if found is None:
        raise ApiError(404, "woocommerce_rest_term_invalid", "Resource does not exist.")
    return found


def list_terms(call: Call, taxonomy: Taxonomy, path: str, parent: int) -> Reply:
    page = page_of(call)
    found = call.site.all(taxonomy.kind, parent)
    if call.get("include") is not None:
        found = [term for term in found if term["id"] in call.integers("include")]
    if numbers := call.integers("exclude"):
        found = [term for term in found if term["id"] not in numbers]
    if call.get("parent") is not None and taxonomy.kind in terms.TREES:
        found = [term for term in found if term["parent"] == call.integer("parent")]
    if words := call.text("search").casefold():
        found = [term for term in found if words in terms.plain_name(term["name"]).casefold()]
    if slug := call.text("slug"):
        found = [term for term in found if term["slug"] == slug]
    if product := call.integer("product"):
        sql = "SELECT term_id FROM woo_term_product WHERE store = ? AND product_id = ?"
        of_product = {row["term_id"] for row in call.db.rows(sql, call.site.name, product)}
        found = [term for term in found if term["id"] in of_product]
    numbers_of = terms.counts(call.site, [term["id"] for term in found])
    if call.flag("hide_empty"):
        found = [term for term in found if numbers_of[term["id"]]]
    ordered(call, found, numbers_of)
    shapes = [shape(call, taxonomy, path, term, numbers_of[term["id"]]) for term in page.of(found)]
    return listed(call, shapes, len(found), page)


def ordered(call: Call, found: list[Json], counts: dict[int, int]) -> None:
    name, order = call.choice("orderby", ORDERS, "name"), call.choice("order", ("asc", "desc"), "asc")
    keys: dict[str, Callable[[Json], tuple[object, ...]]] = {
        "id": lambda term: (term["id"],),
        "slug": lambda term: (term["slug"], term["id"]),
        "count": lambda term: (counts[term["id"]], term["id"]),
        "menu_order": lambda term: (term["menu_order"], term["name"].casefold()),
    }
    found.sort(key=keys.get(name, lambda term: (term["name"].casefold(), -term["id"])), reverse=order == "desc")


def change(call: Call, taxonomy: Taxonomy, path: str, number: int, sent: Json, parent: int = 0) -> Json:
    body = find(call, taxonomy, number)
    return one(call, taxonomy, path, terms.change_term(call.site, taxonomy.kind, body, sent, parent=parent))


def add(call: Call, taxonomy: Taxonomy, path: str, sent: Json, parent: int = 0) -> Json:
    return one(call, taxonomy, path, terms.add_term(call.site, taxonomy.kind, sent, parent=parent))


def delete(call: Call, taxonomy: Taxonomy, path: str, number: int, *, force: bool) -> Json:
    body = find(call, taxonomy, number)
    if not force:
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Resource does not support trashing.")
    before = one(call, taxonomy, path, body)
    terms.remove_term(call.site, taxonomy.kind, number)
    return before


def register(taxonomy: Taxonomy) -> None:
    path, since = taxonomy.path, taxonomy.since

    @routes.on(LIST, path, since=since)
    def list_all(call: Call) -> Reply:
        return list_terms(call, taxonomy, path, 0)

    @routes.on(CREATE, path, since=since)
    def create(call: Call) -> Reply:
        return created(call.site, path, add(call, taxonomy, path, call.sent))

    @routes.on(READ, f"{path}/<int:number>", since=since)
    def get(call: Call, number: int) -> Reply:
        return Reply(one(call, taxonomy, path, find(call, taxonomy, number)))

    @routes.on(EDIT, f"{path}/<int:number>", since=since)
    def update(call: Call, number: int) -> Reply:
        return Reply(change(call, taxonomy, path, number, call.sent))

    @routes.on(DELETE, f"{path}/<int:number>", since=since)
    def remove(call: Call, number: int) -> Reply:
        return Reply(delete(call, taxonomy, path, number, force=call.flag("force")))

    @routes.on(BATCH, f"{path}/batch", since=since)
    def batch(call: Call) -> Reply:
        return run_batch(
            call,
            create=lambda sent: add(call, taxonomy, path, sent),
            update=lambda number, sent: change(call, taxonomy, path, number, sent),
            delete=lambda number: delete(call, taxonomy, path, number, force=True),
        )


for each in (CATEGORIES, TAGS, BRANDS, SHIPPING_CLASSES):
    register(each)

VALUES = Taxonomy(TERM, "/products/attributes/<int:attribute>/terms")


def values_path(call: Call, attribute: int) -> str:
    if call.site.get("attribute", attribute) is None:
        raise ApiError(404, "woocommerce_rest_taxonomy_invalid", "Resource does not exist.")
    return f"/products/attributes/{attribute}/terms"


@routes.on(LIST, VALUES.path)
def list_values(call: Call, attribute: int) -> Reply:
    return list_terms(call, VALUES, values_path(call, attribute), attribute)


@routes.on(CREATE, VALUES.path)
def create_value(call: Call, attribute: int) -> Reply:
    path = values_path(call, attribute)
    return created(call.site, path, add(call, VALUES, path, call.sent, attribute))


@routes.on(READ, f"{VALUES.path}/<int:number>")
def get_value(call: Call, attribute: int, number: int) -> Reply:
    return Reply(one(call, VALUES, values_path(call, attribute), find(call, VALUES, number)))


@routes.on(EDIT, f"{VALUES.path}/<int:number>")
def update_value(call: Call, attribute: int, number: int) -> Reply:
    return Reply(change(call, VALUES, values_path(call, attribute), number, call.sent, attribute))


@routes.on(DELETE, f"{VALUES.path}/<int:number>")
def delete_value(call: Call, attribute: int, number: int) -> Reply:
    return Reply(delete(call, VALUES, values_path(call, attribute), number, force=call.flag("force")))
