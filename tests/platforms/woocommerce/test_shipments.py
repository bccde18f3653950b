"""Telling the store of shipments, once; and what it says was shipped (FUL-1 to FUL-4, FUL-7, SHM-1, A47)."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from channels.errors import RemoteNotFound, RemoteRejected
from channels.platforms.woocommerce.mapping.shipments import shipments_of, tracking_id
from channels.platforms.woocommerce.orders import Orders
from channels.remote import DesiredShipment
from tests.platforms.woocommerce.gateways import API, client_of
from tests.platforms.woocommerce.reading import line, order, payload

ITEMS = "_wc_shipment_tracking_items"
FOREIGN = {"tracking_provider": "ups", "tracking_number": "1Z", "date_shipped": "1795219200", "tracking_id": "f" * 32}
SHIPMENT = DesiredShipment(
    key="S-7/1",
    lines=(("1", Decimal(2)),),
    carrier="Hafenpost",
    service="Express",
    tracking_number="HP 123",
    tracking_url="https://hafenpost.example/HP123",
    shipped_at=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    metadata=(("_carrier", "Hafenpost"), ("_track", "HP 123")),
)


class Desk:
    """A store with one order: its metadata, notes, fulfillments and tracking plugin."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.order = order(id=7, line_items=[line(1, "10.00", quantity=2)])
        self.notes: list[dict[str, Any]] = []
        self.fulfillments: list[dict[str, Any]] | None = None
        self.namespaces: list[str] = ["wc/v3"]
        self.plugin: list[dict[str, Any]] | None = None
        self.plugin_error: tuple[int, Any] | None = None
        self.calls: list[tuple[str, str]] = []
        self.lost: set[tuple[str, str]] = set()
        for method in (responses.GET, responses.POST, responses.PUT):
            mock.add_callback(method, re.compile(rf"{API}/.*"), self.answer)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        path, method = urlsplit(request.url or "").path.removeprefix("/wp-json"), str(request.method)
        self.calls.append((method, path))
        status, body = self.does(method, path, json.loads(request.body) if request.body else None)
        if (method, path) in self.lost:
            self.lost.discard((method, path))
            raise requests.ReadTimeout("no answer")
        return status, {}, json.dumps(body, default=str)

    def does(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path == "/":
            return 200, {"namespaces": self.namespaces}
        if path == "/wc/v3/orders/7":
            if method == "PUT":
                self.change(body)
            return 200, self.order
        if path == "/wc/v3/orders/7/notes":
            return self.kept(method, self.notes, body)
        if path == "/wc/v3/orders/7/fulfillments" and self.fulfillments is not None:
            return self.kept(method, self.fulfillments, body)
        if path.endswith("/shipment-trackings") and self.plugin is not None:
            if self.plugin_error:
                return self.plugin_error
            made = {**body, "tracking_id": "a" * 32}
            self.change({"meta_data": [{"key": ITEMS, "value": [*(self.meta(ITEMS) or []), made]}]})
            return self.kept(method, self.plugin, made)
        if path.startswith("/wc/v3/orders/"):
            code = "rest_no_route" if path.endswith("/fulfillments") else "woocommerce_rest_shop_order_invalid_id"
            return 404, {"code": code, "message": "Invalid ID."}
        return 404, {"code": "rest_no_route", "message": "No route."}

    def kept(self, method: str, rows: list[dict[str, Any]], body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, rows
        rows.append({"id": len(rows) + 1, **body})
        return 201, rows[-1]

    def change(self, body: dict[str, Any]) -> None:
        assert set(body) <= {"status", "meta_data"}  # anything else has the store calculate taxes anew
        self.order["status"] = body.get("status", self.order["status"])
        for entry in body.get("meta_data", []):
            others = [row for row in self.order["meta_data"] if row["key"] != entry["key"]]
            self.order["meta_data"] = [*others, {"id": len(others) + 1, **entry}]

    def meta(self, key: str) -> Any:
        return next((row["value"] for row in self.order["meta_data"] if row["key"] == key), None)

    def writes(self) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] != "GET"]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Desk(mock)


@pytest.fixture
def gateway(desk: Desk, sleep: Callable[[float], None]) -> Orders:
    return Orders(client_of(sleep))


