"""Removing from a store (LST-7), hiding and showing (A29): what a preview says of it, and doing it.

Removing deletes the store's product and our link, never our product; a buffer of its own stays.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.enums import ListingState
from catalog.models import Listing, ListingItem
from catalog.queries.plans import HIDE, REMOVE, SHOW, FieldChange, Will
from catalog.services.differences import field_labels
from catalog.services.listing_rows import Row, left_out
from catalog.services.plan_runs import before_of, moved, next_rows, note_sending, told
from catalog.services.units import key_of, numbers
from catalog.services.updates import ReadOnly
from channels.models import Channel
from channels.ports import Platform
from channels.registry import StepResult, platform_spec
from channels.remote import ProductResult, RemoteProduct
from inventory.enums import Outcome
from inventory.models import Family, Product, Run, RunItem, User
from inventory.services import audit
from inventory.services.runs import ItemOutcome

# -- the preview


def plan_removal(channel: Channel, platform: Platform, *, kind: str, keys: Sequence[str]) -> list[ItemOutcome]:
    """Rows of these units: what is removed, hidden or shown, and what is not listed at all."""
    listings = _listings(channel, keys)
    ids = [listing.remote_id for listing in listings.values()]
    remotes = {remote.id: remote for remote in platform.products.get_many(ids)} if ids else {}
    labels = _labels(keys)
    rows = {key: _row(kind, listings.get(key), remotes) for key in keys if key in labels}
    return [row.outcome(key=key, label=labels[key]) for key, row in rows.items()]


def _listings(channel: Channel, keys: Sequence[str]) -> dict[str, Listing]:
    ours = Q(product_id__in=numbers(keys, "p")) | Q(family_id__in=numbers(keys, "f"))
    rows = Listing.objects.filter(ours, channel=channel).prefetch_related("items")
    return {key_of(listing): listing for listing in rows}


def _labels(keys: Sequence[str]) -> dict[str, str]:
    products = Product.objects.filter(pk__in=numbers(keys, "p")).only("sku", "name")
    families = Family.objects.filter(pk__in=numbers(keys, "f")).only("name")
    return {f"p{each.pk}": str(each) for each in products} | {f"f{each.pk}": str(each) for each in families}


def _row(kind: str, listing: Listing | None, remotes: Mapping[str, RemoteProduct]) -> Row:
    if listing is None:
        return Row(will=Will.NOTHING, reason=_("It is not listed in this store."))
    remote = remotes.get(listing.remote_id)
    if kind == REMOVE:
        return _removal(listing, remote)
    if remote is None:
        return left_out(_("The store does not have it any more."))
    shown = kind == SHOW
    if remote.is_visible == shown:
        words = _("It is shown already.") if shown else _("It is hidden already.")
        return Row(will=Will.NOTHING, reason=words, before=_facts(listing, remote))
    old, new = (_("hidden"), _("shown")) if shown else (_("shown"), _("hidden"))
    return Row(
        will=Will.SHOW if shown else Will.HIDE,
        changes=[FieldChange(field="visible", label=field_labels()["visible"], old=old, new=new)],
        before=_facts(listing, remote),
    )


def _removal(listing: Listing, remote: RemoteProduct | None) -> Row:
    notes = []
    if remote is None:
        notes.append(_("The store does not have it any more: only the link goes."))
    else:
        linked = {item.remote_id for item in listing.items.all()}
        foreign = [variant for variant in remote.variants if variant.id not in linked]
        if remote.is_family:
            count = len(remote.variants)
            notes.append(
                ngettext("%(count)s variation is deleted.", "All %(count)s variations are deleted.", count)
                % {"count": count}
            )
        if foreign and remote.is_family:
            skus = ", ".join(variant.sku or variant.id for variant in foreign[:5])
            notes.append(_("Not linked here and deleted with it: %(skus)s.") % {"skus": skus})
    return Row(
        will=Will.REMOVE,
        changes=[
            FieldChange(field="visible", label=field_labels()["visible"], old=_("listed"), new=_("deleted there"))
        ],
        notes=notes,
        before=_facts(listing, remote),
        fingerprint=_print(listing.remote_id, remote),
    )


def _facts(listing: Listing, remote: RemoteProduct | None) -> dict[str, str]:
    name = remote.name if remote else listing.remote_name
    return {"product_id": listing.remote_id, "name": name, "url": remote.url if remote else listing.url}


def _print(remote_id: str, remote: RemoteProduct | None) -> str:
    """Of which variations go: others that joined meanwhile were not agreed to."""
    ids = sorted(variant.id for variant in remote.variants) if remote else []
    return hashlib.sha256(f"{remote_id} {ids}".encode()).hexdigest()


# -- removing


def step_remove(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """The next products, deleted in the store, then unlinked here; what is gone there already counts."""
    if channel.read_only:
        raise ReadOnly.of(channel)
    size = platform_spec(channel.platform).limits.products_by_id
    rows = next_rows(run, size=size)
    if not rows:
        return StepResult(cursor=run.cursor, finished=True)
    listings = _listings(channel, [row.key for row in rows])
    ids = [listing.remote_id for listing in listings.values()]
    remotes = {remote.id: remote for remote in platform.products.get_many(ids)} if ids else {}
    told_now = {row.key: outcome for row in rows if (outcome := _refusal(row, listings.get(row.key), remotes))}
    due = [row for row in rows if row.key not in told_now]
    there = [listings[row.key].remote_id for row in due if listings[row.key].remote_id in remotes]
    if there:
        note_sending(run, [row.key for row in due])
    results = {result.key: result for result in platform.products.delete(there)} if there else {}
    removed = []
    for row in due:
        listing = listings[row.key]
        error = _error(results.get(listing.remote_id), is_sent=listing.remote_id in remotes)
        told_now[row.key] = told(row, Outcome.FAILED, reason=error) if error else told(row, Outcome.DONE)
        removed += [] if error else [listing]
    forget_listings(channel, removed, user=run.started_by, now=timezone.now())
    return StepResult(
        outcomes=[told_now[row.key] for row in rows], cursor={"after": rows[-1].pk}, finished=len(rows) < size
    )


def _refusal(row: RunItem, listing: Listing | None, remotes: Mapping[str, RemoteProduct]) -> ItemOutcome | None:
    if listing is None:
        return told(row, Outcome.NOTHING, reason=_("It is not listed any more."))
    if listing.remote_id != before_of(row, "product_id"):
        return moved(row)
    remote = remotes.get(listing.remote_id)
    return moved(row) if remote is not None and _print(listing.remote_id, remote) != row.fingerprint else None


def _error(result: ProductResult | None, *, is_sent: bool) -> str:
    """ "" when the store has it no more."""
    if not is_sent or (result is not None and result.gone):
        return ""
    return result.error if result is not None else _("The store did not say what became of it.")


def forget_listings(channel: Channel, listings: Sequence[Listing], *, user: User | None, now: datetime) -> None:
    """Deletes the links of what the store does not have any more. Idempotent; one transaction."""
    if not listings:
        return
    ids = [listing.pk for listing in listings]
    with transaction.atomic():
        rows = list(Listing.objects.filter(pk__in=ids, channel=channel).select_related("product", "family"))
        ListingItem.objects.filter(listing_id__in=ids, channel=channel).delete()
        Listing.objects.filter(pk__in=ids, channel=channel).delete()
        audit.record_many(
            [
                audit.Entry(
                    action=_("removed from the store"),
                    obj=home,
                    changes={channel.name: (listing.remote_name or listing.remote_id, None)},
                    scope_key=channel.scope_key,
                )
                for listing in rows
                if (home := listing.product or listing.family) is not None
            ],
            user=user,
            now=now,
        )


# -- hiding and showing


def step_visibility(channel: Channel, platform: Platform, run: Run) -> StepResult:
    """The next products, published or hidden; they keep links and everything else."""
    visible = run.kind == SHOW
    if channel.read_only:
        raise ReadOnly.of(channel)
    size = platform_spec(channel.platform).limits.products_by_id
    rows = next_rows(run, size=size)
    if not rows:
        return StepResult(cursor=run.cursor, finished=True)
    listings = _listings(channel, [row.key for row in rows])
    due = [row for row in rows if (found := listings.get(row.key)) and found.remote_id == before_of(row, "product_id")]
    ids = [listings[row.key].remote_id for row in due]
    if ids:
        note_sending(run, [row.key for row in due])
    results = {result.key: result for result in platform.products.set_visible(ids, visible=visible)} if ids else {}
    told_now = {row.key: moved(row) for row in rows if row not in due}
    changed = []
    for row in due:
        result = results.get(listings[row.key].remote_id)
        error = result.error if result is not None else _("The store did not say what became of it.")
        told_now[row.key] = told(row, Outcome.FAILED if error else Outcome.DONE, reason=error)
        changed += [] if error else [listings[row.key]]
    _keep_visibility(channel, changed, visible=visible, user=run.started_by, now=timezone.now())
    return StepResult(
        outcomes=[told_now[row.key] for row in rows], cursor={"after": rows[-1].pk}, finished=len(rows) < size
    )


def _keep_visibility(
    channel: Channel, listings: Sequence[Listing], *, visible: bool, user: User | None, now: datetime
) -> None:
    if not listings:
        return
    state = ListingState.LISTED if visible else ListingState.HIDDEN
    ids = [listing.pk for listing in listings]
    with transaction.atomic():
        Listing.objects.filter(pk__in=ids).update(state=state)
        rows = Listing.objects.filter(pk__in=ids).select_related("product", "family")
        words = (_("hidden"), _("shown")) if visible else (_("shown"), _("hidden"))
        audit.record_many(
            [
                audit.Entry(
                    action=_("shown in the store") if visible else _("hidden in the store"),
                    obj=home,
                    changes={channel.name: words},
                    scope_key=channel.scope_key,
                )
                for listing in rows
                if (home := listing.product or listing.family) is not None
            ],
            user=user,
            now=now,
        )


STEPS = {REMOVE: step_remove, HIDE: step_visibility, SHOW: step_visibility}
