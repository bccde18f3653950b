"""The buffers chosen for a batch (BUF-6), set by the activity that lists it: they may be those of a whole range."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from catalog.services.buffers import apply_choice
from catalog.services.listing_plan import buffer_of
from catalog.services.plan_runs import AGAIN
from catalog.services.units import numbers
from channels.models import Channel
from channels.registry import StepResult
from inventory.enums import Outcome
from inventory.models import Product, Run, RunItem

_ROWS = 500
"""Of one step."""


def has_choice(run: Run) -> bool:
    """Rows that are tried again have had their buffers set, by the first attempt or by a person since."""
    return buffer_of(run).mode != "keep" and not run.options.get(AGAIN)


def step_buffers(channel: Channel, run: Run) -> StepResult:
    """BUF-6: of the next rows that were not left out, whether or not anything else of them changes. Sends nothing."""
    kept = RunItem.objects.filter(run=run, outcome__in=[Outcome.PENDING, Outcome.NOTHING])
    rows = kept.filter(pk__gt=run.cursor.get("after", 0)).order_by("pk")
    found = list(rows.values_list("pk", "key")[:_ROWS])
    ids = _product_ids([key for _pk, key in found])
    apply_choice(channel, choice=buffer_of(run), product_ids=ids, user=run.started_by, now=timezone.now())
    more = {"phase": "buffers", "after": found[-1][0]} if len(found) == _ROWS else {"phase": "update"}
    return StepResult(cursor=more)


def _product_ids(keys: Sequence[str]) -> list[int]:
    rows = Product.objects.filter(Q(pk__in=numbers(keys, "p")) | Q(family_id__in=numbers(keys, "f")))
    return list(rows.order_by("pk").values_list("pk", flat=True))
