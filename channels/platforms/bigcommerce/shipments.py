"""Telling the store of shipments (FUL-1 to FUL-3, A46): a key of ours in the comment keeps them from doubling."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from channels.errors import RemoteNotFound, RemoteRejected
from channels.platforms.bigcommerce.client import Client
from channels.platforms.bigcommerce.mapping.orders import side_loaded
from channels.platforms.bigcommerce.mapping.shipments import remote_shipment, shipment_body
from channels.platforms.fields import Json, money, remote_id, text, whole
from channels.remote import DesiredShipment, RemoteShipment

SHIPPED, PARTLY_SHIPPED = 2, 3
SHIPPABLE = frozenset({3, 8, 9, 11, 12})
"""A46: what “Processing” and “On hold” are here; an order that waits for its payment is not shipped."""


class Shipments:
    def __init__(self, client: Client) -> None:
        self._client = client

    def of(self, order_id: str) -> tuple[RemoteShipment, ...]:
        return tuple(remote_shipment(row) for row in self._client.order_shipments(_number(order_id)))

    def ship(self, order_id: str, shipment: DesiredShipment) -> RemoteShipment:
        """One shipment for each address that the lines go to; those that are there already are not sent again."""
        number = _number(order_id)
        known = self.of(order_id)
        order, lines = self._order(number)
        wanted = _by_address(shipment, lines)
        found = [made for made in known if made.key == shipment.key] or _the_same(known, shipment)
        told = {line for made in found for line, _quantity in made.lines}
        missing = {address: items for address, items in wanted.items() if not told & items.keys()}
        if missing and whole(order, "status_id") not in SHIPPABLE:
            status = text(order, "custom_status") or text(order, "status") or text(order, "status_id")
            raise RemoteRejected(
                _("The order is “%(status)s” in the store, so it takes no shipment.") % {"status": status}
            )
        for address, items in missing.items():
            body = shipment_body(shipment, address, items)
            found.append(remote_shipment(self._client.create_shipment(number, body)))
        self._settle(number)
        return _together(found, shipment.key)

    def _order(self, number: int) -> tuple[Json, Sequence[Json]]:
        order = self._client.order(number)
        if order is None:
            raise RemoteNotFound(_("The store has no such thing (any more)."), detail=f"order {number}")
        side = side_loaded(order)
        return order, side.lines if side.complete else self._client.order_lines(number)

    def _settle(self, number: int) -> None:
        """Whether a shipment moves the order on is not documented: where it has not, it is done here."""
        order, lines = self._order(number)
        if whole(order, "status_id") not in SHIPPABLE:
            return
        physical = [line for line in lines if remote_id(line, "order_address_id")]
        is_whole = all(money(line, "quantity_shipped") >= money(line, "quantity") for line in physical)
        status = SHIPPED if is_whole else PARTLY_SHIPPED
        if status != whole(order, "status_id"):
            self._client.change_order(number, {"status_id": status})


def _number(order_id: str) -> int:
    if not order_id.isdecimal():
        raise RemoteNotFound(_("The store has no such thing (any more)."), detail=f"order {order_id}")
    return int(order_id)


def _by_address(shipment: DesiredShipment, lines: Sequence[Json]) -> dict[int, dict[str, int]]:
    """Whole quantities of each line by the address it goes to; digital lines go nowhere."""
    addresses = {remote_id(line, "id"): remote_id(line, "order_address_id") for line in lines}
    found: dict[int, dict[str, int]] = {}
    for line, quantity in shipment.lines:
        if line not in addresses:
            raise RemoteRejected(_("The order has no such line in the store."), detail=f"line {line}")
        if quantity != quantity.to_integral_value():
            raise RemoteRejected(_("The store ships whole units only."), detail=f"line {line}: {quantity}")
        if addresses[line] and quantity > 0:
            items = found.setdefault(int(addresses[line]), {})
            items[line] = items.get(line, 0) + int(quantity)
    if not found:
        raise RemoteRejected(_("Nothing of this shipment goes to an address."))
    return found


def _the_same(known: Sequence[RemoteShipment], shipment: DesiredShipment) -> list[RemoteShipment]:
    """A shipment without key that somebody typed in: the same tracking number and the same goods."""
    number = shipment.tracking_number.strip()
    lines = {line: quantity for line, quantity in shipment.lines if quantity}
    return [made for made in known if number and made.tracking_number == number and dict(made.lines) == lines][:1]


def _together(found: Sequence[RemoteShipment], key: str) -> RemoteShipment:
    lines: dict[str, Decimal] = {}
    for made in found:
        for line, quantity in made.lines:
            lines[line] = lines.get(line, Decimal(0)) + quantity
    return replace(found[0], key=key, lines=tuple(lines.items()))
