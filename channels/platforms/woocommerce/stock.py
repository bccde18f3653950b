"""Stock levels at a store: absolute quantities in batches, and what the store has now.

Simple products and families counted as a whole go through one batch, the variations of each family through its own.
Only the quantity is sent: whether a product is counted is the merchant's choice, and the answer says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from channels.errors import RemoteNotFound
from channels.platforms.fields import maybe_money, text
from channels.platforms.http import excerpt
from channels.platforms.quantities import MOST, whole_units
from channels.platforms.woocommerce.client import Client, Failure, Json
from channels.platforms.woocommerce.mapping.products import tracking_of
from channels.platforms.woocommerce.variations import Variations
from channels.remote import StockItem, StockLevelAtStore, StockResult, StockUpdate, Tracking

LEVEL_FIELDS = "id,parent_id,status,manage_stock,stock_quantity"
GONE = frozenset({"woocommerce_rest_product_invalid_id", "woocommerce_rest_product_variation_invalid_id"})


@dataclass(frozen=True)
class Item:
    """One entry of a batch and the updates it answers for. `family`: whose variation it is; "" for a product."""

    family: str
    number: str
    updates: tuple[StockUpdate, ...]
    retracked: bool = False

    @property
    def quantity(self) -> int:
        """Of all variants together; the last update of each counts."""
        latest = {update.variant_id: whole_units(update.quantity) for update in self.updates}
        return min(MOST, sum(latest.values()))

    @property
    def json(self) -> Json:
        return {"id": int(self.number), "stock_quantity": self.quantity}


class Stock:
    def __init__(self, client: Client) -> None:
        self._client = client

    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        """Sending twice does no harm: quantities are absolute. A time-out makes later batches smaller.

        Variations that the store counts with their product are sent anew to that product, together.
        """
        results = {update.key: _uncounted(update, None) for update in updates if update.tracking == "none"}
        counted = [update for update in updates if update.tracking != "none"]
        shared = self._send(_items(counted), results)
        again = self._send(_items(shared, retracked=True), results)
        results.update((update.key, _uncounted(update, None)) for update in again)
        return tuple(results[update.key] for update in updates)

    def _send(self, items: Sequence[Item], results: dict[str, StockResult]) -> list[StockUpdate]:
        """Updates of variations that turned out to be counted with their product, still without a result."""
        shared: list[StockUpdate] = []
        for family, group in _by_family(items).items():
            rest = list(group)
            while rest:
                size = self._client.batch_size
                part, rest = rest[:size], rest[size:]
                for item, found in zip(part, self._batch(family, part), strict=True):
                    if isinstance(found, Failure):
                        results.update(_refused(item, found))
                    elif family and tracking_of(found) == "product":
                        shared += item.updates
                    else:
                        results.update(_taken(item, found))
        return shared

    def _batch(self, family: str, part: Sequence[Item]) -> list[Json | Failure]:
        path = f"/products/{family}/variations" if family else "/products"
        try:
            return self._client.batch(path, update=[item.json for item in part])[1]
        except RemoteNotFound as error:  # the whole family
            return [Failure(code=next(iter(GONE)), message=error.detail or error.message)] * len(part)

    def levels(self, items: Sequence[StockItem], *, location_id: str = "") -> tuple[StockLevelAtStore, ...]:
        """Those that the store counts; every variation of a family that is counted as a whole shows its number."""
        products = {item.product_id for item in items if _is_product(item)}
        rows = self._client.included("/products", products, fields=LEVEL_FIELDS)
        families: dict[str, list[str]] = {}
        for item in items:
            if not _is_product(item):
                families.setdefault(item.product_id, []).append(item.variant_id)
        rows.update(self._variations(families))
        found = ((item, rows.get(item.product_id if _is_product(item) else item.variant_id)) for item in items)
        return tuple(level for item, row in found if row is not None for level in _level(item, row))

    def _variations(self, families: Mapping[str, Sequence[str]]) -> dict[str, Json]:
        store_wide = Variations(self._client)
        if store_wide.are_store_wide:
            ids = (number for numbers in families.values() for number in numbers)
            return store_wide.by_id(ids, fields=LEVEL_FIELDS)
        rows: dict[str, Json] = {}
        for family, numbers in families.items():
            path = f"/products/{int(family)}/variations"
            try:
                rows.update(self._client.included(path, numbers, fields=LEVEL_FIELDS))
            except RemoteNotFound:
                continue  # the family has gone
        return rows


def _is_product(item: StockItem | StockUpdate) -> bool:
    return item.tracking == "product" or item.variant_id in ("", item.product_id)


def _items(updates: Iterable[StockUpdate], *, retracked: bool = False) -> list[Item]:
    """One for each number that the store keeps."""
    found: dict[tuple[str, str], list[StockUpdate]] = {}
    for update in updates:
        product = retracked or _is_product(update)
        key = ("", update.product_id) if product else (update.product_id, update.variant_id)
        found.setdefault(key, []).append(update)
    return [Item(family, number, tuple(group), retracked=retracked) for (family, number), group in found.items()]


def _by_family(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.family, []).append(item)
    return found


def _taken(item: Item, row: Json) -> dict[str, StockResult]:
    """By what the answer says: the store accepts a quantity for what it does not count, and drops it."""
    tracking: Tracking | None = "product" if item.retracked else None
    if text(row, "status") == "trash":
        words = _("The product is in the store's trash.")
        return {update.key: StockResult(key=update.key, error=words, gone=True) for update in item.updates}
    if tracking_of(row) == "none":
        return {update.key: _uncounted(update, "none") for update in item.updates}
    now = maybe_money(row, "stock_quantity")
    error = ""
    if now != item.quantity:
        error = _("The store was sent %(sent)s and has %(now)s. A plugin may keep its own numbers.") % {
            "sent": item.quantity,
            "now": "–" if now is None else f"{now:f}",
        }
    return {update.key: StockResult(key=update.key, error=error, tracking=tracking) for update in item.updates}


def _refused(item: Item, failure: Failure) -> dict[str, StockResult]:
    gone = failure.code in GONE
    words = excerpt(failure.message) or failure.code
    return {update.key: StockResult(key=update.key, error=words, gone=gone) for update in item.updates}


def _uncounted(update: StockUpdate, tracking: Tracking | None) -> StockResult:
    words = _("The store does not count this product. Switch on “Track stock quantity” there, then download it again.")
    return StockResult(key=update.key, error=words, tracking=tracking)


def _level(item: StockItem, row: Json) -> list[StockLevelAtStore]:
    quantity = maybe_money(row, "stock_quantity")
    if quantity is None or tracking_of(row) == "none" or text(row, "status") == "trash":
        return []
    return [
        StockLevelAtStore(
            product_id=item.product_id, variant_id=item.variant_id or item.product_id, location_id="", quantity=quantity
        )
    ]
