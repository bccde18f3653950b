"""A store in the sandbox: its settings, its API accounts, and what its nouns may use of the process."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.db import Database, Json
from sandbox.hooks.deliveries import Deliveries, Event

DEFAULT_SETTINGS: Json = {
    "name": "Sandbox store",
    "country": "Germany",
    "country_code": "DE",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "currency_symbol": "€",
    "weight_units": "KGS",
    "dimension_units": "Centimeters",
    "prices_include_tax": True,
    "tax_name": "VAT",
    "tax_rates": {"0": "19", "1": "0", "2": "19", "3": "19", "4": "7"},
    "shipping_tax_class_id": 2,
    "handling_tax_class_id": 2,
    "wrapping_tax_class_id": 3,
    "wrapping_cost": "4.00",
    "update_stock_behavior": "order_placed",
    "restock_on_cancel": True,
    "restock_on_refund": False,
    "rate_quota": 150,
    "rate_window_ms": 30000,
    "accounts": [
        {
            "token": "sandbox-token",
            "client_id": "sandbox-client-id",
            "client_secret": "sandbox-client-secret",
            "scopes": ["*"],
        }
    ],
}


@dataclass(frozen=True)
class Account:
    """An API account of a store: what a token stands for."""

    token: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]

    def may(self, scope: str, method: str) -> bool:
        if not scope or "*" in self.scopes or scope in self.scopes:
            return True
        return method == "GET" and f"{scope}_read_only" in self.scopes


@dataclass
class Shop:
    db: Database
    clock: Clock
    deliveries: Deliveries
    hash: str
    settings: Json
    base_url: str

    @property
    def now(self) -> int:
        return self.clock.timestamp()

    @property
    def api_root(self) -> str:
        return f"{self.base_url}/stores/{self.hash}"

    def accounts(self) -> list[Account]:
        return [account_of(entry) for entry in self.settings["accounts"]]

    def publish(self, scope: str, data: Json) -> None:
        """Send a notice to the registered hooks once the change is committed."""
        event = Event(self.hash, str(self.settings["store_id"]), scope, data, self.now)
        self.db.after_commit(lambda: self.deliveries.publish(event))

    def next_id(self, kind: str) -> int:
        return self.db.next_id(self.hash, kind)

    def put(self, kind: str, body: Json, parent: int = 0) -> Json:
        return self.db.put(self.hash, kind, body, parent)

    def get(self, kind: str, number: int) -> Json | None:
        return self.db.get(self.hash, kind, number)

    def all(self, kind: str, parent: int | None = None) -> list[Json]:
        return self.db.all(self.hash, kind, parent)

    def remove(self, kind: str, number: int) -> bool:
        return self.db.remove(self.hash, kind, number)

    def save_settings(self, **changes: Any) -> None:
        self.settings.update(changes)
        self.db.run("UPDATE store SET body = ? WHERE hash = ?", json.dumps(self.settings), self.hash)


def account_of(entry: Json) -> Account:
    return Account(entry["token"], entry["client_id"], entry["client_secret"], tuple(entry["scopes"]))
