"""Telling the store of shipments, and the next step of an order."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from channels.errors import RemoteRejected, TemporarilyUnavailable
from channels.platforms.bigcommerce.mapping.shipments import remote_shipment, shipment_body
from channels.platforms.bigcommerce.store import Store
from channels.remote import DesiredShipment, RemoteOrder
from tests.platforms.conftest import Shopkeeper

PARCEL = DesiredShipment(key="k-1", lines=(("5", Decimal(2)),), shipped_at=datetime(2026, 3, 1, tzinfo=UTC))


def body(**changes: Any) -> Mapping[str, Any]:
    return shipment_body(replace(PARCEL, **changes), 20, {"5": 2})


def placed(store: Store, keeper: Shopkeeper, *lines: dict[str, Any], **draft: Any) -> RemoteOrder:
    number = keeper.place(*(lines or ({"sku": "ZH-Y10", "quantity": 3},)), **draft)
    return store.orders.get_many([number])[0]


def parcel(order: RemoteOrder, quantity: str = "3", **changes: Any) -> DesiredShipment:
    return replace(PARCEL, lines=tuple((line.id, Decimal(quantity)) for line in order.lines), **changes)


def status_of(store: Store, order: RemoteOrder) -> int:
    found = store._client.order(int(order.id))
    assert found is not None
    return int(found["status_id"])


# -- words


@pytest.mark.parametrize(
    ("carrier", "provider", "tracker"),
    [
        ("UPS", "ups", ""),
        ("Royal  mail", "royalmail", ""),
        ("DHL", "", "dhl"),
        ("Deutsche Post", "", "deutsch-post"),
        ("Harbor couriers", "", ""),
        ("Local Pickup", "", ""),
        ("", "", ""),
    ],
)
def test_carriers_have_the_stores_words(carrier: str, provider: str, tracker: str) -> None:
    found = body(carrier=carrier, service="Express")
    assert (found["shipping_provider"], found["tracking_carrier"]) == (provider, tracker)
    assert found["shipping_method"] == f"{carrier} Express".strip()


def test_a_number_that_does_not_fit_is_told_in_the_comment() -> None:
    fitting = body(tracking_number="1" * 50, tracking_url=f"https://x.example/{'1' * 482}", comment="Hello")
    assert (fitting["tracking_number"], len(fitting["tracking_link"])) == ("1" * 50, 500)
    assert fitting["comments"] == "Hello [ref k-1]"
    long = body(tracking_number="1" * 51, tracking_url="javascript:alert(1)", comment="Hello")
    assert (long["tracking_number"], long["tracking_link"]) == ("", "")
    assert long["comments"] == f"Hello {'1' * 51} javascript:alert(1) [ref k-1]"
    assert len(body(comment="x" * 70_000)["comments"]) == 65_535
    assert body(comment="x" * 70_000)["comments"].endswith(" [ref k-1]")


def test_the_published_shipment_is_read(shared_dir: Path) -> None:
    path = shared_dir / "platforms/bigcommerce/samples/shipment_v2_response.json"
    found = remote_shipment(json.loads(path.read_text()))
    assert (found.id, found.key, found.carrier, found.tracking_number) == ("11", "", "USPS", "EJ958083578US")
    assert found.tracking_url.startswith("http://trkcnfrm1.smi.usps.com/")
    assert found.lines == (("194", Decimal(1)), ("195", Decimal(1)))
    assert found.shipped_at == datetime(2019, 3, 13, 16, 35, 37, tzinfo=UTC)


@pytest.mark.parametrize("comments", ["", "[ref ]", "see [ref k-1] above", "ref k-1"])
def test_only_our_own_reference_is_a_key(comments: str) -> None:
    assert remote_shipment({"id": 1, "comments": comments}).key == ""


# -- shipping


def test_parts_are_shipped_one_after_the_other(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    store.orders.ship(order.id, parcel(order, "1", key="a", tracking_number="1Z-1"))
    assert status_of(store, order) == 3
    store.orders.ship(order.id, parcel(order, "2", key="b", tracking_number="1Z-2"))
    assert status_of(store, order) == 2
    for _time in range(2):
        store.orders.ship(order.id, parcel(order, "1", key="a", tracking_number="1Z-1"))
    found = store.orders.shipments(order.id)
    assert [(made.key, made.tracking_number, made.lines[0][1]) for made in found] == [
        ("a", "1Z-1", Decimal(1)),
        ("b", "1Z-2", Decimal(2)),
    ]


def test_a_shipment_whose_answer_was_lost_is_told_once(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    keeper.fault("drop_after", method="POST", times=1)
    with pytest.raises(TemporarilyUnavailable):
        store.orders.ship(order.id, parcel(order))
    store.orders.ship(order.id, parcel(order))
    assert len(store.orders.shipments(order.id)) == 1
    assert status_of(store, order) == 2


def test_a_shipment_that_somebody_typed_in_is_the_same(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    keeper.act(order.id, "ship", tracking_number="1Z-1")
    made = store.orders.ship(order.id, parcel(order, tracking_number="1Z-1"))
    assert (made.key, made.tracking_number) == ("k-1", "1Z-1")
    assert [entry.key for entry in store.orders.shipments(order.id)] == [""]


def test_each_address_gets_its_shipment(store: Store, keeper: Shopkeeper) -> None:
    places = [{"first_name": "Ida", "city": "Bremen"}, {"first_name": "Ole", "city": "Kiel"}]
    lines = ({"sku": "ZH-Y10", "address": 0}, {"sku": "IM-R42", "address": 1})
    order = placed(store, keeper, *lines, shipping_addresses=places)
    for _time in range(2):
        made = store.orders.ship(order.id, parcel(order, "1"))
        assert sorted(made.lines) == sorted((line.id, Decimal(1)) for line in order.lines)
    assert [entry.key for entry in store.orders.shipments(order.id)] == ["k-1", "k-1"]
    assert status_of(store, order) == 2


def test_digital_goods_go_nowhere(store: Store, keeper: Shopkeeper) -> None:
    mixed = placed(store, keeper, {"sku": "ZH-Y10"}, {"sku": "GS-50", "tax_class_id": 1})
    made = store.orders.ship(mixed.id, parcel(mixed, "1"))
    assert len(made.lines) == 1
    digital = placed(store, keeper, {"sku": "GS-50", "tax_class_id": 1})
    with pytest.raises(RemoteRejected, match="Nothing of this shipment"):
        store.orders.ship(digital.id, parcel(digital, "1"))


def test_strange_lines_are_refused_before_anything_is_sent(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    with pytest.raises(RemoteRejected, match="whole units"):
        store.orders.ship(order.id, parcel(order, "1.5"))
    with pytest.raises(RemoteRejected, match="no such line"):
        store.orders.ship(order.id, replace(parcel(order), lines=(("999", Decimal(1)),)))
    assert store.orders.shipments(order.id) == ()


@pytest.mark.parametrize("status", [0, 1, 4, 5, 6, 7, 10, 13, 14])
def test_an_order_in_another_status_takes_no_shipment(store: Store, keeper: Shopkeeper, status: int) -> None:
    order = placed(store, keeper)
    keeper.act(order.id, "status", status_id=status)
    with pytest.raises(RemoteRejected, match="takes no shipment"):
        store.orders.ship(order.id, parcel(order))
    assert store.orders.shipments(order.id) == ()


@pytest.mark.parametrize("status", [3, 8, 9, 11, 12])
def test_an_order_in_work_takes_a_shipment(store: Store, keeper: Shopkeeper, status: int) -> None:
    order = placed(store, keeper)
    keeper.act(order.id, "status", status_id=status)
    store.orders.ship(order.id, parcel(order))
    assert status_of(store, order) == 2


def test_a_store_that_leaves_the_status_is_told(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    store.orders.ship(order.id, parcel(order))
    keeper.act(order.id, "status", status_id=11)
    store.orders.ship(order.id, parcel(order))
    assert status_of(store, order) == 2


def test_a_refused_shipment_is_said_in_the_stores_words(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    with pytest.raises(RemoteRejected, match="3 left to ship"):
        store.orders.ship(order.id, parcel(order, "4"))


# -- status


def test_a_step_that_was_taken_sends_no_second_notice(store: Store, keeper: Shopkeeper) -> None:
    order = placed(store, keeper)
    for step, status in (("processing", 11), ("completed", 10), ("cancelled", 5)):
        store.orders.set_status(order.id, step)  # type: ignore[arg-type]
        assert status_of(store, order) == status
        keeper.forget()
        store.orders.set_status(order.id, step)  # type: ignore[arg-type]
        assert keeper.requests() == [("GET", f"/v2/orders/{order.id}")]


@pytest.mark.parametrize("status", [3, 8, 9, 12])
def test_an_order_that_is_further_stays_there(store: Store, keeper: Shopkeeper, status: int) -> None:
    order = placed(store, keeper)
    keeper.act(order.id, "status", status_id=status)
    store.orders.set_status(order.id, "processing")
    assert status_of(store, order) == status
