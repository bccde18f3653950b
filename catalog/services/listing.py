"""Listing and updating exactly what was previewed (LST-3, LST-4, BLK-1, NEW-2), with the levels (LST-5).

One call of the gateway a step. Rows that are being sent are noted before the call, so that a process that ends within
it makes nothing twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.queries.levels import sync_quantities
from catalog.queries.plans import Will, as_row, is_ready
from catalog.services.buffers import BufferOff
from catalog.services.desired import Sending, content_print, desired_of, read_sending, with_files
from catalog.services.differences import VARIATION, differences, matched, only_changes
from catalog.services.links import Keeping, Made, Updated, keep_made, keep_updated, moved_meanwhile
from catalog.services.listing_plan import buffer_of
from catalog.services.listing_rows import Planning, page_of, plan_row, print_of, wanted
from catalog.services.plan_buffers import has_choice, step_buffers
from catalog.services.plan_runs import (
    AGAIN,
    before_of,
    in_doubt,
    moved,
    next_rows,
    note_sending,
    retry_rows,
    told,
    will_of,
)
from catalog.services.preview import PreviewUnfinished
from catalog.services.push import push_chosen
from catalog.services.removal import forget_listings
from catalog.services.units import Unit, read_units
from catalog.services.updates import NothingChosen, ReadOnly
from channels.models import Channel
from channels.ports import Capability, Platform
from channels.registry import StepResult, platform_spec
from channels.remote import DesiredProduct, ProductResult, RemoteProduct
from channels.services.activities import resume_channel_run
from inventory.enums import Outcome, RecordStatus
from inventory.models import Run, RunItem, User
from inventory.services import runs
from inventory.services.runs import ItemOutcome

__all__ = ["confirm_plan", "retry_rows", "step_list"]


def confirm_plan(
    channel: Channel, *, plan: Run, keys: Collection[str] | None = None, user: User | None, now: datetime
) -> Run:
    """Starts applying exactly these rows of a preview (None: all that wait), with its choice of buffers.

    Raises ReadOnly, PreviewUnfinished, NothingChosen, RunClosed, AlreadyRunning, BufferOff.
    """
    if channel.read_only:
        raise ReadOnly.of(channel)
    if not is_ready(plan):
        raise PreviewUnfinished(_("This preview is not complete. Wait for it, or make a new one."))
    choice = buffer_of(plan)
    if choice.mode != "keep" and not channel.settings.use_buffer:
        raise BufferOff(_("Switch “Use buffer inventory” on in Setup first."))
    with transaction.atomic():
        waiting = RunItem.objects.filter(run=plan, outcome=Outcome.PENDING)
        if keys is not None:
            waiting.exclude(key__in=list(keys)).update(outcome=Outcome.SKIPPED, reason=_("Left out by hand."))
        if choice.mode == "keep" and not waiting.exists():
            raise NothingChosen(_("No row of this preview changes anything."))
        started = runs.start_planned(plan, user=user, now=now)
        Run.objects.filter(pk=plan.pk).update(total=RunItem.objects.filter(run=plan).count())
        resume_channel_run(channel, run=started)
    started.refresh_from_db()
    return started


# -- the steps


@dataclass(frozen=True, kw_only=True)
class Step:
    """Rows of one step with everything that they are decided by."""

    channel: Channel
    platform: Platform
    run: Run
    keeping: Keeping
    planning: Planning
    units: Mapping[str, Unit]
    doubt: frozenset[str]
    """Rows that an earlier attempt may have sent: what is different in the store may be our own doing."""

    @property
    def sending(self) -> Sending:
        return self.planning.sending

    def is_loose(self, row: RunItem) -> bool:
        """Whether the row is sent as it is here now, not only as it was previewed."""
        return row.key in self.doubt or bool(self.run.options.get(AGAIN))


def step_list(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """First the chosen buffers, then links and updates, then what is made. Raises ReadOnly, BufferOff."""
    if channel.read_only:
        raise ReadOnly.of(channel)
    limits = platform_spec(channel.platform).limits
    phase = run.cursor.get("phase", "buffers" if has_choice(run) else "update")
    if phase == "buffers":
        return step_buffers(channel, run)
    if phase == "update":
        rows = next_rows(run, size=limits.products_by_id, wills=[Will.UPDATE, Will.LINK])
        if rows:
            return _done(run, phase, rows, _apply(channel, platform, run, rows))
        run.cursor = {"phase": "create"}
    rows = next_rows(run, size=limits.product_writes, wills=[Will.CREATE])
    if not rows:
        return StepResult(cursor=run.cursor, finished=True)
    return _done(run, "create", rows, _apply(channel, platform, run, rows))


def _done(run: Run, phase: str, rows: Sequence[RunItem], outcomes: Mapping[str, ItemOutcome]) -> StepResult:
    return StepResult(outcomes=[outcomes[row.key] for row in rows], cursor={"phase": phase, "after": rows[-1].pk})


def _apply(channel: Channel, platform: Platform, run: Run, rows: Sequence[RunItem]) -> dict[str, ItemOutcome]:
    sending = read_sending(channel)
    units = read_units(channel, [row.key for row in rows], tiers=sending.tiers)
    remotes = _read_listed(platform, rows, units)
    planning = Planning(
        sending=sending,
        levels=sync_quantities(channel, [pk for unit in units.values() for pk in unit.product_ids]),
        remotes=remotes,
        by_sku={},
        visible=bool(run.options.get("visible", True)),
        relist=bool(run.options.get("relist")),
    )
    step = Step(
        channel=channel,
        platform=platform,
        run=run,
        keeping=Keeping(channel=channel, user=run.started_by, now=timezone.now()),
        planning=planning,
        units=units,
        doubt=in_doubt(run),
    )
    creating = [row for row in rows if _is_created(row, step)]
    updating = [row for row in rows if row not in creating]
    outcomes = _update(step, updating) if updating else {}
    return outcomes | (_create(step, creating) if creating else {})


def _read_listed(platform: Platform, rows: Sequence[RunItem], units: Mapping[str, Unit]) -> dict[str, RemoteProduct]:
    ids = {before_of(row, "product_id") for row in rows if will_of(row) != Will.CREATE}
    ids |= {unit.remote_id for row in rows if will_of(row) == Will.CREATE and (unit := units.get(row.key))}
    wanted_ids = sorted(ids - {""})
    return {remote.id: remote for remote in platform.products.get_many(wanted_ids)} if wanted_ids else {}


def _is_created(row: RunItem, step: Step) -> bool:
    """What an earlier attempt has made and kept already is completed by updating it."""
    if will_of(row) != Will.CREATE:
        return False
    unit = step.units.get(row.key)
    if unit is None or unit.listing is None:
        return True
    return not step.is_loose(row) or unit.remote_id == before_of(row, "product_id")


# -- updating


@dataclass(frozen=True, kw_only=True)
class Update:
    """A row that may be applied."""

    row: RunItem
    unit: Unit
    whole: DesiredProduct
    remote: RemoteProduct
    sent: DesiredProduct | None


def _update(step: Step, rows: Sequence[RunItem]) -> dict[str, ItemOutcome]:
    checked = [_check_update(step, row) for row in rows]
    refused = {each.key: each for each in checked if isinstance(each, ItemOutcome)}
    due = [each for each in checked if isinstance(each, Update)]
    sent = [each.sent for each in due if each.sent is not None]
    levels = {pk for each in due for pk in _levels_of(each, everything=each.row.key in step.doubt)}
    if sent or levels:
        note_sending(step.run, [each.row.key for each in due])
    known = [each.remote for each in due if each.sent is not None]
    answers = step.platform.products.update([with_files(each) for each in sent], known=known) if sent else ()
    results = {answer.key: answer for answer in answers}
    errors = keep_updated(step.keeping, [_kept(step, each, results.get(each.row.key)) for each in due])
    words = _push(step, levels)
    outcomes = {}
    for each in due:
        answer = results.get(each.row.key) if each.sent is not None else None
        silent = _("The store did not say what became of it.") if each.sent is not None and answer is None else ""
        error = errors.get(each.row.key) or (answer.error if answer else silent)
        outcomes[each.row.key] = _told(each.row, each.unit, error, words)
    return refused | outcomes


def _check_update(step: Step, row: RunItem) -> ItemOutcome | Update:
    """Whether a row is still what was previewed (NEW-2)."""
    unit = step.units.get(row.key)
    if unit is None or not unit.products:
        return moved(row)
    if unit.listing is None and will_of(row) != Will.LINK:
        return moved(row, _("It is not listed any more. Make a new preview."))
    number = unit.remote_id or before_of(row, "product_id")
    remote = step.planning.remotes.get(number)
    if remote is None:
        return told(row, Outcome.FAILED, reason=_("The store does not have it any more."), fix=page_of(unit))
    desired = desired_of(unit, step.sending, step.planning.levels)
    if not step.is_loose(row):
        is_linked = unit.listing is not None
        if is_linked == (will_of(row) == Will.LINK) or print_of(desired, remote, step.sending) != row.fingerprint:
            return moved(row)
    taxes = step.sending.taxes
    sent = None if will_of(row) == Will.LINK else only_changes(desired, remote, taxes=taxes)
    if sent is not None and not step.sending.adds_variations:
        fresh = [each for each in differences(desired, remote, taxes=taxes) if each.field == VARIATION]
        if fresh:
            return told(row, Outcome.FAILED, reason=plan_row(unit, step.planning).reason, fix=page_of(unit))
    return Update(row=row, unit=unit, whole=matched(desired, remote), remote=remote, sent=sent)


def _levels_of(update: Update, *, everything: bool) -> set[int]:
    """Products whose quantity the store has another number for, or none yet; or all that are counted."""
    there = {variant.id: variant for variant in update.remote.variants}
    found = set()
    for variant in update.whole.variants:
        known = there.get(variant.variant_id)
        if variant.quantity is None or (known is not None and known.tracking == "none"):
            continue
        if everything or known is None or known.quantity != variant.quantity:
            found.add(int(variant.key))
    return found


def _kept(step: Step, update: Update, result: ProductResult | None) -> Updated:
    return Updated(
        unit=update.unit,
        whole=update.whole,
        remote=update.remote,
        sent=update.sent,
        result=result,
        changes=_changes_told(step, update, result),
        is_link=will_of(update.row) == Will.LINK,
    )


def _changes_told(step: Step, update: Update, result: ProductResult | None) -> tuple[tuple[str, str, str], ...]:
    """For the audit trail, once: after a doubt what was previewed, unless the earlier attempt has told it."""
    row, listing = update.row, update.unit.listing
    if row.key in step.doubt:
        since = step.run.advanced_at
        is_told = listing is None or (listing.sent_at and since and listing.sent_at >= since)
        found = [] if is_told or will_of(row) != Will.UPDATE else as_row(row).changes
    elif update.sent is None or result is None or result.error:
        found = []
    else:
        desired = desired_of(update.unit, step.sending, step.planning.levels)
        found = differences(desired, update.remote, taxes=step.sending.taxes)
    return tuple((f"{each.sku} {each.label}".strip(), each.old, each.new) for each in found)


def _push(step: Step, product_ids: Collection[int]) -> dict[int, str]:
    """Sends levels; answers the store's words on those that it refused, by product."""
    if not product_ids:
        return {}
    sent = push_chosen(step.channel, step.platform, product_ids=product_ids, now=timezone.now())
    return {pk: each.error for pk, each in sent.items() if each.error}


