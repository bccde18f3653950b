"""Writing planned products of a store: products, links, conflicts, opening stock.

Short transactions of at most 500 variants, a constant number of statements each; the same page again writes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.enums import ListingState
from catalog.models import CatalogConflict, Listing, ListingItem
from catalog.services.drafts import (
    Names,
    Terms,
    ensure_names,
    family_draft,
    fingerprint,
    product_draft,
    read_terms,
)
from catalog.services.marks import mark_store_moved
from catalog.services.matching import OPTIONS, ProductPlan, VariantPlan, plan_products, read_known
from catalog.services.opening import opening_quantity, put_opening_stock
from catalog.signals import listing_linked
from channels.models import Channel
from channels.remote import RemoteProduct
from inventory.enums import Outcome
from inventory.models import Family, User
from inventory.services.products import Upserted, upsert_families, upsert_products
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.text import clip

MOST_VARIANTS = 500
_ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Saving:
    """For whom and when products are saved."""

    channel: Channel
    terms: Terms
    user: User | None
    now: datetime


@dataclass(kw_only=True)
class _Saved:
    """What became of a product, over all its pieces."""

    created: int = 0
    changed: int = 0
    refused: list[str] = field(default_factory=list)


def save_products(
    channel: Channel, remotes: Sequence[RemoteProduct], *, user: User | None, now: datetime
) -> list[ItemOutcome]:
    """Match and save a page of a store's products; one outcome a product and one for each variant left out.

    Two at once are kept apart by unique keys; a product that the database refuses fails alone.
    """
    saving = Saving(channel=channel, terms=read_terms(channel), user=user, now=now)
    outcomes: list[ItemOutcome] = []
    for part in _parts(remotes):
        outcomes += _save_part(saving, part)
    return outcomes


def _parts(remotes: Sequence[RemoteProduct]) -> Iterator[list[RemoteProduct]]:
    """At most 500 variants together; a product with more is a part of its own."""
    part: list[RemoteProduct] = []
    count = 0
    for remote in remotes:
        if part and count + len(remote.variants) > MOST_VARIANTS:
            yield part
            part, count = [], 0
        part.append(remote)
        count += len(remote.variants)
    if part:
        yield part


def _save_part(saving: Saving, remotes: list[RemoteProduct]) -> list[ItemOutcome]:
    last: DatabaseError | None = None
    for _attempt in range(_ATTEMPTS):
        try:
            return _save_planned(saving, plan_products(read_known(saving.channel, remotes), remotes))
        except DatabaseError as error:
            last = error
    if len(remotes) > 1:
        return [outcome for remote in remotes for outcome in _save_part(saving, [remote])]
    reason = _("It could not be saved: %(error)s") % {"error": last}
    return [_outcome(remotes[0], Outcome.FAILED, reason)]


def _save_planned(saving: Saving, plans: list[ProductPlan]) -> list[ItemOutcome]:
    prints = {plan.remote.id: fingerprint(plan.remote, saving.terms) for plan in plans}
    wanted = [plan for plan in plans if plan.variants and not _is_unchanged(plan, prints[plan.remote.id])]
    names = ensure_names([plan.remote for plan in wanted])
    saved = {plan.remote.id: _Saved() for plan in wanted}
    for piece in _pieces(wanted):
        with transaction.atomic():
            _save_piece(saving, piece, names, saved)
    with transaction.atomic():
        _finish(saving, plans, prints, saved)
    return [outcome for plan in plans for outcome in _outcomes(saving, plan, saved.get(plan.remote.id))]


def _is_unchanged(plan: ProductPlan, now: str) -> bool:
    """Everything is linked and the store's content is what it was."""
    return plan.listing is not None and plan.listing.fingerprint == now and all(each.item for each in plan.variants)


def _pieces(plans: list[ProductPlan]) -> Iterator[list[tuple[ProductPlan, list[VariantPlan]]]]:
    """Normally one piece; a product with more than 500 variants takes several."""
    if sum(len(plan.variants) for plan in plans) <= MOST_VARIANTS:
        if plans:
            yield [(plan, plan.variants) for plan in plans]
        return
    for plan in plans:
        for start in range(0, len(plan.variants), MOST_VARIANTS):
            yield [(plan, plan.variants[start : start + MOST_VARIANTS])]


