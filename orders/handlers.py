"""Job kind `order`: read orders anew, capture them, make sales of those that need nobody (SPEC JOB-5, JOB-6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from channels.enums import JobKind
from channels.errors import TryLater
from channels.models import Channel, SyncJob
from channels.ports import Platform
from channels.queries import is_closed_history
from channels.registry import JobHandler, JobOutcome, StepResult
from channels.remote import RemoteOrder
from inventory.models import Run
from orders.enums import LEFT_TO_STORE, CapturedBy, CapturedState
from orders.models import CapturedOrder
from orders.services.bulk import process_part
from orders.services.cancellation import cancel_vanished
from orders.services.capture import Captured, capture_orders
from orders.services.claims import Raced
from orders.services.decision import Action
from orders.services.processing import CLAIM_SECONDS, process_captured

BATCH = 25
_PATIENCE = 2
"""Tries after which an order is captured although its unknown products cannot be downloaded."""


def handle_orders(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    """Orders whose version is known cost no call. Raises what the store's errors are; everything may run again."""
    known = _unchanged(channel, jobs)
    outcomes = [JobOutcome(key=key, verdict="nothing") for key in sorted(known)]
    due = {job.key: job for job in jobs if job.key not in known}
    if not due:
        return outcomes
    found = {order.id: order for order in platform.orders.get_many(list(due))}
    outcomes += _vanished(channel, [key for key in due if key not in found])
    history = [key for key, job in due.items() if _is_history(channel, job, found.get(key))]
    outcomes += [JobOutcome(key=key, verdict="nothing") for key in history]
    due = {key: job for key, job in due.items() if key not in history}
    if not due:
        return outcomes
    patient = all(job.attempts <= _PATIENCE for job in due.values())
    polled = [order for key, order in found.items() if key in due and due[key].remote_version]
    noticed = [order for key, order in found.items() if key in due and not due[key].remote_version]
    for orders, by in ((noticed, CapturedBy.NOTICE), (polled, CapturedBy.POLL)):
        if orders:
            outcomes += _capture(channel, platform, orders, by=by, patient=patient)
    return outcomes


ORDER_HANDLER = JobHandler(kind=JobKind.ORDER, priority=10, batch=BATCH, handle=handle_orders)


def _is_history(channel: Channel, job: SyncJob, order: RemoteOrder | None) -> bool:
    """A poll that looks back for open orders (SET-35) leaves those that were finished before the connection alone."""
    return order is not None and bool(job.remote_version) and is_closed_history(channel, order)


def process_step(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """Step of the activity that processes many orders."""
    return process_part(run, channel=channel, now=timezone.now())


def _unchanged(channel: Channel, jobs: Sequence[SyncJob]) -> set[str]:
    """Keys whose version a poll saw is the one we have, in a state that nothing but the store changes."""
    versions = {job.key: job.remote_version for job in jobs if job.remote_version}
    if not versions:
        return set()
    rows = CapturedOrder.objects.filter(channel=channel, remote_id__in=versions, state__in=LEFT_TO_STORE)
    return {key for key, version in rows.values_list("remote_id", "remote_version") if versions[key] == version}


def _vanished(channel: Channel, remote_ids: Sequence[str]) -> list[JobOutcome]:
    """The store does not have them: deleted (SPEC CAN-1)."""
    if not remote_ids:
        return []
    now = timezone.now()
    busy = cancel_vanished(channel, remote_ids, now=now)
    return [_later(key, now) if key in busy else JobOutcome(key=key, verdict="done") for key in remote_ids]


def _capture(
    channel: Channel, platform: Platform, orders: Sequence[RemoteOrder], *, by: CapturedBy, patient: bool
) -> list[JobOutcome]:
    now = timezone.now()
    try:
        captured = _capture_batch(channel, platform, orders, by=by, patient=patient, now=now)
    except Raced:
        return [_later(order.id, now) for order in orders]
    processed = process_captured(channel, [each.remote_id for each in captured], now=now)
    reasons = {each.order_id: each.reason for each in processed if each.reason}
    return [_outcome(each, reasons, now) for each in captured]


def _capture_batch(
    channel: Channel,
    platform: Platform,
    orders: Sequence[RemoteOrder],
    *,
    by: CapturedBy,
    patient: bool,
    now: datetime,
) -> list[Captured]:
    """A store that does not give its products keeps the orders waiting for a while, but never for good (CAP-7)."""
    try:
        return capture_orders(channel, orders, by=by, now=now, platform=platform)
    except TryLater:
        if patient:
            raise
        return capture_orders(channel, orders, by=by, now=now)


def _outcome(captured: Captured, reasons: dict[int, str], now: datetime) -> JobOutcome:
    if captured.order is not None and captured.order.pk in reasons:
        return JobOutcome(key=captured.remote_id, verdict="retry", message=reasons[captured.order.pk])
    if captured.action == Action.LATER and not _is_sale(captured.order):
        return _later(captured.remote_id, now)
    return JobOutcome(key=captured.remote_id, verdict="nothing" if captured.action == Action.NOTHING else "done")


def _is_sale(order: CapturedOrder | None) -> bool:
    """Whether what was being processed when we looked is finished now."""
    return order is not None and CapturedOrder.objects.filter(pk=order.pk, state=CapturedState.SALE).exists()


def _later(key: str, now: datetime) -> JobOutcome:
    """Somebody is at it; look again when their claim has run out."""
    return JobOutcome(
        key=key,
        verdict="again",
        message=_("The order is being processed."),
        retry_at=now + timedelta(seconds=CLAIM_SECONDS),
    )
