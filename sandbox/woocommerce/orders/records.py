"""Orders as they are stored, and which change moves an order's date in which storage."""

import hashlib
import json

from sandbox.db import Json
from sandbox.woocommerce.orders.amounts import read
from sandbox.woocommerce.orders.goods import find_good
from sandbox.woocommerce.orders.statuses import AWAITS_PAYMENT, CHECKOUT_DRAFT, PENDING
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

STATUS, NOTE, META, ADDRESS, LINES, REFUND = "status", "note", "meta", "address", "lines", "refund"
"""What a change touches."""
OLD_STORAGE = frozenset({STATUS, NOTE, REFUND})
REFUNDS_SINCE = "7.6"
ADDRESS_FIELDS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
    "email",
    "phone",
)
SHIPPING_FIELDS = tuple(name for name in ADDRESS_FIELDS if name != "email")


def blank_address(fields: tuple[str, ...]) -> Json:
    return dict.fromkeys(fields, "")


def new_order(site: Site, **values: object) -> Json:
    number = site.next_post()
    key = hashlib.sha256(f"{site.name}-{number}-{site.now}".encode()).hexdigest()[:13]
    return {
        "id": number,
        "status": PENDING,
        "currency": site.settings["currency"],
        "version": site.settings["version"],
        "prices_include_tax": bool(site.settings["prices_include_tax"]),
        "created": site.now,
        "modified": site.now,
        "completed": None,
        "paid": None,
        "customer_id": 0,
        "order_key": f"wc_order_{key}",
        "billing": blank_address(ADDRESS_FIELDS),
        "shipping": blank_address(SHIPPING_FIELDS),
        "payment_method": "",
        "payment_method_title": "",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "rest-api",
        "customer_note": "",
        "cart_hash": "",
        "number": str(number),
        "meta_data": [],
        "lines": [],
        "tax_lines": [],
        "shipping_lines": [],
        "fees": [],
        "coupon_lines": [],
        "stock_reduced": False,
        "sales_counted": False,
        "coupons_counted": False,
        "announced": False,
        **dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax"), "0"),
        **dict.fromkeys(("cart_tax", "total", "total_tax"), "0"),
        **values,
    }


def store(site: Site, order: Json) -> None:
    goods = {number for line in order["lines"] for number in (line["product_id"], line["variation_id"]) if number}
    billing = order["billing"]
    words = " ".join(str(part) for part in (order["number"], *billing.values()) if part)
    site.db.run(
        "INSERT OR REPLACE INTO woo_order (store, id, status, customer_id, created_via, created, modified, goods, "
        "words, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        site.name,
        order["id"],
        order["status"],
        order["customer_id"],
        order["created_via"],
        order["created"],
        order["modified"],
        "," + "".join(f"{number}," for number in sorted(goods)),
        words.casefold(),
        json.dumps(order),
    )


def load(site: Site, order_id: int) -> Json | None:
    row = site.db.row("SELECT body FROM woo_order WHERE store = ? AND id = ?", site.name, order_id)
    return json.loads(row["body"]) if row is not None else None


def find(site: Site, order_id: int, status: int = 404) -> Json:
    """An unknown one is 404, but 400 where it was to be changed."""
    found = load(site, order_id)
    if found is None:
        raise ApiError(status, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    return found


def moves_date(site: Site, touched: set[str]) -> bool:
    """With the new storage every change does; in posts only those that save the post itself."""
    if site.settings["storage"] == "hpos":
        return True
    counted = OLD_STORAGE if site.has(REFUNDS_SINCE) else OLD_STORAGE - {REFUND}
    return bool(touched & counted)


def save(site: Site, order: Json, touched: set[str]) -> None:
    """Store a change, move the date if this storage does, and tell of it."""
    if moves_date(site, touched):
        order["modified"] = max(site.now, order["modified"])
    store(site, order)
    announce(site, order)


def announce(site: Site, order: Json) -> None:
    """``order.updated``; ``order.created`` too the first time, which drafts of a checkout wait with (since 9.2)."""
    draft = order["status"] == CHECKOUT_DRAFT and order["created_via"] != "rest-api" and site.has("9.2")
    if not order["announced"] and not draft:
        order["announced"] = True
        store(site, order)
        site.announce("order.created", order["id"])
    site.announce("order.updated", order["id"])


def needs_payment(order: Json) -> bool:
    return order["status"] in (*AWAITS_PAYMENT, CHECKOUT_DRAFT) and read(order["total"]) > 0


def needs_processing(site: Site, order: Json) -> bool:
    """Unless everything in it is virtual and can be downloaded; lines whose product is gone do not count."""
    goods = [find_good(site, line["variation_id"] or line["product_id"]) for line in order["lines"]]
    return any(good is not None and not good.immaterial for good in goods)


def add_note(site: Site, order_id: int, text: str, *, to_customer: bool = False, author: str = "WooCommerce") -> Json:
    body = {
        "id": site.next_id("comment"),
        "author": author,
        "created": site.now,
        "note": text,
        "customer_note": to_customer,
    }
    return site.put("order_note", body, order_id)