def _told(row: RunItem, unit: Unit, error: str, levels: Mapping[int, str]) -> ItemOutcome:
    refused = [
        _("Quantity of %(sku)s: %(words)s") % {"sku": product.sku, "words": levels[product.pk]}
        for product in unit.products
        if product.pk in levels
    ]
    words = " ".join(part for part in (error, *refused) if part)
    return told(row, Outcome.FAILED, reason=words, fix=page_of(unit)) if words else told(row, Outcome.DONE)


# -- making


@dataclass(frozen=True, kw_only=True)
class Creation:
    """A row that may be made."""

    row: RunItem
    unit: Unit
    desired: DesiredProduct


def _create(step: Step, rows: Sequence[RunItem]) -> dict[str, ItemOutcome]:
    checked = [_check_creation(step, row) for row in rows]
    outcomes = {each.key: each for each in checked if isinstance(each, ItemOutcome)}
    due = [each for each in checked if isinstance(each, Creation)]
    if not due:
        return outcomes
    note_sending(step.run, [each.row.key for each in due])
    stuck = _remove_first(step, [each for each in due if each.unit.listing is not None])
    outcomes |= stuck
    due = [each for each in due if each.row.key not in stuck]
    look = bool(step.doubt) or bool(step.run.options.get(AGAIN))
    answers = step.platform.products.create([with_files(each.desired) for each in due], look_first=look) if due else ()
    results = {answer.key: answer for answer in answers}
    made = [_made(step, each, result) for each in due if (result := results.get(each.row.key)) and result.product_id]
    errors = keep_made(step.keeping, made)
    _look_again(step, {each.unit.key: each.desired for each in made if each.unit.key not in errors})
    words = _push(step, _levels_to_send(step, made))
    for each in due:
        answer = results.get(each.row.key)
        silent = _("The store did not say what became of it.")
        error = errors.get(each.row.key) or (answer.error if answer else silent)
        outcomes[each.row.key] = _told(each.row, each.unit, error, words)
    return outcomes


