"""Previews of listing, removing, hiding and showing (NEW-2): an activity reads the store into a planned one.

Confirming applies exactly the planned one: `catalog.services.listing`, `catalog.services.removal`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Listing
from catalog.queries.levels import SyncQuantity, sync_quantities
from catalog.queries.plans import ALONE, HIDE, LIST, READ, REMOVE, SHOW, Will
from catalog.services.buffers import BufferChoice, BufferOff
from catalog.services.desired import Sending, read_sending
from catalog.services.links import in_step
from catalog.services.listing_rows import Planning, plan_row
from catalog.services.push import store_location
from catalog.services.removal import plan_removal
from catalog.services.selection import Chosen, Selection
from catalog.services.units import Unit, read_units
from catalog.services.updates import ReadOnly
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.remote import RemoteProduct
from channels.services.activities import start_channel_run
from inventory.enums import RUN_OPEN, RunState
from inventory.models import Run, User
from inventory.services import runs
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.text import fold

TITLES = {
    LIST: gettext_lazy("List and update products"),
    REMOVE: gettext_lazy("Remove products from the store"),
    HIDE: gettext_lazy("Hide products"),
    SHOW: gettext_lazy("Show products"),
}
_CHEAP = 10
"""So many calls for finding SKUs are not worth a look at how large the store is."""


def start_plan(
    channel: Channel,
    *,
    kind: str,
    selection: Selection,
    buffer: BufferChoice | None = None,
    visible: bool | None = None,
    relist: bool = False,
    user: User | None,
    now: datetime,
) -> Run:
    """A new preview and the activity that reads the store into it; the person's older open one of this kind goes.

    One of a single product leaves one of many alone, and the other way round.
    `visible`: whether what is listed anew is shown (A57); None as Setup says (SET-18). `relist`: what is listed is
    removed and listed again (A30). Raises ReadOnly, NothingChosen, NoStoreLocation, BufferOff, AlreadyRunning.
    """
    if channel.read_only:
        raise ReadOnly.of(channel)
    options = selection.as_options()
    is_alone = len(options.get("product_ids", ())) == 1
    options |= {ALONE: True} if is_alone else {}
    if kind == LIST:
        store_location(channel)
        options |= {
            "visible": not channel.settings.list_as_draft if visible is None else visible,
            "relist": relist,
            **_buffer_options(channel, buffer),
        }
    with transaction.atomic():
        _drop_older(channel, kind=kind, is_alone=is_alone, user=user, now=now)
        plan = runs.plan_run(
            kind=kind,
            title=str(TITLES[kind]),
            scope_key=channel.scope_key,
            scope_label=channel.name,
            user=user,
            options=options,
            now=now,
        )
        reading = _("Read the store for a preview")
        start_channel_run(channel, kind=READ, title=reading, user=user, options={"plan": plan.pk}, now=now)
    return plan


def _buffer_options(channel: Channel, buffer: BufferChoice | None) -> dict[str, Any]:
    if buffer is None or buffer.mode == "keep":
        return {}
    if not channel.settings.use_buffer:
        raise BufferOff(_("Switch “Use buffer inventory” on in Setup first."))
    return {"buffer": {"mode": buffer.mode, "quantity": buffer.quantity}}


def buffer_of(plan: Run) -> BufferChoice:
    """What was chosen in the bulk menu (BUF-6)."""
    return BufferChoice(**plan.options["buffer"]) if plan.options.get("buffer") else BufferChoice()


def _drop_older(channel: Channel, *, kind: str, is_alone: bool, user: User | None, now: datetime) -> None:
    older = Run.objects.filter(scope_key=channel.scope_key, kind=kind, state=RunState.PLANNED, started_by=user)
    ids = [run.pk for run in older.only("options") if bool(run.options.get(ALONE)) == is_alone]
    if not ids:
        return
    older.filter(pk__in=ids).update(
        state=RunState.CANCELLED, finished_at=now, message=_("A newer preview took its place.")
    )
    readers = Run.objects.filter(scope_key=channel.scope_key, kind=READ, state__in=RUN_OPEN)
    for reader in readers:
        if reader.options.get("plan") in ids:
            runs.finish_run(reader, state=RunState.CANCELLED, message=_("A newer preview took its place."), now=now)


# -- reading the store


def step_read(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """The next units of a preview, with what the store has of them."""
    plan = Run.objects.filter(pk=run.options["plan"], state=RunState.PLANNED).first()
    if plan is None:
        return StepResult(cursor=run.cursor, finished=True, message=_("This preview was dropped."))
    chosen = Chosen(channel, Selection.from_options(plan.options))
    cursor = run.cursor or {"after": 0, **_how_to_find(channel, plan, chosen)}
    if plan.kind == LIST and cursor.get("scan") is not None:
        return _scan(channel, platform, chosen, cursor)
    return _read_units(channel, platform, plan, chosen, cursor)


def _how_to_find(channel: Channel, plan: Run, chosen: Chosen) -> dict[str, Any]:
    """Many SKUs that a store looks up one by one are found sooner by reading it whole."""
    if plan.kind != LIST:
        return {}
    calls = chosen.unlinked() // platform_spec(channel.platform).limits.skus_found
    return {"scan": "", "calls": calls, "hits": {}} if calls > _CHEAP else {}


def _scan(channel: Channel, platform: Platform, chosen: Chosen, cursor: Mapping[str, Any]) -> StepResult:
    """One page of the store's products: which of them have SKUs of what was chosen and is not linked."""
    page = platform.products.page(cursor=cursor["scan"])
    size = platform_spec(channel.platform).limits.product_page
    if not cursor["scan"] and page.next_cursor and (page.total is None or page.total // size >= cursor["calls"]):
        return StepResult(cursor={"after": 0}, total=chosen.count())
    hits: dict[str, list[str]] = {key: list(ids) for key, ids in cursor["hits"].items()}
    owners = _by_sku(page.products)
    for sku, key in chosen.unlinked_units(list(owners)):
        known = hits.setdefault(key, [])
        known += [remote.id for remote in owners[sku] if remote.id not in known]
    following = {"scan": page.next_cursor, "calls": cursor["calls"]} if page.next_cursor else {}
    return StepResult(cursor={"after": 0, "hits": hits, **following}, total=chosen.count())


def _by_sku(remotes: Sequence[RemoteProduct]) -> dict[str, list[RemoteProduct]]:
    found: dict[str, list[RemoteProduct]] = defaultdict(list)
    for remote in remotes:
        for sku in dict.fromkeys(fold(variant.sku) for variant in remote.variants):
            if sku:
                found[sku].append(remote)
    return dict(found)


def _read_units(
    channel: Channel, platform: Platform, plan: Run, chosen: Chosen, cursor: Mapping[str, Any]
) -> StepResult:
    size = platform_spec(channel.platform).limits.products_by_id
    keys, after, looked = chosen.next_units(after=cursor["after"], size=size)
    if not looked:
        return StepResult(cursor=cursor, finished=True)
    if plan.kind == LIST:
        outcomes = _listing_rows(channel, platform, plan, keys, cursor.get("hits"))
    else:
        outcomes = plan_removal(channel, platform, kind=plan.kind, keys=keys)
        if "filters" in plan.options:  # of all that match only what is listed is meant
            outcomes = [each for each in outcomes if each.before]
    if not runs.keep_plan(plan, outcomes=outcomes):
        return StepResult(cursor=cursor, finished=True, message=_("This preview was dropped."))
    total = None if cursor["after"] else chosen.count()
    return StepResult(cursor={**cursor, "after": after}, finished=looked < size, total=total, passed=looked)


def _listing_rows(
    channel: Channel, platform: Platform, plan: Run, keys: Sequence[str], hits: Mapping[str, list[str]] | None
) -> list[ItemOutcome]:
    sending = read_sending(channel)
    units = read_units(channel, keys, tiers=sending.tiers)
    planning = _read_store(channel, platform, Reading(sending=sending, options=plan.options), units, hits)
    rows = {key: plan_row(unit, planning) for key, unit in units.items()}
    same = [unit.listing for key, unit in units.items() if rows[key].will == Will.NOTHING and unit.listing]
    in_step(channel, same)
    return [row.outcome(key=key, label=units[key].label) for key, row in rows.items()]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Under which terms units are planned."""

    sending: Sending
    options: Mapping[str, Any]

    def levels(self, channel: Channel, product_ids: Sequence[int]) -> dict[int, SyncQuantity]:
        """Sync quantities with the buffer that the preview would set (BUF-6)."""
        found = sync_quantities(channel, product_ids)
        choice = self.options.get("buffer") or {"mode": "keep"}
        if choice["mode"] == "keep" or not channel.settings.use_buffer:
            return found
        units = choice["quantity"] if choice["mode"] == "set" else channel.settings.buffer
        return {pk: replace(each, buffer=Decimal(units)) for pk, each in found.items()}


def _read_store(
    channel: Channel,
    platform: Platform,
    reading: Reading,
    units: Mapping[str, Unit],
    hits: Mapping[str, list[str]] | None,
) -> Planning:
    """Listed products by id; the others by `hits` of an earlier look at the whole store, else by their SKUs."""
    options = reading.options
    listed = [] if options.get("relist") else [unit.remote_id for unit in units.values() if unit.listing]
    loose = [unit for unit in units.values() if unit.listing is None]
    if hits is not None:
        listed += [number for unit in loose for number in hits.get(unit.key, [])]
    remotes = {remote.id: remote for remote in platform.products.get_many(listed)} if listed else {}
    skus = [product.sku for unit in loose for product in unit.products]
    if hits is None and skus:
        remotes |= {remote.id: remote for remote in platform.products.find(skus)}
    taken = Listing.objects.filter(channel=channel, remote_id__in=remotes).values_list("remote_id", flat=True)
    return Planning(
        sending=reading.sending,
        levels=reading.levels(channel, [pk for unit in units.values() for pk in unit.product_ids]),
        remotes=remotes,
        by_sku=_by_sku(list(remotes.values())),
        linked=frozenset(taken),
        visible=bool(options.get("visible", True)),
        relist=bool(options.get("relist")),
    )
