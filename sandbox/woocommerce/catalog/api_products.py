"""``/products``."""

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.catalog import filters, products, records
from sandbox.woocommerce.catalog.fields import check_types
from sandbox.woocommerce.catalog.shapes import product_of, product_shapes
from sandbox.woocommerce.lists import created, listed, page_of
from sandbox.woocommerce.wire import Reply

routes = Routes()


@routes.on(LIST, "/products")
def list_products(call: Call) -> Reply:
    page = page_of(call)
    where = filters.product_filter(call)
    found, total = filters.fetch(call, where, page, filters.order_sql(call, page))
    return listed(call, product_shapes(call.site, found), total, page)


@routes.on(CREATE, "/products")
def create_product(call: Call) -> Reply:
    check_types(call.sent)
    return created(call.site, "/products", _create(call, call.sent))


def _create(call: Call, sent: Json) -> Json:
    return product_of(call.site, products.create_product(call.site, sent)["id"], edit=True)


@routes.on(READ, "/products/<int:number>")
def get_product(call: Call, number: int) -> Reply:
    return Reply(product_of(call.site, number, edit=call.text("context") == "edit"))


@routes.on(EDIT, "/products/<int:number>")
def update_product(call: Call, number: int) -> Reply:
    check_types(call.sent)
    return Reply(_update(call, number, call.sent))


def _update(call: Call, number: int, sent: Json) -> Json:
    products.update_product(call.site, number, sent)
    return product_of(call.site, number, edit=True)


@routes.on(DELETE, "/products/<int:number>")
def delete_product(call: Call, number: int) -> Reply:
    return Reply(_delete(call, number, force=call.flag("force")))


def _delete(call: Call, number: int, *, force: bool) -> Json:
    """As it was before; a variation is refused."""
    known = records.load(call.site, number)
    before = product_of(call.site, number, edit=True) if known is not None else {}
    products.delete_product(call.site, number, force=force)
    return before


@routes.on(BATCH, "/products/batch")
def batch_products(call: Call) -> Reply:
    return run_batch(
        call,
        create=lambda sent: _create(call, sent),
        update=lambda number, sent: _update(call, number, sent),
        delete=lambda number: _delete(call, number, force=True),
    )
