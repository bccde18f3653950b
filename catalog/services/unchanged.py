"""Products of a page that are here as the store has them: told apart with two statements, nothing else read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.models import CatalogConflict, ListingItem
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
    known, seen = _read(channel, list(prints))
    same = [remote for remote in remotes if known.get(remote.id) == prints[remote.id]]
    if not same:
        return list(remotes)
    open_ids = set(CatalogConflict.objects.filter(channel=channel).order_by().values_list("remote_id", flat=True))
    left = {remote.id for remote in same if remote.id not in open_ids and _is_seen(remote, seen)}
    _see_quantities([remote for remote in same if remote.id in left], seen, now)
    return [remote for remote in remotes if remote.id not in left]


def _read(channel: Channel, remote_ids: Sequence[str]) -> tuple[dict[str, str], dict[str, _Seen]]:
    """Fingerprints of linked products, and their items by the store's variant id: one statement."""
    items = ListingItem.objects.filter(channel=channel, remote_product_id__in=remote_ids)
    names = ("listing__remote_id", "listing__fingerprint", "remote_id", "pk", "seen_quantity", "tracking")
    known: dict[str, str] = {}
    seen: dict[str, _Seen] = {}
    for product_id, fingerprint, remote_id, pk, quantity, tracking in items.order_by().values_list(*names):
        known[product_id] = fingerprint
        seen[remote_id] = _Seen(pk, quantity, tracking)
    return known, seen


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
