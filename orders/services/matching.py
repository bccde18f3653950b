"""Lines of store orders → our products (SPEC CAP-7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.services.download import download_missing
from catalog.services.matching import VariantKey, find_products
from channels.models import Channel
from channels.ports import Platform
from channels.remote import RemoteOrder, RemoteOrderLine
from inventory.models import Product


@dataclass(frozen=True, kw_only=True)
class MatchedOrders:
    """Products by what the store calls them; lines without one become service lines."""

    products: dict[VariantKey, Product]

    def lines_of(self, order: RemoteOrder) -> dict[str, Product]:
        """Product of each line of one order, by the line's id."""
        found = ((line.id, self.products.get(_key(line))) for line in order.lines if _names_goods(line))
        return {line_id: product for line_id, product in found if product is not None}


def match_orders(channel: Channel, orders: Iterable[RemoteOrder]) -> MatchedOrders:
    """By link, else by SKU; a constant number of queries."""
    keys = {_key(line) for order in orders for line in order.lines if _names_goods(line)}
    return MatchedOrders(products=dict(find_products(channel, sorted(keys, key=str))) if keys else {})


def fetch_missing(
    channel: Channel, orders: Sequence[RemoteOrder], *, platform: Platform, matched: MatchedOrders, now: datetime
) -> bool:
    """Download the store's products that lines name and we do not have, all in one go; whether there were any.

    Runs outside any transaction. Raises TryLater when the store does not answer now.
    """
    missing = {
        line.product_id
        for order in orders
        for line in order.lines
        if _names_goods(line) and line.product_id and _key(line) not in matched.products
    }
    if missing:
        download_missing(channel, platform, sorted(missing), now=now)
    return bool(missing)


def _names_goods(line: RemoteOrderLine) -> bool:
    """Typed-in lines match by SKU only, gift certificates never."""
    return line.kind == "product" or (line.kind == "custom" and bool(line.sku))


def _key(line: RemoteOrderLine) -> VariantKey:
    return VariantKey(product_id=line.product_id, variant_id=line.variant_id, sku=line.sku)
