"""Notices of a store: registering for them, telling real ones from forged ones, and what they are about.

A notice is only a hint: what it says is of the moment it was delivered, they overtake each other, some name orders
that are something else, and lost ones are never sent again. So its order is always read with our own keys.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from channels.enums import JobKind, SignatureResult
from channels.errors import RemoteNotFound, SignatureInvalid
from channels.platforms.fields import remote_id, text
from channels.platforms.http import unreadable
from channels.platforms.woocommerce.client import Client, Json
from channels.platforms.woocommerce.mapping.values import an_object
from channels.remote import HookState, RemoteNotice

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
HEALTH_KEY = "store"
_PING = re.compile(rb"webhook_id=\d{1,20}")
_REFUSED = frozenset({"401", "403"})


class Webhooks:
    """`secret`: ours. The store signs with it and never tells it, so a hook's name shows which one it has."""

    def __init__(self, client: Client, *, secret: str) -> None:
        self._client = client
        self._secret = secret

    # -- receiving

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """A form with the hook's number, sent while the hook is saved; unless it is answered with 200, again and again.

        The signature stands in a header that a ping does not have.
        """
        return _PING.fullmatch(body) is not None and not _header(headers, "signature")

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> SignatureResult:
        """HMAC-SHA256 over the bytes as they came; the store names no time that could be checked against `now`."""
        given = _decoded(_header(headers, "signature"))
        expected = hmac.new(self._secret.encode(), body, hashlib.sha256).digest()
        if not self._secret or not hmac.compare_digest(given, expected):
            raise SignatureInvalid(_("The notice's signature is wrong."))
        return SignatureResult.VALID

    def parse(self, headers: Mapping[str, str], body: bytes) -> tuple[RemoteNotice, ...]:
        """Orders only. Without a topic, which a proxy may have taken off, it is one of ours: about an order."""
        topic = _header(headers, "topic")
        if topic and topic not in TOPICS:
            return ()
        try:
            found: Any = json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise unreadable(f"notice: {body[:200].decode('utf-8', 'replace')}") from error
        if not isinstance(found, dict):
            raise unreadable("a notice that is no object")
        source, delivery = _header(headers, "source"), _header(headers, "delivery-id")
        if "id" not in found and text(found, "code"):
            return self._trouble(found, topic, source)
        number = remote_id(found, "id")
        if not number.isdecimal():
            raise unreadable(f"{topic}: no order number")
        return (
            RemoteNotice(
                kind=JobKind.ORDER.value,
                key=number,
                topic=topic,
                delivery_id=f"{delivery}:{number}" if delivery else "",  # orders of one second share it
                source=source,
            ),
        )

    def _trouble(self, found: Json, topic: str, source: str) -> tuple[RemoteNotice, ...]:
        """The store's own error in place of the order, signed as any notice.

        Refused: who made the hook may not read orders any more. Anything else names an order that is gone by now,
        without saying which.
        """
        status = text(an_object(found, "data"), "status")
        if status in _REFUSED or "cannot_view" in text(found, "code"):
            return (RemoteNotice(kind=JobKind.HEALTH.value, key=HEALTH_KEY, topic=topic, source=source),)
        return ()

    # -- registering

    def register(self, url: str) -> tuple[HookState, ...]:
        """Creates what is missing. What the store switched off is made anew: only that forgets its failures."""
        existing = self._ours(url)
        return tuple(self._ensure(topic, url, existing.get(topic, [])) for topic in TOPICS)

    def _ensure(self, topic: str, url: str, hooks: list[Json]) -> HookState:
        usable = [hook for hook in hooks if text(hook, "status") != "disabled"]
        for hook in hooks:
            if hook not in usable[:1]:
                self._delete(hook)
        wanted = {"name": self._name(topic), "status": "active"}
        if not usable:
            body = {**wanted, "topic": topic, "delivery_url": url, "secret": self._secret}
            return _state(self._client.post("/webhooks", body), topic)
        hook = usable[0]
        if any(text(hook, name) != value for name, value in wanted.items()):
            hook = self._client.put(f"/webhooks/{remote_id(hook, 'id')}", {**wanted, "secret": self._secret})
        return _state(hook, topic)

    def check(self, url: str) -> tuple[HookState, ...]:
        """A topic without a hook is reported as inactive, without id; so is one that signs with another secret."""
        existing = self._ours(url)
        found = []
        for topic in TOPICS:
            hooks = sorted(existing.get(topic, []), key=lambda hook: text(hook, "status") != "active")
            state = _state(hooks[0] if hooks else {}, topic)
            is_ours = bool(hooks) and text(hooks[0], "name") == self._name(topic)
            found.append(HookState(id=state.id, topic=topic, active=state.active and is_ours))
        return tuple(found)

    def unregister(self, url: str) -> None:
        for hooks in self._ours(url).values():
            for hook in hooks:
                self._delete(hook)

    def _ours(self, url: str) -> dict[str, list[Json]]:
        """Hooks at this address by topic, oldest first. Those at other addresses belong to somebody else."""
        found: dict[str, list[Json]] = {}
        for hook in self._client.all("/webhooks"):
            if text(hook, "delivery_url") == url:
                found.setdefault(text(hook, "topic"), []).append(hook)
        return found

    def _delete(self, hook: Json) -> None:
        try:
            self._client.delete(f"/webhooks/{remote_id(hook, 'id')}", {"force": "true"})
        except RemoteNotFound:
            return

    def _name(self, topic: str) -> str:
        mark = hashlib.sha256(self._secret.encode()).hexdigest()[:8]
        return f"Inventory sync: {topic} ({mark})"


def _state(hook: Json, topic: str) -> HookState:
    return HookState(id=remote_id(hook, "id"), topic=topic, active=text(hook, "status") == "active")


def _header(headers: Mapping[str, str], name: str) -> str:
    wanted = f"x-wc-webhook-{name}"
    return next((value for header, value in headers.items() if header.casefold() == wanted), "")


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
