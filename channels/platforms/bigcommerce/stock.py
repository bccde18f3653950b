"""Stock levels at a store: absolute adjustments in batches, and what the store has now.

Identity: an item names its variant, unless the store counts its product as a whole; then it names the product. When
several variants of such a product are pushed together, their sum is what the product has: callers push all of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from channels.errors import RemoteRejected
from channels.platforms.batches import chunks
from channels.platforms.bigcommerce.client import STOCK_BATCH, Client, Json
from channels.platforms.bigcommerce.mapping.values import objects
from channels.platforms.fields import ZERO, money, remote_id
from channels.platforms.quantities import MOST, whole_units
from channels.remote import StockItem, StockLevelAtStore, StockResult, StockUpdate, Tracking

REASON = "Inventory sync"
DEFAULT_LOCATION = "1"
EXTRA_CALLS = 60
"""How many calls one push may spend on finding out which items the store refuses."""

# “[Item with variant_id 106 is tracked by product, please update stock by product id]”
_TRACKED = re.compile(r"(variant_id|product_id|sku)\s+([^\]\s,]++)(?!…)\s+is tracked by (product|variant)")
_NAMED = re.compile(r"(variant_id|product_id)[\s:=]+(\d++)(?!…)([^\]]*)")
_LOCATIONS = re.compile(r"[Ll]ocation not found[^\[]*\[([^\]]*)\]")


@dataclass(frozen=True)
class Item:
    """One entry of an adjustment and the updates it answers for."""

    location: str
    name: str
    identity: str
    updates: tuple[StockUpdate, ...]
    corrected: bool = False

    @property
    def json(self) -> Json:
        quantity = sum((whole_units(update.quantity) for update in self.updates), 0)
        return {"location_id": int(self.location), self.name: int(self.identity), "quantity": min(quantity, MOST)}


@dataclass
class Refusals:
    """What the store's words say about the items of a request."""

    errors: dict[Item, str] = field(default_factory=dict)
    retracked: dict[Item, Tracking] = field(default_factory=dict)


class Stock:
    def __init__(self, client: Client) -> None:
        self._client = client

    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        """One request per 2,000 items. What the store refuses is set aside with its words, the rest is sent anew.

        Sending twice does no harm: quantities are absolute.
        """
        results = {update.key: _untracked(update) for update in updates if update.tracking == "none"}
        budget = EXTRA_CALLS
        pending = list(chunks(_items(update for update in updates if update.tracking != "none"), STOCK_BATCH))
        while pending:
            batch = pending.pop(0)
            try:
                self._client.set_stock([item.json for item in batch], reason=REASON)
            except RemoteRejected as error:
                budget -= 1
                pending[:0] = _sort_out(batch, error, results, give_up=budget <= 0)
                continue
            results.update(_accepted(batch))
        return tuple(results[update.key] for update in updates)

    def levels(self, items: Sequence[StockItem], *, location_id: str = "") -> tuple[StockLevelAtStore, ...]:
        """On-hand quantities; the store sells `quantity − safety_stock`."""
        numbers = sorted({int(number) for number in (item.variant_id for item in items)})
        rows = self._client.stock_items(numbers, int(location_id) if location_id else None)
        return tuple(level for row in rows for level in _levels(row))


def _items(updates: Iterable[StockUpdate]) -> list[Item]:
    """Grouped by location as the store advises; the last update of a variant counts."""
    found: dict[tuple[str, str, str], dict[str, StockUpdate]] = {}
    for update in updates:
        location = update.location_id or DEFAULT_LOCATION
        if update.tracking == "product":
            found.setdefault((location, "product_id", update.product_id), {})[update.variant_id] = update
        else:
            found.setdefault((location, "variant_id", update.variant_id), {})[update.variant_id] = update
    items = [Item(*key, updates=tuple(group.values())) for key, group in found.items()]
    return sorted(items, key=lambda item: int(item.location))


def _accepted(batch: Sequence[Item]) -> dict[str, StockResult]:
    return {
        update.key: StockResult(key=update.key, tracking=update.tracking if item.corrected else None)
        for item in batch
        for update in item.updates
    }


def _untracked(update: StockUpdate) -> StockResult:
    words = _("The store does not count this product. Switch on inventory tracking there, then download it again.")
    return StockResult(key=update.key, error=words)


def _sort_out(
    batch: Sequence[Item], error: RemoteRejected, results: dict[str, StockResult], *, give_up: bool
) -> list[list[Item]]:
    """Batches to send instead. Refused items get their result here."""
    words = error.detail or error.message
    found = _read_refusals(batch, words)
    for item, reason in found.errors.items():
        results.update(_refused(item, reason))
    again = _anew([item for item in batch if item not in found.errors], found.retracked)
    if not found.errors and not found.retracked:
        if len(batch) == 1 or give_up:
            for item in batch:
                results.update(_refused(item, words))
            return []
        half = len(batch) // 2
        return [list(batch[:half]), list(batch[half:])]
    return [again] if again else []


def _refused(item: Item, reason: str) -> dict[str, StockResult]:
    gone = "not found" in reason.casefold() and "location" not in reason.casefold()
    return {update.key: StockResult(key=update.key, error=reason, gone=gone) for update in item.updates}


def _read_refusals(batch: Sequence[Item], words: str) -> Refusals:
    found = Refusals()
    by_identity: dict[tuple[str, str], list[Item]] = {}
    for item in batch:
        by_identity.setdefault((item.name, item.identity), []).append(item)
    for name, identity, level in _TRACKED.findall(words):
        for item in by_identity.get((name, identity), []):
            if item.corrected:  # it says one thing and then the other
                found.errors[item] = words
            else:
                found.retracked[item] = "product" if level == "product" else "variant"
    for numbers in _LOCATIONS.findall(words):
        missing = {number.strip() for number in numbers.split(",")}
        found.errors.update((item, words) for item in batch if item.location in missing)
    for name, identity, rest in _NAMED.findall(words):
        for item in by_identity.get((name, identity), []):
            if item not in found.retracked and item not in found.errors:
                found.errors[item] = f"{name} {identity}{rest}".strip()
    return found


def _anew(items: Sequence[Item], retracked: dict[Item, Tracking]) -> list[Item]:
    """The same updates, those of `retracked` under the identity that the store asked for."""
    corrected = {update.key for item in items if item.corrected or item in retracked for update in item.updates}
    updates = [
        replace(update, tracking=retracked.get(item, update.tracking)) for item in items for update in item.updates
    ]
    return [
        replace(item, corrected=any(update.key in corrected for update in item.updates)) for item in _items(updates)
    ]


def _levels(row: Json) -> list[StockLevelAtStore]:
    identity = row.get("identity")
    identity = identity if isinstance(identity, dict) else {}
    found = []
    for place in objects(row, "locations"):
        settings = place.get("settings")
        safety = money(settings, "safety_stock") if isinstance(settings, dict) else ZERO
        found.append(
            StockLevelAtStore(
                product_id=remote_id(identity, "product_id"),
                variant_id=remote_id(identity, "variant_id"),
                location_id=remote_id(place, "location_id"),
                quantity=money(place, "total_inventory_onhand"),
                safety_stock=safety,
            )
        )
    return found
