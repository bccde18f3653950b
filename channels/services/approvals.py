"""Approvals in the store: a merchant is sent there, the store delivers keys, the merchant comes back (CON-12, CON-14).

Deliveries and returns may come twice, in any order, late or never: every step is one conditional UPDATE of the attempt.
"""

import hmac
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from channels.enums import AttemptState, ChannelState
from channels.errors import StoreAlreadyConnected
from channels.models import Channel, ConnectAttempt
from channels.ports import Connection, ConnectWay, HandOver
from channels.registry import platform_spec
from channels.services.connect import (
    ConnectRefused,
    GoLive,
    change_signed,
    connect_signed,
    find_store,
    refuse_connected,
    refuse_without_connection_left,
    refusing,
    sign_of,
    way_of,
)
from channels.services.notices import is_private
from channels.services.platforms import guard_connection
from inventory.models import User
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.secrets import Secrets

APP_NAME = "Inventory Sync"
"""How the store names us when it asks the merchant."""
LASTS = timedelta(hours=1)
KEEP = timedelta(days=7)
"""How long an approval that is over can still say so."""
KEYS_STEP, RETURN_STEP = "keys", "return"


class ApprovalOver(ProductError):
    """It was denied, has been used, or took too long."""


class KeysMissing(ProductError):
    """The store has not delivered its keys (yet)."""


def begin_approval(
    slug: str,
    *,
    way: str,
    fields: Mapping[str, str],
    go_live: GoLive,
    user: User,
    now: datetime,
    channel: Channel | None = None,
) -> ConnectAttempt:
    """Looks at the store that was typed and prepares the hand-over. `channel`: whose credentials are changed (A2).

    Raises ConnectRefused, StoreAlreadyConnected, NoConnectionLeft before anybody is sent anywhere.
    """
    if channel is None:
        refuse_without_connection_left()
    chosen = way_of(slug, way)
    connection = find_store(slug, way=way, fields=fields)
    if channel is None:
        refuse_connected(slug, connection.identity)
    _refuse_unreachable(chosen, connection)
    attempt = ConnectAttempt(
        user=user,
        channel=channel,
        created_at=now,
        expires_at=now + LASTS,
        **_columns(slug, chosen, connection, go_live),
    )
    store_address(attempt)  # refuses what the store would refuse
    attempt.save(force_insert=True)
    return attempt


def _columns(slug: str, way: ConnectWay, connection: Connection, go_live: GoLive) -> dict[str, Any]:
    return {
        "platform": slug,
        "way": way.slug,
        "identity": connection.identity,
        "api_url": connection.api_url,
        "options": dict(connection.options),
        "secrets": Secrets(connection.secrets),
        "go_live": asdict(go_live),
    }


def _refuse_unreachable(way: ConnectWay, connection: Connection) -> None:
    """The store's server calls us: over the internet only by https, at a public address."""
    ours = settings.PUBLIC_URL
    if is_private(connection.api_url) or (ours.startswith("https://") and not is_private(ours)):
        return
    words = _(
        "The store delivers its keys to our address, which has to be public and to begin with https://. "
        "Ours is %(address)s. Set PUBLIC_URL, or connect another way."
    )
    text = words % {"address": ours}
    place = way.fields[0].name if way.fields else ""
    raise ConnectRefused(text, fields={place: text})


def store_address(attempt: ConnectAttempt) -> str:
    """Where in the store the merchant approves. Raises ConnectRefused."""
    way = platform_spec(attempt.platform).way(attempt.way)
    if way.approve is None:
        raise AssertionError("not a way of approving")
    with refusing(way.fields):
        return way.approve(_connection(attempt), _hand_over(attempt))


def _hand_over(attempt: ConnectAttempt) -> HandOver:
    return HandOver(
        token=attempt.token,
        return_url=_our_address(attempt, RETURN_STEP),
        keys_url=_our_address(attempt, KEYS_STEP),
        app_name=APP_NAME,
    )


def _our_address(attempt: ConnectAttempt, step: str) -> str:
    path = reverse("channels:attempt_step", args=[attempt.platform, step, attempt.token])
    return f"{settings.PUBLIC_URL}{path}"


def _connection(attempt: ConnectAttempt) -> Connection:
    connection = Connection(
        identity=attempt.identity, api_url=attempt.api_url, secrets=attempt.secrets, options=attempt.options
    )
    return guard_connection(connection, slug=attempt.platform)


