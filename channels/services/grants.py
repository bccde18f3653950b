"""Our app inside a store's control panel: installed, opened, removed there (CON-8, CON-10)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from channels.enums import ChannelState
from channels.models import AppGrant, Channel
from inventory.services import audit
from inventory_sync.lib.secrets import Secrets

CLOCKS_DIFFER = timedelta(seconds=10)
"""The store's from ours."""


def install_app(slug: str, *, identity: str, secrets: Mapping[str, str], now: datetime) -> Channel | None:
    """Keeps what the store granted, the newest only; a channel that lives by the old grant goes on with the new one.

    Answers the store's channel where there is one. Harmless when repeated.
    """
    with transaction.atomic():
        old = _grant(slug, identity)
        row = {"platform": slug, "identity": identity, "secrets": Secrets(secrets), "granted_at": now}
        AppGrant.objects.bulk_create(
            [AppGrant(**row)],
            update_conflicts=True,
            unique_fields=["platform", "identity"],
            update_fields=["secrets", "granted_at"],
        )
        channel = open_app(slug, identity=identity)
        if channel is not None and old is not None and _lives_by(channel, old):
            renewed = Secrets({**channel.credentials, **secrets})
            Channel.objects.filter(pk=channel.pk).update(credentials=renewed)
    return channel


def open_app(slug: str, *, identity: str) -> Channel | None:
    """The connected channel of a store."""
    rows = Channel.objects.filter(platform=slug, store_identity=identity)
    return rows.exclude(state=ChannelState.DISCONNECTED).first()


def remove_app(slug: str, *, identity: str, now: datetime, issued_at: datetime | None = None) -> None:
    """Forgets the grant; a channel that lived by it needs a sign-in. Harmless when repeated, or never installed.

    A removal that was issued before the app was installed (again) is an old one, whoever sends it.
    """
    with transaction.atomic():
        grant = _grant(slug, identity)
        if grant is not None and issued_at is not None and issued_at < grant.granted_at - CLOCKS_DIFFER:
            return
        channel = open_app(slug, identity=identity)
        if grant is not None and channel is not None and _lives_by(channel, grant):
            awake = Channel.objects.filter(pk=channel.pk, state__in=[ChannelState.CONNECTED, ChannelState.PAUSED])
            reason = _("The app was removed from the store. Install it there again, then change the credentials.")
            if awake.update(state=ChannelState.NEEDS_SIGN_IN, state_reason=reason):
                action = _("app removed in the store")
                audit.record(user=None, action=action, obj=channel, scope_key=channel.scope_key, now=now)
        AppGrant.objects.filter(platform=slug, identity=identity).delete()


def _grant(slug: str, identity: str) -> AppGrant | None:
    return AppGrant.objects.filter(platform=slug, identity=identity).first()


def _lives_by(channel: Channel, grant: AppGrant) -> bool:
    """Whether the channel was connected by the app: its credentials are those of the grant."""
    mine = channel.credentials
    return bool(grant.secrets) and all(mine.get(name) == value for name, value in grant.secrets.items())
