"""Notices of a store: registering for them, telling real ones from forged ones, and what they are about.

A notice is only a hint: its order is always read again with our own token.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from channels.enums import JobKind, SignatureResult
from channels.errors import SignatureInvalid
from channels.platforms.bigcommerce.client import Client, Json
from channels.platforms.fields import remote_id, text
from channels.platforms.http import unreadable
from channels.remote import HookState, RemoteNotice

TOPICS = ("store/order/*",)
"""One hook hears of every event of orders: created, updated, status, archived, refunds, transactions."""
SECRET_HEADER = "X-Inventory-Secret"  # noqa: S105 - a name
TOLERANCE_SECONDS = 300
_IGNORED = frozenset({"store/order/message/created"})


class Webhooks:
    """`secret`: ours, echoed by the store with every notice. `client_secret`: the API account's, for signatures."""

    def __init__(self, client: Client, *, secret: str, client_secret: str) -> None:
        self._client = client
        self._secret = secret
        self._client_secret = client_secret

    # -- receiving

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Never: the store does not try out an address."""
        return False

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> SignatureResult:
        """Our secret is required always; the store's signature (Standard Webhooks) must be right when there is one."""
        folded = {name.casefold(): value for name, value in headers.items()}
        given = folded.get(SECRET_HEADER.casefold(), "")
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise SignatureInvalid(_("The notice does not carry our secret."))
        signatures = folded.get("webhook-signature", "")
        if not signatures or not self._client_secret:
            return SignatureResult.SECRET_ONLY
        self._check_signature(folded, signatures, body, now)
        return SignatureResult.VALID

    def _check_signature(self, headers: Mapping[str, str], signatures: str, body: bytes, now: datetime) -> None:
        stamp = headers.get("webhook-timestamp", "")
        if not stamp.isdecimal() or abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
            raise SignatureInvalid(_("The notice's signature is too old."), detail=stamp[:20])
        signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
        expected = hmac.new(self._client_secret.encode(), signed, hashlib.sha256).digest()
        for entry in signatures.split():
            version, _comma, value = entry.partition(",")
            if version == "v1" and hmac.compare_digest(_decoded(value), expected):
                return
        raise SignatureInvalid(_("The notice's signature is wrong."))

    def parse(self, headers: Mapping[str, str], body: bytes) -> tuple[RemoteNotice, ...]:
        """Orders only. Channel scopes (`store/channel/1/order/…`) name the order differently."""
        try:
            found: Any = json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise unreadable(f"notice: {body[:200].decode('utf-8', 'replace')}") from error
        if not isinstance(found, dict) or not isinstance(found.get("data"), dict):
            raise unreadable("a notice without data")
        topic, data = text(found, "scope"), found["data"]
        if not _is_about_orders(topic):
            return ()
        number = remote_id(data, "order_id") or remote_id(data, "id")
        if not number.isdecimal():
            raise unreadable(f"{topic}: no order number")
        folded = {name.casefold(): value for name, value in headers.items()}
        delivery = folded.get("webhook-id") or text(found, "hash")
        return (RemoteNotice(kind=JobKind.ORDER.value, key=number, topic=topic, delivery_id=delivery),)

    # -- registering

    def register(self, url: str) -> tuple[HookState, ...]:
        """Creates what is missing, switches on what the store switched off, renews our secret where it differs."""
        existing = self._ours(url)
        return tuple(self._ensure(topic, url, existing.get(topic)) for topic in TOPICS)

    def _ensure(self, topic: str, url: str, hook: Json | None) -> HookState:
        headers = {SECRET_HEADER: self._secret}
        if hook is None:
            hook = self._client.create_hook(topic, url, headers)
        elif not hook.get("is_active") or hook.get("headers") != headers:
            hook = self._client.change_hook(
                remote_id(hook, "id"), {"scope": topic, "destination": url, "is_active": True, "headers": headers}
            )
        return _state(hook, topic)

    def check(self, url: str) -> tuple[HookState, ...]:
        """A topic without a hook is reported as an inactive one without id; so is one that lost our secret."""
        existing = self._ours(url)
        return tuple(self._checked(existing.get(topic, {}), topic) for topic in TOPICS)

    def _checked(self, hook: Json, topic: str) -> HookState:
        state = _state(hook, topic)
        return replace(state, active=state.active and hook.get("headers") == {SECRET_HEADER: self._secret})

    def unregister(self, url: str) -> None:
        for hook in self._ours(url).values():
            self._client.delete_hook(remote_id(hook, "id"))

    def _ours(self, url: str) -> dict[str, Json]:
        """Hooks at this address by topic; the store shows only those of our own API account."""
        return {text(hook, "scope"): hook for hook in self._client.hooks() if text(hook, "destination") == url}


def _state(hook: Json, topic: str) -> HookState:
    return HookState(id=remote_id(hook, "id"), topic=topic, active=bool(hook.get("is_active")))


def _is_about_orders(topic: str) -> bool:
    if topic in _IGNORED:
        return False
    parts = topic.split("/")
    return parts[:2] == ["store", "order"] or (parts[:2] == ["store", "channel"] and parts[3:4] == ["order"])


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