def _save_piece(
    saving: Saving,
    piece: list[tuple[ProductPlan, list[VariantPlan]]],
    names: Names,
    saved: dict[str, _Saved],
) -> None:
    families = upsert_families(
        [family_draft(plan) for plan, _variants in piece if plan.remote.is_family], user=saving.user, now=saving.now
    )
    drafts = [
        product_draft(plan, variant, family_id=_family_id(families, plan), terms=saving.terms, names=names)
        for plan, variants in piece
        for variant in variants
    ]
    result = upsert_products(drafts, user=saving.user, now=saving.now)
    done = {each.key: each for each in result.done}
    _link(saving, piece, families, done)
    fresh: dict[int, Decimal | None] = {}
    for plan, variants in piece:
        count = saved[plan.remote.id]
        for variant in variants:
            upserted = done.get(variant.remote.id)
            if upserted is None:
                count.refused.append(f"{variant.remote.sku}: {result.refused.get(variant.remote.id, '')}")
                continue
            count.created += upserted.created
            count.changed += bool(upserted.changes) and not upserted.created
            if upserted.created and upserted.product.is_stocked:
                fresh[upserted.product.pk] = opening_quantity(plan.remote, variant.remote)
    put_opening_stock(saving.channel, quantities=fresh, user=saving.user, now=saving.now)


def _family_id(families: dict[str, Family], plan: ProductPlan) -> int | None:
    return families[plan.remote.id].pk if plan.remote.is_family else None


def _link(
    saving: Saving,
    piece: list[tuple[ProductPlan, list[VariantPlan]]],
    families: dict[str, Family],
    done: dict[str, Upserted],
) -> None:
    """Listings and items; an item that is linked stays with its product."""
    channel = saving.channel
    rows = [
        _listing(saving, plan, families, done[variants[0].remote.id])
        for plan, variants in piece
        if variants and variants[0].remote.id in done
    ]
    Listing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_name", "url", "state", "seen_at"],
    )
    listings = {
        each.remote_id: each
        for each in Listing.objects.filter(channel=channel, remote_id__in=[row.remote_id for row in rows])
    }
    items = [
        _item(saving, plan, variant, listings[plan.remote.id], done[variant.remote.id])
        for plan, variants in piece
        for variant in variants
        if variant.remote.id in done and plan.remote.id in listings
    ]
    ListingItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_product_id", "remote_sku", "tracking", "seen_quantity", "seen_at", "is_gone"],
    )
    linked = {each.pk for each in (done[item.remote_id].product for item in items)}
    new = linked - {variant.product.pk for _plan, each in piece for variant in each if variant.item and variant.product}
    if new:
        listing_linked.send(sender=ListingItem, channel=channel, product_ids=frozenset(new))


def _listing(saving: Saving, plan: ProductPlan, families: dict[str, Family], first: Upserted) -> Listing:
    remote = plan.remote
    return Listing(
        channel=saving.channel,
        remote_id=remote.id,
        family=families[remote.id] if remote.is_family else None,
        product=None if remote.is_family else first.product,
        remote_name=clip(remote.name, 512),
        url=clip(remote.url, 1000),
        state=ListingState.LISTED if remote.is_visible else ListingState.HIDDEN,
        seen_at=saving.now,
    )


def _item(saving: Saving, plan: ProductPlan, variant: VariantPlan, listing: Listing, upserted: Upserted) -> ListingItem:
    return ListingItem(
        listing=listing,
        channel=saving.channel,
        product=upserted.product,
        remote_product_id=plan.remote.id,
        remote_id=variant.remote.id,
        remote_sku=clip(variant.remote.sku, 255),
        tracking=variant.remote.tracking,
        seen_quantity=variant.remote.quantity,
        seen_at=saving.now,
    )


def _finish(saving: Saving, plans: list[ProductPlan], prints: dict[str, str], saved: dict[str, _Saved]) -> None:
    """Fingerprints of what is complete, conflicts of what is not, and quantities that moved."""
    complete = [plan for plan in plans if plan.remote.id in saved and not saved[plan.remote.id].refused]
    listings = Listing.objects.filter(
        channel=saving.channel, remote_id__in=[plan.remote.id for plan in complete]
    ).exclude(fingerprint__in=[prints[plan.remote.id] for plan in complete])
    rows = list(listings.only("pk", "remote_id")) if complete else []
    for row in rows:
        row.fingerprint = prints[row.remote_id]
    if rows:
        Listing.objects.bulk_update(rows, ["fingerprint"])
    _see_quantities(saving, [plan for plan in plans if plan.remote.id not in saved])
    _see_tracking(saving, plans)
    _keep_conflicts(saving, plans)


def _see_quantities(saving: Saving, plans: Iterable[ProductPlan]) -> None:
    moved = []
    for plan in plans:
        for variant in plan.variants:
            if variant.item and variant.item.seen_quantity != variant.remote.quantity:
                variant.item.seen_quantity, variant.item.seen_at = variant.remote.quantity, saving.now
                moved.append(variant.item)
    if moved:
        ListingItem.objects.bulk_update(moved, ["seen_quantity", "seen_at"])


