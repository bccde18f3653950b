"""A connected WooCommerce store: its gateways, and who it is."""

from channels.errors import AuthenticationFailed
from channels.platforms.addresses import AddressGuard
from channels.platforms.buckets import TokenBucket, bucket_of
from channels.platforms.fields import text
from channels.platforms.http import StoreHttp
from channels.platforms.woocommerce.client import Client, Json
from channels.platforms.woocommerce.customers import Customers
from channels.platforms.woocommerce.dialect import DIALECT
from channels.platforms.woocommerce.identity import INDEX_FIELDS, check_versions, store_identity
from channels.platforms.woocommerce.lists import Lists
from channels.platforms.woocommerce.mapping.values import an_object
from channels.platforms.woocommerce.memory import memory_of
from channels.platforms.woocommerce.orders import Orders
from channels.platforms.woocommerce.pace import pace_of
from channels.platforms.woocommerce.products import Products
from channels.platforms.woocommerce.signing import sign_in, works_without_tls
from channels.platforms.woocommerce.stock import Stock
from channels.platforms.woocommerce.webhooks import Webhooks
from channels.ports import (
    Connection,
    CustomerGateway,
    OrderGateway,
    ProductGateway,
    StockGateway,
    StoreLists,
    WebhookGateway,
)
from channels.remote import StoreIdentity

USER_AGENT = "InventorySync/0.1"
"""Firewalls refuse the names that HTTP libraries give themselves."""
REQUESTS, PER_SECONDS = 240, 60.0
"""WooCommerce sets no limit; this is what a small shared host bears beside its shoppers."""


def store_bucket(connection: Connection) -> TokenBucket:
    return bucket_of(connection.bucket_key or connection.api_url, REQUESTS, PER_SECONDS)


def http_of(connection: Connection) -> StoreHttp:
    """The store's HTTP client. Without a consumer key nothing is signed, as for looking at the site's index."""
    signed = bool(connection.secrets.get("consumer_key"))
    http = StoreHttp(
        connection.api_url,
        headers={"Accept": "application/json", "User-Agent": USER_AGENT},
        guard=AddressGuard(connection.private_addresses),
        bucket=store_bucket(connection),
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
        self._options = dict(connection.options)
        self._http = http_of(connection)
        bucket = store_bucket(connection)
        client = Client(self._http, version=self._options.get("version", ""), pace=pace_of(bucket))
        self._client = client
        self.products: ProductGateway = Products(client, memory=memory_of(bucket))
        self.customers: CustomerGateway = Customers(client)
        self.stock: StockGateway = Stock(client)
        self.orders: OrderGateway = Orders(client, store_url=home_of(connection.api_url), options=self._options)
        self.lists: StoreLists = Lists(client)
        self.webhooks: WebhookGateway = Webhooks(client, secret=connection.secrets.get("webhook_secret", ""))

    def __repr__(self) -> str:
        return f"<Store {self._identity}>"

    def check(self) -> StoreIdentity:
        """Identity, version and warnings in five calls. Raises UnsupportedFeature too.

        As patient as the connection is: the status report alone takes slow hosts half a minute.
        """
        status = self._client.system_status()
        environment = an_object(status, "environment")
        check_versions(text(environment, "version"), text(environment, "wp_version"))
        return store_identity(
            status=status,
            index=self._index(),
            general=self._client.settings("general"),
            tax=self._client.settings("tax"),
            products=self._client.settings("products"),
            options=self._options,
        )

    def _index(self) -> Json:
        """{} where only who signs in to WooCommerce is let in: its keys do not count for WordPress's own index."""
        try:
            return self._client.index(fields=INDEX_FIELDS)
        except AuthenticationFailed:
            return {}


def home_of(api_url: str) -> str:
    """The site's address, from that of its API."""
    return api_url.rstrip("/").removesuffix("/wp-json").removesuffix("/index.php")
