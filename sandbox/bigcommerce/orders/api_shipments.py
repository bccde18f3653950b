"""``/v2/orders/{id}/shipments``: partial shipments, several per order."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.orders import records
from sandbox.bigcommerce.orders.statuses import CANCELLED, COMPLETED, PARTIALLY_SHIPPED, SHIPPED
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import NOT_FOUND, ApiError, answer, empty, list_answer, money4, v2_date
from sandbox.db import Json

routes = Routes("store_v2_orders")
TEXTS = ("tracking_number", "tracking_carrier", "tracking_link", "comments", "shipping_method", "shipping_provider")
LONGEST = {"tracking_number": 50, "tracking_link": 500}


@routes.on("GET", "/v2/orders/<int:order_id>/shipments")
def list_shipments(call: Call, order_id: int) -> Response:
    records.load(call.shop, order_id)
    found = call.shop.all("shipment", order_id)
    limit, page = call.limit(), call.page()
    return list_answer(found[(page - 1) * limit : page * limit])


@routes.on("GET", "/v2/orders/<int:order_id>/shipments/count")
def count_shipments(call: Call, order_id: int) -> Response:
    records.load(call.shop, order_id)
    return answer({"count": len(call.shop.all("shipment", order_id))})


@routes.on("GET", "/v2/orders/<int:order_id>/shipments/<int:number>")
def get_shipment(call: Call, order_id: int, number: int) -> Response:
    return answer(_find(call.shop, order_id, number))


@routes.on("POST", "/v2/orders/<int:order_id>/shipments")
def create_shipment(call: Call, order_id: int) -> Response:
    order = records.load(call.shop, order_id)
    return answer(ship(call.shop, order, call.json_object()), 201)


@routes.on("PUT", "/v2/orders/<int:order_id>/shipments/<int:number>")
def update_shipment(call: Call, order_id: int, number: int) -> Response:
    shipment = _find(call.shop, order_id, number)
    sent = call.json_object()
    if "items" in sent:
        raise ApiError(400, "The items of a shipment cannot be changed.")
    shipment.update({name: str(sent[name]) for name in TEXTS if name in sent})
    call.shop.put("shipment", shipment, order_id)
    call.shop.publish("store/shipment/updated", _event(shipment))
    return answer(shipment)


@routes.on("DELETE", "/v2/orders/<int:order_id>/shipments/<int:number>")
def delete_shipment(call: Call, order_id: int, number: int) -> Response:
    """The order's status stays where it is."""
    shipment = _find(call.shop, order_id, number)
    order = records.load(call.shop, order_id)
    _count(call.shop, order, shipment["items"], shipment["order_address_id"], -1)
    call.shop.remove("shipment", number)
    records.touch(call.shop, order)
    call.shop.publish("store/shipment/deleted", _event(shipment))
    return empty()


def _find(shop: Shop, order_id: int, number: int) -> Json:
    found = shop.get("shipment", number)
    if found is None or found["order_id"] != order_id:
        raise ApiError(404, NOT_FOUND)
    return found


def _event(shipment: Json) -> Json:
    return {"type": "shipment", "id": shipment["id"], "orderId": shipment["order_id"]}


def ship(shop: Shop, order: Json, data: Json) -> Json:
    """The order becomes (partially) shipped by what its shipments hold."""
    address = _address(shop, order, data.get("order_address_id"))
    items = _items(shop, order, address, data.get("items"))
    for name, longest in LONGEST.items():
        if len(str(data.get(name) or "")) > longest:
            raise ApiError(400, f"The field '{name}' is invalid: at most {longest} characters.")
    billing = {name: value for name, value in order["billing_address"].items() if name != "form_fields"}
    target = {name: address[name] for name in billing}
    shipment = {
        "id": shop.next_id("shipment"),
        "order_id": order["id"],
        "customer_id": order["customer_id"],
        "order_address_id": address["id"],
        "date_created": v2_date(shop.now),
        **{name: str(data.get(name) or "") for name in TEXTS},
        "merchant_shipping_cost": money4(data.get("merchant_shipping_cost") or 0),
        "billing_address": billing,
        "shipping_address": target,
        "items": items,
        "shipping_provider_display_name": str(data.get("shipping_provider") or "").upper(),
        "generated_tracking_link": "",
    }
    shop.put("shipment", shipment, order["id"])
    _count(shop, order, items, address["id"], 1)
    _flip(shop, order)
    shop.publish("store/shipment/created", _event(shipment))
    return shipment


def _address(shop: Shop, order: Json, number: Any) -> Json:
    if isinstance(number, bool) or not isinstance(number, int):
        raise ApiError(400, "The field 'order_address_id' is invalid.")
    found = shop.get("order_address", number)
    if found is None or found["order_id"] != order["id"]:
        raise ApiError(400, f"The order address {number} was not found.")
    return found


def _items(shop: Shop, order: Json, address: Json, wanted: Any) -> list[Json]:
    if not isinstance(wanted, list) or not wanted:
        raise ApiError(400, "The required field 'items' was not supplied.")
    lines = {line["id"]: line for line in shop.all("order_product", order["id"])}
    items = []
    for entry in wanted:
        line = lines.get(entry.get("order_product_id"))
        if line is None or line["order_address_id"] != address["id"]:
            raise ApiError(400, f"The order product {entry.get('order_product_id')} is not shipped to this address.")
        quantity = entry.get("quantity")
        left = line["quantity"] - line["quantity_shipped"]
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= left:
            raise ApiError(400, f"The quantity of order product {line['id']} is invalid: {left} left to ship.")
        items.append({"order_product_id": line["id"], "product_id": line["product_id"], "quantity": quantity})
    return items


def _count(shop: Shop, order: Json, items: list[Json], address_id: int, sign: int) -> None:
    address = shop.get("order_address", address_id)
    for item in items:
        line = shop.get("order_product", item["order_product_id"])
        if line is not None:
            line["quantity_shipped"] += sign * item["quantity"]
            shop.put("order_product", line, order["id"])
        order["items_shipped"] += sign * item["quantity"]
        if address is not None:
            address["items_shipped"] += sign * item["quantity"]
    if address is not None:
        shop.put("order_address", address, order["id"])


def _flip(shop: Shop, order: Json) -> None:
    if order["status_id"] in (CANCELLED, COMPLETED):
        records.touch(shop, order)
        return
    lines = [line for line in shop.all("order_product", order["id"]) if line["order_address_id"]]
    whole = all(line["quantity_shipped"] >= line["quantity"] for line in lines)
    records.change_status(shop, order, SHIPPED if whole else PARTIALLY_SHIPPED)
