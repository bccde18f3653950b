"""The verbs of StoreClient for a WooCommerce store of the sandbox."""

from typing import Any

import requests

from channels.platforms.woocommerce.signing import OAuthInQuery
from sandbox.server import SandboxServer
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.sandbox.client import SECONDS, Json, StoreClient


class WooClient(StoreClient):
    def __init__(self, server: SandboxServer, store: str = "kontor") -> None:
        super().__init__(server, store)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """`path` below /wp-json, such as /wc/v3/orders."""
        url = f"{self.server.url}/woo/{self.store}/wp-json{path}"
        sign = OAuthInQuery(CONSUMER_KEY, CONSUMER_SECRET)
        return requests.request(method, url, params=query, json=body, auth=sign, timeout=SECONDS)

    def data(self, path: str, **query: Any) -> Any:
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return response.json()

    def variant(self, sku: str) -> Json:
        """The product or variation with this SKU."""
        found: Json = self.data("/wc/v3/products", sku=sku)[0]
        return found

    def level(self, sku: str) -> int:
        return int(self.variant(sku)["stock_quantity"])
