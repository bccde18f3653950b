"""Shipments in an order's metadata (FUL-1, FUL-3, FUL-7, SHM-1, A47).

WooCommerce has no shipments of its own before 10.1. What most tracking plugins read is the order's metadata
`_wc_shipment_tracking_items`, a list that belongs to everybody: foreign entries are kept. Beside it stands our own
record of each shipment, with our key and what was in it, which the plugins' entries cannot hold.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from channels.platforms.fields import Json, plain, remote_id, text
from channels.platforms.woocommerce.mapping.values import maybe_number, objects
from channels.remote import DesiredShipment, RemoteShipment

TRACKING, AFTERSHIP, RECORDS = "_wc_shipment_tracking_items", "_aftership_tracking_items", "_inventory_sync_shipments"
KEY = "_inventory_sync_key"
"""Metadata of a fulfillment that names our shipment."""
_RESERVED = frozenset({TRACKING, AFTERSHIP, RECORDS, KEY})
_PROVIDER_META = ("_shipping_provider", "_shipment_provider")
"""The carrier of a fulfillment, from 10.7 on and before."""
PROVIDERS = frozenset(
    {"australia-post", "canada-post", "deutsche-post-dhl", "dhl-us", "dpd-uk", "fedex", "postnl", "royal-mail", "ups",
     "usps"}
)  # fmt: skip
"""Carriers that the tracking plugins build links for, in their words; others travel with a name and link of ours."""


# -- what an order holds


def records(order: Json) -> list[Json]:
    """Our own records."""
    return _meta_rows(order, RECORDS)


def tracking_items(order: Json) -> list[Json]:
    return _meta_rows(order, TRACKING)


def _meta_rows(order: Json, key: str) -> list[Json]:
    rows = [row for row in objects(order, "meta_data") if text(row, "key") == key]
    return objects(rows[-1], "value") if rows else []


def record_of(order: Json, key: str) -> Json | None:
    return next((row for row in records(order) if text(row, "key") == key), None)


def same_number(order: Json, number: str) -> str:
    """Id of an entry that tracks this number and is no other shipment of ours; "" for none."""
    taken = {text(row, "tracking_id") for row in records(order)}
    return next(
        (
            item_id(row)
            for row in tracking_items(order)
            if number and _number(row) == number and item_id(row) not in taken
        ),
        "",
    )


def item_id(row: Json) -> str:
    return text(row, "tracking_id") or _digest(_number(row))


def tracking_id(key: str) -> str:
    """Of an entry that we write: 32 hexadecimal digits, as plugins make them, the same for the same shipment."""
    return _digest(f"inventory-sync:{key}")


def _digest(value: str) -> str:
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def _number(row: Json) -> str:
    return text(row, "tracking_number")


# -- reading


def shipments_of(order: Json, fulfillments: Sequence[Json] = ()) -> tuple[RemoteShipment, ...]:
    """All that the store knows of, each once: a number that several places tell of is one shipment."""
    ours = [_ours(row) for row in records(order)]
    ids = {text(row, "tracking_id") for row in records(order)}
    numbers = {shipment.tracking_number for shipment in ours if shipment.tracking_number}
    told = [_fulfillment(row) for row in fulfillments if _is_theirs(row, ours)]
    others = [row for row in tracking_items(order) if item_id(row) not in ids] + _meta_rows(order, AFTERSHIP)
    told += [_item(row) for row in others if _number(row)]
    told += _single(order)
    found = list(ours)
    for shipment in told:
        if shipment.tracking_number and shipment.tracking_number in numbers:
            continue
        numbers.add(shipment.tracking_number)
        found.append(shipment)
    return tuple(found)


def _ours(row: Json) -> RemoteShipment:
    return RemoteShipment(
        id=text(row, "tracking_id") or text(row, "key"),
        key=text(row, "key"),
        shipped_at=_date(text(row, "shipped_at")),
        carrier=text(row, "carrier"),
        tracking_number=_number(row),
        tracking_url=text(row, "tracking_url"),
        lines=_lines(objects(row, "lines"), "line", "quantity"),
    )


def _item(row: Json) -> RemoteShipment:
    """An entry of a tracking plugin. Some name the goods, too."""
    return RemoteShipment(
        id=item_id(row),
        shipped_at=_date(text(row, "date_shipped")),
        carrier=text(row, "custom_tracking_provider") or text(row, "tracking_provider") or text(row, "slug"),
        tracking_number=_number(row),
        tracking_url=text(row, "custom_tracking_link") or text(row, "tracking_link"),
        lines=_lines(objects(row, "products_list"), "item_id", "qty"),
    )


def _single(order: Json) -> list[RemoteShipment]:
    """Plugins that know one number an order keep it in plain metadata."""
    meta = {text(row, "key"): text(row, "value") for row in objects(order, "meta_data")}
    number = meta.get("_tracking_number") or meta.get("ywot_tracking_code") or ""
    if not number:
        return []
    carrier = meta.get("_tracking_provider") or meta.get("ywot_carrier_name") or meta.get("ywot_carrier_id") or ""
    shipped = meta.get("_date_shipped") or meta.get("ywot_pick_up_date") or ""
    return [RemoteShipment(id=_digest(number), shipped_at=_date(shipped), carrier=carrier, tracking_number=number)]


def fulfillment_key(row: Json) -> str:
    """Our shipment that a fulfillment tells of; "" for the store's own."""
    return text({"key": _meta(row).get(KEY)}, "key")


