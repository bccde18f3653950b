"""The WooCommerce adapter keeps the contract of all platforms."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.errors import LeaseLost
from channels.platforms.woocommerce.connect import spec as woocommerce
from channels.platforms.woocommerce.store import Store
from channels.ports import Platform, PlatformSpec
from channels.remote import RemoteOrder
from sandbox.woocommerce.sites import CONSUMER_KEY
from tests.platforms.conftest import Shopkeeper
from tests.platforms.contract import PlatformContract

SIZES, COLORS = ("S", "M"), ("Moss", "Sand")


def _simple(sku: str, name: str) -> dict[str, Any]:
    return {"name": name, "sku": sku, "regular_price": "19.90", "manage_stock": True, "stock_quantity": 50}


def _family() -> dict[str, Any]:
    attributes = [
        {"name": name, "position": place, "visible": True, "variation": True, "options": list(values)}
        for place, (name, values) in enumerate((("Size", SIZES), ("Color", COLORS)))
    ]
    variations = [
        {
            "sku": f"SH-MER180-{size}-{color.upper()}",
            "regular_price": "59.00",
            "manage_stock": True,
            "stock_quantity": 8,
            "attributes": [{"name": "Size", "option": size}, {"name": "Color", "option": color}],
        }
        for size in SIZES
        for color in COLORS
    ]
    return {"name": "Merino shirt", "type": "variable", "attributes": attributes, "variations": variations}


CATALOG = [
    _simple("ZH-Y10", "Tent Hallig"),
    _family(),
    *[_simple(f"NO-{number}", f"Nordhafen article {number}") for number in range(1, 11)],
]
ANKE = {
    "email": "anke.brandt@example.com",
    "first_name": "Anke",
    "last_name": "Brandt",
    "billing": {
        "first_name": "Anke",
        "last_name": "Brandt",
        "address_1": "Kai 1",
        "city": "Kiel",
        "postcode": "24103",
        "country": "DE",
        "email": "anke.brandt@example.com",
    },
}


class WooKeeper(Shopkeeper):
    """Shoppers pay by a method that the store lists; its first customer is not number 1, which is the owner."""

    customer = 0

    def place(self, *lines: dict[str, Any], **draft: Any) -> str:
        if "customer_id" in draft:
            draft["customer_id"] = self.customer
        if "shipping_method" in draft:
            draft.setdefault("shipping_cost", "4.90")
        return super().place(*lines, **{"payment_method": "cod", **draft})


class TestWooCommerce(PlatformContract):
    shop_name = "Werkstatt Kiel"
    catalog_size = len(CATALOG)
    a_tax_key = "class:standard"
    another_tax_key = "class:reduced-rate"
    keeps_brand = False

    @pytest.fixture
    def keeper(self, woo_keeper: Shopkeeper, connect_to: Callable[..., Store]) -> Shopkeeper:
        keeper = WooKeeper(woo_keeper.url, store=woo_keeper.store)
        keeper.call("POST", f"/stores/{keeper.store}/products", {"products": CATALOG})
        client = connect_to()._client
        keeper.customer = int(client.post("/customers", ANKE)["id"])
        client.post("/taxes", {"country": "DE", "rate": "19", "name": "MwSt.", "shipping": True, "class": "standard"})
        return keeper

    @pytest.fixture
    def platform(self, keeper: Shopkeeper, connect_to: Callable[..., Store]) -> Platform:
        return connect_to(version="10.0.2")

    @pytest.fixture
    def spec(self) -> PlatformSpec:
        return woocommerce

    @pytest.fixture
    def leaseless(self, platform: Store) -> Platform:
        def lose() -> None:
            raise LeaseLost(at=datetime.now(UTC))

        platform._http._before_call = lose
        return platform

    def forget_us(self, keeper: Shopkeeper) -> None:
        keeper.call("DELETE", f"/stores/{keeper.store}/accounts/{CONSUMER_KEY}")

    def refund_part(self, keeper: Shopkeeper, order: RemoteOrder) -> None:
        keeper.act(order.id, "refund", items=[{"id": int(order.lines[0].id), "quantity": 1}])

    def a_notice(self, platform: Platform) -> tuple[Mapping[str, str], bytes]:
        body = json.dumps({"id": 117, "status": "processing"}).encode()
        signature = base64.b64encode(hmac.new(b"sandbox", body, hashlib.sha256).digest()).decode()
        headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signature}
        return headers, body
