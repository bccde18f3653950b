"""What orders take from the store's levels and give back, line by line."""

from sandbox.db import Json
from sandbox.woocommerce.catalog import products, stock
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.orders.goods import find_good
from sandbox.woocommerce.orders.records import add_note
from sandbox.woocommerce.orders.statuses import RETURNS_STOCK, TAKES_STOCK
from sandbox.woocommerce.sites import Site

TAKEN = "_reduced_stock"


def taken(line: Json) -> int:
    return int(next((entry["value"] for entry in line["meta_data"] if entry["key"] == TAKEN), 0))


def set_taken(site: Site, line: Json, quantity: int | None) -> None:
    value = None if quantity is None else str(quantity)
    line["meta_data"] = apply_meta(site, line["meta_data"], [{"key": TAKEN, "value": value}])


def settle(site: Site, order: Json) -> None:
    """After a change of status: take what was not taken, or give back what was."""
    if order["status"] in TAKES_STOCK and not order["stock_reduced"]:
        take(site, order)
    elif order["status"] in RETURNS_STOCK and order["stock_reduced"]:
        give_back(site, order)


def count_sales(site: Site, order: Json, *, counted: bool) -> None:
    """``total_sales`` of the products (a variation's parent): once an order counts, until it is gone or cancelled."""
    if order["sales_counted"] == counted:
        return
    order["sales_counted"] = counted
    for line in order["lines"]:
        stock.count_sales(site, line["product_id"], line["quantity"] if counted else -line["quantity"])


def take(site: Site, order: Json) -> None:
    changes = []
    for line in order["lines"]:
        if line["quantity"] > 0 and not taken(line):
            changes += _move(site, line, line["quantity"])
    order["stock_reduced"] = True
    if changes:
        add_note(site, order["id"], f"Stock levels reduced: {', '.join(changes)}")


def give_back(site: Site, order: Json) -> None:
    changes = []
    for line in order["lines"]:
        changes += _move(site, line, -taken(line))
        set_taken(site, line, None)
    order["stock_reduced"] = False
    if changes:
        add_note(site, order["id"], f"Stock levels increased: {', '.join(changes)}")


def follow(site: Site, order: Json, line: Json, *, removed: bool = False) -> None:
    """After a line of an order that took its stock was added, changed or removed."""
    if order["status"] not in TAKES_STOCK:
        return
    wanted = 0 if removed else max(0, line["quantity"])
    if changes := _move(site, line, wanted - taken(line), wanted):
        add_note(site, order["id"], f"Adjusted stock: {', '.join(changes)}")


def put_back(site: Site, order: Json, line: Json, quantity: int) -> None:
    """A refunded quantity that comes back into stock."""
    before = taken(line)
    amount = min(before, quantity)
    if not amount or not _move(site, line, -amount, before - amount):
        return
    entry = next((one for one in line["meta_data"] if one["key"] == "_restock_refunded_items"), None)
    put = amount + (int(entry["value"]) if entry is not None else 0)
    sent = [{"key": "_restock_refunded_items", "value": str(put)}]
    line["meta_data"] = apply_meta(site, line["meta_data"], sent)


def _move(site: Site, line: Json, quantity: int, left: int | None = None) -> list[str]:
    """Take ``quantity`` more (less than zero: give back); the words for the note, none where nothing moved."""
    number = line["variation_id"] or line["product_id"]
    moved = stock.move(site, number, -quantity) if quantity else None
    if moved is None:
        return []
    if line["variation_id"]:
        products.sync_number(site, line["product_id"])
    set_taken(site, line, quantity if left is None else left)
    good = find_good(site, number)
    sku = f" ({good.sku})" if good is not None and good.sku else f" (#{number})"
    return [f"{line['name']}{sku} {moved[1]}&rarr;{moved[2]}"]
