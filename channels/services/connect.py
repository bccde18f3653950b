"""Connecting a store, and signing in to it again (CON-1 to CON-9, CON-18, CON-20, CON-21, A1, A2, SET-35)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from channels.enums import ChannelState, JobKind
from channels.errors import (
    AddressRefused,
    AuthenticationFailed,
    NoConnectionLeft,
    RemoteNotFound,
    RemoteRejected,
    StoreAlreadyConnected,
    StoreError,
)
from channels.models import AppGrant, Channel, ChannelSettings, TaxMapping
from channels.outbox import mark
from channels.ports import Connection, ConnectWay, CredentialField, Platform
from channels.registry import platform_spec, registry
from channels.remote import TAX_FREE, StoreIdentity
from channels.services.mappings import StoreNames, read_names, save_names
from channels.services.marks import retry_all_failed
from channels.services.notices import register_notices
from channels.services.platforms import guard_connection
from inventory.enums import RecordStatus
from inventory.models import Organization, TaxRule, User
from inventory.services import audit
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.secrets import Secrets
from inventory_sync.lib.text import clip, fold

LOOK_BACK = timedelta(days=90)
"""How far before the connection open orders are looked for, when staff choose so (SET-35)."""

Claim = Callable[[Channel], None]
"""Runs at the end of the transaction that connects or changes a channel; raising undoes it."""


class ConnectRefused(ProductError):
    """The store cannot be connected with what was typed; `fields` says what is wrong where."""

    def __init__(self, message: str, *, detail: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, detail=detail)
        self.fields = dict(fields or {})


class AnotherStore(ProductError):
    """A2: the credentials open another store than the channel's."""


@dataclass(frozen=True, kw_only=True)
class GoLive:
    """SET-35, and the name staff see (empty: the store's)."""

    name: str = ""
    load_open_orders: bool = False
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Sign:
    """A store that answered to credentials."""

    connection: Connection
    platform: Platform
    identity: StoreIdentity


def find_store(slug: str, *, way: str = "", fields: Mapping[str, str]) -> Connection:
    """Looks for the way to the store that was typed, within seconds. Raises ConnectRefused with the reason."""
    chosen = way_of(slug, way)
    with refusing(chosen.fields):
        connection = chosen.connection_from_form(fields)
        if chosen.is_app:
            connection = _with_grant(slug, connection, chosen.fields)
        return platform_spec(slug).find(guard_connection(connection, slug=slug))


def way_of(slug: str, way: str) -> ConnectWay:
    """The way of this name, "" for the recommended one. Raises KeyError."""
    spec = platform_spec(slug)
    return spec.way(way) if way else spec.ready_ways[0]


def sandbox_store(slug: str, *, way: ConnectWay, identity: str = "") -> dict[str, str]:
    """Form values of this sandbox store, or of the first that is not connected yet; {} where there is none."""
    connected = Channel.objects.filter(platform=slug).exclude(state=ChannelState.DISCONNECTED)
    taken = set() if identity else set(connected.values_list("store_identity", flat=True))
    for values in way.sandbox_values():
        found = way.connection_from_form(values).identity
        if found == identity or (not identity and found not in taken):
            return dict(values)
    return {}


def sign_of(slug: str, *, connection: Connection, fields: tuple[CredentialField, ...] = ()) -> Sign:
    """Asks the store behind a found connection who it is. Raises ConnectRefused with the reason at its field."""
    with refusing(fields):
        platform = platform_spec(slug).connect(connection)
        return Sign(connection=connection, platform=platform, identity=platform.check())


def check_store(slug: str, *, way: str = "", fields: Mapping[str, str]) -> Sign:
    """Asks the typed store who it is, within seconds. Raises ConnectRefused with the reason at its field."""
    connection = find_store(slug, way=way, fields=fields)
    return sign_of(slug, connection=connection, fields=way_of(slug, way).fields)


def _with_grant(slug: str, connection: Connection, fields: tuple[CredentialField, ...]) -> Connection:
    """CON-8: the form only names a store that has handed us its credentials before."""
    grant = AppGrant.objects.filter(platform=slug, identity=connection.identity).first()
    if grant is None:
        words = _("Our app is not installed in the store “%(store)s”. Install it there first, then connect here.")
        text = words % {"store": connection.identity}
        raise RemoteRejected(text, fields={fields[0].name: text} if fields else {})
    return replace(connection, secrets={**connection.secrets, **grant.secrets})


@contextmanager
def refusing(fields: tuple[CredentialField, ...]) -> Iterator[None]:
    """Turns what a store or the way to it says into ConnectRefused, at the field it belongs to."""
    try:
        yield
    except StoreError as error:
        raise _refusal(error, fields) from error


