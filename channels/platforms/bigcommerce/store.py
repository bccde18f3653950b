"""A connected BigCommerce store: its gateways, and who it is."""

from django.utils.translation import gettext as _

from channels.errors import AuthenticationFailed, RemoteNotFound, RemoteRejected
from channels.platforms.addresses import AddressGuard
from channels.platforms.bigcommerce.client import Client
from channels.platforms.bigcommerce.customers import Customers
from channels.platforms.bigcommerce.dialect import DIALECT
from channels.platforms.bigcommerce.environment import setting
from channels.platforms.bigcommerce.lists import Lists
from channels.platforms.bigcommerce.mapping.products import length_unit, weight_unit
from channels.platforms.bigcommerce.mapping.values import flag, objects
from channels.platforms.bigcommerce.orders import Orders
from channels.platforms.bigcommerce.products import Products
from channels.platforms.bigcommerce.stock import Stock
from channels.platforms.bigcommerce.webhooks import Webhooks
from channels.platforms.buckets import bucket_of
from channels.platforms.fields import money, remote_id, text
from channels.platforms.http import IMPATIENT, StoreHttp
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
REQUESTS, PER_SECONDS = 150, 30.0
"""Quota of the smallest plan; the store's own headers correct it with the first answer."""
OFFICIAL_HOST = "https://api.bigcommerce.com/"


class Store:
    """Fills `channels.ports.Platform`."""

    def __init__(self, connection: Connection) -> None:
        token = connection.secrets.get("access_token", "")
        self._identity = connection.identity
        self._http = StoreHttp(
            connection.api_url,
            headers={"X-Auth-Token": token, "Accept": "application/json", "User-Agent": USER_AGENT},
            guard=AddressGuard(connection.private_addresses),
            bucket=bucket_of(connection.bucket_key or connection.api_url, REQUESTS, PER_SECONDS),
            dialect=DIALECT,
            secrets=tuple(connection.secrets.values()),
            before_call=connection.before_call,
        )
        if connection.is_impatient:
            self._http.patience = IMPATIENT
        client = Client(self._http)
        official = connection.api_url.startswith(OFFICIAL_HOST)
        panel = f"https://store-{connection.identity}.mybigcommerce.com" if official else ""
        self._client = client
        self.products: ProductGateway = Products(client)
        self.customers: CustomerGateway = Customers(client)
        self.stock: StockGateway = Stock(client)
        self.orders: OrderGateway = Orders(client, control_panel=panel)
        self.lists: StoreLists = Lists(client)
        self.webhooks: WebhookGateway = Webhooks(
            client,
            secret=connection.secrets.get("webhook_secret", ""),
            client_secret=_client_secret(connection),
        )

    def __repr__(self) -> str:
        return f"<Store {self._identity}>"

    def check(self) -> StoreIdentity:
        """Identity and warnings, in a few quick calls (somebody waits). A missing permission is named at once."""
        patience, self._http.patience = self._http.patience, IMPATIENT
        try:
            store = self._client.store()
            self._client.products_page({"limit": 1})
            self._client.orders({"limit": 1}, whole=False)
            self._client.tax_classes()
            warnings = (*self._stock_warnings(), *self._location_warnings())
        finally:
            self._http.patience = patience
        return StoreIdentity(
            identity=remote_id(store, "id") or self._identity,
            name=text(store, "name"),
            url=text(store, "secure_url") or text(store, "domain"),
            version=text(store, "plan_name"),
            currency=text(store, "currency").upper(),
            time_zone=_time_zone(store.get("timezone")),
            country=text(store, "country_code").upper(),
            weight_unit=weight_unit(store),
            length_unit=length_unit(store),
            prices_include_tax=flag(store, "is_price_entered_with_tax"),
            clone_mark=text(store, "account_uuid") or remote_id(store, "store_id"),
            warnings=warnings,
        )

    def _stock_warnings(self) -> tuple[str, ...]:
        """What makes the store's numbers differ from what is sent: safety stock, and when orders take stock."""
        found = []
        rows, _pagination = self._client.v3_page("/v3/inventory/items", {"limit": 250})
        places = [place.get("settings") for row in rows for place in objects(row, "locations")]
        if any(isinstance(settings, dict) and money(settings, "safety_stock") for settings in places):
            found.append(
                _("Some products have safety stock in the store: it sells that much less, on top of a buffer here.")
            )
        try:
            behavior = text(self._client.inventory_settings(), "update_stock_behavior")
        except (AuthenticationFailed, RemoteNotFound, RemoteRejected):
            return tuple(found)
        if behavior == "order_completed_or_shipped":
            found.append(_("The store takes stock off only when an order ships. Set it to “when an order is placed”."))
        return tuple(found)

    def _location_warnings(self) -> tuple[str, ...]:
        places = [place for place in self._client.locations() if flag(place, "enabled")]
        if len(places) > 1:
            return (_("The storefront sells from the store's default location only, unless BigCommerce pools them."),)
        return ()


def _client_secret(connection: Connection) -> str:
    """That of the API account, or the app's own, which is not kept with every store that installed it."""
    app_id = setting("BIGCOMMERCE_APP_CLIENT_ID")
    if app_id and connection.secrets.get("client_id") == app_id:
        return setting("BIGCOMMERCE_APP_CLIENT_SECRET")
    return connection.secrets.get("client_secret", "")


def _time_zone(value: object) -> str:
    return (text(value, "name") if isinstance(value, dict) else "") or "UTC"
