"""Writing planned products of a store: products, links, opening stock.

Short transactions of at most 500 variants, a constant number of statements each; the same page again writes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from catalog.enums import ListingState
from catalog.models import Listing, ListingItem
from catalog.services.drafts import (
    Names,
    Terms,
    differs_from_store,
    ensure_names,
    family_draft,
    fingerprint,
    product_draft,
    read_terms,
)
from catalog.services.found_conflicts import keep_conflicts
from catalog.services.marks import mark_store_moved
from catalog.services.matching import ProductPlan, VariantPlan, plan_products, read_known
from catalog.services.opening import opening_quantity, put_opening_stock
from catalog.services.outcomes import ProductSaved, failed, outcomes_of
from catalog.services.unchanged import sift
from catalog.signals import listing_linked
from channels.models import Channel
from channels.remote import RemoteProduct
from inventory.models import Family, User
from inventory.services.products import Upserted, upsert_families, upsert_products
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.text import clip

MOST_VARIANTS = 500
_ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Saving:
    """For whom and when products are saved; `force`: also what reads as it did."""

    channel: Channel
    terms: Terms
    user: User | None
    now: datetime
    force: bool = False


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """Variants of a product that one transaction saves; `is_last` of its product."""

    plan: ProductPlan
    variants: Sequence[VariantPlan]
    is_last: bool = True


@dataclass(kw_only=True)
class SaveResult:
    """`passed` products had nothing to do and have no outcome of their own."""

    outcomes: list[ItemOutcome] = field(default_factory=list)
    passed: int = 0

    def add(self, other: "SaveResult") -> None:
        self.outcomes += other.outcomes
        self.passed += other.passed


def save_products(
    channel: Channel, remotes: Sequence[RemoteProduct], *, user: User | None, force: bool = False, now: datetime
) -> SaveResult:
    """Match and save a page of a store's products: one outcome a product that was looked at, and one for each variant
    left out.

    Two at once are kept apart by unique keys; a product that the database refuses fails alone. With `force` products
    that read as they did are written from the store again.
    """
    saving = Saving(channel=channel, terms=read_terms(channel), user=user, now=now, force=force)
    prints = {remote.id: fingerprint(remote, saving.terms) for remote in remotes}
    left = remotes if force else _sifted(saving, remotes, prints)
    result = SaveResult(passed=len(remotes) - len(left))
    for part in _parts(left):
        result.add(_save_part(saving, part, prints, among=remotes))
    return result


def _sifted(saving: Saving, remotes: Sequence[RemoteProduct], prints: Mapping[str, str]) -> Sequence[RemoteProduct]:
    """What planning must look at: all of it, should the database refuse to note quantities just now."""
    for _attempt in range(_ATTEMPTS):
        try:
            return sift(saving.channel, remotes, prints, now=saving.now)
        except DatabaseError:
            continue
    return remotes


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


def _save_part(
    saving: Saving, remotes: list[RemoteProduct], prints: Mapping[str, str], *, among: Sequence[RemoteProduct]
) -> SaveResult:
    """`among`: all that came with them, to see SKUs twice."""
    last: DatabaseError | None = None
    for _attempt in range(_ATTEMPTS):
        try:
            plans = plan_products(read_known(saving.channel, remotes), remotes, among=among)
            return SaveResult(outcomes=_save_planned(saving, plans, prints))
        except DatabaseError as error:
            last = error
    if len(remotes) > 1:
        result = SaveResult()
        for remote in remotes:
            result.add(_save_part(saving, [remote], prints, among=among))
        return result
    return SaveResult(outcomes=[failed(remotes[0], _("It could not be saved: %(error)s") % {"error": last})])


def _save_planned(saving: Saving, plans: list[ProductPlan], prints: Mapping[str, str]) -> list[ItemOutcome]:
    if not plans:
        return []
    wanted = [plan for plan in plans if plan.variants and not _is_unchanged(saving, plan, prints[plan.remote.id])]
    names = ensure_names([plan.remote for plan in wanted])
    saved = {plan.remote.id: ProductSaved() for plan in wanted}
    for pieces in _transactions(wanted):
        with transaction.atomic():
            _save_pieces(saving, pieces, names, saved, prints)
    with transaction.atomic():
        _see_quantities(saving, [plan for plan in plans if plan.remote.id not in saved])
        _see_tracking(saving, plans)
        keep_conflicts(saving.channel, plans, now=saving.now)
    words = saving.terms.price_words
    address = saving.channel.pk
    return [
        outcome
        for plan in plans
        for outcome in outcomes_of(plan, saved.get(plan.remote.id), price_words=words, channel_id=address)
    ]


def _is_unchanged(saving: Saving, plan: ProductPlan, now: str) -> bool:
    """Everything is linked and the store's content is what it was."""
    if saving.force or plan.listing is None:
        return False
    return plan.listing.fingerprint == now and all(each.item for each in plan.variants)


def _transactions(plans: list[ProductPlan]) -> Iterator[list[_Piece]]:
    """Normally one; a product with more than 500 variants takes several."""
    if sum(len(plan.variants) for plan in plans) <= MOST_VARIANTS:
        if plans:
            yield [_Piece(plan=plan, variants=plan.variants) for plan in plans]
        return
    for plan in plans:
        for start in range(0, len(plan.variants), MOST_VARIANTS):
            end = start + MOST_VARIANTS
            yield [_Piece(plan=plan, variants=plan.variants[start:end], is_last=end >= len(plan.variants))]


