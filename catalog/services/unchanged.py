"""Products of a page that are here as the store has them: told apart with two statements, nothing else read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.models import CatalogConflict, Listing, ListingItem
from channels.models import Channel
from channels.remote import RemoteProduct


@dataclass(frozen=True, slots=True)
class _Seen:
    pk: int
    quantity: Decimal | None
    tracking: str


def sift(
    channel: Channel, remotes: Sequence[RemoteProduct], prints: Mapping[str, str], *, now: datetime
) -> list[RemoteProduct]:
    """Those that planning must look at. Of the others only quantities that moved are noted.

    Left alone is what is linked with every variant, reads as it did, and is counted at the level that we know.
    """
    known = dict(
        Listing.objects.filter(channel=channel, remote_id__in=list(prints))
        .exclude(fingerprint="")
        .order_by()
        .values_list("remote_id", "fingerprint")
    )
    same = [remote for remote in remotes if known.get(remote.id) == prints[remote.id]]
    if not same:
        return list(remotes)
    decided = CatalogConflict.objects.filter(channel=channel).order_by().values_list("remote_id", flat=True)
    open_ids = set(decided.filter(remote_id__in=[remote.id for remote in same]))
    seen = _seen(channel, same)
    left = {remote.id for remote in same if remote.id not in open_ids and _is_seen(remote, seen)}
    _see_quantities([remote for remote in same if remote.id in left], seen, now)
    return [remote for remote in remotes if remote.id not in left]


def _seen(channel: Channel, remotes: Sequence[RemoteProduct]) -> dict[str, _Seen]:
    rows = ListingItem.objects.filter(channel=channel, remote_product_id__in=[remote.id for remote in remotes])
    names = ("remote_id", "pk", "seen_quantity", "tracking")
    return {
        remote_id: _Seen(pk, quantity, tracking)
        for remote_id, pk, quantity, tracking in rows.order_by().values_list(*names)
    }


def _is_seen(remote: RemoteProduct, seen: Mapping[str, _Seen]) -> bool:
    return bool(remote.variants) and all(
        (item := seen.get(variant.id)) is not None and item.tracking == variant.tracking for variant in remote.variants
    )


def _see_quantities(remotes: Sequence[RemoteProduct], seen: Mapping[str, _Seen], now: datetime) -> None:
    moved = [
        ListingItem(pk=seen[variant.id].pk, seen_quantity=variant.quantity, seen_at=now)
        for remote in remotes
        for variant in remote.variants
        if seen[variant.id].quantity != variant.quantity
    ]
    if moved:
        ListingItem.objects.bulk_update(moved, ["seen_quantity", "seen_at"])
