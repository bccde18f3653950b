"""Creating and changing orders as the API does it: items, totals, coupons, status, payment, in that order."""

import itertools
from collections.abc import Iterator
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog.meta import apply_meta, set_meta
from sandbox.woocommerce.orders import items, records
from sandbox.woocommerce.orders.coupons import apply_coupons
from sandbox.woocommerce.orders.policy import policy_of
from sandbox.woocommerce.orders.records import ADDRESS, ADDRESS_FIELDS, LINES, META, NOTE, SHIPPING_FIELDS, STATUS
from sandbox.woocommerce.orders.status_changes import pay, set_status
from sandbox.woocommerce.orders.statuses import CHECKOUT_DRAFT, PENDING, TAKES_STOCK, TRASH
from sandbox.woocommerce.orders.stock import count_sales
from sandbox.woocommerce.orders.taxes import TaxPolicy
from sandbox.woocommerce.orders.totals import calculate
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

TEXTS = ("currency", "customer_note", "payment_method", "payment_method_title", "transaction_id")
RECALCULATES = ("billing", "shipping", "line_items", "shipping_lines", "fee_lines", "coupon_lines")


def create_order(site: Site, sent: Json, **values: Any) -> Json:
    """An order of what was sent; ``values`` are what only the store itself can write (dates, how it was made)."""
    codes = items.coupon_codes(sent)
    _check_customer(site, sent)
    policy = policy_of(site)
    order = records.new_order(site, **values)
    _apply_texts(site, order, sent)
    items.apply_sent(site, policy, order, sent)
    recalculate(site, policy, order)
    _use_coupons(site, policy, order, codes)
    status = str(sent.get("status") or "")
    if status and status != order["status"]:
        set_status(site, order, status)
    if sent.get("set_paid") is True:
        pay(site, order, str(sent.get("transaction_id") or ""))
    records.save(site, order, {STATUS})
    return order


def _use_coupons(site: Site, policy: TaxPolicy, order: Json, codes: list[str]) -> None:
    """An unknown code leaves a new order behind as a draft: the caller must not undo it."""
    try:
        coupons = items.find_coupons(site, order, codes)
    except ApiError:
        if records.load(site, order["id"]) is None:
            order["status"] = CHECKOUT_DRAFT
            records.save(site, order, {STATUS})
        raise
    if codes or order["coupon_lines"]:
        items.put_coupons(site, order, coupons)
        apply_coupons(policy, order, coupons)
        recalculate(site, policy, order)


def update_order(site: Site, order: Json, sent: Json) -> Json:
    """Totals and taxes are calculated anew only when items or addresses were sent."""
    _check_customer(site, sent)
    touched: set[str] = set()
    policy = policy_of(site)
    touched |= _apply_texts(site, order, sent)
    if any(sent.get(name) is not None for name in RECALCULATES):
        items.apply_sent(site, policy, order, sent)
        recalculate(site, policy, order)
        touched.add(LINES)
    if sent.get("coupon_lines") is not None:
        _use_coupons(site, policy, order, items.coupon_codes(sent))
    if sent.get("status") and set_status(site, order, str(sent["status"])):
        touched.add(STATUS)
    wants_payment = sent.get("set_paid") is True and records.needs_payment(order)
    if wants_payment and pay(site, order, str(sent.get("transaction_id") or "")):
        touched.add(STATUS)
    records.save(site, order, touched)
    return order


def recalculate(site: Site, policy: TaxPolicy, order: Json) -> None:
    calculate(policy, order, _item_numbers(site))


def _item_numbers(site: Site) -> Iterator[int]:
    return (site.next_id("order_item") for _ in itertools.count())


def _check_customer(site: Site, sent: Json) -> None:
    number = sent.get("customer_id")
    if number and site.get("customer", int(number)) is None:
        raise ApiError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")


def _apply_texts(site: Site, order: Json, sent: Json) -> set[str]:
    touched: set[str] = set()
    for name in TEXTS:
        if sent.get(name) is not None and str(sent[name]) != order[name]:
            order[name] = str(sent[name])
            touched.add(NOTE if name == "customer_note" else META)
    if sent.get("customer_id") is not None:
        order["customer_id"] = int(sent["customer_id"])
    for side, fields in (("billing", ADDRESS_FIELDS), ("shipping", SHIPPING_FIELDS)):
        if isinstance(sent.get(side), dict):
            given = {name: str(sent[side][name]) for name in fields if sent[side].get(name) is not None}
            order[side] = {**order[side], **given}
            touched.add(ADDRESS)
    if "meta_data" in sent:
        order["meta_data"] = apply_meta(site, order["meta_data"], sent["meta_data"])
        touched.add(META)
    return touched


def trash(site: Site, order: Json) -> None:
    """Stock stays as it is; in posts the trash also tells of a product with the order's number (until 11.2)."""
    if order["status"] == TRASH:
        text = "The shop_order has already been deleted."
        raise ApiError(410, "woocommerce_rest_already_trashed", text)
    marks: Json = {"_wp_trash_meta_status": f"wc-{order['status']}", "_wp_trash_meta_time": str(site.now)}
    posts = site.settings["storage"] != "hpos"
    if posts:
        notes = site.all("order_note", order["id"])
        marks["_wp_trash_meta_comments_status"] = {str(note["id"]): "1" for note in notes}
    for key, value in marks.items():
        order["meta_data"] = set_meta(site, order["meta_data"], key, value)
    order["status"] = TRASH
    count_sales(site, order, counted=False)
    order["modified"] = max(site.now, order["modified"])
    records.store(site, order)
    if posts and not site.has("11.2"):
        site.announce("product.deleted", order["id"])
    site.announce("order.deleted", order["id"])


def restore(site: Site, order: Json) -> None:
    """As the button in the store's admin does it: ``order.restored``, which a restoring PUT never sends."""
    if order["status"] != TRASH:
        raise ApiError(409, "not_trashed", f"Order {order['id']} is not in the trash.")
    before = next((one["value"] for one in order["meta_data"] if one["key"] == "_wp_trash_meta_status"), "")
    order["status"] = str(before).removeprefix("wc-") or PENDING
    order["meta_data"] = [one for one in order["meta_data"] if not one["key"].startswith("_wp_trash_meta_")]
    count_sales(site, order, counted=order["status"] in TAKES_STOCK)
    order["modified"] = max(site.now, order["modified"])
    records.store(site, order)
    site.announce("order.restored", order["id"])
    site.announce("order.updated", order["id"])


def remove(site: Site, order: Json) -> None:
    """For good, with its refunds and notes; nobody is told and no stock moves."""
    number = order["id"]
    count_sales(site, order, counted=False)
    for kind in ("refund", "order_note"):
        for child in site.all(kind, number):
            site.remove(kind, child["id"])
    site.db.run("DELETE FROM woo_order WHERE store = ? AND id = ?", site.name, number)
