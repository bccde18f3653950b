"""Placing an order: from what was asked for to the stored order with all its documents."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sandbox.bigcommerce.orders import pricing, records
from sandbox.bigcommerce.orders.documents import store_documents
from sandbox.bigcommerce.orders.lines import WantedLine, address_of, amount_of, product_of, taxation_of, wanted_line
from sandbox.bigcommerce.orders.pricing import ZERO, Amount, PricedLine, Taxation, Totals
from sandbox.bigcommerce.orders.statuses import AWAITING_FULFILLMENT, AWAITING_PAYMENT, PAID, STATUSES
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, money4, parse_date
from sandbox.db import Json


@dataclass(frozen=True)
class Priced:
    wanted: list[WantedLine]
    coupon: Json | None
    totals: Totals


def price_draft(shop: Shop, draft: Json) -> Priced:
    taxation = taxation_of(shop)
    wanted = [wanted_line(shop, taxation, entry) for entry in draft.get("lines") or []]
    if not wanted:
        raise ApiError(422, "An order needs lines.", {"lines": "missing"})
    coupon = find_coupon(shop, draft.get("coupon"))
    return Priced(wanted, coupon, _totals(shop, taxation, draft, [line.priced for line in wanted], coupon))


def quote_order(shop: Shop, draft: Json) -> Json:
    """The money an order of this draft would have, without placing it."""
    return _money(price_draft(shop, draft).totals)


def place_order(shop: Shop, draft: Json) -> int:
    """The number of the new order. The draft's keys are described in README.md."""
    priced = price_draft(shop, draft)
    wanted, coupon, totals = priced.wanted, priced.coupon, priced.totals
    header = _header(shop, draft, totals)
    order = records.insert(shop, header)
    store_documents(shop, order, draft, wanted, totals, coupon)
    records.settle_stock(shop, order)
    records.announce(shop, order, "created")
    if header["paid"]:
        records.add_payment(shop, order)
    return int(order["id"])


def find_coupon(shop: Shop, code: str | None) -> Json | None:
    if not code:
        return None
    for coupon in shop.all("coupon"):
        if coupon["code"].casefold() == code.strip().casefold():
            return coupon
    raise ApiError(422, f"The coupon code {code} is not valid.", {"coupon": "unknown"})


def _totals(shop: Shop, taxation: Taxation, draft: Json, lines: list[PricedLine], coupon: Json | None) -> Totals:
    settings = shop.settings
    coupon_discount = pricing.apply_coupon(lines, coupon) if coupon else ZERO
    discount = ZERO
    if draft.get("discount"):
        discount = pricing.apply_manual_discount(lines, amount_of(draft["discount"], "discount"))
    pricing.settle_taxes(lines)
    shipping = pricing.shipping_after(coupon, shipping_cost(shop, draft))
    handling = amount_of(draft.get("handling_cost") or 0, "handling_cost")
    wrapping = [line.wrapping for line in lines]
    fees = [amount_of(fee["cost"], "fee") for fee in draft.get("fees") or []]
    split_fees = [taxation.split(fee, 0) for fee in fees] if settings.get("fees_in_total", True) else []
    return Totals(
        lines,
        taxation.split(shipping, int(settings["shipping_tax_class_id"])),
        taxation.split(handling, int(settings["handling_tax_class_id"])),
        Amount(
            sum((one.base for one in wrapping), ZERO),
            sum((one.ex for one in wrapping), ZERO),
            sum((one.inc for one in wrapping), ZERO),
            int(settings["wrapping_tax_class_id"]),
        ),
        coupon_discount,
        discount,
        sum((fee.inc for fee in split_fees), ZERO),
        sum((fee.tax for fee in split_fees), ZERO),
    )


def shipping_cost(shop: Shop, draft: Json) -> Decimal:
    if draft.get("shipping_cost") is not None:
        return amount_of(draft["shipping_cost"], "shipping_cost")
    for method in shop.all("shipping_method"):
        if method["name"] == draft.get("shipping_method"):
            return Decimal(str(method["cost"]))
    return ZERO


