"""What is refused before an order is touched: types and values, as the API's schema has them."""

import re
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import invalid, not_in_enum
from sandbox.woocommerce.orders.statuses import writable
from sandbox.woocommerce.sites import Site

KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "array": list,
    "object": dict,
}
FIELDS = {
    "status": "string",
    "currency": "string",
    "customer_id": "integer",
    "customer_note": "string",
    "billing": "object",
    "shipping": "object",
    "payment_method": "string",
    "payment_method_title": "string",
    "transaction_id": "string",
    "meta_data": "array",
    "line_items": "array",
    "shipping_lines": "array",
    "fee_lines": "array",
    "coupon_lines": "array",
    "set_paid": "boolean",
}
ITEM_FIELDS = {
    "id": "integer",
    "quantity": "integer",
    "product_id": "mixed",
    "variation_id": "integer",
    "subtotal": "string",
    "total": "string",
    "code": "string",
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check_order(site: Site, sent: Json) -> None:
    problems = {}
    for name, kind in FIELDS.items():
        value = sent.get(name)
        if value is None:
            continue
        if not fits(value, kind):
            problems[name] = ("rest_invalid_type", f"{name} is not of type {kind}.")
        elif name == "status" and value.removeprefix("wc-") not in writable(site):
            problems[name] = not_in_enum(name, writable(site))
        elif kind == "array" and (problem := _item_problem(name, value)) is not None:
            problems[name] = problem
    billing = sent.get("billing")
    email = billing.get("email") if isinstance(billing, dict) else None
    if email and not EMAIL.fullmatch(str(email)):
        problems["billing"] = ("rest_invalid_email", "Invalid email address.")
    if problems:
        raise invalid(problems)


def _item_problem(name: str, entries: list[Any]) -> tuple[str, str] | None:
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            return "rest_invalid_type", f"{name}[{index}] is not of type object."
        if name == "meta_data":
            continue
        for field, kind in ITEM_FIELDS.items():
            if entry.get(field) is not None and not fits(entry[field], kind):
                return "rest_invalid_type", f"{name}[{index}][{field}] is not of type {kind}."
    return None


def fits(value: Any, kind: str) -> bool:
    if kind == "mixed":
        return True
    if kind == "integer":
        if isinstance(value, bool):
            return False
        return isinstance(value, int) or bool(re.fullmatch(r"-?\d+(\.0*)?", str(value)))
    if kind == "boolean":
        return isinstance(value, bool) or str(value).lower() in ("true", "false", "0", "1", "")
    return isinstance(value, KINDS[kind])
