"""Which products a list asks for, as SQL."""

import json
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import Call, invalid, not_in_enum
from sandbox.woocommerce.catalog import terms
from sandbox.woocommerce.catalog.fields import STATUSES, STOCK, TYPES
from sandbox.woocommerce.lists import Page, unstable

ANY_STATUS = ("publish", "private", "draft", "pending", "future")
ORDERS = ("date", "id", "include", "title", "slug", "modified", "price", "popularity", "rating", "menu_order")
COLUMNS = {"title": "name_key", "slug": "slug", "menu_order": "menu_order", "price": "price", "date": "created"}


class Where:
    """Conditions and their values, gathered."""

    def __init__(self, store: str) -> None:
        self.parts, self.values = ["store = ?"], [store]

    def add(self, condition: str, *values: Any) -> None:
        self.parts.append(condition)
        self.values.extend(values)

    def among(self, column: str, values: list[Any], *, negated: bool = False) -> None:
        """In these values: none means no row, or every row when ``negated``."""
        marks = ",".join("?" * len(values))
        self.add(f"{column} {'NOT ' if negated else ''}IN ({marks})", *values)

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts)


def product_filter(call: Call) -> Where:
    where = Where(call.site.name)
    by_sku = call.words("sku") or call.text("search_sku") or call.text("search_name_or_sku")
    if not by_sku:
        where.add("type <> 'variation'")
    narrow(call, where)
    _terms(call, where)
    return where


def narrow(call: Call, where: Where) -> None:
    """What lists of variations understand."""
    _statuses(call, where)
    _texts(call, where)
    _kinds(call, where)
    _numbers(call, where)
    dates(call, where)


def _statuses(call: Call, where: Where) -> None:
    wanted = call.words("status") or ["any"]
    known = ("any", *STATUSES)
    for status in wanted:
        if status not in known:
            raise invalid({"status": not_in_enum("status", known)})
    found = [one for status in wanted for one in (ANY_STATUS if status == "any" else (status,))]
    if include := call.words("include_status"):
        found = [one for status in include for one in (ANY_STATUS if status == "any" else (status,))]
    where.among("status", [status for status in found if status not in call.words("exclude_status")])


def _texts(call: Call, where: Where) -> None:
    for word in call.text("search").casefold().split():  # WordPress wants every word, anywhere
        where.add("(name_key LIKE ? OR json_extract(body, '$.description') LIKE ?)", f"%{word}%", f"%{word}%")
    if skus := [sku.casefold() for sku in call.words("sku")]:
        where.among("sku_key", skus)
    if part := call.text("search_sku").casefold():
        where.add("sku_key LIKE ?", f"%{part}%")
    if part := call.text("search_name_or_sku").casefold():
        where.add("(sku_key LIKE ? OR name_key LIKE ?)", f"%{part}%", f"%{part}%")
    if slug := call.text("slug"):
        where.add("slug = ?", slug)
    if gtins := call.words("global_unique_id"):
        where.among("gtin", gtins)


def _kinds(call: Call, where: Where) -> None:
    if kind := call.text("type"):
        if kind not in TYPES:
            raise invalid({"type": not_in_enum("type", TYPES)})
        where.add("type = ?", kind)
    if kinds := call.words("include_types"):
        where.among("type", kinds)
    if kinds := call.words("exclude_types"):
        where.among("type", kinds, negated=True)
    if state := call.text("stock_status"):
        if state not in STOCK:
            raise invalid({"stock_status": not_in_enum("stock_status", STOCK)})
        where.add("stock_status = ?", state)
    _flags(call, where)


def _flags(call: Call, where: Where) -> None:
    for name in ("featured", "virtual", "downloadable"):
        if call.get(name) is not None:
            where.add(f"json_extract(body, '$.{name}') = ?", int(call.flag(name)))
    if call.get("tax_class") is not None:
        name = call.text("tax_class")
        where.add("json_extract(body, '$.tax_class') = ?", "" if name == "standard" else name)
    if call.get("on_sale") is not None:
        where.add(f"json_extract(body, '$.sale_price') {'<>' if call.flag('on_sale') else '='} ''")


def _numbers(call: Call, where: Where) -> None:
    if call.get("include") is not None:
        where.among("id", call.integers("include"))
    if numbers := call.integers("exclude"):
        where.among("id", numbers, negated=True)
    if parents := call.integers("parent"):
        where.among("parent_id", parents)
    for name, sign in (("min_price", ">="), ("max_price", "<=")):
        if value := call.text(name):
            where.add(f"price {sign} ?", float(value))


def _terms(call: Call, where: Where) -> None:
    found: list[list[int]] = []
    if numbers := call.integers("category"):
        found.append([each for number in numbers for each in terms.below(call.site, number)])
    found += [numbers for name in ("tag", "brand") if (numbers := call.integers(name))]
    if call.get("attribute") and (numbers := call.integers("attribute_term")):
        found.append(numbers)
    if slug := call.text("shipping_class"):
        found.append([int(slug)] if slug.isdigit() else [])
    for group in found:
        marks = ",".join("?" * len(group))
        where.add(
            "EXISTS (SELECT 1 FROM woo_term_product t WHERE t.store = woo_product.store "
            f"AND t.product_id = woo_product.id AND t.term_id IN ({marks}))",
            *group,
        )


def dates(call: Call, where: Where) -> None:
    """Strictly after, strictly before; by the date of the change only from 5.8 on."""
    names = [("after", "created", ">"), ("before", "created", "<")]
    if call.site.has("5.8"):
        names += [("modified_after", "modified", ">"), ("modified_before", "modified", "<")]
    for name, column, sign in names:
        if (moment := call.date(name)) is not None:
            where.add(f"{column} {sign} ?", moment)


def order_sql(call: Call, page: Page, *, stable_date: bool = False) -> str:
    """``date``, ``modified`` and the like have no tie-breaker, unless ``stable_date``."""
    name, order = call.choice("orderby", ORDERS, "date"), call.choice("order", ("asc", "desc"), "desc")
    if name == "id":
        return f"ORDER BY id {order}"
    if name == "include" and (numbers := call.integers("include")):
        cases = " ".join(f"WHEN {number} THEN {place}" for place, number in enumerate(numbers))
        return f"ORDER BY CASE id {cases} END"
    if name == "date" and stable_date:
        return f"ORDER BY created {order}, id {order}"
    return unstable(COLUMNS.get(name, "modified" if name == "modified" else "created"), order, page)


def fetch(call: Call, where: Where, page: Page, order: str) -> tuple[list[Json], int]:
    """Bodies of one page, and how many there are in all."""
    total = call.db.number(f"SELECT COUNT(*) FROM woo_product WHERE {where.sql}", *where.values)
    sql = f"SELECT id FROM woo_product WHERE {where.sql} {order} {page.sql}"
    numbers = [row["id"] for row in call.db.rows(sql, *where.values)]
    marks = ",".join("?" * len(numbers))
    sql = f"SELECT id, body FROM woo_product WHERE store = ? AND id IN ({marks})"
    bodies = {row["id"]: json.loads(row["body"]) for row in call.db.rows(sql, call.site.name, *numbers)}
    return [bodies[number] for number in numbers], total
