"""Orders as the control API and the storefront describe them: SKUs, prices as shown in the shop, one coupon."""

import hashlib
import json
from decimal import Decimal

from sandbox.db import Json
from sandbox.problems import Problem
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.orders import items, records, writing
from sandbox.woocommerce.orders.amounts import read
from sandbox.woocommerce.orders.coupons import apply_coupons
from sandbox.woocommerce.orders.goods import Good, find_good, number_sent
from sandbox.woocommerce.orders.policy import policy_of
from sandbox.woocommerce.orders.records import ADDRESS_FIELDS, SHIPPING_FIELDS, STATUS
from sandbox.woocommerce.orders.status_changes import pay, set_status
from sandbox.woocommerce.orders.statuses import CHECKOUT_DRAFT, ON_HOLD, PENDING, PROCESSING, writable
from sandbox.woocommerce.orders.taxes import TaxPolicy
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

OTHER_NAMES = {"street_1": "address_1", "street_2": "address_2", "zip": "postcode", "country_iso2": "country"}
"""Names of address fields that drafts for other platforms' stores have."""
DEFAULT_ADDRESS: Json = {
    "first_name": "Jana",
    "last_name": "Petersen",
    "company": "",
    "address_1": "Hafenstraße 12",
    "address_2": "",
    "city": "Hamburg",
    "state": "",
    "postcode": "20457",
    "country": "DE",
    "email": "jana.petersen@example.com",
    "phone": "+49 40 5550100",
}
CARD = ("stripe", "Credit card")
WAITS = frozenset({"bacs", "cheque"})
"""Methods whose money comes later."""
PICKUP = "local_pickup"
SHIPPING = (
    ("flat_rate", "Flat rate", "4.90"),
    ("free_shipping", "Free shipping", "0"),
    (PICKUP, "Local pickup", "0"),
)


def payment_of(site: Site, draft: Json) -> tuple[str, str]:
    """Slug and title; the card where none is named, and a method that the store does not have as it was named."""
    wanted = str(draft.get("payment_method") or "")
    for gateway in site.all("gateway"):
        if wanted in (gateway["slug"], gateway["title"]):
            return str(gateway["slug"]), str(gateway["title"])
    return (wanted, str(draft.get("payment_method_title") or wanted)) if wanted else CARD


def shipping_methods(site: Site) -> list[tuple[str, str, str, str]]:
    """Kind, title, cost without tax and number of the ways to ship; the usual ones where the store has none."""
    found = [
        (body["method_id"], body["settings"]["title"], str(body["settings"]["cost"] or "0"), str(body["id"]))
        for body in site.all("zone_method")
        if body["enabled"]
    ]
    return found or [(kind, title, cost, "") for kind, title, cost in SHIPPING]


def shipping_of(site: Site, draft: Json) -> Json | None:
    """By title, number or kind (the first of it); what the store does not have goes as a flat rate of that name."""
    wanted, cost = draft.get("shipping_method"), draft.get("shipping_cost")
    if wanted is None and cost is None:
        return None
    known = [*shipping_methods(site), *((kind, title, usual, "") for kind, title, usual in SHIPPING)]
    for kind, title, usual, number in known:
        if wanted in (title, kind, number or None):
            total = str(cost if cost is not None else usual)
            return {"method_id": kind, "method_title": title, "instance_id": number, "total": total}
    return {"method_id": "flat_rate", "method_title": str(wanted or "Flat rate"), "total": str(cost or "0")}


def address_of(site: Site, draft: Json, side: str, fields: tuple[str, ...]) -> Json:
    """The address given; else the customer's own, else a default one."""
    given = draft.get(f"{side}_address") or draft.get(side)
    if given is None:
        customer = site.get("customer", int(draft.get("customer_id") or 0))
        own = {name: value for name, value in (customer or {}).get(side, {}).items() if value}
        given = own or draft.get("billing_address") or draft.get("billing") or DEFAULT_ADDRESS
    named = {OTHER_NAMES.get(name, name): value for name, value in given.items()}
    return {name: str(named.get(name) or "") for name in fields}


def build(site: Site, draft: Json) -> Json:
    """The order of a draft with all its money, not stored yet."""
    policy = policy_of(site)
    slug, title = payment_of(site, draft)
    order = records.new_order(site, created_via=str(draft.get("created_via") or "checkout"))
    order.update(
        status=CHECKOUT_DRAFT,
        customer_id=int(draft.get("customer_id") or 0),
        billing=address_of(site, draft, "billing", ADDRESS_FIELDS),
        shipping=address_of(site, draft, "shipping", SHIPPING_FIELDS),
        payment_method=slug,
        payment_method_title=title,
        customer_note=str(draft.get("note") or ""),
        currency=str(draft.get("currency_code") or draft.get("currency") or order["currency"]),
        customer_ip_address="127.0.0.1",
        customer_user_agent=str(draft.get("user_agent") or ""),
    )
    for entry in draft.get("lines") or []:
        order["lines"].append(_line(site, policy, entry))
    if not order["lines"]:
        raise Problem(422, "An order needs lines.")
    items.apply_sent(site, policy, order, _charges(site, draft))
    if draft.get("meta_data"):
        order["meta_data"] = apply_meta(site, [], draft["meta_data"])
    writing.recalculate(site, policy, order)
    _use_coupon(site, policy, order, str(draft.get("coupon") or ""))
    return order


