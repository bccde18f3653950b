"""What has to happen every minute for all channels together."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django_q.tasks import async_task

from channels.enums import ChannelState, JobKind, JobState, Verdict
from channels.models import ChangeMark, Channel, ChannelSettings, Notice, SyncJob
from channels.outbox import mark, poke
from channels.registry import registry
from channels.services import approvals, polling
from channels.services.health import HEALTH_KEY
from inventory.enums import RUN_OPEN, RunState
from inventory.models import Organization, Run
from inventory.queries import organization_zone
from inventory.services import house_runs, runs
from inventory_sync.lib.local_time import next_local

KEEP_NOTICES = timedelta(days=30)
KEEP_REJECTED = timedelta(days=7)
NIGHT = time(3, 0)
"""Local time of the nightly checks."""
_DELETE_AT_ONCE = 2000
_RUN_IS_LATE = timedelta(minutes=2)


def keep_up(*, now: datetime) -> None:
    """Every minute; harmless when several processes do it at once.

    Due polls, the nightly checks, work nobody does, activities nobody advances, disconnections nobody finished, old
    notices, approvals in stores that nobody finished.
    """
    claim_due_polls(now=now)
    claim_nights(now=now)
    claim_stock_proof(now=now)
    sweep_work(now=now)
    sweep_runs(now=now)
    house_runs.pick_up(now=now)
    sweep_disconnected(now=now)
    forget_old_notices(now=now)
    approvals.forget_attempts(now=now)


def claim_due_polls(*, now: datetime) -> int:
    """Each due poll is claimed by one conditional UPDATE and becomes a job of its channel (JOB-1)."""
    due = Channel.objects.filter(state=ChannelState.CONNECTED, next_poll_at__lte=now)
    claimed = 0
    for pk, next_poll_at, minutes, last in due.values_list("pk", "next_poll_at", "poll_minutes", "last_poll_at"):
        with transaction.atomic():
            mine = Channel.objects.filter(pk=pk, state=ChannelState.CONNECTED, next_poll_at=next_poll_at)
            if not mine.update(next_poll_at=now + timedelta(minutes=minutes)):
                continue
            claimed += 1
            mark([pk], kind=JobKind.POLL, keys=[polling.POLL_KEY])
            if last is None or last.hour != now.hour or now - last > timedelta(hours=1):
                mark([pk], kind=JobKind.HEALTH, keys=[HEALTH_KEY])
    return claimed


def claim_nights(*, now: datetime) -> int:
    """Once a night of the organization each channel looks a week back (A5); claimed like a poll."""
    due = Channel.objects.filter(
        Q(next_night_at__isnull=True) | Q(next_night_at__lte=now), state=ChannelState.CONNECTED
    )
    claimed = 0
    for pk, seen in due.values_list("pk", "next_night_at"):
        with transaction.atomic():
            mine = Channel.objects.filter(pk=pk, next_night_at=seen)
            if mine.update(next_night_at=next_local(now, NIGHT, organization_zone())) and seen is not None:
                mark([pk], kind=JobKind.POLL, keys=[polling.NIGHT_KEY])
                _start_nightly(pk, now)
                claimed += 1
    return claimed


def _start_nightly(channel_id: int, now: datetime) -> None:
    channel = Channel.objects.select_related("settings").get(pk=channel_id)
    for start in registry.nightly:
        start(channel, now)


def claim_stock_proof(*, now: datetime) -> bool:
    """Once a night the ledger is added up and compared (INV-3); a worker does it."""
    for seen in Organization.objects.filter(Q(next_proof_at__isnull=True) | Q(next_proof_at__lte=now)).values_list(
        "next_proof_at", flat=True
    ):
        with transaction.atomic():
            mine = Organization.objects.filter(pk=1, next_proof_at=seen)
            if mine.update(next_proof_at=next_local(now, NIGHT, organization_zone())) and seen is not None:
                async_task("channels.tasks.prove_stock", group="proof", save=False)
                return True
    return False


def sweep_work(*, now: datetime) -> int:
    """Pokes channels that have something to do and nobody doing it: a poke was lost, or its process was killed."""
    idle = Channel.objects.exclude(state=ChannelState.DISCONNECTED).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    )
    awake = Q(closed_until__isnull=True) | Q(closed_until__lte=now)
    marked = ChangeMark.objects.values("channel_id")
    noticed = Notice.objects.filter(absorbed_at__isnull=True).values("channel_id")
    due = SyncJob.objects.filter(state=JobState.QUEUED, not_before__lte=now, kind__in=registry.handlers)
    to_do = Q(pk__in=marked) | Q(pk__in=noticed)
    to_do |= Q(awake, state=ChannelState.CONNECTED, pk__in=due.values("channel_id"))
    found = list(idle.filter(to_do).values_list("pk", flat=True))
    for pk in found:
        poke(pk)
    return len(found)


def sweep_runs(*, now: datetime) -> None:
    """Open activities of channels whose next step nobody has in hand: it is marked again, or the activity is closed."""
    open_runs = Run.objects.filter(
        Q(advanced_at__isnull=True) | Q(advanced_at__lt=now - _RUN_IS_LATE),
        state__in=RUN_OPEN,
        scope_key__startswith="channel:",
    )
    states = dict(Channel.objects.values_list("pk", "state"))
    for run in open_runs:
        scope = run.scope_key.partition(":")[2]
        channel_id = int(scope) if scope.isdecimal() else 0
        if states.get(channel_id, ChannelState.DISCONNECTED) == ChannelState.DISCONNECTED:
            runs.finish_run(run, state=RunState.CANCELLED, now=now)
        elif not _in_hand(channel_id, str(run.pk)):
            mark([channel_id], kind=JobKind.RUN_STEP, keys=[str(run.pk)])


def _in_hand(channel_id: int, key: str) -> bool:
    same = {"channel_id": channel_id, "kind": JobKind.RUN_STEP, "key": key}
    return SyncJob.objects.filter(**same).exists() or ChangeMark.objects.filter(**same).exists()


def sweep_disconnected(*, now: datetime) -> None:
    """Disconnections that were cut short go on; the setup row goes last."""
    cut_short = ChannelSettings.objects.filter(
        channel__state=ChannelState.DISCONNECTED, channel__disconnected_at__lt=now - timedelta(minutes=1)
    )
    for pk in cut_short.values_list("pk", flat=True):
        async_task("channels.tasks.finish_disconnect", channel_id=pk, group="disconnect", save=False)


def forget_old_notices(*, now: datetime) -> int:
    """A part at a time, so that no transaction gets long."""
    rejected = Q(verdict=Verdict.REJECTED, received_at__lt=now - KEEP_REJECTED)
    old = Notice.objects.filter(rejected | Q(received_at__lt=now - KEEP_NOTICES), absorbed_at__isnull=False)
    some = list(old.order_by("received_at").values_list("pk", flat=True)[:_DELETE_AT_ONCE])
    return Notice.objects.filter(pk__in=some).delete()[0]
