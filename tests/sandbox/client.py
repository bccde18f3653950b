"""A bare client of a sandbox store's API and of the control API."""

from typing import Any

import requests

from sandbox.server import SandboxServer

Json = dict[str, Any]
SECONDS = 60
"""A bound for hangs; no test waits so long."""


class StoreClient:
    def __init__(self, server: SandboxServer, store: str = "demo", token: str = "sandbox-token") -> None:
        self.server, self.store, self.token = server, store, token

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """``query`` names use ``__`` for the colon of a filter: ``id__in``."""
        parameters = {name.replace("__", ":"): value for name, value in query.items()}
        headers = {"X-Auth-Token": self.token, "Accept": "application/json"}
        url = f"{self.server.url}/stores/{self.store}{path}"
        return requests.request(method, url, params=parameters, json=body, headers=headers, timeout=SECONDS)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, **query)

    def data(self, path: str, **query: Any) -> Any:
        """``data`` of a V3 answer, the whole of a V2 answer."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        body = response.json()
        return body["data"] if path.startswith("/v3") else body

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.server.url}/_control{path}"
        response = requests.request(method, url, json=body, timeout=SECONDS)
        assert response.status_code == 200, response.text
        return response.json()

    def order(self, **draft: Any) -> Json:
        """A placed order, as the store keeps it."""
        found: Json = self.control("POST", f"/stores/{self.store}/orders", draft)["orders"][0]
        return found

    def act(self, order_id: int, action: str, **data: Any) -> Json:
        found: Json = self.control("POST", f"/stores/{self.store}/orders/{order_id}/{action}", data)
        return found

    def variant(self, sku: str) -> Json:
        found: Json = self.data("/v3/catalog/variants", sku=sku)[0]
        return found

    def level(self, sku: str) -> int:
        return int(self.variant(sku)["inventory_level"])
