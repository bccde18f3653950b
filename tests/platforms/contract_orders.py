"""What every platform's adapter keeps about customers, and about what orders come to (see contract.py)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from channels.errors import RemoteNotFound
from channels.ports import Platform
from channels.remote import DesiredShipment, RemoteOrder
from tests.platforms.conftest import Shopkeeper

SHIPPED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class OrderContract:
    sku = "ZH-Y10"
    missing_id = "999999"
    customer_email, customer_city = "anke.brandt@example.com", "Kiel"

    # -- overridden where a store's control actions or notices differ

    def refund_part(self, keeper: Shopkeeper, order: RemoteOrder) -> None:
        """One unit of the first line goes back."""
        item = {"item_type": "PRODUCT", "item_id": int(order.lines[0].id), "quantity": 1}
        keeper.act(order.id, "refund", items=[item])

    def refund_rest(self, keeper: Shopkeeper, order: RemoteOrder) -> None:
        keeper.act(order.id, "refund")

    def a_notice(self, platform: Platform) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of a real notice about an order, as `platform` accepts it."""
        raise AssertionError("each platform shows a notice of its own")

    # -- customers

    def test_every_customer_comes_once_with_an_address(self, platform: Platform) -> None:
        found, cursor = [], ""
        while True:
            page = platform.customers.page(cursor=cursor)
            found += page.customers
            if not (cursor := page.next_cursor):
                break
        assert found
        assert len({customer.id for customer in found}) == len(found)
        assert page.total in (None, len(found))
        known = {customer.email: customer for customer in found}
        customer = known[self.customer_email]
        assert customer.billing is not None
        assert (customer.billing.city, customer.billing.country) == (self.customer_city, "DE")

    # -- refunds

    def paid(self, platform: Platform, keeper: Shopkeeper) -> RemoteOrder:
        number = keeper.place({"sku": self.sku, "quantity": 3}, shipping_method="Standard delivery", customer_id=1)
        return platform.orders.get_many([number])[0]

    def test_refunds_add_up_to_the_order(self, platform: Platform, keeper: Shopkeeper) -> None:
        order = self.paid(platform, keeper)
        self.refund_part(keeper, order)
        self.refund_rest(keeper, order)
        refunds = platform.orders.refunds(order.id)
        assert len(refunds) == 2
        assert sum(refund.total for refund in refunds) == order.total
        for refund in refunds:
            assert refund.order_id == order.id
            assert refund.created_at.tzinfo is not None
            parts = (*refund.lines, *refund.charges)
            assert sum(part.amount + part.tax for part in parts) + refund.unassigned == refund.total
        first = refunds[0].lines[0]
        line = order.lines[0]
        assert (first.line_id, first.quantity, first.tax_key) == (line.id, Decimal(1), line.tax_key)
        assert abs(first.amount - line.total / 3) <= Decimal("0.01")
        assert abs(first.tax - line.tax / 3) <= Decimal("0.01")
        assert sum(entry.quantity for refund in refunds for entry in refund.lines) == Decimal(3)
        assert len({refund.id for refund in refunds}) == 2

    def test_an_order_without_refunds_has_none(self, platform: Platform, keeper: Shopkeeper) -> None:
        assert platform.orders.refunds(self.paid(platform, keeper).id) == ()
        for missing in (self.missing_id, "no id"):
            with pytest.raises(RemoteNotFound):
                platform.orders.refunds(missing)

    # -- shipments and status

    def parcel(self, order: RemoteOrder, **changes: Any) -> DesiredShipment:
        shipment = DesiredShipment(
            key="shipment-7",
            lines=((order.lines[0].id, Decimal(3)),),
            carrier="DHL",
            service="Paket",
            tracking_number="00340434161094042557",
            tracking_url="https://carrier.example/track/00340434161094042557",
            shipped_at=SHIPPED_AT,
            comment="Left at the quay",
        )
        return replace(shipment, **changes)

    def test_a_shipment_told_twice_is_one(self, platform: Platform, keeper: Shopkeeper) -> None:
        order = self.paid(platform, keeper)
        assert platform.orders.shipments(order.id) == ()
        first = platform.orders.ship(order.id, self.parcel(order))
        assert (first.key, first.tracking_number) == ("shipment-7", "00340434161094042557")
        assert platform.orders.ship(order.id, self.parcel(order)) == first
        (found,) = platform.orders.shipments(order.id)
        assert (found.id, found.key, found.tracking_number) == (first.id, "shipment-7", first.tracking_number)
        assert found.lines in ((), ((order.lines[0].id, Decimal(3)),))

    def test_an_order_that_is_gone_takes_no_shipment(self, platform: Platform, keeper: Shopkeeper) -> None:
        parcel = self.parcel(self.paid(platform, keeper))
        for missing in (self.missing_id, "no id"):
            with pytest.raises(RemoteNotFound):
                platform.orders.ship(missing, parcel)
            with pytest.raises(RemoteNotFound):
                platform.orders.shipments(missing)
            with pytest.raises(RemoteNotFound):
                platform.orders.set_status(missing, "completed")

    def test_an_order_takes_its_next_step_once(self, platform: Platform, keeper: Shopkeeper) -> None:
        order = self.paid(platform, keeper)
        for _time in range(2):
            platform.orders.set_status(order.id, "processing")
            found = platform.orders.get_many([order.id])[0]
            assert (found.milestones.created, found.milestones.completed) == (True, False)
        for _time in range(2):
            platform.orders.set_status(order.id, "completed")
            assert platform.orders.get_many([order.id])[0].milestones.completed
        other = self.paid(platform, keeper)
        platform.orders.set_status(other.id, "cancelled")
        assert platform.orders.get_many([other.id])[0].milestones.cancelled

    # -- news

    def test_a_look_back_names_what_was_created(self, platform: Platform, keeper: Shopkeeper) -> None:
        before = datetime.now(UTC) - timedelta(minutes=1)
        number = keeper.place({"sku": self.sku})
        page = platform.orders.created_since(before)
        assert [(ref.id, ref.version) for ref in page.refs] == [(number, platform.orders.get_many([number])[0].version)]
        assert page.next_cursor == ""
        assert platform.orders.created_since(datetime.now(UTC) + timedelta(days=1)).refs == ()

    def test_a_notice_is_no_ping(self, platform: Platform) -> None:
        headers, body = self.a_notice(platform)
        assert not platform.webhooks.is_ping(headers, body)
        assert platform.webhooks.verify(headers, body, now=datetime.now(UTC))
        assert platform.webhooks.parse(headers, body)
