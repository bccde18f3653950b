"""Shipments as the store has them, and as it wants them (FUL-1, FUL-3, A47)."""

import re
from collections.abc import Mapping

from channels.platforms.bigcommerce.mapping.values import moment, objects
from channels.platforms.fields import Json, money, remote_id, text
from channels.remote import DesiredShipment, RemoteShipment

LONGEST_NUMBER, LONGEST_LINK, LONGEST_COMMENT = 50, 500, 65_535
PROVIDERS: Mapping[str, str] = {
    "australia post": "auspost",
    "canada post": "canadapost",
    "endicia": "endicia",
    "usps": "usps",
    "fedex": "fedex",
    "ups": "ups",
    "royal mail": "royalmail",
}
"""The store's own words for carriers that it knows itself."""
TRACKERS: Mapping[str, str] = {
    "austrian post": "austrian-post",
    "deutsche post": "deutsch-post",
    "dhl": "dhl",
    "dpd": "dpd",
    "gls": "gls",
    "postnl": "postnl",
    "swiss post": "swiss-post",
    "tnt": "tnt",
}
"""Words of the tracking service that the store uses for the others."""
_REFERENCE = re.compile(r"\[ref ([^\]\s]+)\]\s*\Z")


def remote_shipment(row: Json) -> RemoteShipment:
    comments = _REFERENCE.search(text(row, "comments"))
    names = ("shipping_provider_display_name", "tracking_carrier", "shipping_provider", "shipping_method")
    carrier = next((text(row, name) for name in names if text(row, name)), "")
    return RemoteShipment(
        id=remote_id(row, "id"),
        key=comments[1] if comments else "",
        shipped_at=moment(row.get("date_created")),
        carrier="" if carrier == "None" else carrier,
        tracking_number=text(row, "tracking_number"),
        tracking_url=text(row, "tracking_link") or text(row, "generated_tracking_link"),
        lines=tuple(
            (remote_id(item, "order_product_id"), money(item, "quantity"))
            for item in objects(row, "items")
            if money(item, "quantity")
        ),
    )


def shipment_body(shipment: DesiredShipment, address_id: int, items: Mapping[str, int]) -> dict[str, object]:
    """One shipment of whole `items` to one address. A number or link too long for its field is told in the comment."""
    carrier = " ".join(shipment.carrier.casefold().split())
    number, link = shipment.tracking_number.strip(), shipment.tracking_url.strip()
    link_fits = len(link) <= LONGEST_LINK and link.startswith(("http://", "https://"))
    spare = [
        value for value, fits in ((number, len(number) <= LONGEST_NUMBER), (link, link_fits)) if value and not fits
    ]
    return {
        "order_address_id": address_id,
        "items": [{"order_product_id": int(line), "quantity": quantity} for line, quantity in items.items()],
        "tracking_number": number if len(number) <= LONGEST_NUMBER else "",
        "tracking_link": link if link_fits else "",
        "shipping_provider": PROVIDERS.get(carrier, ""),
        "tracking_carrier": TRACKERS.get(carrier, ""),
        "shipping_method": f"{shipment.carrier} {shipment.service}".strip(),
        "comments": _comment(shipment.comment, spare, shipment.key),
    }


def _comment(comment: str, spare: list[str], key: str) -> str:
    """Our key stands last: the store has no field for it, and a shipment sent twice is recognized by it."""
    reference = f"[ref {key}]"
    told = " ".join(part for part in (comment.strip(), *spare) if part)
    return f"{told[: LONGEST_COMMENT - len(reference) - 1]} {reference}".strip()