def _refusal(error: StoreError, fields: tuple[CredentialField, ...]) -> ConnectRefused:
    """Refused credentials belong to the secret that signs in, the last one; everything else to the address."""
    if isinstance(error, RemoteRejected) and error.fields:
        return ConnectRefused(error.message, detail=error.detail, fields=error.fields)
    is_secret = isinstance(error, AuthenticationFailed)
    places = [field.name for field in fields if field.secret == is_secret]
    place = next(iter(places[::-1] if is_secret else places), "")
    advice = {
        AuthenticationFailed: _("Check that it was copied whole, and that it is still valid in the store."),
        RemoteNotFound: _("Check the address: there is no such store."),
        AddressRefused: _("Stores at private addresses must be listed in PRIVATE_ADDRESSES_ALLOWED."),
    }.get(type(error), "")
    message = f"{error.message} {advice}".strip()
    return ConnectRefused(message, detail=error.detail, fields={place: message} if place else {})


def connections_left(*, used: int | None = None) -> int | None:
    """How many more stores may be connected; None for no limit (A1)."""
    most = Organization.objects.filter(pk=1).values_list("max_connections", flat=True).first()
    if most is None:
        return None
    connected = Channel.objects.exclude(state=ChannelState.DISCONNECTED).count() if used is None else used
    return max(0, most - connected)


def connect_store(
    slug: str, *, way: str = "", fields: Mapping[str, str], go_live: GoLive, user: User | None, now: datetime
) -> Channel:
    """A new channel with setup, mappings to fill and notices, from credentials that the store accepts.

    Raises ConnectRefused, StoreAlreadyConnected (naming the first channel), NoConnectionLeft. Nothing stays of a
    refused connection.
    """
    refuse_without_connection_left()
    sign = check_store(slug, way=way, fields=fields)
    return connect_signed(slug, sign=sign, go_live=go_live, user=user, now=now)


def connect_signed(
    slug: str, *, sign: Sign, go_live: GoLive, user: User | None, now: datetime, claim: Claim | None = None
) -> Channel:
    """Connects a store that answered; raises as `connect_store` does."""
    refuse_connected(slug, sign.identity.identity)
    names, is_complete = _names(sign.platform, slug)
    channel = _create(slug, sign=sign, names=names, go_live=go_live, user=user, now=now, claim=claim)
    _start(channel, platform=sign.platform, lists_are_missing=not is_complete)
    if user is not None:
        for step in registry.first_steps:
            step(channel, user)
    channel.refresh_from_db()
    return channel


def _names(platform: Platform, slug: str) -> tuple[StoreNames, bool]:
    """The store's lists, or none when it does not answer now: a job loads them later."""
    try:
        return read_names(platform, slug=slug), True
    except StoreError:
        return StoreNames(), False


def _start(channel: Channel, *, platform: Platform, lists_are_missing: bool) -> None:
    """Notices, lists and the first poll. What the store does not answer now is done as a job."""
    if lists_are_missing:
        mark([channel.pk], kind=JobKind.LISTS, keys=["lists"])
    try:
        register_notices(channel, platform=platform)
    except StoreError:
        mark([channel.pk], kind=JobKind.HEALTH, keys=["store"])
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])


def refuse_connected(slug: str, identity: str) -> None:
    """CON-5. Raises StoreAlreadyConnected, naming the first channel."""
    rows = Channel.objects.filter(platform=slug, store_identity=identity).exclude(state=ChannelState.DISCONNECTED)
    first = rows.only("name").first()
    if first is not None:
        raise StoreAlreadyConnected(
            _("This store is connected already, as “%(name)s”.") % {"name": first.name}, detail=identity
        )


def refuse_without_connection_left() -> None:
    """CON-3, A1. Raises NoConnectionLeft."""
    if connections_left() == 0:
        raise NoConnectionLeft(
            _("No connection is left: your organization may connect no more stores. Raise the limit or disconnect one.")
        )


