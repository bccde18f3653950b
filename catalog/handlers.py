"""Job handler of stock levels, and the steps of the catalog's activities."""

from collections.abc import Sequence

from django.utils import timezone

from catalog.queries.activities import CUSTOMERS, DOWNLOAD, LOOK, RESOLVE
from catalog.queries.drift import DRIFT
from catalog.queries.plans import LIST, READ
from catalog.queries.previews import FIRST_PUSH, READ_STORE
from catalog.services.buffer_run import BUFFERS, step_set_buffers
from catalog.services.conflicts import step_resolve
from catalog.services.customer_download import step_customers
from catalog.services.download import step_download, step_look
from catalog.services.drift import step_compare
from catalog.services.listing import step_list
from catalog.services.listing_plan import step_read
from catalog.services.marks import parse_key
from catalog.services.preview import step_first_push, step_read_store
from catalog.services.push import Sent, push_changed
from catalog.services.removal import STEPS as REMOVAL_STEPS
from catalog.services.sweep import push_all
from catalog.services.updates import PUSH_AFFECTED, UNLINK, UPDATE, step_unlink, step_update
from channels.enums import JobKind
from channels.models import Channel, SyncJob
from channels.ports import Platform
from channels.registry import JobHandler, JobOutcome, RunStep

BATCH = 2000


def push_stock(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    """Keys of products together in the fewest calls; keys for everything page by page."""
    keys = {job.key: parse_key(job.key) for job in jobs}
    products = {key: each for key, each in keys.items() if each and each.product_id is not None}
    sent = push_changed(
        channel,
        platform,
        product_ids=[each.product_id for each in products.values() if each.product_id is not None],
        resend={each.product_id for each in products.values() if each.resend and each.product_id is not None},
        now=timezone.now(),
    )
    outcomes = []
    for job in jobs:
        key = keys[job.key]
        if key is None:
            outcomes.append(JobOutcome(key=job.key, verdict="nothing"))
        elif key.product_id is None:
            outcomes.append(push_all(channel, platform, job=job, now=timezone.now()))
        else:
            outcomes.append(_outcome(job.key, sent.get(key.product_id)))
    return outcomes


def _outcome(key: str, sent: Sent | None) -> JobOutcome:
    if sent is None or sent.is_same:
        return JobOutcome(key=key, verdict="nothing")
    if sent.is_uncounted:
        return JobOutcome(key=key, verdict="done")  # the catalog says so; there is nothing to try again
    if sent.error:
        return JobOutcome(key=key, verdict="failed", message=sent.error)
    return JobOutcome(key=key, verdict="done")


STOCK_HANDLER = JobHandler(
    kind=JobKind.STOCK, priority=20, batch=BATCH, handle=push_stock, most=lambda limits: limits.stock_batch
)
RUN_STEPS: dict[str, RunStep] = {
    LOOK: step_look,
    DOWNLOAD: step_download,
    RESOLVE: step_resolve,
    CUSTOMERS: step_customers,
    READ_STORE: step_read_store,
    DRIFT: step_compare,
    FIRST_PUSH: step_first_push,
    UPDATE: step_update,
    PUSH_AFFECTED: step_update,
    UNLINK: step_unlink,
    BUFFERS: step_set_buffers,
    READ: step_read,
    LIST: step_list,
    **REMOVAL_STEPS,
}
