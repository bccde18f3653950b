"""A connected WooCommerce store: its gateways, and who it is."""

from channels.platforms.addresses import AddressGuard
from channels.platforms.buckets import bucket_of
from channels.platforms.http import StoreHttp
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.dialect import DIALECT
from channels.platforms.woocommerce.orders import Orders
from channels.platforms.woocommerce.signing import sign_in, works_without_tls
from channels.platforms.woocommerce.webhooks import Webhooks
from channels.ports import Connection

USER_AGENT = "InventorySync/0.1"
"""Firewalls refuse the names that HTTP libraries give themselves."""
REQUESTS, PER_SECONDS = 240, 60.0
"""WooCommerce sets no limit; this is what a small shared host bears beside its shoppers."""


def http_of(connection: Connection) -> StoreHttp:
    """The store's HTTP client. Without a consumer key nothing is signed, as for looking at the site's index."""
    signed = bool(connection.secrets.get("consumer_key"))
    http = StoreHttp(
        connection.api_url,
        headers={"Accept": "application/json", "User-Agent": USER_AGENT},
        guard=AddressGuard(connection.private_addresses),
        bucket=bucket_of(connection.bucket_key or connection.api_url, REQUESTS, PER_SECONDS),
        dialect=DIALECT,
        secrets=tuple(connection.secrets.values()),
        auth=sign_in(connection.options, connection.secrets) if signed else None,
        plain_allowed=not signed or works_without_tls(connection.options),
        before_call=connection.before_call,
    )
    if connection.is_impatient:
        http.hurry()
    return http


class Store:
    """Fills `channels.ports.Platform`."""

    def __init__(self, connection: Connection) -> None:
        self._identity = connection.identity
        self._http = http_of(connection)
        client = Client(self._http, version=connection.options.get("version", ""))
        self._client = client
        self.orders = Orders(client, store_url=home_of(connection.api_url), options=connection.options)
        self.webhooks = Webhooks(client, secret=connection.secrets.get("webhook_secret", ""))

    def __repr__(self) -> str:
        return f"<Store {self._identity}>"


def home_of(api_url: str) -> str:
    """The site's address, from that of its API."""
    return api_url.rstrip("/").removesuffix("/wp-json").removesuffix("/index.php")
