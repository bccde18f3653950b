"""Stores of the sandbox by the platform of a channel: the same verbs whatever the platform's API looks like."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.models import Channel
from sandbox.server import SandboxServer
from tests.sandbox.client import StoreClient
from tests.sandbox.woo_client import WooClient

Json = dict[str, Any]
on_both = pytest.mark.parametrize("platform", ["bigcommerce", "woocommerce"])
"""Runs a flow once with a store of each platform."""
only_woocommerce = pytest.mark.parametrize("platform", ["woocommerce"])


@dataclass(frozen=True, kw_only=True)
class Words:
    """How a platform says things in drafts, answers and notices."""

    total: str
    unpaid: Json
    thrown_away: str
    """The action that deletes an order so that staff could still find it."""
    events: tuple[str, str, str, str]
    """Topics of an order: made, paid, changed, and one more that comes with each."""


WORDS = {
    "bigcommerce": Words(
        total="total_inc_tax",
        unpaid={"paid": False, "status_id": 7},
        thrown_away="archive",
        events=("created", "statusUpdated", "updated", "transaction/created"),
    ),
    "woocommerce": Words(
        total="total",
        unpaid={"paid": False, "status": "on-hold", "payment_method": "bacs"},
        thrown_away="trash",
        events=("order.created", "order.updated", "order.updated", "order.restored"),
    ),
}


def store_name(channel: Channel) -> str:
    """Its name in the sandbox: the last part of its address or identity."""
    return channel.store_identity.rstrip("/").rpartition("/")[2]


def open_store(server: SandboxServer, channel: Channel) -> StoreClient:
    """The store behind a channel."""
    clients: dict[str, type[StoreClient]] = {"bigcommerce": StoreClient, "woocommerce": WooClient}
    return clients[channel.platform](server, store_name(channel))


def money_of(order: Json, platform: str) -> tuple[Decimal, Decimal]:
    """Total with tax, and the tax in it, of an order as the store shows it."""
    return Decimal(order[WORDS[platform].total]), Decimal(order["total_tax"])


def tell(channel: Channel, order_id: int, event: str, number: int = 0) -> int:
    """Deliver a notice to the channel's real address, as the store does; answers the status."""
    secret = Channel.objects.get(pk=channel.pk).credentials["webhook_secret"]
    write = _woocommerce_notice if channel.platform == "woocommerce" else _bigcommerce_notice
    body, headers = write(order_id, event, number, secret)
    address = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def _bigcommerce_notice(order_id: int, event: str, number: int, secret: str) -> tuple[bytes, dict[str, str]]:
    body = {"scope": f"store/order/{event}", "store_id": "1", "data": {"type": "order", "id": order_id}}
    text = json.dumps({**body, "hash": f"h{number}", "created_at": 1_760_000_000 + number})
    return text.encode(), {"X-Inventory-Secret": secret}


def _woocommerce_notice(order_id: int, event: str, number: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """Of the order itself only what every notice has: what is true is read from the store."""
    body = json.dumps({"id": order_id, "number": str(order_id)}).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return body, {
        "X-WC-Webhook-Topic": event,
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Event": event.partition(".")[2],
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-Delivery-ID": f"d{number}",
    }
