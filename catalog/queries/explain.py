"""Why a sync quantity is what it is (NEW-3): every part with its source."""

from dataclasses import dataclass
from decimal import Decimal

from catalog.models import StoreHold
from catalog.queries.levels import SyncQuantity, counted_locations
from channels.models import Channel
from inventory.documents import DocumentLink, resolve
from inventory.models import Allocation, StockLevel

_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """One line of the explanation; `url` leads to its document."""

    label: str
    quantity: Decimal
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """On hand by location, allocated by document, held by order; more than 20 documents are summed up."""

    sync: SyncQuantity
    on_hand: list[Part]
    allocated: list[Part]
    held: list[Part]
    more_allocated: Decimal = Decimal(0)
    all_locations: bool = True


def explain(channel: Channel, sync: SyncQuantity) -> Explanation:
    """Five statements at most."""
    levels = StockLevel.objects.filter(counted_locations(channel), product_id=sync.product_id)
    rows = levels.select_related("location").order_by("location__priority", "location_id")
    on_hand = [Part(label=row.location.name, quantity=row.on_hand) for row in rows if row.on_hand]
    sums = _by_document(channel, sync.product_id)
    holds = StoreHold.objects.filter(channel=channel, product_id=sync.product_id)
    held = {row.owner_key: row.quantity for row in holds.order_by("pk")[:_SHOWN]}
    links = resolve([*list(sums)[:_SHOWN], *held])
    shown = [_part(links, key, quantity) for key, quantity in list(sums.items())[:_SHOWN]]
    return Explanation(
        sync=sync,
        on_hand=on_hand,
        allocated=shown,
        held=[_part(links, key, quantity) for key, quantity in held.items()],
        more_allocated=sum(list(sums.values())[_SHOWN:], Decimal(0)),
        all_locations=channel.settings.location_id is None,
    )


def _by_document(channel: Channel, product_id: int) -> dict[str, Decimal]:
    rows = Allocation.objects.filter(counted_locations(channel), product_id=product_id, quantity__gt=0)
    sums: dict[str, Decimal] = {}
    for key, quantity in rows.order_by("-pk").values_list("document_key", "quantity"):
        sums[key] = sums.get(key, Decimal(0)) + quantity
    return sums


def _part(links: dict[str, DocumentLink], key: str, quantity: Decimal) -> Part:
    link = links.get(key)
    return Part(label=link.label if link else key, quantity=quantity, url=link.url if link else "")
