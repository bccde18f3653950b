"""A WordPress site with WooCommerce: its settings, its API keys, its time, and who hears of its events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.db import Json
from sandbox.stores import Store

CONSUMER_KEY = "ck_5a6ebd0c0ffee000000000000000000000000001"
CONSUMER_SECRET = "cs_5a6ebd0c0ffee000000000000000000000000001"  # noqa: S105  a key of emulated stores, in the README
"""The key of every new store: read and write, of an administrator."""

DEFAULT_SETTINGS: Json = {
    "name": "Sandbox site",
    "version": "10.0.2",
    "wordpress": "6.8.3",
    "storage": "hpos",
    "permalinks": "pretty",
    "redirect_to": "",
    "https": False,
    "tls_hidden": False,
    "strip_authorization": False,
    "plugins": [],
    "order_statuses": {},
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "number_of_decimals": 2,
    "decimal_separator": ".",
    "country": "DE",
    "state": "",
    "postcode": "24103",
    "city": "Kiel",
    "address": "Am Kai 1",
    "calc_taxes": True,
    "prices_include_tax": True,
    "tax_based_on": "shipping",
    "shipping_tax_class": "inherit",
    "tax_round_at_subtotal": False,
    "manage_stock": True,
    "hold_stock_minutes": 60,
    "weight_unit": "kg",
    "dimension_unit": "cm",
    "keys": [
        {
            "consumer_key": CONSUMER_KEY,
            "consumer_secret": CONSUMER_SECRET,
            "permissions": "read_write",
            "user_id": 1,
            "role": "administrator",
            "description": "Sandbox",
        }
    ],
}
PLUGIN_NAMESPACES = {
    "woocommerce-shipment-tracking": ("wc-shipment-tracking/v3",),
    "woo-advanced-shipment-tracking": ("wc-shipment-tracking/v3", "wc-ast/v3"),
}
"""What plugins add to the API, by their folder (``{"plugin": "woocommerce-shipment-tracking/…"}``)."""
STAFF_ROLES = frozenset({"administrator", "shop_manager"})
DATE = "%Y-%m-%dT%H:%M:%S"

Listener = Callable[["Site", str, int], None]
"""Takes the site, a topic (``product.updated``) and the number of the resource, once the change is committed."""


@dataclass(frozen=True)
class Key:
    """An API key: what it may do, and as whom."""

    consumer_key: str
    consumer_secret: str
    permissions: str
    user_id: int
    role: str

    @property
    def of_staff(self) -> bool:
        return self.role in STAFF_ROLES


@dataclass
class Site(Store):
    listeners: list[Listener]

    @property
    def url(self) -> str:
        """The site's address as WordPress believes it to be, without a slash at the end."""
        scheme = "https" if self.is_ssl else "http"
        return f"{scheme}://{self.base_url.partition('://')[2]}/woo/{self.name}"

    @property
    def is_ssl(self) -> bool:
        """Whether WordPress believes to be asked over TLS: a proxy may end it and not tell."""
        if self.settings["tls_hidden"]:
            return False
        return bool(self.settings["https"]) or self.base_url.startswith("https://")

    @property
    def rest_url(self) -> str:
        """Where the site says its API is, as its permalinks have it."""
        permalinks = self.settings["permalinks"]
        if permalinks == "plain":
            return f"{self.url}/?rest_route="
        return f"{self.url}/index.php/wp-json" if permalinks == "index.php" else f"{self.url}/wp-json"

    @property
    def api_url(self) -> str:
        return f"{self.rest_url}/wc/v3"

    @property
    def home(self) -> str:
        return f"/woo/{self.name}/"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings["timezone"])

    def links(self) -> list[tuple[str, str]]:
        pages = (
            ("Products", ""),
            ("Order", "order"),
            ("Orders", "orders"),
            ("API keys", "keys"),
            ("Store staff", "staff"),
        )
        return [(label, f"{self.home}{page}") for label, page in pages]

    def facts(self) -> list[tuple[str, str]]:
        key = self.api_keys()[0] if self.settings["keys"] else None
        found = [("Platform", "WooCommerce"), ("Store address", f"{self.base_url}/woo/{self.name}")]
        if key is not None:
            found += [("Consumer key", key.consumer_key), ("Consumer secret", key.consumer_secret)]
        return found

    def api_keys(self) -> list[Key]:
        return [key_of(entry) for entry in self.settings["keys"]]

    def namespaces(self) -> list[str]:
        """What the store's plugins add to the API."""
        folders = [str(entry["plugin"]).partition("/")[0] for entry in self.settings["plugins"]]
        added = [name for folder in folders for name in PLUGIN_NAMESPACES.get(folder, ())]
        return list(dict.fromkeys([*self.settings.get("namespaces", []), *added]))

    def has(self, version: str) -> bool:
        """Whether the store runs this WooCommerce or a later one."""
        return version_tuple(self.settings["version"]) >= version_tuple(version)

    def announce(self, topic: str, number: int) -> None:
        """Tell the listeners once the change is committed."""
        for listener in self.listeners:
            self.db.after_commit(partial(listener, self, topic, number))

    def next_post(self) -> int:
        """Products, variations, pictures, coupons, orders and refunds are numbered together."""
        return self.next_id("post")

    def local(self, moment: int | None) -> str | None:
        """The store's time, as fields without ``_gmt`` show it."""
        return datetime.fromtimestamp(moment, self.zone).strftime(DATE) if moment is not None else None

    def gmt(self, moment: int | None) -> str | None:
        return datetime.fromtimestamp(moment, UTC).strftime(DATE) if moment is not None else None

    def dates(self, name: str, moment: int | None) -> Json:
        """``name`` and ``name_gmt`` as every object shows them."""
        return {name: self.local(moment), f"{name}_gmt": self.gmt(moment)}

    def moment(self, text: str, *, gmt: bool = False) -> int | None:
        """Seconds of a date that was sent; bare ones are the store's time unless ``gmt``. None for what is none."""
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC if gmt else self.zone)
        return int(found.timestamp())

    def filter_moment(self, text: str, *, gmt: bool) -> int | None:
        """What a date filter compares with.

        With ``dates_are_gmt`` and a zone in the value, WooCommerce converts it to the store's time and then compares
        that with UTC: wrong by the store's offset, and reproduced here.
        """
        found = self.moment(text, gmt=gmt)
        if found is None or not gmt:
            return found
        if datetime.fromisoformat(text.strip()).tzinfo is None:
            return found
        offset = datetime.fromtimestamp(found, self.zone).utcoffset()
        return found + int(offset.total_seconds() if offset else 0)


def key_of(entry: Json) -> Key:
    return Key(
        entry["consumer_key"],
        entry["consumer_secret"],
        entry.get("permissions", "read_write"),
        int(entry.get("user_id", 1)),
        entry.get("role", "administrator"),
    )


def version_tuple(text: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in str(text).split(".") if part.isdigit())
