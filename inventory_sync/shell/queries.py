"""What the shell reads for its frame, search and health."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import connection
from django.urls import reverse

from channels.enums import JobState
from channels.models import SyncJob
from channels.queries import channels_for
from inventory.enums import RUN_OPEN
from inventory.models import Run, User
from inventory.registry import SearchHit, registry

_SHOWN = 10
HITS_PER_KIND = 20


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Long work under way; `percent` is None while the total is unknown."""

    label: str
    url: str
    percent: int | None


@dataclass(frozen=True, kw_only=True)
class HitGroup:
    kind: str
    hits: Sequence[SearchHit]


def running_activities(user: User) -> list[Activity]:
    """Newest first, at most ten; nothing of channels the user does not see."""
    if not user.has_perm("inventory.view_run"):
        return []
    runs = list(Run.objects.filter(state__in=RUN_OPEN).order_by("-pk")[:_SHOWN])
    if any(run.scope_key for run in runs):
        scopes = {channel.scope_key for channel in channels_for(user)}
        runs = [run for run in runs if not run.scope_key.startswith("channel:") or run.scope_key in scopes]
    return [
        Activity(
            label=run.title, url=_run_url(run), percent=min(99, run.handled * 100 // run.total) if run.total else None
        )
        for run in runs
    ]


def _run_url(run: Run) -> str:
    return reverse("inventory:run", args=[run.pk])


def search(user: User, text: str) -> list[HitGroup]:
    """Hits of every provider, grouped by kind in the order of the providers."""
    hits = [hit for provider in registry.search_providers for hit in provider(user, text)]
    order = {kind: place for place, kind in reversed(list(enumerate(hit.kind for hit in hits)))}
    hits.sort(key=lambda hit: order[hit.kind])
    return [HitGroup(kind=kind, hits=list(group)) for kind, group in groupby(hits, key=lambda hit: hit.kind)]


def database_answers() -> bool:
    """Raises DatabaseError when it does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def oldest_due_job(now: datetime) -> datetime | None:
    """Since when the longest waiting remote work is due."""
    due = SyncJob.objects.filter(state=JobState.QUEUED, not_before__lte=now)
    return due.order_by("not_before").values_list("not_before", flat=True).first()