def _charges(site: Site, draft: Json) -> Json:
    """Shipping and fees; a discount without a coupon is a fee below zero."""
    fees = [{"name": fee["name"], "total": str(fee.get("cost", fee.get("total")))} for fee in draft.get("fees") or []]
    if draft.get("handling_cost"):
        fees.append({"name": "Handling", "total": str(draft["handling_cost"])})
    if draft.get("discount"):
        fees.append({"name": "Discount", "total": str(-abs(read(draft["discount"])))})
    shipping = shipping_of(site, draft)
    return {"fee_lines": fees, "shipping_lines": [shipping] if shipping else []}


def _use_coupon(site: Site, policy: TaxPolicy, order: Json, code: str) -> None:
    if not code:
        return
    try:
        coupons = items.find_coupons(site, order, [code])
    except ApiError as error:
        raise Problem(422, f"The coupon code {code} is not valid.") from error
    items.put_coupons(site, order, coupons)
    apply_coupons(policy, order, coupons)
    if any(coupon["free_shipping"] for coupon in coupons):
        for line in order["shipping_lines"]:
            line["total"] = "0"
    writing.recalculate(site, policy, order)


def _line(site: Site, policy: TaxPolicy, entry: Json) -> Json:
    quantity = entry.get("quantity", 1)
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise Problem(422, "A line's quantity must be a whole number above zero.")
    good = _good(site, entry)
    line = items.new_line(site)
    line["quantity"] = quantity
    if good is None:
        line.update(name=str(entry.get("name") or "Custom item"), tax_class=str(entry.get("tax_class") or ""))
    else:
        items.put_good(site, line, good)
    unit = _price(entry, good)
    line["total"] = str(policy.net_price(unit * quantity, line["tax_status"], line["tax_class"]))
    line["subtotal"] = line["total"]
    if entry.get("meta_data"):
        line["meta_data"] = apply_meta(site, line["meta_data"], entry["meta_data"])
    return line


def _price(entry: Json, good: Good | None) -> Decimal:
    """What the shop shows for one, with tax where the store's prices have it."""
    if entry.get("price") is not None:
        return read(entry["price"])
    if good is None:
        raise Problem(422, "A custom line needs a price.")
    return good.price


def _good(site: Site, entry: Json) -> Good | None:
    named = {**entry, "variation_id": entry.get("variation_id") or entry.get("variant_id")}
    number = number_sent(site, named)
    if number is None:
        return None
    good = find_good(site, number)
    if good is None:
        raise Problem(422, f"No product has the SKU {entry.get('sku') or number}.")
    return good


def place(site: Site, order: Json, draft: Json) -> Json:
    """What the checkout does when the button is pressed: the status follows the payment method."""
    status, paid = draft.get("status"), draft.get("paid")
    order["status"] = PENDING
    if status is not None and str(status) not in writable(site):
        raise Problem(422, f"A status is one of {', '.join(writable(site))}.")
    slug = order["payment_method"]
    if paid or (paid is None and slug not in WAITS and slug != "cod" and status is None):
        pay(site, order, str(draft.get("transaction_id") or ""))
    elif status is None and paid is None:
        set_status(site, order, PROCESSING if slug == "cod" else ON_HOLD)
    elif status is None and slug in WAITS:
        set_status(site, order, ON_HOLD)
    if status is not None:
        set_status(site, order, str(status))
    records.save(site, order, {STATUS})
    _backdate(site, order, draft)
    return order


def _backdate(site: Site, order: Json, draft: Json) -> None:
    if draft.get("overrides"):
        order["overrides"] = dict(draft["overrides"])
    moment = site.moment(str(draft["date_created"]), gmt=True) if draft.get("date_created") else None
    if draft.get("date_created") and moment is None:
        raise Problem(422, "date_created is not a date.")
    if moment is not None:
        order.update(created=moment, modified=moment)
        for name in ("paid", "completed"):
            order[name] = moment if order[name] is not None else None
    records.store(site, order)


def place_order(site: Site, draft: Json) -> Json:
    return place(site, build(site, draft), draft)


def add_checkout_marks(site: Site, order: Json) -> None:
    """What the block checkout leaves in an order's metadata."""
    parts = (
        ("_coupons_hash", [line["code"] for line in order["coupon_lines"]]),
        ("_fees_hash", order["fees"]),
        ("_shipping_hash", order["shipping_lines"]),
        ("_taxes_hash", order["tax_lines"]),
    )
    marks = [{"key": key, "value": digest(value)} for key, value in parts]
    order["meta_data"] = apply_meta(site, order["meta_data"], [*marks, {"key": "is_vat_exempt", "value": "no"}])
    order["cart_hash"] = digest(order["lines"])
    packed = ", ".join(f"{line['name']} &times; {line['quantity']}" for line in order["lines"])
    for line in order["shipping_lines"]:
        line["meta_data"] = apply_meta(site, line["meta_data"], [{"key": "Items", "value": packed}])


def digest(value: object) -> str:
    return hashlib.md5(json.dumps(value).encode(), usedforsecurity=False).hexdigest()


def keep_draft(site: Site, order: Json) -> None:
    """Opening the checkout leaves a draft behind, without address or payment yet, and webhooks are told already."""
    first = next((body["slug"] for body in site.all("gateway") if body["enabled"]), "")
    where = {"country": site.settings["country"], "state": site.settings["state"]}
    blank = {side: {**dict.fromkeys(order[side], ""), **where} for side in ("billing", "shipping")}
    draft = {**order, **blank, "customer_note": "", "payment_method": first, "payment_method_title": ""}
    records.save(site, draft, {STATUS})
