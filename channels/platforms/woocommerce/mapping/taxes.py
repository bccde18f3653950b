"""Tax keys: what Setup maps and what products and orders name.

Classes belong to products, rates to places and classes; an order names the rates that it was taxed by.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from channels.platforms.fields import Json, remote_id, text
from channels.platforms.woocommerce.mapping.values import maybe_number, plain_title, title
from channels.remote import TAX_FREE, RemoteName

STANDARD = "standard"
SHIPPING_KEY = "charge:shipping"
FEE_KEY = "charge:fee"


def class_key(slug: str) -> str:
    """The standard class is "" on products and orders, and "standard" in the store's list."""
    return f"class:{slug or STANDARD}"


def class_label(key: str) -> str:
    """“Reduced rate” for a class that no list has named yet."""
    return key.removeprefix("class:").replace("-", " ").capitalize()


def rate_key(rate_ids: Iterable[str | int]) -> str:
    """Of one rate, or of several that a line was taxed by together. Raises ValueError for none."""
    numbers = sorted({int(number) for number in rate_ids})
    if not numbers:
        raise ValueError("no rates")
    return f"rate:{'+'.join(str(number) for number in numbers)}"


def product_key(row: Json) -> str:
    """TAX-10: from tax class and tax status. `shipping` taxes only what it costs to send it."""
    return class_key(text(row, "tax_class")) if text(row, "tax_status") in ("", "taxable") else TAX_FREE


def class_names(rows: Sequence[Json]) -> tuple[RemoteName, ...]:
    """With the standard class, whatever the list says."""
    names = {STANDARD: "Standard"}
    names.update((text(row, "slug"), title(row, "name")) for row in rows if text(row, "slug"))
    return tuple(RemoteName(key=class_key(slug), label=name or slug) for slug, name in names.items())


def rate_names(rows: Sequence[Json], classes: Sequence[RemoteName]) -> tuple[RemoteName, ...]:
    """Labelled like “VAT 19 % · DE · Standard rate”."""
    labels = {name.key: name.label for name in classes}
    found = []
    for row in rows:
        number = remote_id(row, "id")
        if not number:
            continue
        key = class_key(text(row, "class"))
        tax_class = labels.get(key) or text(row, "class")
        parts = (rate_label(title(row, "name"), maybe_number(row, "rate")), place(row), tax_class)
        found.append(RemoteName(key=rate_key([number]), label=" · ".join(part for part in parts if part), kind="rate"))
    return tuple(found)


def rate_label(name: str, percent: Decimal | None) -> str:
    """The store's label with the percentage, unless it names one itself."""
    plain = plain_title(name)
    if percent is None or "%" in plain:
        return plain
    return f"{plain} {percent_text(percent)} %".strip()


def percent_text(percent: Decimal) -> str:
    whole = f"{percent:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def place(row: Json) -> str:
    """Where a rate applies: the store leaves empty what it does not restrict. Of many postcodes and cities the first.

    Before 5.3 a rate has one of each, `postcode` and `city`; later the lists are complete.
    """
    narrow = (some_of(row, "postcodes", "postcode"), some_of(row, "cities", "city"))
    return " ".join(part for part in (text(row, "country"), text(row, "state"), *narrow) if part and part != "*")


def some_of(row: Json, name: str, single: str) -> str:
    listed = row.get(name)
    values = [str(value) for value in listed if value] if isinstance(listed, list) else []
    values = values or [part for part in text(row, single).split(";") if part]
    return f"{values[0]}…" if len(values) > 1 else "".join(values)
