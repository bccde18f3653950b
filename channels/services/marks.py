"""Turning marks and notices into jobs. Only the holder of the channel's lease does it (ADR 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from channels.enums import JobKind, JobState, Verdict
from channels.models import ChangeMark, Channel, Notice, SyncJob
from channels.outbox import mark
from channels.services.leases import Lease

_CHUNK = 2000
_DUPLICATE_WITHIN = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class _Want:
    """One thing to do; `remote_version` is "" when the store has to be asked in any case."""

    kind: str
    key: str
    remote_version: str


def absorb_marks(lease: Lease, *, now: datetime) -> int:
    """Marks and notices become jobs; exactly those seen are taken away. Answers how many were seen.

    Marks that are committed meanwhile stay for the next call, so nothing that is written while a handler runs is lost.
    """
    with transaction.atomic():
        lease.renew()
        marks = list(ChangeMark.objects.filter(channel_id=lease.channel_id).order_by("pk")[:_CHUNK])
        waiting = Notice.objects.filter(channel_id=lease.channel_id, absorbed_at__isnull=True)
        notices = list(waiting.only("pk", "kind", "key", "delivery_id", "received_at").order_by("pk")[:_CHUNK])
        if not marks and not notices:
            return 0
        wants = [_Want(kind=row.kind, key=row.key, remote_version=row.remote_version) for row in marks]
        wants += [_Want(kind=row.kind, key=row.key, remote_version="") for row in notices if row.kind]
        _queue(lease.channel_id, wants, now)
        ChangeMark.objects.filter(pk__in=[row.pk for row in marks]).delete()
        if notices:
            _take_notices(lease.channel_id, notices, now)
    return len(marks) + len(notices)


def _queue(channel_id: int, wants: Iterable[_Want], now: datetime) -> None:
    """One job a (kind, key). A new mark revives a failed job and ends the waiting of one that backs off."""
    merged: dict[tuple[str, str], str] = {}
    for want in wants:
        place = (want.kind, want.key)
        unknown = not want.remote_version or merged.get(place, want.remote_version) == ""
        merged[place] = "" if unknown else want.remote_version
    by_kind: dict[str, set[str]] = {}
    for kind, key in merged:
        by_kind.setdefault(kind, set()).add(key)
    existing = {
        (job.kind, job.key): job
        for kind, keys in by_kind.items()
        for job in SyncJob.objects.filter(channel_id=channel_id, kind=kind, key__in=keys)
    }
    for place, job in existing.items():
        _revive(job, merged[place], now)
    SyncJob.objects.bulk_update(
        existing.values(),
        ["state", "attempts", "stops", "not_before", "remote_version", "message", "detail"],
        batch_size=100,
    )
    SyncJob.objects.bulk_create(
        [
            SyncJob(channel_id=channel_id, kind=kind, key=key, remote_version=version, not_before=now)
            for (kind, key), version in merged.items()
            if (kind, key) not in existing
        ],
        batch_size=500,
    )


def _revive(job: SyncJob, remote_version: str, now: datetime) -> None:
    if job.state == JobState.FAILED:
        job.stops, job.message, job.detail, job.remote_version = 0, "", "", remote_version
    elif not job.remote_version or not remote_version:
        job.remote_version = ""
    else:
        job.remote_version = remote_version
    job.state, job.attempts, job.not_before = JobState.QUEUED, 0, now


def _take_notices(channel_id: int, notices: Sequence[Notice], now: datetime) -> None:
    """Labels repeated deliveries; the label changes nothing about the work (ADR 8)."""
    Notice.objects.filter(pk__in=[row.pk for row in notices]).update(absorbed_at=now)
    ids = {row.delivery_id for row in notices if row.delivery_id}
    seen = Notice.objects.filter(channel_id=channel_id, delivery_id__in=ids, received_at__gt=now - _DUPLICATE_WITHIN)
    first = {delivery_id: pk for pk, delivery_id in seen.order_by("-pk").values_list("pk", "delivery_id")}
    repeated = [row.pk for row in notices if row.delivery_id and first.get(row.delivery_id, row.pk) < row.pk]
    Notice.objects.filter(pk__in=repeated, verdict=Verdict.ACCEPTED).update(verdict=Verdict.DUPLICATE)
    newest = max(row.received_at for row in notices)
    older = Q(last_notice_at__isnull=True) | Q(last_notice_at__lt=newest)
    Channel.objects.filter(older, pk=channel_id).update(last_notice_at=newest)


def mark_order_changes(channel: Channel, *, versions: Iterable[tuple[str, str]]) -> None:
    """Orders a poll found, as (remote id, version). The poll runs inside a drain, so nobody has to be poked."""
    ChangeMark.objects.bulk_create(
        [ChangeMark(channel=channel, kind=JobKind.ORDER, key=key, remote_version=version) for key, version in versions],
        batch_size=500,
    )


def queue_later(channel: Channel, *, kind: str, keys: Iterable[str], at: datetime) -> None:
    """Work for `at`, in whatever other work of the kind happens before; what is queued under a key stays as it is."""
    jobs = [SyncJob(channel=channel, kind=kind, key=key, not_before=at) for key in keys]
    SyncJob.objects.bulk_create(jobs, batch_size=500, ignore_conflicts=True)


def retry_jobs(channel: Channel, *, job_ids: Iterable[int]) -> int:
    """Marks failed jobs again; the drainer revives them."""
    with transaction.atomic():
        rows = SyncJob.objects.filter(channel=channel, pk__in=list(job_ids), state=JobState.FAILED)
        wanted: dict[str, list[str]] = {}
        for kind, key in rows.values_list("kind", "key"):
            wanted.setdefault(kind, []).append(key)
        for kind, keys in wanted.items():
            mark([channel.pk], kind=kind, keys=keys)
    return sum(len(keys) for keys in wanted.values())


def retry_all_failed(channel: Channel) -> int:
    """After the cause is gone (new credentials, a person said so)."""
    failed = SyncJob.objects.filter(channel=channel, state=JobState.FAILED)
    return retry_jobs(channel, job_ids=list(failed.values_list("pk", flat=True)))


def discard_jobs(channel: Channel, *, job_ids: Iterable[int]) -> int:
    """Gives failed jobs up. One that was marked again meanwhile is no longer failed and stays."""
    rows = SyncJob.objects.filter(channel=channel, pk__in=list(job_ids), state=JobState.FAILED)
    return rows.delete()[0]


def count_start(lease: Lease, *, job_ids: Sequence[int], until: datetime) -> None:
    """Counts the try before the handler runs, so that a job which kills its worker does not go on for ever."""
    with transaction.atomic():
        lease.renew()
        SyncJob.objects.filter(pk__in=job_ids).update(
            attempts=F("attempts") + 1, stops=F("stops") + 1, not_before=until
        )
