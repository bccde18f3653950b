"""Draining a channel: one process takes the lease and does what is due, in slices (ADR 5)."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from channels.enums import ChannelState, JobState
from channels.errors import LeaseLost
from channels.models import ChangeMark, Channel, Notice, SyncJob
from channels.outbox import poke
from channels.ports import Platform
from channels.registry import JobHandler, platform_spec, registry
from channels.services import breaker
from channels.services.batches import Batch, batch_size, run_batch
from channels.services.leases import Clock, Lease, take_lease
from channels.services.marks import absorb_marks
from channels.services.platforms import open_platform
from inventory_sync.lib.secrets import SecretUnreadable

SLICE = timedelta(seconds=60)


def drain_channel(channel_id: int, *, now_fn: Clock = timezone.now) -> None:
    """Does the channel's due work until none is left or a minute is over; harmless at any time and twice at once.

    After dropping the lease it looks again, so that a poke which found the lease taken is not lost.
    """
    deadline = now_fn() + SLICE
    while has_due_work(channel_id, now=now_fn()):
        if now_fn() >= deadline:
            poke(channel_id)
            return
        lease = take_lease(channel_id, clock=now_fn)
        if lease is None:
            return
        try:
            _work(lease, deadline)
        except LeaseLost:
            return
        except SecretUnreadable:
            breaker.note_unreadable_credentials(channel_id)
        finally:
            lease.drop()


def has_due_work(channel_id: int, *, now: datetime) -> bool:
    """Whether a drain would find something to do now."""
    if ChangeMark.objects.filter(channel_id=channel_id).exclude(channel__state=ChannelState.DISCONNECTED).exists():
        return True
    if Notice.objects.filter(channel_id=channel_id, absorbed_at__isnull=True).exists():
        return True
    channel = Channel.objects.only("state", "closed_until").filter(pk=channel_id).first()
    return channel is not None and breaker.may_call(channel, now=now) and _due(channel_id, now).exists()


def _due(channel_id: int, now: datetime) -> QuerySet[SyncJob]:
    return SyncJob.objects.filter(
        channel_id=channel_id, state=JobState.QUEUED, not_before__lte=now, kind__in=registry.handlers
    )


def _work(lease: Lease, deadline: datetime) -> None:
    """Marks first after every batch, so that a new order comes before the next thousand stock levels."""
    platform: Platform | None = None
    opened_with: object = None
    while lease.clock() < deadline:
        absorbed = absorb_marks(lease, now=lease.clock())
        channel = Channel.objects.select_related("settings").get(pk=lease.channel_id)
        batch = _next_batch(channel, lease.clock()) if breaker.may_call(channel, now=lease.clock()) else None
        if batch is None:
            if absorbed:
                continue
            return
        way = (channel.api_url, channel.credentials, channel.connection_options)
        if platform is None or opened_with != way:
            platform = open_platform(channel, before_call=lease.before_call)
            opened_with = way
        handler, jobs = batch
        run_batch(Batch(lease=lease, channel=channel, platform=platform, handler=handler, jobs=jobs, deadline=deadline))


def _next_batch(channel: Channel, now: datetime) -> tuple[JobHandler, list[SyncJob]] | None:
    """The most urgent kind that has due jobs, and as many of them as one call of its handler takes."""
    kinds = set(_due(channel.pk, now).order_by().values_list("kind", flat=True).distinct())
    if not kinds:
        return None
    handler = min((registry.handlers[kind] for kind in kinds), key=lambda found: found.priority)
    jobs = list(_due(channel.pk, now).filter(kind=handler.kind).order_by("not_before", "pk")[: handler.batch])
    limits = platform_spec(channel.platform).limits
    return handler, jobs[: batch_size(handler, stops=max(job.stops for job in jobs), limits=limits)]
