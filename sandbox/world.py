"""Everything one sandbox process holds, and how its stores are found and made."""

import json
from typing import Any

from sandbox.clock import Clock
from sandbox.db import Database, Json
from sandbox.exchanges import ExchangeLog
from sandbox.faults import FaultBook
from sandbox.hooks.deliveries import Deliveries
from sandbox.limits import RateLimits
from sandbox.shops import DEFAULT_SETTINGS, Shop, account_of
from sandbox.wire import ApiError

FIRST_IDS = {"product": 110, "variant": 70, "order": 100, "hook": 18048286, "order_product": 0, "order_address": 0}
FIRST_STORE_ID = 1025645
TAX_CLASSES = ("Non-Taxable Products", "Shipping", "Gift Wrapping", "Reduced Rate")
PAYMENT_METHODS = (
    ("squarev2", "Credit card", False),
    ("paypalcommerce", "PayPal", False),
    ("bankdeposit", "Bank deposit", True),
    ("cod", "Cash on delivery", True),
)
SHIPPING_METHODS = (("Standard delivery", "4.90"), ("Express delivery", "12.90"), ("Free pickup", "0.00"))
COUPONS = (
    ("SAVE10", 1, 10),
    ("FIVEOFF", 2, 5),
    ("ITEM2", 0, 2),
    ("SHIPFREE", 4, 0),
    ("SHIP2", 3, 2),
)
CLASS_DATE = "2024-01-15T09:00:00.000Z"


class World:
    def __init__(self, data_path: str, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.db = Database(data_path)
        self.limits = RateLimits()
        self.faults = FaultBook()
        self.log = ExchangeLog()
        self.deliveries = Deliveries(self.db, self.clock, self.secret_of)
        self.starts = 0
        """How often everything started over; what a slow request finds changed is not its world any more."""

    def close(self) -> None:
        self.deliveries.close()
        self.db.close()

    def secret_of(self, store: str, client_id: str) -> str:
        settings = self.settings(store) or {"accounts": []}
        accounts = [account_of(entry) for entry in settings["accounts"]]
        return next((account.client_secret for account in accounts if account.client_id == client_id), "")

    def settings(self, store: str) -> Json | None:
        row = self.db.row("SELECT body FROM store WHERE hash = ?", store)
        return json.loads(row["body"]) if row is not None else None

    def hashes(self) -> list[str]:
        return [row["hash"] for row in self.db.rows("SELECT hash FROM store ORDER BY hash")]

    def shop(self, store: str, base_url: str) -> Shop:
        settings = self.settings(store)
        if settings is None:
            raise ApiError(404, f"There is no store {store}.")
        return Shop(self.db, self.clock, self.deliveries, store, settings, base_url.rstrip("/"))

    def create_store(self, store: str, base_url: str, **changes: Any) -> Shop:
        """An empty store: reference data, the default location, no products."""
        if not store or not all(char.isalnum() or char in "-_" for char in store):
            raise ApiError(422, "A store's name is made of letters, digits, - and _.")
        if self.settings(store) is not None:
            raise ApiError(409, f"The store {store} exists already.")
        number = self.db.next_id("", "store") + FIRST_STORE_ID
        settings = {**json.loads(json.dumps(DEFAULT_SETTINGS)), "store_id": number, **changes}
        self.db.run("INSERT INTO store (hash, body) VALUES (?, ?)", store, json.dumps(settings))
        for kind, first in FIRST_IDS.items():
            self.db.start_ids(store, kind, first)
        shop = self.shop(store, base_url)
        fill_reference(shop)
        return shop

    def restart(self) -> None:
        """Forget everything that is not in the stores themselves: faults, logs, the moved clock."""
        self.starts += 1
        self.faults.clear()
        self.deliveries.restart()
        self.log.clear()
        self.limits.reset()
        self.clock.offset_seconds = 0.0

    def remove_store(self, store: str | None = None) -> None:
        """Forget one store, or all of them."""
        self.deliveries.forget(store)
        self.faults.clear(store)
        self.limits.reset()
        self.db.clear(store)


def fill_reference(shop: Shop) -> None:
    for name in TAX_CLASSES:
        number = shop.next_id("tax_class")
        shop.put("tax_class", {"id": number, "name": name, "created_at": CLASS_DATE, "updated_at": CLASS_DATE})
    for code, name, offline in PAYMENT_METHODS:
        body = {"id": shop.next_id("payment_method"), "code": code, "name": name, "offline": offline}
        shop.put("payment_method", body)
    for name, cost in SHIPPING_METHODS:
        shop.put("shipping_method", {"id": shop.next_id("shipping_method"), "name": name, "cost": cost})
    for code, kind, amount in COUPONS:
        shop.put("coupon", {"id": shop.next_id("coupon"), "code": code, "type": kind, "amount": amount})
    shop.put("tree", {"id": shop.next_id("tree"), "name": "Default catalog tree", "channels": [1]})
    add_location(shop, "BC-LOCATION-1", "Default location")


def add_location(shop: Shop, code: str, label: str) -> Json:
    body = {
        "id": shop.next_id("location"),
        "code": code,
        "label": label,
        "description": label,
        "managed_by_external_source": False,
        "type_id": "PHYSICAL",
        "enabled": True,
        "time_zone": shop.settings["timezone"],
        "created_at": "2024-01-15T09:00:00Z",
        "updated_at": "2024-01-15T09:00:00Z",
        "address": {
            "address1": "Am Kai 1",
            "address2": "",
            "city": "Hamburg",
            "state": "Hamburg",
            "zip": "20457",
            "email": "warehouse@example.com",
            "phone": "+49 40 5550100",
            "geo_coordinates": {"latitude": 53.54, "longitude": 9.99},
            "country_code": shop.settings["country_code"],
        },
        "storefront_visibility": True,
        "special_hours": [],
    }
    return shop.put("location", body)
