"""Deciding what a product of the store is that could not be matched (A25): link, create, ignore.

A decision is remembered with the conflict; an activity reads the product from the store again and saves it so, and so
does the next download. What cannot be is refused before anything is remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.enums import ConflictDecision, ConflictKind
from catalog.models import CatalogConflict
from catalog.queries.activities import RESOLVE
from catalog.services.choice_checks import check_choices, own_choices, read_claims
from catalog.services.decisions import Choice
from catalog.services.saving import save_products
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.services.activities import start_channel_run
from inventory.enums import Outcome
from inventory.models import Run, User
from inventory.services import audit
from inventory.services.runs import AlreadyRunning, ItemOutcome
from inventory_sync.lib.errors import ProductError

_AT_ONCE = 200
_WAITING = Q(decision__in=[ConflictDecision.LINK, ConflictDecision.CREATE])


class WrongChoice(ProductError):
    """A decision that cannot be carried out; `problems` says why for each variant of the store."""

    def __init__(self, message: str, *, problems: Mapping[str, str]) -> None:
        super().__init__(message)
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class DecidedAll:
    """`refused` conflicts need a person, one by one; `run` carries the others out."""

    decided: int
    refused: int
    run: Run | None = None


def decide_conflict(
    channel: Channel,
    *,
    conflict_id: int,
    decision: ConflictDecision,
    choices: Mapping[str, Choice] | None = None,
    user: User | None,
    now: datetime,
) -> Run | None:
    """Remembers the decision; link and create are carried out by the activity that it answers with.

    Deciding the same again changes nothing. Raises WrongChoice, CatalogConflict.DoesNotExist.
    """
    chosen = dict(choices or {}) if decision != ConflictDecision.IGNORE else {}
    with transaction.atomic():
        row = CatalogConflict.objects.select_for_update().get(pk=conflict_id, channel=channel)
        if decision != ConflictDecision.IGNORE:
            claims = read_claims(channel, [row], choices={row.pk: chosen})
            problems = check_choices(row, decision=decision, choices=chosen, claims=claims)
            if problems:
                raise WrongChoice(_("Nothing was decided. See what stands in the way."), problems=problems)
        _remember(channel, [(row, chosen)], decision, user, now)
    return _carry_out(channel, user, now) if decision != ConflictDecision.IGNORE else None


def take_back(channel: Channel, *, conflict_id: int, user: User | None, now: datetime) -> bool:
    """Makes an ignored or decided conflict open again; False where it was."""
    with transaction.atomic():
        row = CatalogConflict.objects.select_for_update().get(pk=conflict_id, channel=channel)
        if not row.decision:
            return False
        _remember(channel, [(row, {})], "", user, now)
    return True


def decide_all(
    channel: Channel, *, decision: ConflictDecision, kind: str = "", user: User | None, now: datetime
) -> DecidedAll:
    """All open conflicts of a kind (empty: of every kind), ignored or created under the store's own SKUs.

    What cannot be created so stays open. Short transactions.
    """
    rows = CatalogConflict.objects.filter(channel=channel, decision="")
    if kind in ConflictKind.values:
        rows = rows.filter(kind=kind)
    decided = refused = last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = part[-1].pk
        with transaction.atomic():
            done = _decide_part(channel, part, decision, user, now)
        decided, refused = decided + done, refused + len(part) - done
    run = _carry_out(channel, user, now) if decided and decision == ConflictDecision.CREATE else None
    return DecidedAll(decided=decided, refused=refused, run=run)


def _decide_part(
    channel: Channel, part: list[CatalogConflict], decision: ConflictDecision, user: User | None, now: datetime
) -> int:
    if decision == ConflictDecision.IGNORE:
        _remember(channel, [(row, {}) for row in part], decision, user, now)
        return len(part)
    own = {row.pk: own_choices(row) for row in part}
    claims = read_claims(channel, part, choices=own)
    decided: list[tuple[CatalogConflict, Mapping[str, Choice]]] = []
    for row in part:
        chosen = claims.open_choices(row, own[row.pk])
        if chosen and not check_choices(row, decision=decision, choices=chosen, claims=claims):
            claims.take(chosen)
            decided.append((row, chosen))
    _remember(channel, decided, decision, user, now)
    return len(decided)


def _remember(
    channel: Channel,
    decided: Sequence[tuple[CatalogConflict, Mapping[str, Choice]]],
    decision: str,
    user: User | None,
    now: datetime,
) -> None:
    """Two statements for any number; what is decided so already, or was resolved meanwhile, stays as it is."""
    changed, entries = [], []
    for row, choices in decided:
        stored: dict[str, Any] = {key: choice.as_json() for key, choice in choices.items()}
        if (row.decision, row.choices) == (decision, stored):
            continue
        told = {"decision": (row.decision or None, decision or None), "choices": (None, _in_words(choices) or None)}
        action = _("Decided on a conflict") if decision else _("Took back a decision")
        entries.append(audit.Entry(action=action, obj=row, changes=told, scope_key=channel.scope_key))
        row.decision, row.choices, row.decided_by, row.decided_at = decision, stored, user, now
        changed.append(row)
    CatalogConflict.objects.bulk_update(changed, ["decision", "choices", "decided_by", "decided_at"], batch_size=100)
    audit.record_many(entries, user=user, now=now)


def _in_words(choices: Mapping[str, Choice]) -> list[str]:
    return [
        f"{key}: #{choice.product_id}" if choice.product_id else f"{key}: {choice.sku}"
        for key, choice in choices.items()
    ]


# --- carrying it out


def _carry_out(channel: Channel, user: User | None, now: datetime) -> Run:
    """The activity that is running already takes later decisions along."""
    try:
        return start_channel_run(channel, kind=RESOLVE, title=_("Decided products"), user=user, now=now)
    except AlreadyRunning as error:
        return error.run


def step_resolve(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """The next decided products, in the order of their decisions, read from the store and saved."""
    waiting = CatalogConflict.objects.filter(_WAITING, channel=channel).order_by("decided_at", "pk")
    if "at" in run.cursor:
        at = datetime.fromisoformat(run.cursor["at"])
        waiting = waiting.filter(Q(decided_at__gt=at) | Q(decided_at=at, pk__gt=run.cursor["pk"]))
    size = platform_spec(channel.platform).limits.products_by_id
    rows = list(waiting[: size + 1])
    part, is_last = rows[:size], len(rows) <= size
    if not part:
        return StepResult(finished=True, cursor=run.cursor)
    now = timezone.now()
    remotes = platform.products.get_many([row.remote_id for row in part])
    saved = save_products(channel, remotes, user=run.started_by, now=now)
    there = {remote.id for remote in remotes}
    gone = [row for row in part if row.remote_id not in there]
    CatalogConflict.objects.filter(pk__in=[row.pk for row in gone]).delete()
    cursor = {"at": part[-1].decided_at.isoformat(), "pk": part[-1].pk} if part[-1].decided_at else run.cursor
    return StepResult(
        outcomes=[*saved.outcomes, *(_gone(row) for row in gone)],
        passed=saved.passed,
        cursor=cursor,
        finished=is_last,
    )


def _gone(row: CatalogConflict) -> ItemOutcome:
    reason = _("The store no longer has it.")
    return ItemOutcome(key=row.remote_id, label=row.remote_name, outcome=Outcome.SKIPPED, reason=reason)
