"""Deliveries of webhooks: late, unordered, merged while they wait, never repeated, ended by the seventh failure."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import replace

from sandbox.db import Database, Json
from sandbox.deliveries import Deliveries, Delivery, post
from sandbox.woocommerce.hooks.topics import PING, payload
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import php_json

MOST_FAILURES = 5
"""A failure beyond these and one more turns a webhook off: the seventh in a row."""
QUEUE_SECONDS = 0.1
"""How long changes gather in the queue; real stores take seconds to hours."""
REDIRECTS = (301, 302)


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def delivery_id(site: Site, hook_id: int) -> str:
    """The same for everything a webhook delivers within one second, as in real stores."""
    return hashlib.md5(f"{site.url}{hook_id}{site.now}".encode(), usedforsecurity=False).hexdigest()


def agent(site: Site) -> str:
    return f"WooCommerce/{site.settings['version']} Hookshot (WordPress/{site.settings['wordpress']})"


class HookCourier:
    """``open_site`` finds the site of a name as an address knows it; ``queue_seconds`` may be shortened by tests."""

    def __init__(self, db: Database, deliveries: Deliveries, open_site: Callable[[str, str], Site | None]) -> None:
        self.db, self.deliveries, self.open_site = db, deliveries, open_site
        self.queue_seconds = QUEUE_SECONDS
        self._lock = threading.Lock()
        self._addresses: dict[str, str] = {}
        self._waiting: set[tuple[str, int, str, str]] = set()

    def restart(self) -> None:
        with self._lock:
            self._waiting.clear()

    def notify(self, site: Site, topic: str, number: int) -> None:
        """A listener of the site's changes; a change that waits for its delivery already is not queued again."""
        self._addresses[site.name] = site.base_url
        if topic == PING:
            self.ping(site, number)
            return
        for hook in site.all("hook"):
            if hook["status"] != "active" or hook["topic"] != topic:
                continue
            key = (site.name, hook["id"], topic, str(number))
            with self._lock:
                if key in self._waiting:
                    continue
                self._waiting.add(key)
            delivery = Delivery(self, site.name, hook["id"], topic, b"", str(number))
            if not self.deliveries.accept(delivery, self.queue_seconds):
                self._forget(delivery)

    def ping(self, site: Site, hook_id: int) -> None:
        """What a webhook sends when it is made, and after each of its deliveries until it was answered with 200."""
        self.deliveries.push([Delivery(self, site.name, hook_id, PING, b"", "")], 0)

    def _forget(self, delivery: Delivery) -> None:
        with self._lock:
            self._waiting.discard((delivery.store, delivery.hook_id, delivery.scope, delivery.message_id))

    def deliver(self, delivery: Delivery) -> None:
        self._forget(delivery)
        with self.db.transaction():
            site = self.open_site(delivery.store, self._addresses.get(delivery.store, ""))
            hook = site.get("hook", delivery.hook_id) if site is not None else None
            if site is None or hook is None or (hook["status"] != "active" and delivery.scope != PING):
                return
            body, headers = self._letter(site, hook, delivery)
        status, error = post(hook["delivery_url"], body, headers)
        sent = replace(delivery, message_id=headers.get("X-WC-Webhook-Delivery-ID", ""))
        self.deliveries.record(sent, status, error, body)
        with self.db.transaction():
            self._after(site, delivery, status)

    def _letter(self, site: Site, hook: Json, delivery: Delivery) -> tuple[bytes, dict[str, str]]:
        common = {"User-Agent": agent(site), "Accept": "*/*", "Accept-Encoding": "deflate, gzip, br, zstd"}
        if delivery.scope == PING:
            body = f"webhook_id={hook['id']}".encode()
            return body, {**common, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
        resource, _, event = hook["topic"].partition(".")
        body = php_json(payload(site, hook["topic"], int(delivery.message_id), hook["user_id"])).encode()
        return body, {
            **common,
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{site.url}/",
            "X-WC-Webhook-Topic": hook["topic"],
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature(hook["secret"], body),
            "X-WC-Webhook-ID": str(hook["id"]),
            "X-WC-Webhook-Delivery-ID": delivery_id(site, hook["id"]),
            "Connection": "close",
        }

    def _after(self, site: Site, delivery: Delivery, status: int | None) -> None:
        """Count failures, give up, and ping again while no ping was answered."""
        hook = site.get("hook", delivery.hook_id)
        if hook is None:
            return
        if delivery.scope == PING and status != 200:
            return
        hook["modified"] = site.now
        if delivery.scope == PING:
            hook["pending_delivery"] = False
        elif status is not None and (200 <= status < 300 or status in REDIRECTS):
            hook["failures"] = 0
        elif hook["failures"] > MOST_FAILURES:
            hook["status"] = "disabled"
        else:
            hook["failures"] += 1
        site.put("hook", hook)
        if delivery.scope != PING and hook["pending_delivery"]:
            self.ping(site, hook["id"])
