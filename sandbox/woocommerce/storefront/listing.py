"""What the shopper's pages show of products: rows of a page, one product with its choices."""

import json
from dataclasses import dataclass
from decimal import Decimal

from sandbox.db import Json
from sandbox.problems import Problem
from sandbox.woocommerce.catalog import records, stock, terms
from sandbox.woocommerce.catalog.attributes import variation_shapes
from sandbox.woocommerce.catalog.shapes import price_of
from sandbox.woocommerce.orders.amounts import read
from sandbox.woocommerce.sites import Site

PAGE = 24
SHOWN_TYPES = ("simple", "variable")


@dataclass(frozen=True)
class Choice:
    """A product or variation as a shopper picks it; ``code`` is what the order form understands."""

    code: str
    label: str
    sku: str
    price: Decimal
    regular: str
    stock: int | None
    number: int
    owner: int | None


@dataclass(frozen=True)
class Card:
    id: int
    name: str
    slug: str
    sku: str
    type: str
    picture: str
    description: str
    choices: list[Choice]

    @property
    def price(self) -> Decimal:
        return min((choice.price for choice in self.choices), default=Decimal(0))

    @property
    def levels(self) -> list[tuple[int, str, int]]:
        """Who keeps a level, what it is called on the staff's page, and the level."""
        found: dict[int, tuple[int, str, int]] = {}
        for choice in self.choices:
            if choice.owner is not None and choice.stock is not None:
                shared = choice.owner == self.id and self.type == "variable"
                name = self.name if shared else choice.sku or choice.label
                found.setdefault(choice.owner, (choice.owner, name, choice.stock))
        return list(found.values())

    @property
    def stock_text(self) -> str:
        levels = {choice.owner: choice.stock for choice in self.choices}
        if any(level is None for level in levels.values()) or not levels:
            return "Always available"
        whole = sum(level or 0 for level in levels.values())
        return f"{whole} in stock" if whole > 0 else "Out of stock"


def product_page(site: Site, words: str, category: int, page: int, *, staff: bool = False) -> tuple[list[Card], int]:
    """Products of one page, oldest first, and how many there are in all; the staff also sees what is hidden."""
    where = "store = ? AND type IN ('simple', 'variable')"
    values: list[str | int] = [site.name]
    if not staff:
        where += " AND status = 'publish' AND json_extract(body, '$.catalog_visibility') <> 'hidden'"
    if words:
        where += (
            " AND (name_key LIKE ? OR sku_key LIKE ? OR id IN (SELECT parent_id FROM woo_product"
            " WHERE store = ? AND sku_key LIKE ?))"
        )
        like = f"%{words.casefold()}%"
        values += [like, like, site.name, like]
    if category:
        below = [entry["id"] for entry in site.all(terms.CATEGORY) if category in (entry["id"], entry["parent"])]
        marks = ",".join("?" * len(below))
        where += f" AND id IN (SELECT product_id FROM woo_term_product WHERE store = ? AND term_id IN ({marks}))"
        values += [site.name, *below]
    total = site.db.number(f"SELECT COUNT(*) FROM woo_product WHERE {where}", *values)
    sql = f"SELECT body FROM woo_product WHERE {where} ORDER BY id LIMIT {PAGE} OFFSET {(page - 1) * PAGE}"
    bodies = [json.loads(row["body"]) for row in site.db.rows(sql, *values)]
    return [card_of(site, body) for body in bodies], total


def card_of(site: Site, body: Json) -> Card:
    image = site.get("image", body["images"][0]) if body["images"] else None
    return Card(
        id=body["id"],
        name=terms.plain_name(body["name"]),
        slug=body["slug"],
        sku=body["sku"],
        type=body["type"],
        picture=str(image["src"]) if image is not None else f"/_static/product-{body['id']}.png",
        description=str(body["short_description"] or body["description"]),
        choices=choices_of(site, body),
    )


def choices_of(site: Site, body: Json) -> list[Choice]:
    if body["type"] != "variable":
        return [_choice(site, body, "Standard")]
    children = records.children_of(site, [body["id"]])[body["id"]]
    found = []
    for child in children:
        values = [entry["option"] for entry in variation_shapes(site, body, child)]
        found.append(_choice(site, child, ", ".join(values) or "Standard"))
    return found


def _choice(site: Site, body: Json, label: str) -> Choice:
    owner = stock.owner_of(site, body)
    return Choice(
        code=body["sku"] or f"#{body['id']}",
        label=label,
        sku=body["sku"],
        price=read(price_of(site, body)),
        regular=body["regular_price"],
        stock=int(owner["stock_quantity"] or 0) if owner is not None else None,
        number=body["id"],
        owner=owner["id"] if owner is not None else None,
    )


def by_slug(site: Site, slug: str) -> Card:
    row = site.db.row(
        "SELECT body FROM woo_product WHERE store = ? AND slug = ? AND status = 'publish'", site.name, slug
    )
    body = json.loads(row["body"]) if row is not None else None
    if body is None or body["type"] not in SHOWN_TYPES:
        raise Problem(404, "There is no such product.")
    return card_of(site, body)


def short_of(site: Site, lines: list[Json]) -> str:
    """What the shop refuses to sell because there is not enough; “” when all is there."""
    wanted: dict[int, int] = {}
    for line in lines:
        body = records.load(site, line["variation_id"] or line["product_id"])
        owner = stock.owner_of(site, body) if body is not None else None
        if owner is None or owner["backorders"] != "no":
            continue
        wanted[owner["id"]] = wanted.get(owner["id"], 0) + line["quantity"]
        level = int(owner["stock_quantity"] or 0)
        if wanted[owner["id"]] > level:
            name = terms.plain_name(line["name"])
            return f"Sorry, we do not have enough “{name}” in stock to fulfill your order ({max(0, level)} available)."
    return ""


def suggestions(site: Site, most: int = 200) -> list[tuple[str, str]]:
    """Code and name of the first things to buy, for the order form's list."""
    sql = (
        "SELECT body FROM woo_product WHERE store = ? AND type IN ('simple', 'variation') AND status = 'publish' "
        "ORDER BY id LIMIT ?"
    )
    bodies = [json.loads(row["body"]) for row in site.db.rows(sql, site.name, most)]
    return [(body["sku"] or f"#{body['id']}", terms.plain_name(body["name"])) for body in bodies]
