"""Categories, tags, brands, shipping classes and the terms of attributes: one kind of thing under five names."""

import html
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog.records import clean_term, slug_of
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError

CATEGORY, TAG, BRAND, SHIPPING_CLASS = "category", "tag", "brand", "shipping_class"
TREES = frozenset({CATEGORY, BRAND})
UNCATEGORIZED = "uncategorized"


def plain_name(name: str) -> str:
    """Without the escaping that WordPress keeps names with."""
    return html.unescape(name)


def add_term(site: Site, kind: str, sent: Json, *, parent: int = 0) -> Json:
    """A new term; ``parent`` is the attribute of an attribute's term. Same name under the same parent: 400."""
    above = int(sent.get("parent") or 0) if kind in TREES else 0
    known = site.all(kind, parent)
    if above and not any(term["id"] == above for term in known):
        raise ApiError(400, "missing_parent", "Parent term does not exist.")
    name = clean_term(str(sent.get("name") or ""))
    if not name:
        raise ApiError(400, "empty_term_name", "A name is required for this term.")
    same = [term for term in known if term["name"].casefold() == name.casefold() and term.get("parent", 0) == above]
    if same:
        where = "exists with this parent." if kind in TREES else "exists in this taxonomy."
        text = f"A term with the name provided already {where}"
        raise ApiError(400, "term_exists", text, {"resource_id": same[0]["id"]})
    body: Json = {
        "id": site.next_id("term"),
        "name": name,
        "slug": free_slug(known, str(sent.get("slug") or "") or slug_of(plain_name(name)), above),
        "description": str(sent.get("description") or ""),
        "menu_order": int(sent.get("menu_order") or 0),
    }
    if kind in TREES:
        body |= {"parent": above, "display": str(sent.get("display") or "default"), "image": None}
    return site.put(kind, body, parent)


def free_slug(known: list[Json], wanted: str, above: int) -> str:
    """A taken slug gets the parent's slug, then numbers at its end."""
    taken = {term["slug"] for term in known}
    if wanted not in taken:
        return wanted
    parent = next((term for term in known if term["id"] == above), None)
    if parent is not None:
        wanted = f"{wanted}-{parent['slug']}"
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


def change_term(site: Site, kind: str, body: Json, sent: Json, *, parent: int = 0) -> Json:
    if sent.get("name") is not None:
        body["name"] = clean_term(str(sent["name"]))
    for name in ("slug", "description", "display"):
        if sent.get(name) is not None and name in body:
            body[name] = str(sent[name])
    for name in ("parent", "menu_order"):
        if sent.get(name) is not None and name in body:
            body[name] = int(sent[name])
    return site.put(kind, body, parent)


def remove_term(site: Site, kind: str, number: int) -> None:
    """Its products lose it, its children move up."""
    gone = site.get(kind, number)
    site.remove(kind, number)
    site.db.run("DELETE FROM woo_term_product WHERE store = ? AND term_id = ?", site.name, number)
    for term in site.all(kind) if kind in TREES else []:
        if term.get("parent") == number and gone is not None:
            site.put(kind, {**term, "parent": gone.get("parent", 0)})


def counts(site: Site, numbers: list[int]) -> dict[int, int]:
    """Published products of each term."""
    marks = ",".join("?" * len(numbers))
    sql = (
        "SELECT t.term_id, COUNT(*) AS number FROM woo_term_product t JOIN woo_product p ON p.store = t.store "
        f"AND p.id = t.product_id WHERE t.store = ? AND t.term_id IN ({marks}) AND p.status = 'publish' "
        "GROUP BY t.term_id"
    )
    found = dict.fromkeys(numbers, 0)
    for row in site.db.rows(sql, site.name, *numbers):
        found[row["term_id"]] = row["number"]
    return found


def below(site: Site, number: int) -> list[int]:
    """A category and everything under it."""
    known = site.all(CATEGORY)
    found, waiting = [], [number]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting += [term["id"] for term in known if term["parent"] == current]
    return found


def default_category(site: Site) -> int:
    number: int = next((term["id"] for term in site.all(CATEGORY) if term["slug"] == UNCATEGORIZED), 0)
    return number


def chosen(site: Site, kind: str, sent: Any) -> list[int]:
    """Numbers of the terms that were sent: by id; tags also by a name, which makes them."""
    found: list[int] = []
    for entry in sent if isinstance(sent, list) else []:
        number = int(entry.get("id") or 0) if str(entry.get("id") or 0).isdigit() else 0
        term = site.get(kind, number) if number else None
        if term is None and kind == TAG and not number and entry.get("name"):
            term = tag_named(site, str(entry["name"]))
        if term is not None and term["id"] not in found:
            found.append(term["id"])
    return found


def tag_named(site: Site, name: str) -> Json:
    same = [term for term in site.all(TAG) if plain_name(term["name"]).casefold() == name.casefold()]
    return same[0] if same else add_term(site, TAG, {"name": name})


def refs(site: Site, kind: str, numbers: list[int]) -> list[Json]:
    """As products name their terms, by name."""
    known = [term for number in numbers if (term := site.get(kind, number)) is not None]
    known.sort(key=lambda term: term["name"].casefold())
    return [{"id": term["id"], "name": term["name"], "slug": term["slug"]} for term in known]
