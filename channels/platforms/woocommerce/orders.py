"""Orders of a store: what changed, and whole orders with the fewest calls."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from channels.errors import InDoubt, MalformedResponse, RemoteNotFound, RemoteRejected, TemporarilyUnavailable
from channels.platforms.batches import chunks, comma
from channels.platforms.fields import remote_id, text
from channels.platforms.woocommerce.client import BY_ID, PAGE, Client, Json, an_object, utc_text
from channels.platforms.woocommerce.mapping.orders import order_ref, remote_order
from channels.platforms.woocommerce.mapping.refunds import oldest_first, paid_back, remote_refund
from channels.platforms.woocommerce.shipments import Shipments
from channels.remote import DesiredShipment, OrderPage, OrderStatus, RemoteOrder, RemoteRefund, RemoteShipment

OVERLAP = 10
"""Rows that a page shares with the one before: orders that leave the list meanwhile move later ones forward."""
FRESH_SECONDS = 3.0
"""How long a listed row answers for its order: the poll that listed it asks at once, and a notice of what changed since
then takes the store longer than this.
"""
KEPT = 3 * PAGE
SMALLEST = 5
"""Rows of a page on the slowest host."""
UNFILTERED = timedelta(days=60)
"""Before 5.8 a store cannot list what changed: so old an order may be whose change is looked for."""
DRAFTS = frozenset({"checkout-draft", "auto-draft"})
"""Baskets of shoppers at the checkout: they are not orders yet, and most never are."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a listing stands: all statuses first, then the trash, which "any" leaves out."""

    status: str = "any"
    offset: int = 0
    last: int = 0
    """Highest id seen before this page."""

    def __str__(self) -> str:
        return f"{self.status}|{self.offset}|{self.last}"


