"""Stores of the sandbox by the platform of a channel: the same verbs whatever the platform's API looks like."""

from typing import Any

import pytest

from channels.models import Channel
from sandbox.server import SandboxServer
from tests.sandbox.client import StoreClient
from tests.sandbox.woo_client import WooClient

Json = dict[str, Any]
on_both = pytest.mark.parametrize("platform", ["bigcommerce", "woocommerce"])
"""Runs a flow once with a store of each platform."""


def store_name(channel: Channel) -> str:
    """Its name in the sandbox: the last part of its address or identity."""
    return channel.store_identity.rstrip("/").rpartition("/")[2]


def open_store(server: SandboxServer, channel: Channel) -> StoreClient:
    """The store behind a channel."""
    clients: dict[str, type[StoreClient]] = {"bigcommerce": StoreClient, "woocommerce": WooClient}
    return clients[channel.platform](server, store_name(channel))
