"""Orders of a store: what changed, and whole orders with the fewest calls."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from channels.errors import TemporarilyUnavailable
from channels.platforms.bigcommerce.client import V2_PAGE, Client, Json
from channels.platforms.bigcommerce.mapping import values
from channels.platforms.bigcommerce.mapping.money import coupons_unexplained
from channels.platforms.bigcommerce.mapping.orders import OrderParts, order_ref, remote_order, side_loaded
from channels.platforms.bigcommerce.mapping.payments import tender_is_vague
from channels.platforms.bigcommerce.mapping.values import money, objects, remote_id
from channels.remote import OrderPage, RemoteOrder

SPAN = 100
"""Widest range of order numbers that is asked for at once."""
DENSITY = 4
"""A range is asked for only when at least every fourth order of it is wanted."""


class Orders:
    def __init__(self, client: Client, *, control_panel: str) -> None:
        self._client = client
        self._control_panel = control_panel

    def changed_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        """Pages by date, not by page number: orders that move to the end meanwhile would shift others past us.

        The cursor is "date|page"; the page counts only while a whole page has the same date.
        """
        start, number = _parse_cursor(cursor) if cursor else (since.astimezone(UTC).replace(microsecond=0), 1)
        params = {"min_date_modified": start.isoformat(), "sort": "date_modified:asc", "page": number}
        rows = self._client.orders(params, whole=False)
        refs = [order_ref(row) for row in rows]
        if len(rows) < V2_PAGE:
            return OrderPage(refs=tuple(refs), next_cursor="")
        # One second of overlap, should the store take the bound as exclusive.
        next_start = refs[-1].modified_at - timedelta(seconds=1)
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
        addresses: Sequence[values.Json] = side.addresses
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

    def _fees(self, order: Json, number: int) -> list[Json]:
        """Stores from before order fees do not know the field."""
        return self._client.order_fees(number) if order.get("fees") else []


def _pickup_location(pickups: Sequence[values.Json]) -> str:
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
