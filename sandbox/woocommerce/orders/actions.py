"""What can be done to an order by a button of the store's pages or by the control API."""

from collections.abc import Callable

from sandbox.db import Json
from sandbox.problems import Problem
from sandbox.woocommerce.catalog.meta import set_meta
from sandbox.woocommerce.orders import items, records, writing
from sandbox.woocommerce.orders.amounts import read
from sandbox.woocommerce.orders.api_tracking import META_KEY, items_of
from sandbox.woocommerce.orders.drafts import OTHER_NAMES, place_order
from sandbox.woocommerce.orders.goods import find_good
from sandbox.woocommerce.orders.policy import policy_of
from sandbox.woocommerce.orders.records import ADDRESS, ADDRESS_FIELDS, LINES, META, SHIPPING_FIELDS, STATUS
from sandbox.woocommerce.orders.refund_records import KIND
from sandbox.woocommerce.orders.refunds import create_refund, entry_for, everything_left
from sandbox.woocommerce.orders.shapes import order_shape
from sandbox.woocommerce.orders.status_changes import pay, set_status
from sandbox.woocommerce.orders.statuses import CANCELLED, COMPLETED, FAILED, ON_HOLD, writable
from sandbox.woocommerce.sites import Site

SHOWN = 10


def create_orders(site: Site, data: Json) -> Json:
    """``count`` orders of one draft; the first ones are in the answer as the API shows them."""
    count = int(data.get("count", 1))
    made = [place_order(site, data) for _ in range(count)]
    return {"ids": [order["id"] for order in made], "orders": [order_shape(site, order) for order in made[:SHOWN]]}


def order_action(site: Site, data: Json, order_id: int, action: str) -> Json:
    """The answer is the order as the API shows it afterwards (of a deleted one: before), and a list of it."""
    order = records.find(site, order_id)
    if action not in ACTIONS:
        raise Problem(404, f"The actions on an order are {', '.join(ACTIONS)}.")
    before = order_shape(site, order)
    ACTIONS[action](site, order, data)
    after = records.load(site, order_id)
    shape = order_shape(site, after) if after is not None else before
    return {**shape, "ids": [order_id], "orders": [shape]}


def _to(site: Site, order: Json, status: str) -> None:
    if set_status(site, order, status):
        records.save(site, order, {STATUS})


def change_status(site: Site, order: Json, data: Json) -> None:
    status = str(data.get("status") or "")
    if status not in writable(site):
        raise Problem(422, f"A status is one of {', '.join(writable(site))}.")
    _to(site, order, status)


def cancel(site: Site, order: Json, data: Json) -> None:
    _to(site, order, CANCELLED)


def hold(site: Site, order: Json, data: Json) -> None:
    _to(site, order, ON_HOLD)


def fail(site: Site, order: Json, data: Json) -> None:
    _to(site, order, FAILED)


def complete(site: Site, order: Json, data: Json) -> None:
    _to(site, order, COMPLETED)


def receive_payment(site: Site, order: Json, data: Json) -> None:
    """Also what arrives for an order whose status does not wait for it, such as cash at the door."""
    if order["paid"] is not None:
        raise Problem(409, f"Order {order['id']} is paid already.")
    if not pay(site, order, str(data.get("transaction_id") or "")):
        order["paid"] = site.now
    records.save(site, order, {STATUS})


def ship(site: Site, order: Json, data: Json) -> None:
    """Tracking as the usual plugins keep it, then the order is completed."""
    number = str(data.get("tracking_number") or "")
    if number:
        item = {
            "tracking_provider": str(data.get("tracking_provider") or data.get("carrier") or ""),
            "custom_tracking_provider": "",
            "custom_tracking_link": str(data.get("tracking_link") or ""),
            "tracking_number": number,
            "date_shipped": str(site.now),
            "tracking_id": f"{site.next_id('tracking'):032x}",
        }
        order["meta_data"] = set_meta(site, order["meta_data"], META_KEY, [*items_of(order), item])
    set_status(site, order, COMPLETED)
    records.save(site, order, {STATUS, META})


