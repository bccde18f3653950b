"""Which orders a list asks for, as SQL."""

import json

from sandbox.db import Json
from sandbox.woocommerce.calls import Call, invalid
from sandbox.woocommerce.catalog.filters import Where
from sandbox.woocommerce.lists import Page, unstable
from sandbox.woocommerce.orders.statuses import AUTO_DRAFT, TRASH, writable

ORDERS = ("date", "id", "include", "title", "slug", "modified")
DATES = (("after", "created", ">"), ("before", "created", "<"))
CHANGES = (("modified_after", "modified", ">"), ("modified_before", "modified", "<"))


def order_filter(call: Call) -> Where:
    where = Where(call.site.name)
    _statuses(call, where)
    for name, column, sign in (*DATES, *(CHANGES if call.site.has("5.8") else ())):
        if (moment := call.date(name)) is not None:
            where.add(f"{column} {sign} ?", moment)
    for name, negated in (("include", False), ("exclude", True)):
        if numbers := call.integers(name):
            where.among("id", numbers, negated=negated)
    if (customer := call.integer("customer")) is not None:
        where.add("customer_id = ?", customer)
    if (product := call.integer("product")) is not None:
        where.add("goods LIKE ?", f"%,{product},%")
    if words := call.text("search").strip():
        where.add("words LIKE ?", f"%{words.casefold()}%")
    if call.integers("parent"):
        where.add("0")
    if call.site.has("9.9") and (made := call.words("created_via")):
        where.among("created_via", made)
    return where


def _statuses(call: Call, where: Where) -> None:
    """``any`` holds drafts of the checkout, but not the trash."""
    wanted = call.words("status") or ["any"]
    known = ("any", TRASH, *writable(call.site))
    for index, status in enumerate(wanted):
        if status.removeprefix("wc-") not in known:
            listed = ", ".join(known[:-1]) + f", and {known[-1]}"
            raise invalid({"status": ("rest_not_in_enum", f"status[{index}] is not one of {listed}.")})
    if "any" in wanted:
        where.among("status", [TRASH, AUTO_DRAFT], negated=True)
    else:
        where.among("status", [status.removeprefix("wc-") for status in wanted])


def order_sql(call: Call, page: Page) -> str:
    """By date the number breaks ties, by the date of change nothing does."""
    orderby = call.choice("orderby", ORDERS, "date")
    direction = call.choice("order", ("asc", "desc"), "desc").upper()
    if orderby == "modified":
        return unstable("modified", direction, page)
    if orderby == "date":
        return f"ORDER BY created {direction}, id {direction}"
    if orderby == "include" and (numbers := call.integers("include")):
        ranks = " ".join(f"WHEN {number} THEN {rank}" for rank, number in enumerate(numbers))
        return f"ORDER BY CASE id {ranks} END"
    return f"ORDER BY id {direction}"


def fetch(call: Call, where: Where, page: Page, order: str) -> tuple[list[Json], int]:
    total = call.db.number(f"SELECT COUNT(*) FROM woo_order WHERE {where.sql}", *where.values)
    sql = f"SELECT body FROM woo_order WHERE {where.sql} {order} {page.sql}"
    return [json.loads(row["body"]) for row in call.db.rows(sql, *where.values)], total
