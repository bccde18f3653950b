"""``/products/<id>/variations`` and, in late versions, ``/variations`` of the whole store."""

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.catalog import filters, records, variations
from sandbox.woocommerce.catalog.fields import check_types
from sandbox.woocommerce.catalog.shapes import variation_shape, variation_shapes
from sandbox.woocommerce.lists import Page, listed, page_of
from sandbox.woocommerce.wire import Reply

routes = Routes()
ROOT = "/products/<int:parent_id>/variations"
LOCATION = "/products/(?P<product_id>[\\d]+)/variations"
"""Real stores answer the pattern of the route itself."""


@routes.on(LIST, ROOT)
def list_variations(call: Call, parent_id: int) -> Reply:
    parent = variations.parent_of(call.site, parent_id)
    found, total, page = _fetch(call, parent_id)
    return listed(call, variation_shapes(call.site, parent, found), total, page)


def _fetch(call: Call, parent_id: int | None) -> tuple[list[Json], int, Page]:
    page = page_of(call)
    where = filters.Where(call.site.name)
    where.add("type = 'variation'")
    if parent_id is not None:
        where.add("parent_id = ?", parent_id)
    filters.narrow(call, where)
    found, total = filters.fetch(call, where, page, filters.order_sql(call, page, stable_date=True))
    return found, total, page


@routes.on(LIST, "/variations", since="10.3")
def list_all_variations(call: Call) -> Reply:
    found, total, page = _fetch(call, None)
    parents = {number: records.find_product(call.site, number) for number in {body["parent_id"] for body in found}}
    shapes = [variation_shape(call.site, parents[body["parent_id"]], body, edit=False) for body in found]
    return listed(call, shapes, total, page)


@routes.on(CREATE, ROOT)
def create_variation(call: Call, parent_id: int) -> Reply:
    check_types(_checked(call.sent))
    shape = _create(call, parent_id, call.sent)
    return Reply(shape, 201, {"Location": f"{call.site.api_url}{LOCATION}/{shape['id']}"})


def _checked(sent: Json) -> Json:
    """``manage_stock`` of a variation may also be “parent”."""
    return {name: value for name, value in sent.items() if (name, value) != ("manage_stock", "parent")}


def _create(call: Call, parent_id: int, sent: Json) -> Json:
    parent = variations.parent_of(call.site, parent_id)
    return _shape(call, parent_id, variations.create_variation(call.site, parent, sent))


def _shape(call: Call, parent_id: int, body: Json) -> Json:
    return variation_shape(call.site, records.find_product(call.site, parent_id), body, edit=True)


@routes.on(READ, f"{ROOT}/<int:number>")
def get_variation(call: Call, parent_id: int, number: int) -> Reply:
    parent = variations.parent_of(call.site, parent_id)
    body = variations.find_variation(call.site, parent_id, number, early=True)
    return Reply(variation_shape(call.site, parent, body, edit=call.text("context") == "edit"))


@routes.on(EDIT, f"{ROOT}/<int:number>")
def update_variation(call: Call, parent_id: int, number: int) -> Reply:
    check_types(_checked(call.sent))
    return Reply(_update(call, parent_id, number, call.sent))


def _update(call: Call, parent_id: int, number: int, sent: Json) -> Json:
    parent = variations.parent_of(call.site, parent_id)
    return _shape(call, parent_id, variations.update_variation(call.site, parent, number, sent))


@routes.on(DELETE, f"{ROOT}/<int:number>")
def delete_variation(call: Call, parent_id: int, number: int) -> Reply:
    return Reply(_delete(call, parent_id, number, force=call.flag("force")))


def _delete(call: Call, parent_id: int, number: int, *, force: bool) -> Json:
    parent = variations.parent_of(call.site, parent_id)
    body = variations.find_variation(call.site, parent_id, number)
    before = variation_shape(call.site, parent, body, edit=True)
    variations.delete_variation(call.site, parent, number, force=force)
    return before


@routes.on(BATCH, f"{ROOT}/batch")
def batch_variations(call: Call, parent_id: int) -> Reply:
    return run_batch(
        call,
        create=lambda sent: _create(call, parent_id, sent),
        update=lambda number, sent: _update(call, parent_id, number, sent),
        delete=lambda number: _delete(call, parent_id, number, force=True),
    )


@routes.on(CREATE, f"{ROOT}/generate")
def generate_variations(call: Call, parent_id: int) -> Reply:
    parent = variations.parent_of(call.site, parent_id)
    return Reply({"count": variations.generate(call.site, parent, call.get("default_values") or {})})