def _create(
    slug: str,
    *,
    sign: Sign,
    names: StoreNames,
    go_live: GoLive,
    user: User | None,
    now: datetime,
    claim: Claim | None,
) -> Channel:
    """Writing the organization's row first makes simultaneous connects count one after the other."""
    with transaction.atomic():
        Organization.objects.filter(pk=1).update(name=F("name"))
        refuse_without_connection_left()
        try:
            with transaction.atomic():
                channel = Channel.objects.create(**_columns(slug, sign, go_live, now))
        except IntegrityError:
            refuse_connected(slug, sign.identity.identity)
            raise
        home = Organization.objects.select_related("default_location").get(pk=1)
        ChannelSettings.objects.create(
            channel=channel,
            default_location=home.default_location,
            options={"load_open_orders": go_live.load_open_orders},
        )
        save_names(channel, names=names, default_location=home.default_location)
        _map_tax_free(channel)
        audit.record(
            user=user,
            action=_("connected store"),
            obj=channel,
            changes={"store": (None, sign.identity.url), "read_only": (None, go_live.read_only)},
            scope_key=channel.scope_key,
            now=now,
        )
        if claim is not None:
            claim(channel)
    return channel


def _columns(slug: str, sign: Sign, go_live: GoLive, now: datetime) -> dict[str, object]:
    identity = sign.identity
    spec = platform_spec(slug)
    return {
        "platform": slug,
        "name": clip(go_live.name or identity.name or identity.identity, 200),
        "read_only": go_live.read_only,
        "credentials": Secrets(sign.connection.secrets),
        "api_url": sign.connection.api_url,
        "connection_options": dict(identity.options or sign.connection.options),
        "connected_at": now,
        "poll_cursor": now - LOOK_BACK if go_live.load_open_orders else now,
        "poll_minutes": spec.poll_minutes,
        "next_poll_at": now + timedelta(minutes=spec.poll_minutes),
        **_identity_columns(identity),
    }


def _identity_columns(identity: StoreIdentity) -> dict[str, object]:
    return {
        "store_identity": clip(identity.identity, 300),
        "store_url": clip(identity.url, 500),
        "store_version": clip(identity.version, 50),
        "store_currency": identity.currency,
        "store_time_zone": clip(identity.time_zone, 64),
        "store_country": clip(identity.country, 2),
        "prices_include_tax": identity.prices_include_tax,
        "clone_mark": clip(identity.clone_mark, 200),
        "warnings": [clip(text, 500) for text in identity.warnings],
    }


def _map_tax_free(channel: Channel) -> None:
    """TAX-4: what is not taxed needs no decision where a rule of that name and no rate exists."""
    rule = TaxRule.objects.filter(name_key=fold("Tax free"), rate=0, status=RecordStatus.ACTIVE).first()
    if rule is not None:
        TaxMapping.objects.filter(channel=channel, remote_key=TAX_FREE, rule__isnull=True).update(rule=rule)


def change_credentials(
    channel: Channel, *, way: str = "", fields: Mapping[str, str], user: User | None, now: datetime
) -> None:
    """New credentials for the same store; a channel that needed a sign-in works again and retries what failed.

    Raises ConnectRefused, and AnotherStore when they open another one (A2): its links and log are not this channel's.
    """
    change_signed(channel, sign=check_store(channel.platform, way=way, fields=fields), user=user, now=now)


def change_signed(
    channel: Channel, *, sign: Sign, user: User | None, now: datetime, claim: Claim | None = None
) -> None:
    """Credentials of a store that answered become the channel's. Raises AnotherStore (A2)."""
    if sign.identity.identity != channel.store_identity:
        raise AnotherStore(
            _("These credentials open the store “%(new)s”, but “%(name)s” is connected to another one.")
            % {"new": sign.identity.name or sign.identity.url, "name": channel.name},
            detail=sign.identity.identity,
        )
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).exclude(state=ChannelState.DISCONNECTED).update(
            **_signed_columns(channel, sign)
        )
        audit.record(user=user, action=_("changed credentials"), obj=channel, scope_key=channel.scope_key, now=now)
        mark([channel.pk], kind=JobKind.HEALTH, keys=["store"])
        mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
        retry_all_failed(channel)
        if claim is not None:
            claim(channel)
    channel.refresh_from_db()


def _signed_columns(channel: Channel, sign: Sign) -> dict[str, object]:
    """What no form asks for, such as our secret for notices, stays: the store has it."""
    typed = {field.name for each in platform_spec(channel.platform).ways for field in each.fields}
    kept = {name: secret for name, secret in channel.credentials.items() if name not in typed}
    is_paused = channel.state == ChannelState.PAUSED
    return {
        "credentials": Secrets({**sign.connection.secrets, **kept}),
        "api_url": sign.connection.api_url,
        "connection_options": dict(sign.identity.options or sign.connection.options),
        "state": ChannelState.PAUSED if is_paused else ChannelState.CONNECTED,
        "state_reason": "",
        "sign_in_failures": 0,
        "sign_in_failing_since": None,
        "failures": 0,
        "closed_until": None,
        **_identity_columns(sign.identity),
    }
