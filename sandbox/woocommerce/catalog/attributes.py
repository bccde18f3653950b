"""Attributes of products and the values that variations have of them."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.catalog import terms
from sandbox.woocommerce.catalog.fields import integer, truth
from sandbox.woocommerce.catalog.records import slug_of
from sandbox.woocommerce.sites import Site

TERM = "attribute_term"


def applied(site: Site, sent: Any) -> list[Json]:
    """The product's attributes after a list was sent: it replaces them all; unknown options become terms."""
    found = []
    for entry in sent if isinstance(sent, list) else []:
        options = [str(option) for option in entry.get("options") or []]
        common = {
            "position": integer(entry.get("position") or 0),
            "visible": truth(entry.get("visible", False)),
            "variation": truth(entry.get("variation", False)),
        }
        attribute = site.get("attribute", integer(entry.get("id") or 0))
        if attribute is not None:
            numbers = [term_named(site, attribute["id"], option)["id"] for option in options]
            found.append({"id": attribute["id"], "name": attribute["name"], **common, "terms": numbers})
        elif entry.get("name"):
            found.append({"id": 0, "name": str(entry["name"]), **common, "options": options})
    return found


def term_named(site: Site, attribute: int, name: str) -> Json:
    """The term of this name (or slug) of an attribute, made where there is none."""
    for term in site.all(TERM, attribute):
        if terms.plain_name(term["name"]) == name or term["slug"] == name:
            return term
    return terms.add_term(site, TERM, {"name": name}, parent=attribute)


def options_of(site: Site, attribute: Json) -> list[str]:
    """Of a global attribute in the order of its terms, of a custom one as given."""
    if not attribute["id"]:
        options: list[str] = attribute["options"]
        return options
    known = [term for term in site.all(TERM, attribute["id"]) if term["id"] in attribute["terms"]]
    known.sort(key=lambda term: (term["menu_order"], term["name"].casefold()))
    return [terms.plain_name(term["name"]) for term in known]


def shapes(site: Site, body: Json) -> list[Json]:
    return [
        {
            "id": attribute["id"],
            "name": attribute["name"],
            "slug": slug_in_product(site, attribute),
            "position": attribute["position"],
            "visible": attribute["visible"],
            "variation": attribute["variation"],
            "options": options_of(site, attribute),
        }
        for attribute in body["attributes"]
    ]


def slug_in_product(site: Site, attribute: Json) -> str:
    known = site.get("attribute", attribute["id"]) if attribute["id"] else None
    return str(known["slug"] if known is not None else attribute["name"])


def default_shapes(site: Site, body: Json) -> list[Json]:
    """Defaults come back as slugs where the attribute is a global one."""
    return [
        {
            "id": entry["id"],
            "name": entry["name"],
            "option": slug_of(entry["option"]) if entry["id"] else entry["option"],
        }
        for entry in body["default_attributes"]
    ]


def defaults(site: Site, body: Json, sent: Any) -> list[Json]:
    found = []
    for entry in sent if isinstance(sent, list) else []:
        match = match_of(body, entry)
        if match is not None and match["variation"]:
            found.append({"id": match["id"], "name": match["name"], "option": str(entry.get("option", ""))})
    return found


def match_of(parent: Json, entry: Json) -> Json | None:
    """The parent's attribute that a variation's or default's entry means, by number or name."""
    number, name = integer(entry.get("id") or 0), str(entry.get("name") or "").casefold()
    for attribute in parent["attributes"]:
        if (number and attribute["id"] == number) or (not number and attribute["name"].casefold() == name):
            found: Json = attribute
            return found
    return None


def variation_values(site: Site, parent: Json, sent: Any) -> list[Json]:
    """What a variation has after a list was sent: it replaces all, a missing attribute matches any value."""
    found = []
    for entry in sent if isinstance(sent, list) else []:
        match = match_of(parent, entry)
        option = str(entry.get("option") or "")
        if match is None or not match["variation"] or not option:
            continue
        found.append({"id": match["id"], "name": match["name"], "option": value_named(site, match, option)})
    return found


def value_named(site: Site, attribute: Json, option: str) -> str:
    """The name of the term for its name or slug."""
    if not attribute["id"]:
        return option
    for term in site.all(TERM, attribute["id"]):
        if option in (term["slug"], terms.plain_name(term["name"])):
            return terms.plain_name(term["name"])
    return option


def variation_shapes(site: Site, parent: Json, body: Json) -> list[Json]:
    """Values of attributes that the parent has no more are not shown; they are back when it has them again."""
    found = []
    for attribute in parent["attributes"]:
        value = match_value(body, attribute)
        if value is None or not attribute["variation"]:
            continue
        slug = slug_in_product(site, attribute) if attribute["id"] else slug_of(attribute["name"])
        found.append({"id": attribute["id"], "name": attribute["name"], "slug": slug, "option": value})
    return found


def match_value(body: Json, attribute: Json) -> str | None:
    for entry in body["values"]:
        if entry["id"] == attribute["id"] and (entry["id"] or entry["name"].casefold() == attribute["name"].casefold()):
            return str(entry["option"])
    return None
