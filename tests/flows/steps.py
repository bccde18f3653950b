"""Steps of a merchant's day that flows share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from channels.models import Channel, ChannelSettings, SyncJob
from channels.services.activities import start_channel_run
from inventory.enums import PostingKind
from inventory.models import Location, Product, StockLevel, StockPosting, User
from inventory.services import stock
from orders.models import CapturedOrder, Sale
from tests.flows import setting
from tests.sandbox.client import StoreClient


def manager() -> User:
    return User.objects.get(username="manager")


def download(channel: Channel) -> None:
    start_channel_run(
        channel, kind="catalog.download", title="Download", user=manager(), options={}, now=datetime.now(UTC)
    )
    setting.settle()


def set_on_hand(sku: str, quantity: int) -> Product:
    """Adjust what lies in the default location to `quantity`."""
    product = Product.objects.get(sku=sku)
    place = Location.objects.get(is_default=True)
    level = StockLevel.objects.filter(product=product, location=place).first()
    change = Decimal(quantity) - (level.on_hand if level else 0)
    if change:
        move(product.pk, place.pk, change, key=f"test:{sku}:{timezone.now().isoformat()}")
    return product


def move(product_id: int, location_id: int, quantity: Decimal | int, *, key: str) -> None:
    """An adjustment by `quantity`."""
    row = stock.StockChange(product_id=product_id, location_id=location_id, quantity=Decimal(quantity))
    stock.change_stock([row], key=key, kind=PostingKind.ADJUSTMENT, document_key=key, at=timezone.now())


def switch_stock_on(channel: Channel) -> None:
    ChannelSettings.objects.filter(channel=channel).update(
        update_stock=True, stock_preview_confirmed_at=datetime.now(UTC)
    )


def fault(store: StoreClient, kind: str, **more: Any) -> None:
    """Make the store fail: see the table of faults in sandbox/README.md."""
    store.control("POST", f"/stores/{store.store}/faults", {"kind": kind, **more})


def heal(store: StoreClient) -> None:
    store.control("DELETE", f"/stores/{store.store}/faults")


def calls(store: StoreClient, path: str) -> list[dict[str, Any]]:
    """Requests of this path that the store has got, oldest first."""
    found: list[dict[str, Any]] = store.control("GET", f"/requests?path={path}")["requests"]
    return found


def captured(channel: Channel, remote_id: object) -> CapturedOrder:
    return CapturedOrder.objects.get(channel=channel, remote_id=str(remote_id))


def footprint() -> dict[str, Any]:
    """What must stay as it is when something is refused."""
    levels = StockLevel.objects.order_by("product_id", "location_id")
    return {
        "postings": StockPosting.objects.count(),
        "levels": list(levels.values_list("product_id", "location_id", "on_hand", "allocated", "picked")),
        "sales": Sale.objects.count(),
    }


def jobs() -> list[tuple[str, str]]:
    return list(SyncJob.objects.order_by("kind", "key").values_list("kind", "state"))
