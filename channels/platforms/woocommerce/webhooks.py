"""Notices of a store: registering for them, telling real ones from forged ones, and what they are about."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.platforms.woocommerce.client import Client


class Webhooks:
    """`secret`: ours, with which the store signs."""

    def __init__(self, client: "Client", *, secret: str) -> None:
        self._client = client
        self._secret = secret
