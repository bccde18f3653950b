"""What can be done to an order by a button or the control API."""

from collections.abc import Callable

from sandbox.bigcommerce.orders import records, refunds
from sandbox.bigcommerce.orders.api_shipments import ship
from sandbox.bigcommerce.orders.statuses import CANCELLED
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError
from sandbox.db import Json

Action = Callable[[Shop, Json, Json], None]


def act(shop: Shop, order: Json, action: str, data: Json) -> None:
    if action not in ACTIONS:
        raise ApiError(404, f"The actions on an order are {', '.join(ACTIONS)}.")
    ACTIONS[action](shop, order, data)


def change_status(shop: Shop, order: Json, data: Json) -> None:
    records.change_status(shop, order, int(data["status_id"]))


def cancel(shop: Shop, order: Json, data: Json) -> None:
    records.change_status(shop, order, CANCELLED)


def archive(shop: Shop, order: Json, data: Json) -> None:
    records.archive(shop, order)


def pay(shop: Shop, order: Json, data: Json) -> None:
    records.pay(shop, order)


def touch(shop: Shop, order: Json, data: Json) -> None:
    records.touch(shop, order)


def refund(shop: Shop, order: Json, data: Json) -> None:
    """Everything that is left, unless items are given."""
    refunds.create(shop, order, data if data.get("items") else {**data, "items": refunds.everything_left(shop, order)})


def ship_rest(shop: Shop, order: Json, data: Json) -> None:
    """Everything that is left, one shipment per address, unless items are given."""
    if data.get("items"):
        ship(shop, order, data)
        return
    given = {name: value for name, value in data.items() if name != "items"}
    made = 0
    for address in shop.all("order_address", order["id"]):
        lines = [line for line in shop.all("order_product", order["id"]) if line["order_address_id"] == address["id"]]
        left = [(line["id"], line["quantity"] - line["quantity_shipped"]) for line in lines]
        items = [{"order_product_id": number, "quantity": amount} for number, amount in left if amount]
        if items:
            ship(shop, order, {**given, "order_address_id": address["id"], "items": items})
            made += 1
    if not made:
        raise ApiError(409, f"Nothing of order {order['id']} is left to ship.")


ACTIONS: dict[str, Action] = {
    "status": change_status,
    "cancel": cancel,
    "archive": archive,
    "pay": pay,
    "refund": refund,
    "ship": ship_rest,
    "touch": touch,
}
