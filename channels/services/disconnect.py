"""Disconnecting a store: what goes, what stays, and the clearing afterwards (CON-19, A3)."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from channels.enums import ChannelState
from channels.errors import LeaseLost, StoreError
from channels.models import (
    ChangeMark,
    Channel,
    ChannelAccess,
    ChannelSettings,
    LocationMapping,
    Notice,
    PaymentMapping,
    SyncJob,
    TaxMapping,
)
from channels.registry import registry
from channels.services.leases import Clock, Lease, take_lease
from channels.services.platforms import notice_url, open_platform
from channels.signals import disconnecting
from inventory.models import User
from inventory.services import audit
from inventory_sync.lib.secrets import Secrets, SecretUnreadable

logger = logging.getLogger(__name__)

_AT_ONCE = 1000
_FORGET = "forget_on_disconnect"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One line of the preview."""

    label: str
    count: int
    kept: bool


def preview_disconnect(channel: Channel) -> list[Loss]:
    """What disconnecting deletes and what it keeps, with numbers."""
    parts = [line for part in reversed(registry.disconnect_parts) for line in part.preview(channel)]
    own = [
        (_("Setup and mappings"), sum(rows.count() for rows in _mappings(channel)) + 1, False),
        (_("Notices received"), Notice.objects.filter(channel=channel).count(), False),
    ]
    return [Loss(label=str(label), count=count, kept=kept) for label, count, kept in (*parts, *own)]


def disconnect_channel(channel: Channel, *, forget: bool, user: User | None, now: datetime) -> bool:
    """The channel is gone for everybody at once; the clearing follows as a job. False when it was gone already.

    `forget` also deletes what is kept to recognize orders when the store is connected again (A3).
    """
    with transaction.atomic():
        rows = Channel.objects.filter(pk=channel.pk).exclude(state=ChannelState.DISCONNECTED)
        if not rows.update(state=ChannelState.DISCONNECTED, disconnected_at=now, state_reason=""):
            return False
        settings = ChannelSettings.objects.get(channel=channel)
        settings.options = {**settings.options, _FORGET: forget}
        settings.save(update_fields=["options"])
        disconnecting.send(sender=Channel, channel=channel)
        audit.record(
            user=user,
            action=_("disconnected store"),
            obj=channel,
            changes={"state": (channel.state, ChannelState.DISCONNECTED), "forget": (None, forget)},
            scope_key=channel.scope_key,
            now=now,
        )
        async_task("channels.tasks.finish_disconnect", channel_id=channel.pk, group="disconnect", save=False)
    channel.refresh_from_db()
    return True


def purge_channel(channel: Channel, *, clock: Clock) -> bool:
    """Deletes what a disconnected channel leaves behind. Repeatable at any point; the setup row goes last.

    Waits (for the sweep) while a drain that began before still holds the lease. True when all is gone.
    """
    setup = ChannelSettings.objects.filter(channel=channel).first()
    if channel.state != ChannelState.DISCONNECTED or setup is None:
        return setup is None
    lease = take_lease(channel.pk, clock=clock, is_for_clearing=True)
    if lease is None:
        return False
    try:
        _say_goodbye(channel, lease)
        for part in reversed(registry.disconnect_parts):
            lease.renew()
            part.purge(channel)
            if setup.options.get(_FORGET) and part.forget:
                part.forget(channel)
        _purge_own(channel, lease)
    except LeaseLost:
        return False
    finally:
        lease.drop()
    return True


def _say_goodbye(channel: Channel, lease: Lease) -> None:
    """Takes our hooks out of the store if it lets us; afterwards the credentials are gone."""
    try:
        if channel.credentials:
            open_platform(channel, before_call=lease.before_call).webhooks.unregister(notice_url(channel))
    except (StoreError, SecretUnreadable) as error:
        logger.info("Hooks of channel %s stay in the store: %s", channel.pk, error, extra={"channel": channel.pk})
    Channel.objects.filter(pk=channel.pk).update(credentials=Secrets())


def _mappings(channel: Channel) -> tuple["QuerySet[Model]", ...]:
    return (
        TaxMapping.objects.filter(channel=channel),
        PaymentMapping.objects.filter(channel=channel),
        LocationMapping.objects.filter(channel=channel),
    )


def _purge_own(channel: Channel, lease: Lease) -> None:
    for model in (ChangeMark, SyncJob, Notice):
        rows = model.objects.filter(channel=channel)
        while keys := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
            lease.renew()
            model.objects.filter(pk__in=keys).delete()
    with transaction.atomic():
        for mapping in _mappings(channel):
            mapping.delete()
        ChannelAccess.objects.filter(channel=channel).delete()
        ChannelSettings.objects.filter(channel=channel).delete()
