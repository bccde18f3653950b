"""Orders of a store: what changed, and whole orders with the fewest calls."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.platforms.woocommerce.client import Client


class Orders:
    """`store_url`: the store's home, for links to its own pages. `options`: the connection's."""

    def __init__(self, client: "Client", *, store_url: str = "", options: Mapping[str, str] | None = None) -> None:
        self._client = client
        self._store_url = store_url
        self._options = dict(options or {})