def _look_again(step: Step, made: Mapping[str, DesiredProduct]) -> None:
    """A change of content while the store answered found no link to mark."""
    if not made:
        return
    moved_on = []
    for key, unit in read_units(step.channel, list(made), tiers=step.sending.tiers).items():
        fresh = replace(unit, products=[each for each in unit.products if each.status == RecordStatus.ACTIVE])
        desired = wanted(fresh, step.planning)[0] if fresh.products and unit.listing else None
        if desired is not None and unit.listing and content_print(desired) != content_print(made[key]):
            moved_on.append(unit.listing.pk)
    moved_meanwhile(step.channel, moved_on, now=timezone.now())


def _check_creation(step: Step, row: RunItem) -> ItemOutcome | Creation:
    unit = step.units.get(row.key)
    if unit is None or not unit.products:
        return moved(row)
    if unit.listing is not None and unit.remote_id != before_of(row, "product_id"):
        return moved(row, _("It is listed by now. Make a new preview to update it."))
    fresh = replace(unit, products=[each for each in unit.products if each.status == RecordStatus.ACTIVE])
    if not fresh.products:
        return moved(row)
    desired, _notes = wanted(fresh, step.planning)
    if step.is_loose(row):
        planned = plan_row(unit, step.planning)
        if planned.will != Will.CREATE:
            return told(row, Outcome.FAILED, reason=planned.reason, fix=planned.fix)
    elif print_of(desired, None, step.sending) != row.fingerprint:
        return moved(row)
    return Creation(row=row, unit=fresh, desired=desired)


