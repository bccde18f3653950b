"""Why a store has another number or content than we (NEW-1), as far as it can be told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from catalog.enums import DriftCause
from catalog.models import Listing, ListingItem, StoreHold
from catalog.queries.plans import LIST
from catalog.services.marks import parse_key
from channels.enums import JobKind, JobState
from channels.models import ChangeMark, Channel, Notice, SyncJob
from inventory.enums import Bucket, Outcome
from inventory.models import Movement, Run, RunItem

LATELY = timedelta(minutes=5)
"""So long an order or a push may be on its way: stores and we do not move at the same moment."""
_PLANS = 3
"""Newest activities of listing whose refusals are remembered."""
_SUFFIXES = ("", "/resend", "/resend-later")


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Whose quantity is moving: an order or a number is on its way between the store and us."""

    everything: bool = False
    product_ids: frozenset[int] = frozenset()

    def concerns(self, product_id: int) -> bool:
        return self.everything or product_id in self.product_ids


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What causes are told from, of the products of one page."""

    channel: Channel
    pending: Pending
    given_up: Mapping[int, str] = field(default_factory=dict)
    """Words of stock jobs that were given up, by product."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Words of the newest refusal to list or update, by unit."""


def pending_orders(channel: Channel, product_ids: Collection[int], *, now: datetime) -> Pending:
    """Orders that the store has counted and we have not, or the other way round. Three statements at most."""
    if _orders_are_waiting(channel):
        return Pending(everything=True)
    holds = StoreHold.objects.filter(channel=channel, product_id__in=product_ids)
    allocated = Movement.objects.filter(
        product_id__in=product_ids, bucket=Bucket.ALLOCATED, posting__at__gte=now - LATELY
    )
    return Pending(product_ids=frozenset(_products(holds) | _products(allocated)))


def pending_quantities(channel: Channel, product_ids: Collection[int], *, now: datetime) -> Pending:
    """The same, and numbers of ours that are being sent or were sent a moment ago. Five statements at most."""
    orders = pending_orders(channel, product_ids, now=now)
    if orders.everything:
        return orders
    wanted = Q(kind=JobKind.STOCK) & (Q(key__in=_stock_keys(product_ids)) | Q(key__startswith="all/"))
    marks = ChangeMark.objects.filter(wanted, channel=channel).order_by().values_list("key", flat=True)
    jobs = SyncJob.objects.filter(wanted, channel=channel, state=JobState.QUEUED).order_by()
    keys = [parse_key(key) for key in marks.union(jobs.values_list("key", flat=True))]
    if any(key and key.product_id is None for key in keys):
        return Pending(everything=True)
    marked = {key.product_id for key in keys if key and key.product_id is not None}
    pushed = ListingItem.objects.filter(channel=channel, product_id__in=product_ids, pushed_at__gte=now - LATELY)
    return Pending(product_ids=orders.product_ids | marked | _products(pushed))


def _products(rows: QuerySet[Any]) -> set[int]:
    return set(rows.order_by().values_list("product_id", flat=True))


def _orders_are_waiting(channel: Channel) -> bool:
    """A notice or a changed order that nobody has read yet may be about any product."""
    orders = {"channel": channel, "kind": JobKind.ORDER}
    noticed = Notice.objects.filter(absorbed_at__isnull=True, **orders).order_by().values("pk")
    marked = ChangeMark.objects.filter(**orders).order_by().values("pk")
    queued = SyncJob.objects.filter(state=JobState.QUEUED, **orders).order_by().values("pk")
    return bool(noticed.union(marked, queued, all=True)[:1])


def _stock_keys(product_ids: Collection[int]) -> list[str]:
    return [f"{pk}{suffix}" for pk in product_ids for suffix in _SUFFIXES]


def read_facts(channel: Channel, *, product_ids: Collection[int], units: Collection[str], now: datetime) -> Facts:
    """Eight statements at most."""
    failed = SyncJob.objects.filter(
        channel=channel, kind=JobKind.STOCK, state=JobState.FAILED, key__in=_stock_keys(product_ids)
    )
    given_up = {parse_key(key): words for key, words in failed.values_list("key", "message")}
    return Facts(
        channel=channel,
        pending=pending_quantities(channel, product_ids, now=now),
        given_up={key.product_id: words for key, words in given_up.items() if key and key.product_id is not None},
        refused=_refused(channel, units),
    )


def _refused(channel: Channel, units: Collection[str]) -> dict[str, str]:
    runs = Run.objects.filter(scope_key=channel.scope_key, kind=LIST, started_at__isnull=False).order_by("-pk")
    newest = list(runs.values_list("pk", flat=True)[:_PLANS])
    rows = RunItem.objects.filter(run_id__in=newest, key__in=units).order_by("run_id")
    latest = {key: (outcome, reason) for key, outcome, reason in rows.values_list("key", "outcome", "reason")}
    return {key: reason for key, (outcome, reason) in latest.items() if outcome == Outcome.FAILED}


def quantity_cause(
    item: ListingItem, *, pushed: Decimal | None, theirs: Decimal, facts: Facts
) -> tuple[DriftCause, str]:
    """Cause and words of a number that is another one in the store. `pushed`: what was last sent."""
    channel, words = facts.channel, item.push_error or facts.given_up.get(item.product_id, "")
    if facts.pending.concerns(item.product_id):
        return DriftCause.IN_FLIGHT, ""
    if words:
        return DriftCause.PUSH_FAILED, words
    if channel.read_only or not channel.settings.update_stock or not item.sync_stock:
        return DriftCause.NOT_SENT, ""
    if pushed is None or pushed == theirs:
        return DriftCause.CHANGED_HERE, ""
    return DriftCause.STORE_EDIT, ""


def content_cause(listing: Listing, *, unit: str, fingerprint: str, facts: Facts) -> tuple[DriftCause, str]:
    """Cause and words of a price or a text. `fingerprint`: of what the store has now.

    What was downloaded and never sent is the store's own, so another content than then was changed there.
    """
    if unit in facts.refused:
        return DriftCause.PUSH_FAILED, facts.refused[unit]
    is_edited = listing.sent_at is None and listing.fingerprint not in ("", fingerprint)
    if is_edited or (listing.changed_at is None and listing.sent_at is not None):
        return DriftCause.STORE_EDIT, ""
    return (DriftCause.NOT_SENT if facts.channel.read_only else DriftCause.CHANGED_HERE), ""