def test_a_shipment_is_tracking_metadata_and_the_mapped_fields(gateway: Orders, desk: Desk) -> None:
    desk.change({"meta_data": [{"key": ITEMS, "value": [FOREIGN]}, {"key": "_other", "value": "stays"}]})
    made = gateway.ship("7", SHIPMENT)
    assert desk.meta(ITEMS) == [
        FOREIGN,
        {
            "tracking_provider": "",
            "custom_tracking_provider": "Hafenpost",
            "custom_tracking_link": "https://hafenpost.example/HP123",
            "tracking_number": "HP 123",
            "date_shipped": "1795255200",
            "tracking_id": tracking_id("S-7/1"),
        },
    ]
    assert (desk.meta("_carrier"), desk.meta("_track"), desk.meta("_other")) == ("Hafenpost", "HP 123", "stays")
    assert desk.writes() == [("PUT", "/wc/v3/orders/7")]
    assert (made.key, made.lines, made.tracking_number) == ("S-7/1", (("1", Decimal(2)),), "HP 123")
    assert made.shipped_at == SHIPMENT.shipped_at
    assert desk.notes == []


def test_the_same_shipment_again_changes_nothing(gateway: Orders, desk: Desk) -> None:
    asked = replace(SHIPMENT, notify_customer=True, comment="also HP 124")
    first = gateway.ship("7", asked)
    before, notes = json.dumps(desk.order, default=str), list(desk.notes)
    assert gateway.ship("7", asked) == first
    desk.order["status"] = "completed"
    assert gateway.ship("7", asked) == first
    desk.order["status"] = "processing"
    assert json.dumps(desk.order, default=str) == before
    assert desk.notes == notes
    assert len(gateway.shipments("7")) == 1


def test_a_second_shipment_stands_beside_the_first(gateway: Orders, desk: Desk) -> None:
    gateway.ship("7", SHIPMENT)
    gateway.ship("7", replace(SHIPMENT, key="S-7/2", tracking_number="HP 124"))
    assert [row["tracking_number"] for row in desk.meta(ITEMS)] == ["HP 123", "HP 124"]
    assert [(each.key, each.tracking_number) for each in gateway.shipments("7")] == [
        ("S-7/1", "HP 123"),
        ("S-7/2", "HP 124"),
    ]


@pytest.mark.parametrize("notify", [True, False])
def test_the_customer_is_told_when_asked(gateway: Orders, desk: Desk, notify: bool) -> None:
    gateway.ship("7", replace(SHIPMENT, notify_customer=notify, comment="Also HP 124."))
    [note] = desk.notes
    assert note["customer_note"] is notify
    for part in ("Hafenpost Express", "HP 123", "https://hafenpost.example/HP123", "Also HP 124."):
        assert part in note["note"]


def test_what_a_broken_connection_left_undone_is_completed(gateway: Orders, desk: Desk) -> None:
    """The store took the metadata, but its answer was lost: no second shipment is made, and the note is sent."""
    asked = replace(SHIPMENT, notify_customer=True)
    desk.lost.add(("PUT", "/wc/v3/orders/7"))
    with pytest.raises(Exception, match="did not answer in time"):
        gateway.ship("7", asked)
    assert desk.notes == []
    gateway.ship("7", asked)
    assert len(desk.meta(ITEMS)) == 1
    assert len(desk.notes) == 1


def test_a_shipment_without_number_is_kept_without_tracking(gateway: Orders, desk: Desk) -> None:
    made = gateway.ship("7", replace(SHIPMENT, tracking_number="", tracking_url=""))
    assert desk.meta(ITEMS) is None
    assert (made.key, made.carrier, made.lines) == ("S-7/1", "Hafenpost", (("1", Decimal(2)),))


def test_a_carrier_that_plugins_know_is_named_in_their_words(gateway: Orders, desk: Desk) -> None:
    gateway.ship("7", replace(SHIPMENT, carrier="Royal Mail", tracking_url=""))
    [item] = desk.meta(ITEMS)
    assert (item["tracking_provider"], item["custom_tracking_provider"]) == ("royal-mail", "")


@pytest.mark.parametrize("status", ["pending", "completed", "cancelled", "refunded", "failed"])
def test_only_open_orders_take_shipments(gateway: Orders, desk: Desk, status: str) -> None:
    desk.order["status"] = status
    with pytest.raises(RemoteRejected, match=status):
        gateway.ship("7", SHIPMENT)
    assert desk.writes() == []
    desk.order["status"] = "on-hold"
    assert gateway.ship("7", SHIPMENT).key == "S-7/1"


