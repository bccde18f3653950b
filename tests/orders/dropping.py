"""Short ways to sell what suppliers send, and to enter what they sent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from inventory.enums import DropShip, PurchaseState
from inventory.models import Product, Purchase, Supplier
from inventory.services.purchase_receipts import Arrived, record_dispatch
from inventory.services.purchases import order_purchase
from orders.enums import Stage
from orders.models import Sale
from orders.services.stages import authorize_stage
from tests.factories.inventory import UserFactory
from tests.orders.selling import NOW, World

D = Decimal
WHO: dict[str, Any] = {"user": None, "now": NOW}
LATER = datetime(2026, 3, 12, 9, tzinfo=UTC)


def always(world: World, sku: str, supplier: Supplier | None, **more: Any) -> Product:
    return world.product(sku, drop_ship=DropShip.ALWAYS, supplier=supplier, **more)


def step(sale: Sale, stage: Stage, **more: Any) -> Sale:
    return authorize_stage(sale.pk, stage=stage, version=None, **WHO, **more)


def dispatch(sale: Sale, *units: int, tracking: str = "JJD01", key: str = "form") -> int:
    """The supplier of the only purchase order sends these units of its lines; answers the receipt's id."""
    purchase = Purchase.objects.get(document_key=sale.document_key, state__in=["draft", "ordered", "partly"])
    if purchase.state == PurchaseState.DRAFT:
        order_purchase(purchase.pk, version=None, **WHO)
    lines = list(purchase.lines.all())
    arrived = Arrived(
        units={line.pk: D(each) for line, each in zip(lines, units, strict=True)}, carrier="DHL",
        tracking_number=tracking,
    )  # fmt: skip
    return record_dispatch(purchase.pk, arrived=arrived, key=key, version=None, user=None, now=LATER).pk


def status(sale: Sale) -> str:
    return Sale.objects.get(pk=sale.pk).status


def signed_in(world: World) -> Client:
    """An Operator who sees the world's store."""
    user = UserFactory(role="Operator")
    user.user_permissions.add(Permission.objects.get(codename=f"use_{world.channel.platform}"))
    client = Client()
    client.force_login(user)
    return client


def price(sale: Sale, cost: str) -> None:
    for purchase in Purchase.objects.filter(document_key=sale.document_key):
        purchase.lines.update(unit_cost=D(cost))
