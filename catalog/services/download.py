"""Downloading a store's products (SPEC CAT-1 to CAT-9): an activity, a few pages of the store a step.

The cursor is the store's; a step that runs twice changes nothing, a killed one starts its pages again.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import CatalogConflict
from catalog.queries.activities import DOWNLOAD, LOOK, is_resumable
from catalog.services.matching import ProductPlan, plan_products, read_known
from catalog.services.opening import opening_quantity
from catalog.services.saving import save_products
from channels.errors import AuthenticationFailed, StoreError, TryLater
from channels.models import Channel, ChannelSettings
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.remote import RemoteProduct
from channels.services.activities import start_channel_run
from inventory.enums import Outcome
from inventory.models import Run, User
from inventory.services import audit
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import ZERO

logger = logging.getLogger(__name__)

READ_AHEAD = 1_000
"""Variants that a step reads: where pages are small, most of a step's work would be keeping track of it."""
_LONGEST = 2.0
"""Seconds that a step reads: after a slow page it saves what it has, so that orders and *Cancel* need not wait."""


class NothingToResume(ProductError):
    """The download ended, or never came past its first page."""


class OpeningStockUndecided(ProductError):
    """A27: nobody has said yet whether new products take the store's quantity; there is no silent default."""


@dataclass(frozen=True, kw_only=True)
class StoreTotals:
    """What a first look at the store counted (A27, NEW-2)."""

    products: int = 0
    new: int = 0
    known: int = 0
    without_sku: int = 0
    conflicts: int = 0
    units: Decimal = ZERO
    """Units the store has of products that would be new."""

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> "StoreTotals":
        numbers = {name: int(counts.get(name, 0)) for name in ("products", "new", "known", "without_sku", "conflicts")}
        return cls(**numbers, units=Decimal(str(counts.get("units", "0"))))


# --- the first look


def start_look(channel: Channel, *, user: User | None, now: datetime) -> Run:
    """Counts what a download would bring; changes nothing. Raises AlreadyRunning."""
    return start_channel_run(channel, kind=LOOK, title=_("Look at the store’s products"), user=user, now=now)


