"""Why a posting was refused, in words. Private to `inventory.services.stock`, which exports the errors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from django.db import IntegrityError
from django.utils.translation import gettext as _

from inventory.enums import Bucket
from inventory.models import Location, Product, StockLevel, StockPosting
from inventory.services.locks import Place, at_places
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import ZERO

_SHORT = ("stock_on_hand_not_negative", "stock_picked_within_on_hand")
_NOT_ON_ORDER = "stock_on_order_not_negative"
_PICKED = "allocation_picked_within_quantity"
_NOT_HELD = (
    "allocation_not_negative",
    "allocation_picked_not_negative",
    "stock_allocated_not_negative",
    "stock_picked_not_negative",
)
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """What was wanted of a product at a location, and what could be had."""

    product_id: int
    location_id: int
    wanted: Decimal
    free: Decimal


_Judge = Callable[[Place, Mapping[Bucket, Decimal], StockLevel | None], Shortage | None]


class StockShort(ProductError):
    """There is less on the shelf than the act would take. Nothing has moved."""

    def __init__(self, message: str, *, shortages: tuple[Shortage, ...], detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.shortages = shortages


class NotOnOrder(StockShort):
    """Fewer units are on order at the location than the act would take from them. Nothing has moved."""


class StockNotHeld(ProductError):
    """The act uses up units that are not, or no longer, held for their owner. Nothing has moved."""

    @classmethod
    def of(cls, held: Iterable[tuple[str, int, int]]) -> Self:
        skus = Product.objects.filter(pk__in={product_id for _owner, product_id, _location in held})
        return cls(
            _("These units are no longer held for this document: %(skus)s. Load the page again.")
            % {"skus": ", ".join(skus.values_list("sku", flat=True)[:_SHOWN])},
            detail=", ".join("/".join(map(str, each)) for each in sorted(held)[:_SHOWN]),
        )


class StockPicked(ProductError):
    """Picked units cannot be released or moved: put them back (undo the pick) first. Nothing has moved."""

    @classmethod
    def of(cls, skus: Iterable[str]) -> Self:
        return cls(
            _("Already picked: %(skus)s. Undo the pick first.") % {"skus": ", ".join(sorted(set(skus))[:_SHOWN])}
        )


class AlreadyReversed(ProductError):
    """Another posting has undone this one already."""

    @classmethod
    def of(cls, posting: StockPosting) -> Self:
        return cls(_("This has been undone already."), detail=posting.key)


class HoldingsMoved(ProductError):
    """Somebody changed the same allocations between our reading and our writing: read again and retry."""


def refusal(error: IntegrityError, *, changes: Mapping[Place, Mapping[Bucket, Decimal]]) -> Exception:
    """The named error for a violated constraint; anything else stays what it is. Call outside the failed savepoint."""
    text = str(error)
    if any(name in text for name in _SHORT):
        return _short(changes, detail=text)
    if _NOT_ON_ORDER in text:
        return _not_on_order(changes, detail=text)
    if _PICKED in text:
        skus = Product.objects.filter(pk__in={product_id for product_id, _location in changes})
        return StockPicked.of(skus.values_list("sku", flat=True))
    if any(name in text for name in _NOT_HELD):
        return StockNotHeld.of({("", product_id, location_id) for product_id, location_id in changes})
    return error


def _short(changes: Mapping[Place, Mapping[Bucket, Decimal]], *, detail: str) -> StockShort:
    shortages = _shortages(changes, _shortage)
    return StockShort(
        _("Not enough stock. %(parts)s.") % {"parts": _in_words(shortages)}, shortages=shortages, detail=detail
    )


def _not_on_order(changes: Mapping[Place, Mapping[Bucket, Decimal]], *, detail: str) -> NotOnOrder:
    shortages = _shortages(changes, _order_shortage)
    return NotOnOrder(
        _("That is more than is on order. %(parts)s.") % {"parts": _in_words(shortages)},
        shortages=shortages,
        detail=detail,
    )


def _shortages(changes: Mapping[Place, Mapping[Bucket, Decimal]], judge: _Judge) -> tuple[Shortage, ...]:
    levels = {(level.product_id, level.location_id): level for level in StockLevel.objects.filter(at_places(changes))}
    judged = (judge(place, sums, levels.get(place)) for place, sums in changes.items())
    return tuple(shortage for shortage in judged if shortage)


def _in_words(shortages: Sequence[Shortage]) -> str:
    names = Location.objects.in_bulk({shortage.location_id for shortage in shortages})
    products = Product.objects.in_bulk({shortage.product_id for shortage in shortages})
    parts = [
        _("%(sku)s at %(location)s: %(wanted)s wanted, %(free)s there")
        % {
            "sku": products[shortage.product_id].sku,
            "location": names[shortage.location_id].name,
            "wanted": _plain(shortage.wanted),
            "free": _plain(shortage.free),
        }
        for shortage in shortages[:_SHOWN]
    ]
    more = _(" and %(count)s more") % {"count": len(shortages) - _SHOWN} if len(shortages) > _SHOWN else ""
    return "; ".join(parts) + more


def _shortage(place: Place, sums: Mapping[Bucket, Decimal], level: StockLevel | None) -> Shortage | None:
    on_hand = level.on_hand if level else ZERO
    picked = level.picked if level else ZERO
    off_shelf, taken = -sums.get(Bucket.ON_HAND, ZERO), sums.get(Bucket.PICKED, ZERO)
    wanted, free = off_shelf + taken, on_hand - picked
    if wanted <= free:
        wanted, free = off_shelf, on_hand
    if wanted <= free:
        return None
    return Shortage(product_id=place[0], location_id=place[1], wanted=wanted, free=free)


def _order_shortage(place: Place, sums: Mapping[Bucket, Decimal], level: StockLevel | None) -> Shortage | None:
    wanted, free = -sums.get(Bucket.ON_ORDER, ZERO), level.on_order if level else ZERO
    if wanted <= free:
        return None
    return Shortage(product_id=place[0], location_id=place[1], wanted=wanted, free=free)


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
