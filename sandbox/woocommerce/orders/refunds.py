"""Refunding an order: what may be refunded, the refund's lines, the stock that comes back."""

from decimal import Decimal
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.orders import records, stock
from sandbox.woocommerce.orders.amounts import ZERO, read, rounded, total
from sandbox.woocommerce.orders.policy import policy_of
from sandbox.woocommerce.orders.records import REFUND, STATUS
from sandbox.woocommerce.orders.refund_records import left_to_refund, put_refund
from sandbox.woocommerce.orders.status_changes import set_status
from sandbox.woocommerce.orders.statuses import REFUNDED
from sandbox.woocommerce.orders.taxes import TaxPolicy
from sandbox.woocommerce.orders.totals import set_taxes, summed
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

KINDS = ("lines", "shipping_lines", "fees")
CANNOT = "woocommerce_rest_cannot_create_order_refund"


def create_refund(site: Site, order: Json, sent: Json) -> Json:
    """Without an amount it is the sum of the lines; the whole of an order makes it refunded."""
    places = int(site.settings["number_of_decimals"])
    wanted = [entry for entry in sent.get("line_items") or [] if isinstance(entry, dict)]
    given = sent.get("amount")
    amount = rounded(read(given) if given is not None else _sum_of(wanted), places)
    _check(site, order, amount, sent)
    parts = _items(site, order, wanted)
    left = left_to_refund(site, order) - amount
    refund = put_refund(site, order, amount, str(sent.get("reason") or ""), paid_back=pays_back(sent), **parts)
    if sent.get("api_restock", True) in (True, "true", "1", 1):
        _restock(site, order, wanted)
    touched = {REFUND}
    if left <= 0 and amount > 0 and set_status(site, order, REFUNDED):
        touched.add(STATUS)
    records.save(site, order, touched)
    return refund


def _check(site: Site, order: Json, amount: Decimal, sent: Json) -> None:
    if amount < 0:
        text = "Refund amount must be greater than zero."
        raise ApiError(500, "woocommerce_rest_invalid_order_refund", text, 400)
    if amount > left_to_refund(site, order):
        raise ApiError(500, CANNOT, "Invalid refund amount.", 500)
    if pays_back(sent) and not can_refund(site, order):
        text = "The payment gateway for this order does not support automatic refunds."
        raise ApiError(500, CANNOT, text, 500)


def pays_back(sent: Json) -> bool:
    """The gateway is asked to pay back unless that is declined."""
    return sent.get("api_refund", True) in (True, "true", "1", 1)


def can_refund(site: Site, order: Json) -> bool:
    for gateway in site.all("gateway"):
        if gateway.get("slug", gateway.get("id")) == order["payment_method"]:
            return "refunds" in (gateway.get("method_supports") or gateway.get("supports") or ())
    return False


def _sum_of(wanted: list[Json]) -> Decimal:
    taxes = total(read(tax.get("refund_total", 0)) for entry in wanted for tax in entry.get("refund_tax") or [])
    return total(read(entry.get("refund_total", 0)) for entry in wanted) + taxes


def _items(site: Site, order: Json, wanted: list[Json]) -> dict[str, list[Json]]:
    policy = policy_of(site)
    found: dict[str, list[Json]] = {kind: [] for kind in KINDS}
    for entry in wanted:
        for kind in KINDS:
            item = next((one for one in order[kind] if one["id"] == entry.get("id")), None)
            if item is not None:
                found[kind].append(_refunded(site, policy, kind, item, entry))
    found["tax_lines"] = _tax_lines(site, policy, order, found)
    return found


def _refunded(site: Site, policy: TaxPolicy, kind: str, item: Json, entry: Json) -> Json:
    """The item with what is refunded of it, less than zero, and the number of the original."""
    amount = -read(entry.get("refund_total", 0))
    taxes = {int(tax["id"]): -read(tax.get("refund_total", 0)) for tax in entry.get("refund_tax") or []}
    copy: dict[str, Any] = {**item, "id": site.next_id("order_item"), "total": str(amount)}
    copy["meta_data"] = apply_meta(site, [], [{"key": "_refunded_item_id", "value": str(item["id"])}])
    set_taxes(policy, copy, taxes, {})
    if kind == "lines":
        copy.update(quantity=-int(entry.get("quantity") or 0), subtotal=copy["total"])
        copy["subtotal_tax"] = copy["total_tax"]
    copy["taxes"]["subtotal"] = dict(copy["taxes"]["total"]) if kind == "lines" else {}
    return copy


def _tax_lines(site: Site, policy: TaxPolicy, order: Json, found: dict[str, list[Json]]) -> list[Json]:
    cart, shipping = summed(policy, [*found["lines"], *found["fees"]]), summed(policy, found["shipping_lines"])
    lines = []
    for known in order["tax_lines"]:
        rate_id = known["rate_id"]
        if rate_id in cart or rate_id in shipping:
            sums = {"tax_total": str(cart.get(rate_id, ZERO)), "shipping_tax_total": str(shipping.get(rate_id, ZERO))}
            lines.append({**known, **sums, "id": site.next_id("order_item"), "meta": []})
    return lines


def _restock(site: Site, order: Json, wanted: list[Json]) -> None:
    for entry in wanted:
        line = next((one for one in order["lines"] if one["id"] == entry.get("id")), None)
        if line is not None and entry.get("quantity"):
            stock.put_back(site, order, line, int(entry["quantity"]))


def everything_left(site: Site, order: Json) -> list[Json]:
    """Entries for all that no refund has taken yet, as the refund form of the store proposes them."""
    done: dict[int, Decimal] = {}
    for refund in site.all("refund", order["id"]):
        for line in refund["lines"]:
            number = int(next(one["value"] for one in line["meta_data"] if one["key"] == "_refunded_item_id"))
            done[number] = done.get(number, ZERO) - line["quantity"]
    entries = []
    for kind in KINDS:
        for item in order[kind]:
            quantity = item.get("quantity", 1)
            left = quantity - int(done.get(item["id"], ZERO)) if kind == "lines" else 1
            if left > 0:
                entries.append(entry_for(policy_of(site), item, left, quantity))
    return entries


def entry_for(policy: TaxPolicy, item: Json, quantity: int, whole: int) -> Json:
    """What a refund of ``quantity`` units of an item sends."""
    places = policy.decimals
    taxes = [
        {"id": int(rate), "refund_total": str(rounded(read(tax) * quantity / whole, places))}
        for rate, tax in item["taxes"]["total"].items()
    ]
    amount = rounded(read(item["total"]) * quantity / whole, places)
    return {"id": item["id"], "quantity": quantity, "refund_total": str(amount), "refund_tax": taxes}