def step_look(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """One page counted into the cursor."""
    page = platform.products.page(cursor=run.cursor.get("page", ""))
    counts: Mapping[str, Any] = run.cursor.get("counts", {})
    plans = plan_products(read_known(channel, page.products), page.products)
    totals = _count(StoreTotals.of(counts), plans)
    return StepResult(
        outcomes=[_seen(plan) for plan in plans],
        cursor={"page": page.next_cursor, "counts": _counts(totals)},
        finished=not page.next_cursor,
        total=page.total,
    )


def _seen(plan: ProductPlan) -> ItemOutcome:
    remote = plan.remote
    if plan.conflict or not plan.variants:
        reason = plan.conflict.words if plan.conflict else _("No SKU in the store.")
        return ItemOutcome(key=remote.id, label=remote.name or remote.id, outcome=Outcome.SKIPPED, reason=reason)
    fresh = sum(each.product is None for each in plan.variants)
    reason = _("%(count)s new") % {"count": fresh} if fresh else _("Known here")
    return ItemOutcome(key=remote.id, label=remote.name or remote.id, outcome=Outcome.NOTHING, reason=reason)


def _count(totals: StoreTotals, plans: Sequence[ProductPlan]) -> StoreTotals:
    variants = [each for plan in plans for each in plan.variants]
    fresh = [(plan.remote, each.remote) for plan in plans for each in plan.variants if each.product is None]
    counts = [opening_quantity(product, variant) for product, variant in fresh]
    units = sum((count for count in counts if count and count > 0), ZERO)
    return StoreTotals(
        products=totals.products + len(plans),
        new=totals.new + len(fresh),
        known=totals.known + len(variants) - len(fresh),
        without_sku=totals.without_sku + sum(len(plan.without_sku) for plan in plans),
        conflicts=totals.conflicts + sum(plan.conflict is not None for plan in plans),
        units=totals.units + units,
    )


def _counts(totals: StoreTotals) -> dict[str, Any]:
    return {
        "products": totals.products,
        "new": totals.new,
        "known": totals.known,
        "without_sku": totals.without_sku,
        "conflicts": totals.conflicts,
        "units": f"{totals.units:f}",
    }


def totals_of(run: Run) -> StoreTotals:
    """What a complete look counted."""
    return StoreTotals.of(run.cursor.get("counts", {}))


# --- the download


def decide_opening_stock(channel: Channel, *, take: bool, user: User | None, now: datetime) -> bool:
    """Keeps the answer to A27, once; False where it was given already."""
    with transaction.atomic():
        asked = ChannelSettings.objects.filter(channel=channel, import_opening_stock__isnull=True)
        if not asked.update(import_opening_stock=take):
            return False
        audit.record(
            user=user,
            action=_("decided on opening stock"),
            obj=channel,
            changes={"import_opening_stock": (None, take)},
            scope_key=channel.scope_key,
            now=now,
        )
    channel.settings.refresh_from_db()
    return True


def start_download(channel: Channel, *, force: bool = False, user: User | None, now: datetime) -> Run:
    """`force`: also what reads as it did when last seen is written from the store again.

    Raises OpeningStockUndecided before A27 is answered, AlreadyRunning for a second one.
    """
    if channel.settings.import_opening_stock is None:
        raise OpeningStockUndecided(_("Say first whether new products take the store’s quantity as opening stock."))
    title = _("Download of everything") if force else _("Product download")
    options = {"force": True} if force else {}
    return start_channel_run(channel, kind=DOWNLOAD, title=title, options=options, user=user, now=now)


def resume_download(channel: Channel, *, stopped: Run, user: User | None, now: datetime) -> Run:
    """Goes on where a cancelled or failed download stopped; a new activity for the rest of the store.

    Raises NothingToResume, AlreadyRunning.
    """
    if not is_resumable(stopped) or stopped.scope_key != channel.scope_key:
        raise NothingToResume(_("This download did not stop half-way: start a new one."))
    options = {
        **stopped.options,
        "resumed": stopped.pk,
        "since": stopped.options.get("since") or stopped.created_at.isoformat(),
        "before": stopped.options.get("before", 0) + stopped.handled,
    }
    with transaction.atomic():
        run = start_channel_run(channel, kind=DOWNLOAD, title=stopped.title, options=options, user=user, now=now)
        Run.objects.filter(pk=run.pk).update(cursor=stopped.cursor)
    run.refresh_from_db()
    return run


def step_download(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """A few pages: read them, save them, say what became of each product."""
    only = run.options.get("only")
    remotes, cursor, total = _asked(channel, platform, run, only) if only else _next_pages(platform, run)
    force, now = bool(run.options.get("force")), timezone.now()
    saved = save_products(channel, remotes, user=run.started_by, force=force, now=now)
    extra = run.cursor.get("extra", 0) + sum("/" in outcome.key for outcome in saved.outcomes)
    if not cursor and not only:
        _forget_unseen(channel, run)
    before = 0 if only else run.options.get("before", 0)
    return StepResult(
        outcomes=saved.outcomes,
        passed=saved.passed,
        cursor={"page": cursor, "extra": extra},
        finished=not cursor,
        total=max(total + extra - before, 0) if total is not None else None,
    )


def _forget_unseen(channel: Channel, run: Run) -> None:
    """Open conflicts of products that a whole download has not met: the store has them no more."""
    since = datetime.fromisoformat(run.options["since"]) if "since" in run.options else run.created_at
    unseen = CatalogConflict.objects.filter(channel=channel, decision="", seen_at__lt=since)
    if unseen.exists():
        unseen.delete()


def _next_pages(platform: Platform, run: Run) -> tuple[Sequence[RemoteProduct], str, int | None]:
    """At least one page. What the store answers instead of a further one is the next step's to hear again."""
    started = time.monotonic()
    page = platform.products.page(cursor=run.cursor.get("page", ""))
    products = {each.id: each for each in page.products}
    count = sum(len(each.variants) for each in page.products)
    while page.next_cursor and count < READ_AHEAD and time.monotonic() - started < _LONGEST:
        try:
            page = platform.products.page(cursor=page.next_cursor)
        except StoreError:
            break
        products |= {each.id: each for each in page.products}
        count += sum(len(each.variants) for each in page.products)
    return list(products.values()), page.next_cursor, page.total


def _asked(
    channel: Channel, platform: Platform, run: Run, only: Sequence[str]
) -> tuple[Sequence[RemoteProduct], str, int | None]:
    """The products of an activity that tries failed ones again."""
    size = platform_spec(channel.platform).limits.products_by_id
    ids = list(dict.fromkeys(key.partition("/")[0] for key in only))
    start = int(run.cursor.get("page") or 0)
    after = start + size
    cursor = str(after) if after < len(ids) else ""
    return platform.products.get_many(ids[start:after]), cursor, len(ids)


def download_missing(channel: Channel, platform: Platform, remote_product_ids: Sequence[str], *, now: datetime) -> None:
    """Products that an order names and we do not have, in one batch and their own transactions (SPEC CAP-7).

    A product that cannot be read or saved never loses the order: its line becomes a service line. Raises TryLater and
    AuthenticationFailed, after which the whole order comes again.
    """
    try:
        remotes = platform.products.get_many(list(remote_product_ids))
    except (TryLater, AuthenticationFailed):
        raise
    except StoreError as error:
        logger.warning(
            "Products of an order could not be read: %s", error.detail or error, extra={"channel": channel.pk}
        )
        return
    save_products(channel, remotes, user=None, now=now)