def _save_pieces(
    saving: Saving,
    pieces: Sequence[_Piece],
    names: Names,
    saved: Mapping[str, ProductSaved],
    prints: Mapping[str, str],
) -> None:
    terms = saving.terms
    families = upsert_families(
        [family_draft(piece.plan, terms) for piece in pieces if piece.plan.remote.is_family],
        user=saving.user,
        now=saving.now,
    )
    drafts = [
        product_draft(piece.plan, variant, family_id=_family_id(families, piece.plan), terms=terms, names=names)
        for piece in pieces
        for variant in piece.variants
    ]
    differing = {piece.plan.remote.id for piece in pieces if _differs(saving, piece, names)}
    result = upsert_products(drafts, user=saving.user, now=saving.now)
    done = {each.key: each for each in result.done}
    fresh: dict[int, Decimal | None] = {}
    for piece in pieces:
        count = saved[piece.plan.remote.id]
        for variant in piece.variants:
            upserted = done.get(variant.remote.id)
            if upserted is None:
                count.refused.append(f"{variant.remote.sku}: {result.refused.get(variant.remote.id, '')}")
                continue
            count.created += upserted.created
            count.changed += bool(upserted.changes) and not upserted.created
            if upserted.created and upserted.product.is_stocked:
                fresh[upserted.product.pk] = opening_quantity(piece.plan.remote, variant.remote)
    complete = {
        piece.plan.remote.id: prints[piece.plan.remote.id]
        for piece in pieces
        if piece.is_last and not saved[piece.plan.remote.id].refused
    }
    _link(saving, pieces, families, done, prints=complete, differing=differing)
    put_opening_stock(saving.channel, quantities=fresh, user=saving.user, now=saving.now)


def _differs(saving: Saving, piece: _Piece, names: Names) -> bool:
    return bool(saving.terms.sent) and differs_from_store(piece.plan, piece.variants, terms=saving.terms, names=names)


def _family_id(families: Mapping[str, Family], plan: ProductPlan) -> int | None:
    return families[plan.remote.id].pk if plan.remote.is_family else None


def _link(
    saving: Saving,
    pieces: Sequence[_Piece],
    families: Mapping[str, Family],
    done: Mapping[str, Upserted],
    *,
    prints: Mapping[str, str],
    differing: set[str],
) -> None:
    """Listings and items; an item that is linked stays with its product.

    `prints`: fingerprints of products that are saved to the end; all but the `differing` are in step with the store.
    """
    listings: dict[str, Listing] = {}
    for piece in pieces:
        first = next((done[each.remote.id] for each in piece.variants if each.remote.id in done), None)
        if first is not None:
            row = _listing(saving, piece.plan, families, first)
            row.fingerprint = prints.get(row.remote_id, "")
            row.changed_at = _changed_at(saving, piece.plan, is_complete=bool(row.fingerprint), differing=differing)
            listings[row.remote_id] = row
    Listing.objects.bulk_create(
        listings.values(),
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_name", "url", "state", "seen_at", "fingerprint", "changed_at"],
    )
    items = [
        _item(saving, piece.plan, variant, listings[piece.plan.remote.id], done[variant.remote.id])
        for piece in pieces
        for variant in piece.variants
        if variant.remote.id in done
    ]
    ListingItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_product_id", "remote_sku", "tracking", "seen_quantity", "seen_at", "is_gone"],
    )
    known = {each.product.pk for piece in pieces for each in piece.variants if each.item and each.product}
    new = {item.product_id for item in items} - known
    if new:
        listing_linked.send(sender=ListingItem, channel=saving.channel, product_ids=frozenset(new))


def _changed_at(saving: Saving, plan: ProductPlan, *, is_complete: bool, differing: set[str]) -> datetime | None:
    if plan.remote.id in differing:
        return saving.now
    return plan.listing.changed_at if plan.listing and not is_complete else None


def _listing(saving: Saving, plan: ProductPlan, families: Mapping[str, Family], first: Upserted) -> Listing:
    remote = plan.remote
    return Listing(
        channel_id=saving.channel.pk,
        remote_id=remote.id,
        family_id=families[remote.id].pk if remote.is_family else None,
        product_id=None if remote.is_family else first.product.pk,
        remote_name=clip(remote.name, 512),
        url=clip(remote.url, 1000),
        state=ListingState.LISTED if remote.is_visible else ListingState.HIDDEN,
        seen_at=saving.now,
    )


def _item(saving: Saving, plan: ProductPlan, variant: VariantPlan, listing: Listing, upserted: Upserted) -> ListingItem:
    return ListingItem(
        listing_id=listing.pk,
        channel_id=saving.channel.pk,
        product_id=upserted.product.pk,
        remote_product_id=plan.remote.id,
        remote_id=variant.remote.id,
        remote_sku=clip(variant.remote.sku, 255),
        tracking=variant.remote.tracking,
        seen_quantity=variant.remote.quantity,
        seen_at=saving.now,
    )


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
