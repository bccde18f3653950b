"""Taking a store's notices in: verify, store, poke, answer (JOB-6). The payload is a hint and is never trusted."""

import re
from collections.abc import Mapping, ValuesView
from datetime import datetime, timedelta

from django.db import transaction

from channels.enums import ChannelState, JobKind, SignatureResult, Verdict
from channels.errors import MalformedResponse, SignatureInvalid
from channels.models import Channel, Notice
from channels.outbox import poke
from channels.remote import RemoteNotice
from channels.services.copies import note_sources
from channels.services.health import HEALTH_KEY
from channels.services.platforms import open_platform
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip

LARGEST_BODY = 4 * 1024 * 1024
"""Some stores send the whole order, with what plugins add to each line; a refusal would make them switch the notices
off."""
KEPT_BODY = 64 * 1024
"""Characters of it that are stored."""
REJECTED_PER_HOUR = 50
"""Stored per channel; what comes beyond that is answered and forgotten."""
_REJECTED_BODY = 2000
_HEADERS, _HEADER_LENGTH = 30, 300
_HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(r"secret|signature|hmac|auth|token|cookie|key|password|forwarded", re.IGNORECASE)


class NoSuchAddress(ProductError):
    """No connected channel has this notice address."""


def receive_notice(slug: str, *, token: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Verdict:
    """Stores a delivery, which is its own mark; three statements. Raises NoSuchAddress, SignatureInvalid.

    A store that only tries out our address is told that there is one; nothing is kept of it and nothing believed.
    Nothing is decided by whether it came before: the same delivery twice is two rows and one piece of work (ADR 8).
    """
    rows = Channel.objects.filter(platform=slug, notice_token=token).exclude(state=ChannelState.DISCONNECTED)
    channel = rows.first()
    if channel is None:
        raise NoSuchAddress("There is no channel at this address.")
    webhooks = open_platform(channel).webhooks
    if webhooks.is_ping(headers, body):
        return Verdict.IGNORED
    kept = _redacted(headers, channel.credentials.values())
    try:
        signature = webhooks.verify(headers, body, now=now)
    except SignatureInvalid:
        _store_rejected(channel, kept, body, now)
        raise
    try:
        found = webhooks.parse(headers, body)
    except MalformedResponse:
        found = ()
    followed = [notice for notice in found if notice.kind]
    with transaction.atomic():
        Notice.objects.bulk_create(
            [
                _row(channel, notice, signature=signature, headers=kept, body=body, now=now)
                for notice in (followed or found or (RemoteNotice(kind="", key="", topic=""),))
            ]
        )
        note_sources(channel, followed, now=now)
        if followed:
            poke(channel.pk)
    return Verdict.ACCEPTED if followed else Verdict.IGNORED


def _row(
    channel: Channel,
    notice: RemoteNotice,
    *,
    signature: SignatureResult,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> Notice:
    """Only what is about something we follow waits for the drain."""
    return Notice(
        channel=channel,
        kind=clip(notice.kind, 20),
        key=HEALTH_KEY if notice.kind == JobKind.HEALTH else clip(notice.key, 200),
        topic=clip(notice.topic, 100),
        delivery_id=clip(notice.delivery_id, 200),
        received_at=now,
        headers=dict(headers),
        body=_text(body),
        signature=signature,
        verdict=Verdict.ACCEPTED if notice.kind else Verdict.IGNORED,
        absorbed_at=None if notice.kind else now,
    )


def _store_rejected(channel: Channel, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    lately = Notice.objects.filter(channel=channel, verdict=Verdict.REJECTED, received_at__gt=now - timedelta(hours=1))
    if lately.count() >= REJECTED_PER_HOUR:
        return
    Notice.objects.create(
        channel=channel,
        received_at=now,
        headers=dict(headers),
        body=_text(body)[:_REJECTED_BODY],
        signature=SignatureResult.REJECTED,
        verdict=Verdict.REJECTED,
        absorbed_at=now,
    )


def _text(body: bytes) -> str:
    return clip(body[: 4 * KEPT_BODY].decode("utf-8", "replace"), KEPT_BODY)


def _redacted(headers: Mapping[str, str], secrets: ValuesView[str]) -> dict[str, str]:
    """Headers worth keeping: no secret, signature or cookie, by name and by value."""
    kept: dict[str, str] = {}
    for name, value in list(headers.items())[:_HEADERS]:
        is_secret = _SECRET_NAME.search(name) or any(secret and secret in value for secret in secrets)
        kept[clip(name, 100)] = _HIDDEN if is_secret else clip(value, _HEADER_LENGTH)
    return kept
