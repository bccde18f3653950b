"""Activities of a channel: long work that advances step by step in the channel's drain (JOB-2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from channels.enums import JobKind
from channels.models import Channel
from channels.outbox import mark
from inventory.models import Run, User
from inventory.services import runs


def start_channel_run(
    channel: Channel,
    *,
    kind: str,
    title: str,
    user: User | None,
    options: Mapping[str, Any] | None = None,
    now: datetime,
) -> Run:
    """Starts an activity whose steps are `registry.run_steps[kind]`. Raises AlreadyRunning for a second one."""
    with transaction.atomic():
        run = runs.start_run(
            kind=kind,
            title=title,
            scope_key=channel.scope_key,
            scope_label=channel.name,
            user=user,
            options=dict(options or {}),
            now=now,
        )
        mark([channel.pk], kind=JobKind.RUN_STEP, keys=[str(run.pk)])
    return run


def resume_channel_run(channel: Channel, *, run: Run) -> None:
    """Has the next step of a started activity done (after a planned one was started, or nobody works on it)."""
    mark([channel.pk], kind=JobKind.RUN_STEP, keys=[str(run.pk)])