class Orders:
    """`store_url`: the site's address, for links to its own pages. `options`: the connection's."""

    def __init__(
        self,
        client: Client,
        *,
        store_url: str = "",
        options: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._store_url = store_url
        self._shipments = Shipments(client, options or {})
        self._clock = clock
        self._listed: dict[int, tuple[float, Json]] = {}

    # -- listing

    def changed_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        """By id, never by date of change, which loses rows between pages. The trash is listed last."""
        return self._list("modified_after", since, cursor)

    def created_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        return self._list("after", since, cursor)

    def _list(self, bound: str, since: datetime, cursor: str) -> OrderPage:
        """The bounds are exclusive and know whole seconds, so they begin one earlier."""
        start = since - timedelta(seconds=1)
        params = self._params(bound, start)
        place = _parse(cursor) if cursor else _Place()
        rows, following = self._page(params, place)
        if following is None and place.status == "any":
            more, following = self._page(params, _Place(status="trash"))
            rows += more
        self._keep(rows)
        refs = (order_ref(row, undated=since) for row in rows if text(row, "status") not in DRAFTS)
        if bound == "modified_after" and self._is_dateless:
            refs = (ref for ref in refs if ref.modified_at >= start)
        return OrderPage(refs=tuple(refs), next_cursor="" if following is None else str(following))

    @property
    def _is_dateless(self) -> bool:
        """An old store ignores the filter by date of change, and would list every order that it ever had."""
        return self._client.is_older_than(5, 8)

    def _params(self, bound: str, start: datetime) -> dict[str, str]:
        if bound == "modified_after" and self._is_dateless:
            bound, start = "after", start - UNFILTERED
        if self._client.is_older_than(5, 4):  # it takes the value for its own time
            return {bound: utc_text(start - timedelta(days=1))}
        return {bound: utc_text(start), "dates_are_gmt": "true"}

    def _page(self, params: Mapping[str, str], place: _Place) -> tuple[list[Json], _Place | None]:
        """One page and where the next one begins. When rows before it have left the list, it begins earlier."""
        offset = place.offset
        while True:
            size = max(SMALLEST, self._client.pace.size(PAGE))
            where = {**BY_ID, "status": place.status, **params, **({"offset": offset} if offset else {})}
            try:
                page = self._client.sized_page("/orders", where, size)
            except InDoubt:
                if size <= SMALLEST:
                    raise
                continue
            if not offset or (page.rows and _id(page.rows[0]) <= place.last):
                break
            offset = max(0, offset - max(1, size - OVERLAP))
        count = len(page.rows)
        fresh = [row for row in page.rows if _id(row) > place.last]
        has_more = count >= size or (page.total or 0) > offset + count  # some hosts give fewer than asked for
        if not has_more or not fresh:
            return fresh, None
        shared = min(OVERLAP, count // 2)
        return fresh, _Place(status=place.status, offset=offset + count - shared, last=_id(page.rows[-1]))

    # -- reading

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteOrder, ...]:
        """Listed a moment ago: no call. Else a hundred a call; what a list leaves out (trash) is asked for itself."""
        wanted = sorted({int(number) for number in ids if number.isdecimal()})
        found = self._take(wanted)
        missing = [number for number in wanted if number not in found]
        if len(missing) > 1:
            found.update(self._included(missing))
        for number in missing:
            if number not in found and (row := self._client.get_or_none(f"/orders/{number}")) is not None:
                found[number] = row
        return tuple(self._mapped(found[number]) for number in wanted if number in found)

    def _mapped(self, row: Json) -> RemoteOrder:
        """An order with nonsense in it is refused by itself: nothing is wrong with the store."""
        try:
            return remote_order(row, store_url=self._store_url)
        except MalformedResponse as error:
            raise RemoteRejected(
                _("The order cannot be read: %(words)s") % {"words": error.detail}, detail=error.detail
            ) from error

    def _included(self, numbers: Sequence[int]) -> dict[int, Json]:
        wanted, found = set(numbers), dict[int, Json]()
        for part in chunks(numbers, self._client.pace.size(PAGE)):
            query = {**BY_ID, "status": "any", "include": comma(part)}
            try:
                rows = self._client.sized_page("/orders", query, len(part)).rows
            except TemporarilyUnavailable:  # too much at once for the store: one by one
                return found
            found.update((_id(row), row) for row in rows if _id(row) in wanted)
        return found

    def _keep(self, rows: Iterable[Json]) -> None:
        now = self._clock()
        self._listed.update((_id(row), (now, row)) for row in rows)
        for number in list(self._listed)[:-KEPT]:
            del self._listed[number]

    def _take(self, numbers: Iterable[int]) -> dict[int, Json]:
        """Each row answers once: who asks again wants to know what is new."""
        now = self._clock()
        listed = {number: self._listed.pop(number) for number in numbers if number in self._listed}
        return {number: row for number, (at, row) in listed.items() if now - at <= FRESH_SECONDS}

    # -- refunds

    def refunds(self, order_id: str) -> tuple[RemoteRefund, ...]:
        """The store answers an empty list for orders that it does not have, so those are asked for."""
        if not order_id.isdecimal():
            return self._refunds_of(order_id, [])
        return self._refunds_of(order_id, self._client.all(f"/orders/{order_id}/refunds"))

    def _refunds_of(self, order_id: str, rows: Sequence[Json]) -> tuple[RemoteRefund, ...]:
        needs_order = not rows or any(paid_back(row) for row in rows)
        order = self._order(order_id) if needs_order else None
        return oldest_first([remote_refund(row, order_id=order_id, order=order) for row in rows])

    def _order(self, order_id: str) -> Json:
        if not order_id.isdecimal():
            raise RemoteNotFound(_("The store has no such thing (any more)."), detail=f"order {order_id}")
        return an_object(self._client.get(f"/orders/{order_id}"), "/orders")

    # -- shipments and steps

    def shipments(self, order_id: str) -> tuple[RemoteShipment, ...]:
        return self._shipments.of(order_id)

    def ship(self, order_id: str, shipment: DesiredShipment) -> RemoteShipment:
        return self._shipments.ship(order_id, shipment)

    def set_status(self, order_id: str, status: OrderStatus) -> None:
        """The status alone: anything else would have the store calculate the order's taxes anew.

        Setting it as paid does nothing on orders on hold, while their status does everything.
        """
        if text(self._shipments.order(order_id), "status") == status:
            return
        self._client.put(f"/orders/{order_id}", {"status": status})


def _id(row: Json) -> int:
    number = remote_id(row, "id")
    return int(number) if number.isdecimal() else 0


def _parse(cursor: str) -> _Place:
    status, offset, last = cursor.split("|")
    return _Place(status=status, offset=int(offset), last=int(last))
