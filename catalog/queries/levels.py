"""How many of a product one store may sell (SPEC SET-13, BUF-1, A52).

sync quantity = floor(available at the channel's locations − buffer − held), never below zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models import StoreHold
from channels.models import Channel
from inventory.enums import DropShip, ProductType, RecordStatus
from inventory.models import Product, StockLevel
from inventory_sync.lib.quantities import ZERO, QuantityField


@dataclass(frozen=True, kw_only=True)
class SyncQuantity:
    """The number and its parts (NEW-3)."""

    product_id: int
    on_hand: Decimal
    allocated: Decimal
    buffer: Decimal
    held: Decimal
    is_counted: bool = True
    """False for services, non-inventory and what is always drop-shipped: no quantity is ever sent."""

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.allocated

    @property
    def exact(self) -> Decimal:
        """Before rounding down and before negatives become zero."""
        return self.available - self.buffer - self.held

    @property
    def quantity(self) -> Decimal:
        return max(ZERO, self.exact.to_integral_value(rounding=ROUND_FLOOR))


def channel_buffer(channel: Channel) -> Decimal:
    """BUF-1, A58: the stored buffer counts while its switch is on, for manual updates too."""
    return Decimal(channel.settings.buffer) if channel.settings.use_buffer else ZERO


def counted_locations(channel: Channel) -> Q:
    """SET-13: the linked location, else all active ones; a condition on stock levels."""
    if channel.settings.location_id is not None:
        return Q(location_id=channel.settings.location_id)
    return Q(location__status=RecordStatus.ACTIVE)


def with_sync_parts(products: QuerySet[Product], channel: Channel) -> QuerySet[Product]:
    """Products with `sync_on_hand`, `sync_allocated` and `sync_held`, in the same statement."""
    levels = StockLevel.objects.filter(counted_locations(channel), product=OuterRef("pk")).order_by()
    holds = StoreHold.objects.filter(channel=channel, product=OuterRef("pk")).order_by()
    return products.annotate(
        sync_on_hand=_sum(levels, "on_hand"),
        sync_allocated=_sum(levels, "allocated"),
        sync_held=_sum(holds, "quantity"),
    )


def sync_quantity_of(product: Product, channel: Channel) -> SyncQuantity:
    """Of a product from `with_sync_parts`."""
    return SyncQuantity(
        product_id=product.pk,
        on_hand=product.sync_on_hand,  # type: ignore[attr-defined]
        allocated=product.sync_allocated,  # type: ignore[attr-defined]
        held=product.sync_held,  # type: ignore[attr-defined]
        buffer=channel_buffer(channel),
        is_counted=product.type == ProductType.STOCK and product.drop_ship != DropShip.ALWAYS,
    )


def sync_quantities(channel: Channel, product_ids: Iterable[int]) -> dict[int, SyncQuantity]:
    """Of many products in one statement; unknown ids are left out."""
    rows = with_sync_parts(Product.objects.filter(pk__in=list(product_ids)), channel)
    rows = rows.only("pk", "type", "drop_ship").order_by()
    return {product.pk: sync_quantity_of(product, channel) for product in rows}


def _sum(rows: QuerySet[StockLevel] | QuerySet[StoreHold], column: str) -> Coalesce:
    grouped = rows.values("product").annotate(total=Sum(F(column), output_field=QuantityField())).values("total")
    return Coalesce(Subquery(grouped, output_field=QuantityField()), ZERO, output_field=QuantityField())