def _is_theirs(row: Json, ours: Iterable[RemoteShipment]) -> bool:
    done = row.get("is_fulfilled") is True and not row.get("date_deleted")
    return done and fulfillment_key(row) not in {shipment.key for shipment in ours}


def _fulfillment(row: Json) -> RemoteShipment:
    meta = _meta(row)
    return RemoteShipment(
        id=f"fulfillment:{remote_id(row, 'id')}",
        key=fulfillment_key(row),
        shipped_at=_date(text(meta, "_date_fulfilled") or text(row, "date_updated")),
        carrier=next((text(meta, name) for name in ("_provider_name", *_PROVIDER_META) if text(meta, name)), ""),
        tracking_number=text(meta, "_tracking_number"),
        tracking_url=text(meta, "_tracking_url"),
        lines=_lines(objects(meta, "_items"), "item_id", "qty"),
    )


def _meta(row: Json) -> dict[str, Any]:
    return {text(entry, "key"): entry.get("value") for entry in objects(row, "meta_data")}


def _lines(rows: Sequence[Json], line: str, quantity: str) -> tuple[tuple[str, Decimal], ...]:
    amounts = [(remote_id(row, line), maybe_number(row, quantity)) for row in rows]
    return tuple((number, amount) for number, amount in amounts if number and amount)


def _date(value: str) -> datetime | None:
    """Seconds since 1970 as text, or a date; None for what people typed."""
    if value.isdecimal():
        return datetime.fromtimestamp(min(int(value), 253_402_300_799), UTC)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


# -- writing


def meta_changes(order: Json, shipment: DesiredShipment, *, tracked_as: str) -> list[dict[str, Any]]:
    """Metadata to be sent with the order. `tracked_as`: the entry of it that is there already, "" for none.

    A key that is sent replaces the one of that name, so lists go back whole.
    """
    changes: list[dict[str, Any]] = []
    tracked = tracked_as or (tracking_id(shipment.key) if shipment.tracking_number else "")
    if tracked and not tracked_as:
        items = [plain(row) for row in tracking_items(order) if item_id(row) != tracked]
        changes.append({"key": TRACKING, "value": [*items, _new_item(shipment, tracked)]})
    kept = [plain(row) for row in records(order) if text(row, "key") != shipment.key]
    changes.append({"key": RECORDS, "value": [*kept, _new_record(shipment, tracked)]})
    changes += [{"key": name, "value": value} for name, value in shipment.metadata if name and name not in _RESERVED]
    return changes


def provider_of(shipment: DesiredShipment) -> dict[str, str]:
    """The plugins' fields for the carrier: one they know, or a name of its own with a link."""
    slug = _slug(shipment.carrier)
    known = slug in PROVIDERS and not shipment.tracking_url
    return {
        "tracking_provider": slug if known else "",
        "custom_tracking_provider": "" if known else shipment.carrier,
        "custom_tracking_link": "" if known else shipment.tracking_url,
    }


def _new_item(shipment: DesiredShipment, tracked: str) -> dict[str, Any]:
    return {
        **provider_of(shipment),
        "tracking_number": shipment.tracking_number,
        "date_shipped": str(int(shipment.shipped_at.timestamp())),
        "tracking_id": tracked,
    }


def _new_record(shipment: DesiredShipment, tracked: str) -> dict[str, Any]:
    return {
        "key": shipment.key,
        "tracking_id": tracked,
        "shipped_at": shipment.shipped_at.astimezone(UTC).isoformat(),
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "tracking_url": shipment.tracking_url,
        "lines": [{"line": line, "quantity": str(quantity)} for line, quantity in shipment.lines],
    }


def plugin_body(shipment: DesiredShipment) -> dict[str, str]:
    """For the routes of the tracking plugins, which take a day."""
    given: Mapping[str, str] = {name: value for name, value in provider_of(shipment).items() if value}
    return {
        **given,
        "tracking_number": shipment.tracking_number,
        "date_shipped": shipment.shipped_at.astimezone(UTC).date().isoformat(),
    }


def fulfillment_body(shipment: DesiredShipment) -> dict[str, Any] | None:
    """For stores with fulfillments, which count in whole units; None where nothing of that kind is shipped."""
    items = [
        {"item_id": int(line), "qty": int(quantity)}
        for line, quantity in shipment.lines
        if line.isdecimal() and quantity == quantity.to_integral_value() and quantity > 0
    ]
    if not items:
        return None
    slug = _slug(shipment.carrier)
    meta: list[dict[str, Any]] = [{"key": "_items", "value": items}, {"key": KEY, "value": shipment.key}]
    named = {
        "_tracking_number": shipment.tracking_number,
        "_tracking_url": shipment.tracking_url,
        **dict.fromkeys(_PROVIDER_META, slug if slug in PROVIDERS else "other"),
        "_provider_name": shipment.carrier,
    }
    meta += [{"key": name, "value": value} for name, value in named.items() if value]
    return {"status": "fulfilled", "is_fulfilled": True, "meta_data": meta, "notify_customer": False}


def _slug(carrier: str) -> str:
    """The carrier as the tracking plugins name theirs: `royal-mail`."""
    return re.sub(r"[^a-z0-9]+", "-", carrier.casefold()).strip("-")