def test_an_order_that_is_gone_takes_nothing(gateway: Orders, desk: Desk) -> None:
    for number in ("8", "no id"):
        with pytest.raises(RemoteNotFound):
            gateway.ship(number, SHIPMENT)
        with pytest.raises(RemoteNotFound):
            gateway.shipments(number)
        with pytest.raises(RemoteNotFound):
            gateway.set_status(number, "completed")
    desk.order["status"] = "trash"
    with pytest.raises(RemoteNotFound):
        gateway.set_status("7", "completed")  # it would come back from the trash
    assert desk.writes() == []


def test_our_field_names_are_not_overwritten_by_the_map(gateway: Orders, desk: Desk) -> None:
    gateway.ship("7", replace(SHIPMENT, metadata=((ITEMS, "x"), ("", "y"))))
    assert isinstance(desk.meta(ITEMS), list)


# -- tracking plugins


def plugged(desk: Desk, sleep: Callable[[float], None], namespaces: str = "wc/v3,wc-shipment-tracking/v3") -> Orders:
    desk.plugin = []
    return Orders(client_of(sleep), options={"namespaces": namespaces})


@pytest.mark.parametrize("namespace", ["wc-shipment-tracking/v3", "wc-ast/v3"])
def test_a_tracking_plugin_makes_its_own_entry(desk: Desk, sleep: Callable[[float], None], namespace: str) -> None:
    made = plugged(desk, sleep, f"wc/v3,{namespace}").ship("7", SHIPMENT)
    assert desk.writes() == [("POST", f"/{namespace}/orders/7/shipment-trackings"), ("PUT", "/wc/v3/orders/7")]
    assert desk.plugin is not None
    assert [(row["tracking_number"], row["date_shipped"]) for row in desk.plugin] == [("HP 123", "2026-11-21")]
    assert [row["tracking_id"] for row in desk.meta(ITEMS)] == ["a" * 32]
    assert (made.key, made.id) == ("S-7/1", "a" * 32)


def test_the_site_is_asked_for_its_plugins_when_they_are_unknown(desk: Desk, sleep: Callable[[float], None]) -> None:
    desk.plugin, desk.namespaces = [], ["wc/v3", "wc-ast/v3"]
    gateway = Orders(client_of(sleep))
    gateway.ship("7", SHIPMENT)
    gateway.ship("7", replace(SHIPMENT, key="S-7/2", tracking_number="HP 124"))
    assert len(desk.plugin) == 2
    assert desk.calls.count(("GET", "/")) == 1


def test_an_entry_whose_answer_was_lost_is_found_again(desk: Desk, sleep: Callable[[float], None]) -> None:
    gateway, path = plugged(desk, sleep), "/wc-shipment-tracking/v3/orders/7/shipment-trackings"
    desk.lost.add(("POST", path))
    with pytest.raises(Exception, match="did not answer in time"):
        gateway.ship("7", SHIPMENT)
    made = gateway.ship("7", SHIPMENT)
    assert (made.id, desk.plugin and len(desk.plugin)) == ("a" * 32, 1)


@pytest.mark.parametrize(
    "error", [(400, {"code": "invalid", "message": "Special characters."}), (404, {"code": "rest_no_route"})]
)
def test_without_the_plugin_s_help_the_metadata_is_written(
    desk: Desk, sleep: Callable[[float], None], error: tuple[int, Any]
) -> None:
    gateway = plugged(desk, sleep)
    desk.plugin_error = error
    gateway.ship("7", SHIPMENT)
    assert [row["tracking_id"] for row in desk.meta(ITEMS)] == [tracking_id("S-7/1")]


# -- fulfillments


def test_stores_with_fulfillments_get_one(desk: Desk, sleep: Callable[[float], None]) -> None:
    desk.fulfillments = []
    gateway = Orders(client_of(sleep, version="10.3.1"))
    gateway.ship("7", SHIPMENT)
    gateway.ship("7", SHIPMENT)
    [made] = desk.fulfillments
    assert (made["status"], made["is_fulfilled"], made["notify_customer"]) == ("fulfilled", True, False)
    meta = {row["key"]: row["value"] for row in made["meta_data"]}
    assert meta["_items"] == [{"item_id": 1, "qty": 2}]
    assert (meta["_tracking_number"], meta["_provider_name"]) == ("HP 123", "Hafenpost")
    assert (meta["_shipping_provider"], meta["_shipment_provider"]) == ("other", "other")
    assert [each.key for each in gateway.shipments("7")] == ["S-7/1"]


