"""``/orders/<id>/refunds`` and the list of all refunds."""

from sandbox.db import Json
from sandbox.woocommerce.calls import CREATE, DELETE, LIST, READ, Call, Routes, invalid
from sandbox.woocommerce.lists import listed_all
from sandbox.woocommerce.orders import records
from sandbox.woocommerce.orders.refund_records import KIND
from sandbox.woocommerce.orders.refunds import create_refund
from sandbox.woocommerce.orders.shapes import refund_shape
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
PATH = "/orders/<int:order_id>/refunds"
LOCATION = r"/orders/(?P<order_id>[\d]+)/refunds"
"""The plugin's own header has the pattern of the route in it."""


def _latest_first(call: Call, found: list[Json]) -> list[Json]:
    for name, sign in (("after", 1), ("before", -1)):
        if (moment := call.date(name)) is not None:
            found = [refund for refund in found if sign * refund["created"] > sign * moment]
    if numbers := call.integers("include"):
        found = [refund for refund in found if refund["id"] in numbers]
    by_id = call.choice("orderby", ("date", "id", "include", "title", "slug", "modified"), "date") == "id"
    backwards = call.choice("order", ("asc", "desc"), "desc") == "desc"
    return sorted(found, key=lambda one: (one["id"],) if by_id else (one["created"], one["id"]), reverse=backwards)


@routes.on(LIST, PATH)
def list_refunds(call: Call, order_id: int) -> Reply:
    records.find(call.site, order_id)
    found = _latest_first(call, call.site.all(KIND, order_id))
    return listed_all(call, [refund_shape(call.site, refund, call.integer("dp")) for refund in found])


@routes.on(CREATE, PATH)
def add_refund(call: Call, order_id: int) -> Reply:
    order = records.find(call.site, order_id)
    amount = call.sent.get("amount")
    if amount is not None and not isinstance(amount, str):
        raise invalid({"amount": ("rest_invalid_type", "amount is not of type string.")})
    shape = refund_shape(call.site, create_refund(call.site, order, call.sent), call.integer("dp"))
    return Reply(shape, 201, {"Location": f"{call.site.api_url}{LOCATION}/{shape['id']}"})


def _find(call: Call, order_id: int, refund_id: int) -> Json:
    records.find(call.site, order_id)
    found = call.site.get(KIND, refund_id)
    if found is None or found["parent_id"] != order_id:
        raise ApiError(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
    return found


@routes.on(READ, f"{PATH}/<int:refund_id>")
def get_refund(call: Call, order_id: int, refund_id: int) -> Reply:
    return Reply(refund_shape(call.site, _find(call, order_id, refund_id), call.integer("dp")))


@routes.on(DELETE, f"{PATH}/<int:refund_id>")
def delete_refund(call: Call, order_id: int, refund_id: int) -> Reply:
    """Nothing moves and, before 11.2, nobody is told."""
    refund = _find(call, order_id, refund_id)
    if not call.flag("force"):
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Order refunds do not support trashing.")
    call.site.remove(KIND, refund_id)
    if call.site.has("11.2"):
        call.site.announce("order.updated", order_id)
    return Reply(refund_shape(call.site, refund))


@routes.on(LIST, "/refunds", since="9.0")
def list_all_refunds(call: Call) -> Reply:
    found = _latest_first(call, call.site.all(KIND))
    return listed_all(call, [refund_shape(call.site, one, call.integer("dp"), with_parent=True) for one in found])
