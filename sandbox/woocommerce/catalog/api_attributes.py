"""``/products/attributes``: what products can differ in, store-wide."""

from sandbox.db import Json
from sandbox.woocommerce.calls import CREATE, DELETE, EDIT, LIST, READ, Call, Routes, missing
from sandbox.woocommerce.catalog.attributes import TERM
from sandbox.woocommerce.catalog.fields import truth
from sandbox.woocommerce.catalog.records import slug_of
from sandbox.woocommerce.lists import created, links, listed_all
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
PATH = "/products/attributes"
MOST_SLUG = 28


def shape(call: Call, body: Json) -> Json:
    return {**body, "_links": links(call.site, PATH, body["id"])}


def find(call: Call, number: int) -> Json:
    found = call.site.get("attribute", number)
    if found is None:
        raise ApiError(404, "woocommerce_rest_taxonomy_invalid", "Resource does not exist.")
    return found


def add_attribute(site: Site, sent: Json) -> Json:
    """400 for a slug that is taken or too long."""
    slug = str(sent.get("slug") or slug_of(str(sent["name"]))).removeprefix("pa_")
    if len(slug) > MOST_SLUG:
        text = f'Slug "{slug}" is too long ({MOST_SLUG} characters max). Shorten it, please.'
        raise ApiError(400, "woocommerce_rest_cannot_create", text)
    if any(body["slug"] == f"pa_{slug}" for body in site.all("attribute")):
        text = f'Slug "{slug}" is already in use. Change it, please.'
        raise ApiError(400, "woocommerce_rest_cannot_create", text)
    body = {
        "id": site.next_id("attribute"),
        "name": str(sent["name"]),
        "slug": f"pa_{slug}",
        "type": str(sent.get("type") or "select"),
        "order_by": str(sent.get("order_by") or "menu_order"),
        "has_archives": truth(sent.get("has_archives", False)),
    }
    return site.put("attribute", body)


@routes.on(LIST, PATH)
def list_attributes(call: Call) -> Reply:
    return listed_all(call, [shape(call, body) for body in call.site.all("attribute")])


@routes.on(CREATE, PATH)
def create_attribute(call: Call) -> Reply:
    if not call.sent.get("name"):
        raise missing("name")
    return created(call.site, PATH, shape(call, add_attribute(call.site, call.sent)))


@routes.on(READ, f"{PATH}/<int:number>")
def get_attribute(call: Call, number: int) -> Reply:
    return Reply(shape(call, find(call, number)))


@routes.on(EDIT, f"{PATH}/<int:number>")
def update_attribute(call: Call, number: int) -> Reply:
    body = find(call, number)
    body |= {name: str(call.sent[name]) for name in ("name", "type", "order_by") if call.sent.get(name)}
    return Reply(shape(call, call.site.put("attribute", body)))


@routes.on(DELETE, f"{PATH}/<int:number>")
def delete_attribute(call: Call, number: int) -> Reply:
    body = find(call, number)
    if not call.flag("force"):
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Resource does not support trashing.")
    call.site.remove("attribute", number)
    for term in call.site.all(TERM, number):
        call.site.remove(TERM, term["id"])
    return Reply(shape(call, body))
