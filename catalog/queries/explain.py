"""Why a sync quantity is what it is (NEW-3): every part with its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from catalog.models import StoreHold
from catalog.queries.levels import SyncQuantity, counted_locations, location_ids
from channels.models import Channel
from inventory.documents import DocumentLink, resolve
from inventory.models import Allocation, Component, StockLevel
from inventory.queries.assembly import availabilities
from inventory_sync.lib.quantities import ZERO

_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """One line of the explanation; `url` leads to its document, `product_id` to another product."""

    label: str
    quantity: Decimal
    url: str = ""
    product_id: int | None = None
    units: Decimal = ZERO
    """Of a kit: how many are sold and not built yet. Of a limiting component: how many one kit takes."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """On hand by location, allocated by document, needed by kit, held by order; more than 20 of each are summed up."""

    sync: SyncQuantity
    on_hand: list[Part]
    allocated: list[Part]
    held: list[Part]
    more_allocated: Decimal = ZERO
    more_held: Decimal = ZERO
    needed: list[Part] = field(default_factory=list)
    more_needed: Decimal = ZERO
    limiting: list[Part] = field(default_factory=list)
    """Components that allow the fewest, with what there is of each."""
    all_locations: bool = True


def explain(channel: Channel, sync: SyncQuantity) -> Explanation:
    """Five statements, and five more of what is built from others or into them."""
    levels = StockLevel.objects.filter(counted_locations(channel), product_id=sync.product_id)
    rows = levels.select_related("location").order_by("location__priority", "location_id")
    on_hand = [Part(label=row.location.name, quantity=row.on_hand) for row in rows if row.on_hand]
    allocated = _by_document(channel, sync.product_id)
    held = _by_owner(channel, sync.product_id)
    links = resolve([*list(allocated)[:_SHOWN], *list(held)[:_SHOWN]])
    needed = _needed(channel, sync) if sync.needed else []
    return Explanation(
        sync=sync,
        on_hand=on_hand,
        allocated=_shown(links, allocated),
        more_allocated=_rest(allocated),
        held=_shown(links, held),
        more_held=_rest(held),
        needed=needed[:_SHOWN],
        more_needed=sum((part.quantity for part in needed[_SHOWN:]), ZERO),
        limiting=_limiting(channel, sync) if sync.limiting else [],
        all_locations=channel.settings.location_id is None,
    )


def _by_document(channel: Channel, product_id: int) -> dict[str, Decimal]:
    rows = Allocation.objects.filter(counted_locations(channel), product_id=product_id, quantity__gt=0)
    sums: dict[str, Decimal] = {}
    for key, quantity in rows.order_by("-pk").values_list("document_key", "quantity"):
        sums[key] = sums.get(key, ZERO) + quantity
    return sums


def _by_owner(channel: Channel, product_id: int) -> dict[str, Decimal]:
    holds = StoreHold.objects.filter(channel=channel, product_id=product_id)
    sums: dict[str, Decimal] = {}
    for key, quantity in holds.order_by("pk").values_list("owner_key", "quantity"):
        sums[key] = sums.get(key, ZERO) + quantity
    return sums


def _shown(links: Mapping[str, DocumentLink], sums: Mapping[str, Decimal]) -> list[Part]:
    parts = []
    for key, quantity in list(sums.items())[:_SHOWN]:
        link = links.get(key)
        parts.append(Part(label=link.label if link else key, quantity=quantity, url=link.url if link else ""))
    return parts


def _rest(sums: Mapping[str, Decimal]) -> Decimal:
    return sum(list(sums.values())[_SHOWN:], ZERO)


def _needed(channel: Channel, sync: SyncQuantity) -> list[Part]:
    """Kits that are sold and not built yet, the ones that take most first."""
    bills = Component.objects.filter(component=sync.product_id, product__auto_assembly=True).select_related("product")
    rows = list(bills.order_by("product__sku_key"))
    kits = availabilities([row.product_id for row in rows], location_ids=location_ids(channel))
    owed = {row.product_id: max(ZERO, -kits[row.product_id].own) for row in rows}
    parts = [
        Part(
            label=row.product.sku,
            product_id=row.product_id,
            units=owed[row.product_id],
            quantity=owed[row.product_id] * row.quantity,
        )
        for row in rows
        if owed[row.product_id]
    ]
    return sorted(parts, key=lambda part: -part.quantity)


def _limiting(channel: Channel, sync: SyncQuantity) -> list[Part]:
    bills = Component.objects.filter(product=sync.product_id, component__in=sync.limiting[:_SHOWN])
    rows = list(bills.select_related("component").order_by("position", "pk"))
    found = availabilities([row.component_id for row in rows], location_ids=location_ids(channel))
    return [
        Part(
            label=row.component.sku,
            product_id=row.component_id,
            units=row.quantity,
            quantity=found[row.component_id].own,
        )
        for row in rows
    ]