def payment_method_of(shop: Shop, draft: Json) -> Json:
    methods = shop.all("payment_method")
    name = draft.get("payment_method")
    fallback = {"code": "", "name": name or "", "offline": True}
    return next((one for one in methods if name in (one["name"], one["code"])), fallback if name else methods[0])


def status_and_payment(draft: Json, method: Json) -> tuple[int, bool]:
    """Without a wish: what is paid online awaits fulfillment, what is paid offline awaits its payment."""
    status = draft.get("status_id")
    if status is None:
        paid = bool(draft.get("paid", not method["offline"]))
        return (AWAITING_FULFILLMENT if paid else AWAITING_PAYMENT), paid
    if status not in STATUSES:
        raise ApiError(422, f"Status {status} does not exist.", {"status_id": "unknown"})
    return int(status), bool(draft.get("paid", not method["offline"] and status in PAID))


def _header(shop: Shop, draft: Json, totals: Totals) -> Json:
    method = payment_method_of(shop, draft)
    status_id, paid = status_and_payment(draft, method)
    created = parse_date(draft["date_created"]) if draft.get("date_created") else shop.now
    physical = _ships(shop, draft)
    header = {
        "customer_id": int(draft.get("customer_id") or 0),
        "status_id": status_id,
        "created": created or shop.now,
        "date_shipped": "",
        "payment_method": method["name"],
        "payment_provider_id": method["code"],
        "payment_status": "",
        "order_is_digital": not physical,
        "billing_address": address_of(shop, draft, draft.get("billing_address")),
        "customer_message": str(draft.get("note") or ""),
        "staff_notes": str(draft.get("staff_notes") or ""),
        "store_credit_amount": money4(draft.get("store_credit") or 0),
        "gift_certificate_amount": money4(draft.get("gift_certificate") or 0),
        "currency_code": str(draft.get("currency_code") or shop.settings["currency"]),
        "currency_exchange_rate": f"{Decimal(str(draft.get('currency_exchange_rate') or 1)):.10f}",
        "channel_id": int(draft.get("channel_id") or 1),
        "order_source": str(draft.get("order_source") or "www"),
        "external_order_id": str(draft.get("external_order_id") or ""),
        "cart_id": str(uuid.uuid4()),
        "shipping_address_count": max(1, len(draft.get("shipping_addresses") or [])) if physical else 0,
        "items_total": sum(line.quantity for line in totals.lines),
        "items_shipped": 0,
        "tax_inclusive": bool(shop.settings["prices_include_tax"]),
        "paid_online": not method["offline"],
        "paid": paid,
        **_money(totals),
    }
    return {**header, **(draft.get("overrides") or {})}


def _ships(shop: Shop, draft: Json) -> bool:
    return any(
        product is None or product["type"] == "physical"
        for product, _ in (product_of(shop, entry) for entry in draft["lines"])
    )


def _money(totals: Totals) -> Json:
    money: Json = {
        "subtotal_ex_tax": money4(totals.subtotal_ex),
        "subtotal_inc_tax": money4(totals.subtotal_inc),
        "subtotal_tax": money4(totals.subtotal_tax),
        "total_ex_tax": money4(totals.total_inc - totals.total_tax),
        "total_inc_tax": money4(totals.total_inc),
        "total_tax": money4(totals.total_tax),
        "discount_amount": money4(totals.discount_amount),
        "coupon_discount": money4(totals.coupon_discount),
    }
    for name in ("shipping", "handling", "wrapping"):
        amount: Amount = getattr(totals, name)
        money[f"base_{name}_cost"] = money4(amount.base)
        money[f"{name}_cost_ex_tax"] = money4(amount.ex)
        money[f"{name}_cost_inc_tax"] = money4(amount.inc)
        money[f"{name}_cost_tax"] = money4(amount.tax)
        money[f"{name}_cost_tax_class_id"] = amount.tax_class
    return money