def _remove_first(step: Step, due: Sequence[Creation]) -> dict[str, ItemOutcome]:
    """A30: removed from the store, then listed again; those that the store keeps are told."""
    ids = [each.unit.remote_id for each in due]
    results = {answer.key: answer for answer in step.platform.products.delete(ids)} if ids else {}
    stuck, gone = {}, []
    for each in due:
        answer = results.get(each.unit.remote_id)
        if answer is not None and answer.error and not answer.gone:
            stuck[each.row.key] = told(each.row, Outcome.FAILED, reason=answer.error, fix=page_of(each.unit))
        elif each.unit.listing is not None:
            gone.append(each.unit.listing)
    forget_listings(step.channel, gone, user=step.run.started_by, now=timezone.now())
    return stuck


def _made(step: Step, creation: Creation, result: ProductResult) -> Made:
    """Where the store has locations levels go by themselves; elsewhere they went with the product."""
    inline = {} if _has_locations(step.channel) else dict(step.planning.levels)
    muted = before_of(creation.row, "muted", [])
    return Made(unit=creation.unit, desired=creation.desired, result=result, levels=inline, muted=frozenset(muted))


def _has_locations(channel: Channel) -> bool:
    return platform_spec(channel.platform).can(Capability.STORE_LOCATIONS)


def _levels_to_send(step: Step, made: Sequence[Made]) -> set[int]:
    if not _has_locations(step.channel):
        return set()
    return {
        int(variant.key)
        for each in made
        for variant in each.desired.variants
        if variant.quantity is not None and variant.key in each.result.variant_ids
    }
