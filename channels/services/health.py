"""The hourly look at a store: who it is, and whether its notices arrive (APP-11)."""

from datetime import datetime

from django.utils.translation import gettext as _

from channels.models import Channel
from channels.ports import Platform
from channels.remote import StoreIdentity
from channels.services.copies import copy_warnings
from channels.services.notices import check_notices
from inventory_sync.lib.text import clip

HEALTH_KEY = "store"
"""Of the job that looks."""


def check_channel(channel: Channel, *, platform: Platform, now: datetime) -> None:
    """Renews what we show of the store and repairs its notices. Raises what the store's errors are."""
    identity = platform.check()
    warnings = [*identity.warnings, *_doubts(channel, identity), *copy_warnings(channel, now=now)]
    Channel.objects.filter(pk=channel.pk).update(
        store_version=clip(identity.version, 50),
        store_url=clip(identity.url, 500),
        store_time_zone=clip(identity.time_zone, 64),
        store_country=clip(identity.country, 2),
        prices_include_tax=identity.prices_include_tax,
        connection_options=dict(identity.options or channel.connection_options),
        warnings=[clip(text, 500) for text in warnings],
    )
    check_notices(channel, platform=platform, now=now)


def _doubts(channel: Channel, identity: StoreIdentity) -> list[str]:
    """What should make staff look: another store under the same keys, another currency."""
    doubts = []
    if identity.identity != channel.store_identity or _is_copy(channel, identity):
        doubts.append(
            _("The store behind these keys is not the one you connected: it may be a copy. Now at %(url)s.")
            % {"url": identity.url}
        )
    if channel.missing_orders:
        doubts.append(
            _(
                "%(count)s recent orders, most that we know, are not in the store any more. Nothing was cancelled: the "
                "store may have lost them. What was really deleted can be voided here."
            )
            % {"count": channel.missing_orders}
        )
    if identity.currency != channel.store_currency:
        doubts.append(
            _("The store's currency was %(old)s when you connected it and is %(new)s now.")
            % {"old": channel.store_currency, "new": identity.currency}
        )
    return doubts


def _is_copy(channel: Channel, identity: StoreIdentity) -> bool:
    """A mark that is not told (any more) tells nothing."""
    return bool(channel.clone_mark) and identity.clone_mark not in ("", channel.clone_mark)
