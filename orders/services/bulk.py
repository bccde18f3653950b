"""Processing many pending orders: a few at once, more as an activity of their channel (SPEC PND-3, GEN-3, JOB-2)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from channels.models import Channel
from channels.registry import StepResult
from channels.services.activities import start_channel_run
from inventory.enums import Outcome
from inventory.models import Run, User
from inventory.services.runs import ItemOutcome
from orders.models import CapturedOrder
from orders.services.processing import Processed, process_many

RUN_KIND = "orders.process"
AT_ONCE = 20
"""More than these are not processed while somebody waits for the page."""
_STEP = 25


@dataclass(frozen=True, kw_only=True)
class BulkProcessed:
    """Orders that were processed at once, or the activities that go on with them."""

    processed: Sequence[Processed]
    runs: Sequence[Run]


def process_selected(order_ids: Sequence[int], *, user: User, now: datetime) -> BulkProcessed:
    """Process these; raises AlreadyRunning when the channel is at it already."""
    if len(order_ids) <= AT_ONCE:
        return BulkProcessed(processed=process_many(order_ids, user=user, now=now), runs=())
    by_channel: dict[int, list[int]] = defaultdict(list)
    rows = CapturedOrder.objects.filter(pk__in=order_ids).order_by("placed_at", "pk")
    for pk, channel_id in rows.values_list("pk", "channel_id"):
        by_channel[channel_id].append(pk)
    channels = Channel.objects.in_bulk(by_channel)
    runs = [
        start_channel_run(
            channels[channel_id],
            kind=RUN_KIND,
            title=_("Process orders"),
            user=user,
            options={"orders": ids},
            now=now,
        )
        for channel_id, ids in by_channel.items()
    ]
    return BulkProcessed(processed=(), runs=runs)


def process_part(run: Run, *, channel: Channel, now: datetime) -> StepResult:
    """Twenty-five orders; those that are sales already count as done, so a step may run twice."""
    ids = [int(pk) for pk in run.options.get("orders", [])]
    done = int(run.cursor.get("done", 0))
    part = ids[done : done + _STEP]
    mine = CapturedOrder.objects.filter(pk__in=part, channel=channel).values_list("pk", flat=True)
    results = process_many(mine, user=run.started_by, now=now)
    return StepResult(
        outcomes=[_outcome(result) for result in results],
        cursor={"done": done + len(part)},
        finished=done + len(part) >= len(ids),
        total=len(ids),
    )


def _outcome(result: Processed) -> ItemOutcome:
    return ItemOutcome(
        key=f"order:{result.order_id}",
        label=f"#{result.number}",
        outcome=Outcome.DONE if result.sale else Outcome.FAILED,
        reason=str(result.sale.number) if result.sale else result.reason,
    )
