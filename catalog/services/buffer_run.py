"""Product level buffers of all products that match (BUF-4): an activity, because they may be a whole range."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.queries.catalog import CatalogFilters, catalog_products
from catalog.services.buffers import BufferOff, set_buffers
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult
from channels.services.activities import start_channel_run
from inventory.enums import Outcome
from inventory.models import Product, Run, User
from inventory.services.runs import ItemOutcome

BUFFERS = "catalog.buffers"
_PIECE = 500


def start_set_buffers(
    channel: Channel, *, filters: CatalogFilters, quantity: int | None, user: User | None, now: datetime
) -> Run:
    """None takes the settings away. Nothing is sent (BUF-7). Raises BufferOff, AlreadyRunning."""
    if not channel.settings.use_buffer:
        raise BufferOff(_("Switch “Use buffer inventory” on in Setup first."))
    options = {"filters": filters.as_options(), "quantity": quantity}
    return start_channel_run(channel, kind=BUFFERS, title=_("Set buffers"), user=user, options=options, now=now)


def step_set_buffers(channel: Channel, _platform: Platform, run: Run) -> StepResult:
    """At most 500 products a step."""
    after = run.cursor.get("after", 0)
    rows = catalog_products(channel, CatalogFilters.from_options(run.options["filters"])).order_by("pk")
    if only := [int(key) for key in run.options.get("only", [])]:
        rows = rows.filter(pk__in=only)
    total = None if after else rows.count()
    ids = list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:_PIECE])
    if not ids:
        return StepResult(cursor=run.cursor, finished=True, total=total)
    try:
        set_buffers(channel, product_ids=ids, quantity=run.options["quantity"], user=run.started_by, now=timezone.now())
    except BufferOff as error:
        return StepResult(cursor=run.cursor, finished=True, total=total, message=error.message)
    names = Product.objects.filter(pk__in=ids).only("sku", "name").order_by("pk")
    outcomes = [ItemOutcome(key=str(each.pk), label=str(each), outcome=Outcome.DONE) for each in names]
    return StepResult(outcomes=outcomes, cursor={"after": ids[-1]}, finished=len(ids) < _PIECE, total=total)