def refund(site: Site, order: Json, data: Json) -> None:
    """Everything that is left unless ``amount`` or ``items`` (line id or SKU, and quantity) are given."""
    sent: Json = {"reason": str(data.get("reason") or ""), "api_refund": False}
    sent["api_restock"] = data.get("restock", True) not in (False, "", "0", "false")
    if data.get("amount"):
        sent["amount"] = str(read(data["amount"]))
    elif data.get("items"):
        sent["line_items"] = [_entry(site, order, entry) for entry in data["items"]]
    else:
        sent["line_items"] = everything_left(site, order)
        if not sent["line_items"]:
            raise Problem(409, f"Nothing of order {order['id']} is left to refund.")
    create_refund(site, order, sent)


def _entry(site: Site, order: Json, wanted: Json) -> Json:
    item = _item(site, order, wanted)
    whole = item.get("quantity", 1)
    return entry_for(policy_of(site), item, int(wanted.get("quantity") or whole), whole)


def _item(site: Site, order: Json, wanted: Json) -> Json:
    """By the item's number, or the SKU of its product."""
    number = wanted.get("id") or wanted.get("line_id")
    for kind in ("lines", "shipping_lines", "fees"):
        for item in order[kind]:
            if number and item["id"] == int(number):
                found: Json = item
                return found
            good = find_good(site, item["variation_id"] or item["product_id"]) if kind == "lines" else None
            if not number and good is not None and good.sku.casefold() == str(wanted.get("sku")).casefold():
                return dict(item)
    raise Problem(422, f"Order {order['id']} has no such line.")


def delete_refund(site: Site, order: Json, data: Json) -> None:
    site.remove(KIND, int(data["refund_id"]))


def trash(site: Site, order: Json, data: Json) -> None:
    writing.trash(site, order)


def restore(site: Site, order: Json, data: Json) -> None:
    writing.restore(site, order)


def delete(site: Site, order: Json, data: Json) -> None:
    writing.remove(site, order)


def touch(site: Site, order: Json, data: Json) -> None:
    records.save(site, order, {STATUS})


def edit_address(site: Site, order: Json, data: Json) -> None:
    """In posts this moves no date. Without sides the fields are those of both addresses."""
    sides = {side: data[side] for side in ("billing", "shipping") if isinstance(data.get(side), dict)}
    for side, fields in (("billing", ADDRESS_FIELDS), ("shipping", SHIPPING_FIELDS)):
        given = sides.get(side) or ({} if sides else data)
        named = {OTHER_NAMES.get(name, name): str(value) for name, value in given.items()}
        order[side] = {**order[side], **{name: value for name, value in named.items() if name in fields}}
    writing.recalculate(site, policy_of(site), order)
    records.save(site, order, {ADDRESS})


def edit_line(site: Site, order: Json, data: Json) -> None:
    """Another quantity at the same unit price, zero takes the line out; ``price`` is a unit's without tax."""
    line = next(one for one in order["lines"] if one["id"] == _item(site, order, data)["id"])
    quantity = int(data.get("quantity", line["quantity"]))
    unit = read(data["price"]) if data.get("price") else read(line["total"]) / (line["quantity"] or 1)
    sent: Json = {"id": line["id"], "quantity": quantity}
    if quantity:
        sent.update(total=str(unit * quantity), subtotal=str(unit * quantity))
    policy = policy_of(site)
    items.apply_sent(site, policy, order, {"line_items": [sent]})
    writing.recalculate(site, policy, order)
    records.save(site, order, {LINES})


def add_note(site: Site, order: Json, data: Json) -> None:
    records.add_note(site, order["id"], str(data.get("note") or ""), to_customer=bool(data.get("customer_note")))


def write_meta(site: Site, order: Json, data: Json) -> None:
    order["meta_data"] = set_meta(site, order["meta_data"], str(data["key"]), data.get("value"))
    records.save(site, order, {META})


ACTIONS: dict[str, Callable[[Site, Json, Json], None]] = {
    "status": change_status,
    "cancel": cancel,
    "pay": receive_payment,
    "complete": complete,
    "hold": hold,
    "fail": fail,
    "ship": ship,
    "refund": refund,
    "delete_refund": delete_refund,
    "trash": trash,
    "restore": restore,
    "delete": delete,
    "touch": touch,
    "edit_address": edit_address,
    "edit_line": edit_line,
    "note": add_note,
    "meta": write_meta,
}
