"""``/v2/orders``: list, read, change, archive, and the parts of an order."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.orders import records
from sandbox.bigcommerce.orders.shapes import address_shape, consignments, order_shape
from sandbox.bigcommerce.orders.statuses import STATUSES
from sandbox.bigcommerce.wire import NOT_FOUND, ApiError, answer, empty, list_answer
from sandbox.db import Json

routes = Routes("store_v2_orders")
SORTS = {
    "id": "id",
    "customer_id": "customer_id",
    "date_created": "created",
    "date_modified": "modified",
    "status_id": "status_id",
    "channel_id": "channel_id",
}
BOUNDS = (("min_id", "id >= ?"), ("max_id", "id <= ?"))
EQUALS = ("customer_id", "status_id", "channel_id")
TEXTS = (
    ("email", "lower(json_extract(body, '$.billing_address.email')) = lower(?)"),
    ("payment_method", "json_extract(body, '$.payment_method') = ?"),
    ("cart_id", "json_extract(body, '$.cart_id') = ?"),
    ("external_order_id", "json_extract(body, '$.external_order_id') = ?"),
    ("min_total", "CAST(json_extract(body, '$.total_inc_tax') AS REAL) >= CAST(? AS REAL)"),
    ("max_total", "CAST(json_extract(body, '$.total_inc_tax') AS REAL) <= CAST(? AS REAL)"),
)
WRITABLE = ("staff_notes", "customer_message", "external_order_id")


def order_filters(call: Call) -> tuple[str, list[Any]]:
    """Archived orders are left out unless ``is_deleted=true`` asks for them."""
    parts, values = ["store = ?", "is_deleted = ?"], [call.shop.hash, int(bool(call.flag("is_deleted")))]
    for name, sql in BOUNDS:
        if (bound := call.integer(name)) is not None:
            parts.append(sql)
            values.append(bound)
    for name in EQUALS:
        if (wanted := call.integer(name)) is not None:
            parts.append(f"{name} = ?")
            values.append(wanted)
    for column in ("created", "modified"):
        for side, operator in (("min", ">="), ("max", "<=")):
            if (moment := call.date(f"{side}_date_{column}")) is not None:
                parts.append(f"{column} {operator} ?")
                values.append(moment)
    for name, sql in TEXTS:
        if text := call.arg(name):
            parts.append(sql)
            values.append(text)
    return " AND ".join(parts), values


def order_sort(call: Call) -> str:
    name, _, way = (call.arg("sort") or "id").partition(":")
    if name not in SORTS or way not in ("", "asc", "desc"):
        raise ApiError(400, "The field 'sort' is invalid.")
    return f"{SORTS[name]} {way or 'asc'}, id {way or 'asc'}"


@routes.on("GET", "/v2/orders")
def list_orders(call: Call) -> Response:
    where, values = order_filters(call)
    limit, page = call.limit(), call.page()
    sql = f"SELECT id FROM orders WHERE {where} ORDER BY {order_sort(call)} LIMIT ? OFFSET ?"
    rows = call.db.rows(sql, *values, limit, (page - 1) * limit)
    return list_answer([_shape(call, records.load(call.shop, row["id"])) for row in rows])


def _shape(call: Call, order: Json) -> Json:
    nested = call.arg("consignment_structure") == "object"
    return order_shape(call.shop, order, set(call.words("include")), nested)


@routes.on("GET", "/v2/orders/count")
def count_orders(call: Call) -> Response:
    sql = "SELECT status_id, COUNT(*) AS amount FROM orders WHERE store = ? AND is_deleted = 0 GROUP BY status_id"
    counts = {row["status_id"]: row["amount"] for row in call.db.rows(sql, call.shop.hash)}
    shapes = []
    for status in sorted(STATUSES.values(), key=lambda one: one.order):
        shape = status.shape()
        shape["sort_order"] = shape.pop("order")
        shapes.append({**shape, "count": counts.get(status.id, 0)})
    return answer({"statuses": shapes, "count": sum(counts.values())})


@routes.on("GET", "/v2/order_statuses")
def list_statuses(call: Call) -> Response:
    return list_answer([status.shape() for status in STATUSES.values()])


@routes.on("GET", "/v2/order_statuses/<int:status_id>")
def get_status(call: Call, status_id: int) -> Response:
    if status_id not in STATUSES:
        raise ApiError(404, NOT_FOUND)
    return answer(STATUSES[status_id].shape())


@routes.on("GET", "/v2/orders/<int:order_id>")
def get_order(call: Call, order_id: int) -> Response:
    return answer(_shape(call, records.load(call.shop, order_id)))


@routes.on("PUT", "/v2/orders/<int:order_id>")
def update_order(call: Call, order_id: int) -> Response:
    order = records.load(call.shop, order_id)
    sent = call.json_object()
    unsupported = set(sent) - {*WRITABLE, "status_id", "is_deleted"}
    if unsupported:
        text = f"The sandbox changes only {', '.join(WRITABLE)}, status_id and is_deleted."
        raise ApiError(400, text, {"invalid_reason": f"unsupported: {', '.join(sorted(unsupported))}"})
    order.update({name: str(sent[name]) for name in WRITABLE if name in sent})
    if sent.get("is_deleted"):
        records.archive(call.shop, order)
    elif "status_id" in sent:
        records.change_status(call.shop, order, _status_id(sent["status_id"]))
    else:
        records.touch(call.shop, order)
    return answer(_shape(call, order))


def _status_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiError(400, "The field 'status_id' is invalid.")
    return value


@routes.on("DELETE", "/v2/orders/<int:order_id>")
def archive_order(call: Call, order_id: int) -> Response:
    records.archive(call.shop, records.load(call.shop, order_id))
    return empty()


def _parts(call: Call, order_id: int, kind: str) -> list[Json]:
    records.load(call.shop, order_id)
    found = call.shop.all(kind, order_id)
    limit, page = call.limit(), call.page()
    return found[(page - 1) * limit : page * limit]


@routes.on("GET", "/v2/orders/<int:order_id>/products")
def order_products(call: Call, order_id: int) -> Response:
    return list_answer(_parts(call, order_id, "order_product"))


@routes.on("GET", "/v2/orders/<int:order_id>/products/<int:number>")
def order_product(call: Call, order_id: int, number: int) -> Response:
    return answer(_one(call, order_id, "order_product", number))


@routes.on("GET", "/v2/orders/<int:order_id>/shipping_addresses")
@routes.on("GET", "/v2/orders/<int:order_id>/shippingaddresses")
def order_addresses(call: Call, order_id: int) -> Response:
    found = _parts(call, order_id, "order_address")
    return list_answer([address_shape(call.shop, address) for address in found])


@routes.on("GET", "/v2/orders/<int:order_id>/shipping_addresses/<int:number>")
def order_address(call: Call, order_id: int, number: int) -> Response:
    return answer(address_shape(call.shop, _one(call, order_id, "order_address", number)))


def _one(call: Call, order_id: int, kind: str, number: int) -> Json:
    records.load(call.shop, order_id)
    found = call.shop.get(kind, number)
    if found is None or found["order_id"] != order_id:
        raise ApiError(404, NOT_FOUND)
    return found


@routes.on("GET", "/v2/orders/<int:order_id>/coupons")
def order_coupons(call: Call, order_id: int) -> Response:
    return list_answer(_parts(call, order_id, "order_coupon"))


@routes.on("GET", "/v2/orders/<int:order_id>/taxes")
def order_taxes(call: Call, order_id: int) -> Response:
    """Without ``details=true`` one row per address and class, with it one per line and charge."""
    found = _parts(call, order_id, "order_tax")
    if call.flag("details"):
        return list_answer(found)
    return list_answer(summed_taxes(found))


def summed_taxes(found: list[Json]) -> list[Json]:
    grouped: dict[tuple[int, int], Json] = {}
    for row in found:
        key = (row["order_address_id"], row["tax_class_id"])
        kept = {name: value for name, value in row.items() if name not in ("line_item_type", "order_product_id")}
        total = grouped.setdefault(key, {**kept, "priority_amount": "0.0000", "line_amount": "0.0000"})
        for name in ("priority_amount", "line_amount"):
            total[name] = f"{float(total[name]) + float(row[name]):.4f}"
    return list(grouped.values())


@routes.on("GET", "/v2/orders/<int:order_id>/messages")
def order_messages(call: Call, order_id: int) -> Response:
    return list_answer(_parts(call, order_id, "order_message"))


@routes.on("GET", "/v2/orders/<int:order_id>/fees")
def order_fees(call: Call, order_id: int) -> Response:
    """An object with the list in it, other than all the other parts."""
    return answer({"fees": _parts(call, order_id, "order_fee")})


@routes.on("GET", "/v2/orders/<int:order_id>/consignments")
def order_consignments(call: Call, order_id: int) -> Response:
    order = records.load(call.shop, order_id)
    return answer(consignments(call.shop, order, "consignments.line_items" in call.words("include")))