def test_a_new_store_without_fulfillments_is_fine(desk: Desk, sleep: Callable[[float], None]) -> None:
    gateway = Orders(client_of(sleep, version="10.3.1"))
    gateway.ship("7", SHIPMENT)
    gateway.shipments("7")
    assert desk.calls.count(("GET", "/wc/v3/orders/7/fulfillments")) == 1


def test_what_the_store_fulfilled_itself_is_read(desk: Desk, sleep: Callable[[float], None]) -> None:
    meta = [
        {"key": "_items", "value": [{"item_id": 1, "qty": 1}]},
        {"key": "_tracking_number", "value": "X1"},
        {"key": "_shipment_provider", "value": "dhl"},
    ]
    desk.fulfillments = [
        {"id": 3, "is_fulfilled": True, "date_updated": "2026-11-21 10:00:00", "date_deleted": None, "meta_data": meta},
        {"id": 4, "is_fulfilled": False, "date_updated": "2026-11-21 10:00:00", "meta_data": meta},
        {"id": 5, "is_fulfilled": True, "date_deleted": "2026-11-21 10:00:00", "meta_data": meta},
    ]
    desk.change({"meta_data": [{"key": ITEMS, "value": [{**FOREIGN, "tracking_number": "X1"}]}]})
    [found] = Orders(client_of(sleep, version="10.3")).shipments("7")
    assert (found.id, found.key, found.carrier, found.tracking_number) == ("fulfillment:3", "", "dhl", "X1")
    assert found.lines == (("1", Decimal(1)),)


# -- reading what others wrote


def test_the_recorded_tracking_entry() -> None:
    [found] = shipments_of(payload("order_gets_two_coupons"))
    assert (found.id, found.key, found.carrier) == ("0123456789abcdef0123456789abcdef", "", "UPS")
    assert found.tracking_number == "1Z12345E0205271688"
    assert found.shipped_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert found.lines == ()


@pytest.mark.parametrize(
    ("meta", "carrier", "number", "day", "lines"),
    [
        (
            {ITEMS: [{**FOREIGN, "products_list": [{"product": "11", "item_id": "1", "qty": "2"}]}]},
            "ups", "1Z", 21, (("1", Decimal(2)),),
        ),
        ({"_aftership_tracking_items": [{"slug": "dhl", "tracking_number": "A1"}]}, "dhl", "A1", 0, ()),
        ({"_tracking_provider": "usps", "_tracking_number": "U1", "_date_shipped": "2026-11-20"}, "usps", "U1", 20, ()),
        ({"ywot_tracking_code": "Y1", "ywot_carrier_name": "GLS"}, "GLS", "Y1", 0, ()),
    ],
)  # fmt: skip
def test_what_tracking_plugins_keep_is_read(
    meta: dict[str, Any], carrier: str, number: str, day: int, lines: tuple[tuple[str, Decimal], ...]
) -> None:
    row = order(meta_data=[{"id": 1, "key": key, "value": value} for key, value in meta.items()])
    [found] = shipments_of(row)
    assert (found.key, found.carrier, found.tracking_number, found.lines) == ("", carrier, number, lines)
    assert (found.shipped_at.day if found.shipped_at else 0) == day


@pytest.mark.parametrize("value", ["", "x", {}, None, 5, [5, "x"], [{}]])
def test_nonsense_in_metadata_is_no_shipment(value: Any) -> None:
    assert shipments_of(order(meta_data=[{"id": 1, "key": ITEMS, "value": value}])) == ()


# -- status


@pytest.mark.parametrize("status", ["processing", "completed", "cancelled"])
def test_a_status_is_set_alone_and_once(gateway: Orders, desk: Desk, status: Any) -> None:
    """Never `set_paid`: orders on hold ignore it."""
    desk.order["status"] = "on-hold"
    gateway.set_status("7", status)
    gateway.set_status("7", status)
    assert desk.order["status"] == status
    assert desk.writes() == [("PUT", "/wc/v3/orders/7")]