def _see_tracking(saving: Saving, plans: Iterable[ProductPlan]) -> None:
    """Items that the store counts at another level than we knew: their products are sent anew, each at its level.

    Also where nothing else changed: a push may have found another level since the last download.
    """
    levels: dict[str, list[ListingItem]] = {}
    for plan in plans:
        for variant in plan.variants:
            if variant.item and variant.item.tracking != variant.remote.tracking:
                levels.setdefault(variant.remote.tracking, []).append(variant.item)
    if not levels:
        return
    for level, items in levels.items():
        ListingItem.objects.filter(pk__in=[item.pk for item in items]).update(tracking=level, push_error="")
    remote_ids = {item.remote_product_id for items in levels.values() for item in items}
    rows = ListingItem.objects.filter(channel=saving.channel, remote_product_id__in=remote_ids)
    mark_store_moved(saving.channel, product_ids=rows.values_list("product_id", flat=True))


def _keep_conflicts(saving: Saving, plans: list[ProductPlan]) -> None:
    rows = CatalogConflict.objects.filter(channel=saving.channel)
    found = [plan for plan in plans if plan.conflict]
    solved = [plan.remote.id for plan in plans if not plan.conflict]
    if rows.filter(remote_id__in=solved).exists():
        rows.filter(remote_id__in=solved).delete()
    if found:
        CatalogConflict.objects.bulk_create(
            [_conflict(saving, plan) for plan in found],
            update_conflicts=True,
            unique_fields=["channel", "remote_id"],
            update_fields=["remote_name", "sku", "kind", "product", "words", "seen_at"],
        )


def _conflict(saving: Saving, plan: ProductPlan) -> CatalogConflict:
    conflict = plan.conflict
    if conflict is None:
        raise ValueError("no conflict to keep")
    return CatalogConflict(
        channel=saving.channel,
        remote_id=plan.remote.id,
        remote_name=clip(plan.remote.name, 512),
        sku=clip(conflict.sku, 255),
        kind=conflict.kind,
        product=conflict.product,
        words=clip(conflict.words, 1000),
        seen_at=saving.now,
    )


def _outcomes(saving: Saving, plan: ProductPlan, saved: _Saved | None) -> Iterator[ItemOutcome]:
    remote = plan.remote
    if plan.conflict:
        yield _outcome(remote, Outcome.SKIPPED, plan.conflict.words)
    elif not plan.variants:
        words = _("No SKU in the store.") if remote.variants else _("The store has nothing to sell under it.")
        yield _outcome(remote, Outcome.SKIPPED, words)
        return
    elif saved is None:
        yield _outcome(remote, Outcome.NOTHING, "")
    elif saved.refused:
        yield _outcome(remote, Outcome.FAILED, " ".join(saved.refused))
    else:
        yield _outcome(remote, Outcome.DONE, _words(saving, plan, saved))
    for variant in plan.without_sku:
        label = " ".join([remote.name, *(option.value for option in variant.options)])
        reason = _("No SKU in the store: this variation was left out.")
        yield ItemOutcome(key=f"{remote.id}/{variant.id}", label=label, outcome=Outcome.SKIPPED, reason=reason)


def _outcome(remote: RemoteProduct, outcome: Outcome, reason: str) -> ItemOutcome:
    return ItemOutcome(key=remote.id, label=remote.name or remote.id, outcome=outcome, reason=reason)


def _words(saving: Saving, plan: ProductPlan, saved: _Saved) -> str:
    parts = []
    if saved.created:
        parts.append(
            ngettext("%(count)s product added.", "%(count)s products added.", saved.created) % {"count": saved.created}
        )
    if saved.changed:
        parts.append(
            ngettext("%(count)s product updated.", "%(count)s products updated.", saved.changed)
            % {"count": saved.changed}
        )
    if not parts:
        parts.append(_("Linked."))
    if len(plan.remote.option_names) > OPTIONS:
        left_out = ", ".join(plan.remote.option_names[OPTIONS:])
        parts.append(_("Only the first three options are kept; left out: %(names)s.") % {"names": left_out})
    renamed = [each for each in plan.variants if each.item and each.product and _sku_moved(each)]
    parts += [
        _("The SKU is %(theirs)s in the store now and stays %(ours)s here.")
        % {"theirs": each.remote.sku, "ours": each.product.sku}
        for each in renamed
        if each.product
    ]
    return " ".join([*parts, saving.terms.price_words]).strip()


def _sku_moved(variant: VariantPlan) -> bool:
    return bool(variant.product and variant.remote.sku and variant.remote.sku.strip() != variant.product.sku)
