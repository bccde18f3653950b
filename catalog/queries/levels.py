"""How many of a product one store may sell (SPEC SET-13, INV-7, BUF-1 to BUF-4, A52, A58).

sync quantity = floor(on hand − allocated − needed for assemblies + buildable − buffer − held), never below zero,
over the channel's locations.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from django.db.models import Q, Sum

from catalog.models import ProductBuffer, StoreHold
from channels.models import Channel
from inventory.enums import DropShip, ProductType, RecordStatus
from inventory.models import Product
from inventory.queries.assembly import Availability, availabilities
from inventory_sync.lib.quantities import ZERO, QuantityField

BufferSource = Literal["product", "channel", ""]


@dataclass(frozen=True, kw_only=True)
class SyncQuantity:
    """The number and its parts (NEW-3)."""

    product_id: int
    on_hand: Decimal
    allocated: Decimal
    needed: Decimal = ZERO
    """Of units that are sold but not built yet, as a component."""
    buildable: Decimal = ZERO
    limiting: tuple[int, ...] = ()
    """Components that allow the fewest."""
    is_assembled: bool = False
    buffer: Decimal
    buffer_source: BufferSource = ""
    held: Decimal
    is_counted: bool = True
    """False for services, non-inventory and what is always drop-shipped: no quantity is ever sent."""

    @property
    def own(self) -> Decimal:
        return self.on_hand - self.allocated

    @property
    def available(self) -> Decimal:
        """What could be sold without buffer and holds; may be negative."""
        return self.own - self.needed + self.buildable

    @property
    def exact(self) -> Decimal:
        """Before rounding down and before negatives become zero."""
        return self.available - self.buffer - self.held

    @property
    def quantity(self) -> Decimal:
        return max(ZERO, self.exact.to_integral_value(rounding=ROUND_FLOOR))


def counted_locations(channel: Channel) -> Q:
    """SET-13: the linked location, else all active ones; a condition on stock levels."""
    if channel.settings.location_id is not None:
        return Q(location_id=channel.settings.location_id)
    return Q(location__status=RecordStatus.ACTIVE)


def location_ids(channel: Channel) -> Sequence[int] | None:
    """The same for `inventory.queries.assembly`: None means all active ones."""
    linked = channel.settings.location_id
    return None if linked is None else [linked]


def sync_quantities(channel: Channel, product_ids: Iterable[int]) -> dict[int, SyncQuantity]:
    """Of many products; unknown ids are left out. Six statements at most, whatever their number."""
    rows = Product.objects.filter(pk__in=list(product_ids)).order_by()
    counted = {
        pk: kind == ProductType.STOCK and drop_ship != DropShip.ALWAYS
        for pk, kind, drop_ship in rows.values_list("pk", "type", "drop_ship")
    }
    parts = availabilities(counted, location_ids=location_ids(channel))
    buffers = effective_buffers(channel, counted)
    held = _held(channel, counted)
    return {
        pk: _sync_quantity(parts[pk], buffers[pk], held.get(pk, ZERO), is_counted=is_counted)
        for pk, is_counted in counted.items()
    }


def product_buffers(channel: Channel, product_ids: Collection[int]) -> dict[int, int]:
    """Stored product level buffers (BUF-2), whether they count now or not."""
    rows = ProductBuffer.objects.filter(channel=channel, product_id__in=product_ids).order_by()
    return dict(rows.values_list("product_id", "quantity"))


def effective_buffers(channel: Channel, product_ids: Collection[int]) -> dict[int, tuple[int, BufferSource]]:
    """Units kept back and who says so: while the channel's switch is on the product (even 0), else the channel.

    SPEC BUF-1 to BUF-4; A58: for updates by hand too.
    """
    if not channel.settings.use_buffer:
        nobody: tuple[int, BufferSource] = (0, "")
        return dict.fromkeys(product_ids, nobody)
    own = product_buffers(channel, product_ids)
    return {pk: (own[pk], "product") if pk in own else (channel.settings.buffer, "channel") for pk in product_ids}


def _held(channel: Channel, product_ids: Collection[int]) -> dict[int, Decimal]:
    rows = StoreHold.objects.filter(channel=channel, product_id__in=product_ids).order_by()
    return dict(rows.values_list("product_id").annotate(total=Sum("quantity", output_field=QuantityField())))


def _sync_quantity(
    parts: Availability, buffer: tuple[int, BufferSource], held: Decimal, *, is_counted: bool
) -> SyncQuantity:
    return SyncQuantity(
        product_id=parts.product_id,
        on_hand=parts.on_hand,
        allocated=parts.allocated,
        needed=parts.needed,
        buildable=parts.buildable,
        limiting=parts.limiting,
        is_assembled=parts.is_assembled,
        buffer=Decimal(buffer[0]),
        buffer_source=buffer[1],
        held=held,
        is_counted=is_counted,
    )