def deliver_keys(slug: str, *, token: str, secrets: Mapping[str, str], now: datetime) -> None:
    """Keeps the keys for the return; the same delivery twice is one. Raises ApprovalOver.

    Keys are taken once, from an attempt that is neither denied nor late.
    """
    attempt = open_attempt(slug, token=token, now=now)
    if attempt is None:
        raise ApprovalOver("There is no approval at this address.")
    joined = Secrets({**attempt.secrets, **secrets})
    begun = ConnectAttempt.objects.filter(pk=attempt.pk, state=AttemptState.BEGUN, expires_at__gt=now)
    if begun.update(state=AttemptState.DELIVERED, secrets=joined):
        return
    attempt.refresh_from_db()
    if attempt.state != AttemptState.DELIVERED or not _are_known(attempt, secrets):
        raise ApprovalOver("This approval is over.")


def _are_known(attempt: ConnectAttempt, secrets: Mapping[str, str]) -> bool:
    mine = attempt.secrets
    return all(hmac.compare_digest(mine.get(name, "").encode(), value.encode()) for name, value in secrets.items())


def open_attempt(slug: str, *, token: str, now: datetime) -> ConnectAttempt | None:
    """The attempt that still takes keys, or has them."""
    states = [AttemptState.BEGUN, AttemptState.DELIVERED]
    return ConnectAttempt.objects.filter(platform=slug, token=token, state__in=states, expires_at__gt=now).first()


def deny_approval(attempt: ConnectAttempt, *, now: datetime) -> None:
    """The merchant said no: keys that come later, or came before, are worth nothing. Harmless when repeated."""
    undecided = ConnectAttempt.objects.filter(pk=attempt.pk, expires_at__gt=now)
    undecided.filter(state__in=[AttemptState.BEGUN, AttemptState.DELIVERED]).update(
        state=AttemptState.DENIED, secrets=Secrets()
    )
    attempt.refresh_from_db()


def come_back(attempt: ConnectAttempt, *, user: User, now: datetime, as_new: bool = False) -> Channel:
    """Connects with the delivered keys, or gives the attempt's channel its new credentials. Harmless when repeated.

    `as_new`: the keys open another store than the channel's, and it shall be a channel of its own (A2).
    Raises KeysMissing, ApprovalOver, ConnectRefused, AnotherStore, StoreAlreadyConnected, NoConnectionLeft.
    """
    if attempt.state == AttemptState.USED and attempt.made_channel is not None:
        return attempt.made_channel
    if attempt.state not in {AttemptState.BEGUN, AttemptState.DELIVERED} or attempt.expires_at <= now:
        raise ApprovalOver(_("This approval is over."))
    if attempt.state == AttemptState.BEGUN:
        raise KeysMissing(_("The store has not delivered its keys yet."))
    try:
        return _connect(attempt, user=user, now=now, as_new=as_new)
    except (ApprovalOver, StoreAlreadyConnected):
        attempt.refresh_from_db()  # another page may have connected it meanwhile
        if attempt.made_channel is None:
            raise
        return attempt.made_channel


def _connect(attempt: ConnectAttempt, *, user: User, now: datetime, as_new: bool) -> Channel:
    slug = attempt.platform
    fields = platform_spec(slug).way(attempt.way).fields
    with refusing(fields):
        connection = platform_spec(slug).find(_connection(attempt))
    sign = sign_of(slug, connection=connection, fields=fields)
    claim = partial(_use, attempt)
    if attempt.channel is None or as_new:
        refuse_without_connection_left()
        go_live = GoLive(**attempt.go_live)
        return connect_signed(slug, sign=sign, go_live=go_live, user=user, now=now, claim=claim)
    if attempt.channel.state == ChannelState.DISCONNECTED:
        raise ApprovalOver(_("“%(name)s” was disconnected meanwhile.") % {"name": attempt.channel.name})
    change_signed(attempt.channel, sign=sign, user=user, now=now, claim=claim)
    return attempt.channel


def _use(attempt: ConnectAttempt, channel: Channel) -> None:
    """Exactly one channel comes of an attempt; the keys move there."""
    delivered = ConnectAttempt.objects.filter(pk=attempt.pk, state=AttemptState.DELIVERED)
    if not delivered.update(state=AttemptState.USED, made_channel=channel, secrets=Secrets()):
        raise ApprovalOver(_("This approval is over."))


def forget_attempts(*, now: datetime) -> None:
    """Empties the secrets of attempts that took too long, and drops old ones."""
    late = Q(expires_at__lte=now, state__in=[AttemptState.BEGUN, AttemptState.DELIVERED])
    ConnectAttempt.objects.filter(late).exclude(secrets=Secrets()).update(secrets=Secrets())
    ConnectAttempt.objects.filter(expires_at__lt=now - KEEP).delete()
