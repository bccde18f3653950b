"""Orders of a store: what changed, whole orders with the fewest calls, refunds, and the next step of an order."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from channels.errors import RemoteNotFound, TemporarilyUnavailable
from channels.platforms.bigcommerce.client import V2_PAGE, Client
from channels.platforms.bigcommerce.mapping.money import coupons_unexplained
from channels.platforms.bigcommerce.mapping.orders import OrderParts, order_ref, remote_order, side_loaded
from channels.platforms.bigcommerce.mapping.payments import tender_is_vague
from channels.platforms.bigcommerce.mapping.refunds import order_refunds
from channels.platforms.bigcommerce.mapping.values import moment, objects
from channels.platforms.bigcommerce.shipments import Shipments
from channels.platforms.fields import Json, money, remote_id, whole
from channels.remote import DesiredShipment, OrderPage, OrderStatus, RemoteOrder, RemoteRefund, RemoteShipment

SPAN = 100
"""Widest range of order numbers that is asked for at once."""
DENSITY = 4
"""A range is asked for only when at least every fourth order of it is wanted."""
REACHED: dict[OrderStatus, tuple[int, ...]] = {"processing": (11, 3, 8, 9, 12), "completed": (10,), "cancelled": (5,)}
"""The store's status for each step, then those that count as having taken it."""


class Orders:
    def __init__(self, client: Client, *, control_panel: str) -> None:
        self._client = client
        self._control_panel = control_panel
        self._shipments = Shipments(client)

    def changed_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        return self._since("date_modified", since, cursor)

    def created_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        return self._since("date_created", since, cursor)

    def _since(self, field: str, since: datetime, cursor: str) -> OrderPage:
        """Pages by date, not by page number: orders that move to the end meanwhile would shift others past us.

        The cursor is "date|page"; the page counts only while a whole page has the same date.
        """
        start, number = _parse_cursor(cursor) if cursor else (since.astimezone(UTC).replace(microsecond=0), 1)
        params = {f"min_{field}": start.isoformat(), "sort": f"{field}:asc", "page": number}
        rows = self._client.orders(params, whole=False)
        refs = [order_ref(row) for row in rows]
        if len(rows) < V2_PAGE:
            return OrderPage(refs=tuple(refs), next_cursor="")
        # One second of overlap, should the store take the bound as exclusive.
        last = moment(rows[-1].get(field)) or refs[-1].modified_at
        next_start = last - timedelta(seconds=1)
        cursor = f"{next_start.isoformat()}|1" if next_start > start else f"{start.isoformat()}|{number + 1}"
        return OrderPage(refs=tuple(refs), next_cursor=cursor)

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteOrder, ...]:
        """Neighbouring orders come in one call, others one by one; archived ones are only found one by one."""
        wanted = sorted({int(number) for number in ids if number.isdecimal()})
        found: dict[int, Json] = {}
        for group in groups(wanted):
            found.update(self._range(group))
        for number in wanted:
            if number not in found and (order := self._client.order(number)) is not None:
                found[number] = order
        return tuple(self._whole(found[number]) for number in wanted if number in found)

    # -- refunds, shipments, status

    def refunds(self, order_id: str) -> tuple[RemoteRefund, ...]:
        """The store names no money per line, so the order is read too (one call without refunds)."""
        if not order_id.isdecimal():
            raise _no_order(order_id)
        rows = self._client.order_refunds(int(order_id))
        if not rows:
            return ()
        order = self._client.order(int(order_id))
        if order is None:
            raise _no_order(order_id)
        return order_refunds(rows, self._whole(order))

    def shipments(self, order_id: str) -> tuple[RemoteShipment, ...]:
        return self._shipments.of(order_id)

    def ship(self, order_id: str, shipment: DesiredShipment) -> RemoteShipment:
        return self._shipments.ship(order_id, shipment)

    def set_status(self, order_id: str, status: OrderStatus) -> None:
        """Asks first: writing the same status again would send another notice around."""
        order = self._client.order(int(order_id)) if order_id.isdecimal() else None
        if order is None:
            raise _no_order(order_id)
        if whole(order, "status_id") not in REACHED[status]:
            self._client.change_order(int(order_id), {"status_id": REACHED[status][0]})

    # -- whole orders

    def _range(self, group: Sequence[int]) -> dict[int, Json]:
        if len(group) < 2:
            return {}
        params = {"min_id": group[0], "max_id": group[-1], "sort": "id:asc", "page": 1}
        try:
            rows = self._client.orders(params, whole=True)
        except TemporarilyUnavailable:  # too much at once for the store: one by one
            return {}
        wanted = set(group)
        return {int(number): row for row in rows if (number := remote_id(row, "id")) and int(number) in wanted}

    def _whole(self, order: Json) -> RemoteOrder:
        number = int(remote_id(order, "id"))
        side = side_loaded(order)
        lines = side.lines if side.complete else self._client.order_lines(number)
        addresses: Sequence[Json] = side.addresses
        if not side.has_consignments and money(order, "shipping_address_count"):
            addresses = self._client.order_addresses(number)
        fees = objects(order, "fees") if isinstance(order.get("fees"), list) else self._fees(order, number)
        parts = OrderParts(
            lines=lines,
            addresses=addresses,
            fees=fees,
            taxes=self._client.order_taxes(number) if money(order, "total_tax") else [],
            coupons=self._client.order_coupons(number) if coupons_unexplained(order, lines) else [],
            transactions=self._client.order_transactions(number) if tender_is_vague(order) else [],
            is_pickup=bool(side.pickups) and not side.addresses,
            pickup_location=_pickup_location(side.pickups),
            store_url=f"{self._control_panel}/manage/orders/{number}" if self._control_panel else "",
        )
        return remote_order(order, parts)

    def _fees(self, order: Json, number: int) -> Sequence[Json]:
        """Stores from before order fees do not know the field."""
        return self._client.order_fees(number) if order.get("fees") else []


def _no_order(order_id: str) -> RemoteNotFound:
    return RemoteNotFound(_("The store has no such thing (any more)."), detail=f"order {order_id}")


def _pickup_location(pickups: Sequence[Json]) -> str:
    location = pickups[0].get("location") if pickups else None
    return remote_id(location, "id") if isinstance(location, dict) else ""


def _parse_cursor(cursor: str) -> tuple[datetime, int]:
    start, _bar, number = cursor.partition("|")
    return datetime.fromisoformat(start), int(number)


def groups(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Sorted order numbers in runs that are dense enough to be asked for as one range."""
    group: list[int] = []
    for number in numbers:
        if group and (number - group[0] >= SPAN or number - group[-1] > DENSITY):
            yield group
            group = []
        group.append(number)
    if group:
        yield group
