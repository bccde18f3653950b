"""A BigCommerce store: its settings, its API accounts, and where its notices go."""

from dataclasses import dataclass

from sandbox.bigcommerce.hooks.deliveries import Event, HookCourier
from sandbox.db import Json
from sandbox.stores import Store

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
class Shop(Store):
    courier: HookCourier

    @property
    def hash(self) -> str:
        """A BigCommerce store is named by its hash."""
        return self.name

    @property
    def api_root(self) -> str:
        return f"{self.base_url}/stores/{self.hash}"

    @property
    def home(self) -> str:
        return f"/stores/{self.hash}/"

    def links(self) -> list[tuple[str, str]]:
        pages = (
            ("Products", ""),
            ("Order", "order"),
            ("Orders", "orders"),
            ("Store staff", "staff"),
            ("Control panel", "panel"),
        )
        return [(label, f"{self.home}{page}") for label, page in pages]

    def facts(self) -> list[tuple[str, str]]:
        account = self.accounts()[0]
        return [
            ("Platform", "BigCommerce"),
            ("Store hash", self.hash),
            ("API", self.api_root),
            ("Access token", account.token),
            ("Client ID", account.client_id),
            ("Client secret", account.client_secret),
        ]

    def accounts(self) -> list[Account]:
        return [account_of(entry) for entry in self.settings["accounts"]]

    def publish(self, scope: str, data: Json) -> None:
        """Send a notice to the registered hooks once the change is committed."""
        event = Event(self.hash, str(self.settings["store_id"]), scope, data, self.now)
        self.db.after_commit(lambda: self.courier.publish(event))


def account_of(entry: Json) -> Account:
    return Account(entry["token"], entry["client_id"], entry["client_secret"], tuple(entry["scopes"]))
