"""Orders of a store that lives: placed, paid, edited, refunded, shipped, thrown away and brought back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from channels.platforms.woocommerce.store import Store
from channels.remote import DesiredShipment, RemoteOrder
from orders.services.totals import prove_remote
from tests.platforms.conftest import Shopkeeper

GOODS = [
    {"name": "Mug", "sku": "MUG", "regular_price": "12.49", "manage_stock": True, "stock_quantity": 50},
    {"name": "Book", "sku": "BOOK", "regular_price": "9.99", "manage_stock": True, "stock_quantity": 50,
     "tax_class": "reduced-rate"},
]  # fmt: skip
SHIPMENT = DesiredShipment(
    key="S-1/1",
    lines=(),
    carrier="DHL",
    tracking_number="00340434",
    shipped_at=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    metadata=(("_carrier", "DHL"),),
    notify_customer=True,
)


@pytest.fixture
def shop(woo_keeper: Shopkeeper, store: Store) -> Shopkeeper:
    woo_keeper.call("POST", f"/stores/{woo_keeper.store}/products", {"products": GOODS})
    for rate, class_ in (("19", "standard"), ("7", "reduced-rate")):
        body = {"country": "DE", "rate": rate, "name": "MwSt.", "shipping": class_ == "standard", "class": class_}
        store._client.post("/taxes", body)
    woo_keeper.forget()
    return woo_keeper


def get(store: Store, number: str) -> RemoteOrder:
    return store.orders.get_many([number])[0]


def lately() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


@pytest.mark.req("NEW-4", platform="woocommerce")
@pytest.mark.parametrize("prices_include_tax", [True, False])
@pytest.mark.parametrize("at_subtotal", [True, False])
def test_orders_with_everything_prove(
    shop: Shopkeeper, store: Store, prices_include_tax: bool, at_subtotal: bool
) -> None:
    shop.settings(prices_include_tax=prices_include_tax, tax_round_at_subtotal=at_subtotal)
    coupon = {"code": "ten-off", "discount_type": "percent", "amount": "10"}
    store._client.post("/coupons", coupon)
    number = shop.place(
        {"sku": "MUG", "quantity": 3},
        {"sku": "BOOK", "quantity": 7},
        {"name": "Engraving", "price": "3.33"},
        coupon="ten-off",
        fees=[{"name": "Box", "total": "1.11"}, {"name": "Loyalty", "total": "-2.22"}],
        shipping_method="flat_rate",
    )
    found = get(store, number)
    made = prove_remote(found)
    assert not made.differs
    assert at_subtotal or made.is_exact
    assert found.prices_include_tax is prices_include_tax
    kinds = [charge.kind for charge in found.charges]
    assert kinds[:3] == ["shipping", "fee", "discount"]
    assert set(kinds[3:]) == {"coupon"}
    assert {charge.code for charge in found.charges} == {"", "ten-off"}
    assert [line.kind for line in found.lines] == ["product", "product", "custom"]


def test_a_poll_of_many_orders_reads_none_of_them_again(shop: Shopkeeper, store: Store) -> None:
    shop.call("POST", f"/stores/{shop.store}/orders", {"lines": [{"sku": "MUG"}], "count": 40})
    shop.forget()
    refs = store.orders.changed_since(lately()).refs
    assert len(refs) == 40
    assert len(store.orders.get_many([ref.id for ref in refs])) == 40
    assert [path.rpartition("/")[2] for _method, path in shop.requests()] == ["orders", "orders"]


def test_an_order_in_the_trash_is_listed_and_comes_back(
    shop: Shopkeeper, store: Store, connect_to: Callable[..., Store]
) -> None:
    number = shop.place({"sku": "MUG"})
    first = get(store, number)
    shop.act(number, "trash")
    assert get(store, number).milestones.deleted
    assert [ref.id for ref in connect_to().orders.changed_since(lately()).refs] == [number]
    shop.act(number, "restore")
    again = get(store, number)
    assert (again.milestones.deleted, again.milestones.created) == (False, True)
    assert again.lines == first.lines
    shop.act(number, "delete")
    assert store.orders.get_many([number]) == ()
    assert store.orders.changed_since(lately()).refs == ()


@pytest.mark.parametrize("storage", ["hpos", "posts"])
def test_what_changes_without_a_date_changes_the_version(shop: Shopkeeper, store: Store, storage: str) -> None:
    """Stores that keep orders as posts do not date changes of addresses; the nightly comparison sees them."""
    shop.settings(storage=storage)
    number = shop.place({"sku": "MUG"})
    before = store.orders.created_since(lately()).refs
    shop.act(number, "edit_address", billing={"city": "Flensburg"})
    after = store.orders.created_since(lately()).refs
    assert [ref.id for ref in before] == [ref.id for ref in after] == [number]
    assert before[0].version != after[0].version


def test_refunds_are_read_and_their_deletion_is_seen(shop: Shopkeeper, store: Store) -> None:
    number = shop.place({"sku": "MUG", "quantity": 2}, {"sku": "BOOK"}, shipping_method="flat_rate")
    order = get(store, number)
    assert store.orders.refunds(number) == ()
    shop.act(number, "refund", items=[{"sku": "MUG", "quantity": 1}], reason="Broken")
    shop.act(number, "refund", amount="2.00")
    goods, amount = store.orders.refunds(number)
    assert [(line.line_id, line.quantity) for line in goods.lines] == [(order.lines[0].id, Decimal(1))]
    assert goods.lines[0].amount + goods.lines[0].tax == goods.total
    assert (goods.reason, goods.unassigned) == ("Broken", 0)
    assert (amount.lines, amount.total, amount.unassigned) == ((), 2, 2)
    changed = get(store, number)
    assert (changed.total, changed.refund_ids) == (order.total, (goods.id, amount.id))
    assert changed.version != order.version
    shop.act(number, "delete_refund", refund_id=int(goods.id))
    assert [each.id for each in store.orders.refunds(number)] == [amount.id]
    assert get(store, number).version != changed.version


@pytest.mark.parametrize("plugin", ["", "woocommerce-shipment-tracking", "woo-advanced-shipment-tracking"])
def test_a_shipment_is_told_once_with_and_without_plugin(shop: Shopkeeper, store: Store, plugin: str) -> None:
    shop.settings(plugins=[{"plugin": f"{plugin}/{plugin}.php"}] if plugin else [])
    number = shop.place({"sku": "MUG", "quantity": 2})
    shipment = replace(SHIPMENT, lines=((get(store, number).lines[0].id, Decimal(2)),))
    made = store.orders.ship(number, shipment)
    assert store.orders.ship(number, shipment) == made
    assert store.orders.shipments(number) == (made,)
    assert (made.key, made.tracking_number, made.lines) == ("S-1/1", "00340434", shipment.lines)
    meta = {row["key"]: row["value"] for row in store._client.get(f"/orders/{number}")["meta_data"]}
    assert [item["tracking_number"] for item in meta["_wc_shipment_tracking_items"]] == ["00340434"]
    assert meta["_carrier"] == "DHL"
    notes: list[Any] = store._client.get(f"/orders/{number}/notes")
    assert [note["customer_note"] for note in notes if "00340434" in note["note"]] == [True]


def test_a_shipment_made_in_the_store_is_read(shop: Shopkeeper, store: Store) -> None:
    number = shop.place({"sku": "MUG"})
    shop.act(number, "ship", tracking_number="Z1", carrier="Hermes")
    [found] = store.orders.shipments(number)
    assert (found.key, found.carrier, found.tracking_number) == ("", "Hermes", "Z1")


@pytest.mark.parametrize("wanted", ["completed", "cancelled"])
def test_a_status_is_taken(shop: Shopkeeper, store: Store, wanted: Any) -> None:
    number = shop.place({"sku": "MUG"})
    store.orders.set_status(number, wanted)
    store.orders.set_status(number, wanted)
    assert get(store, number).status == wanted


@pytest.mark.req("PAY-3", platform="woocommerce")
def test_a_bank_transfer_is_paid_by_its_status(shop: Shopkeeper, store: Store) -> None:
    number = shop.place({"sku": "MUG"}, payment_method="bacs")
    waiting = get(store, number)
    assert (waiting.status, waiting.milestones.paid, waiting.payments[0].received) == ("on-hold", False, False)
    store.orders.set_status(number, "processing")
    paid = get(store, number)
    assert (paid.milestones.paid, paid.payments[0].received) == (True, True)


def test_each_store_object_reads_for_itself(shop: Shopkeeper, connect_to: Callable[..., Store]) -> None:
    shop.place({"sku": "MUG"})
    one, other = connect_to(version="10.0.2"), connect_to(version="10.0.2")
    refs = one.orders.changed_since(lately()).refs
    shop.forget()
    other.orders.get_many([ref.id for ref in refs])
    assert len(shop.requests()) == 1
