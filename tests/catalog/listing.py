"""Previews made and applied against a store in memory, as the drain does it."""

from collections.abc import Collection, Sequence
from typing import Any

from catalog.queries.plans import LIST, as_row
from catalog.services.listing import confirm_plan
from catalog.services.listing_plan import start_plan
from catalog.services.selection import Selection
from channels.models import Channel
from inventory.models import Product, Run
from tests.catalog.conftest import work_off
from tests.catalog.drains import fresh
from tests.factories.channels import NOW, member
from tests.factories.listing import ListingShop


def chosen(products: Sequence[Product]) -> Selection:
    return Selection(product_ids=tuple(product.pk for product in products))


def preview(channel: Channel, shop: ListingShop, products: Sequence[Product], kind: str = LIST, **more: Any) -> Run:
    """A preview that has read the store."""
    given = {"selection": chosen(products), "user": more.pop("user", None), "now": NOW, **more}
    plan = start_plan(fresh(channel), kind=kind, **given)
    reader = Run.objects.filter(kind="catalog.read_for_plan").latest("pk")
    work_off(channel, shop, reader)
    plan.refresh_from_db()
    return plan


def apply(channel: Channel, shop: ListingShop, plan: Run, keys: Collection[str] | None = None) -> Run:
    run = confirm_plan(fresh(channel), plan=plan, keys=keys, user=member(), now=NOW)
    return work_off(channel, shop, run)


def listed(channel: Channel, shop: ListingShop, products: Sequence[Product], kind: str = LIST, **more: Any) -> Run:
    """Previewed and applied."""
    return apply(channel, shop, preview(channel, shop, products, kind, **more))


def rows(plan: Run) -> dict[str, str]:
    """What the preview says of each unit."""
    return {item.key: as_row(item).will.value for item in plan.items.order_by("pk")}


def changes(plan: Run, key: str) -> list[tuple[str, str, str, str]]:
    """(SKU of a variation, field, old, new)."""
    row = as_row(plan.items.get(key=key))
    return [(each.sku, each.field, each.old, each.new) for each in row.changes]


def outcomes(run: Run) -> dict[str, tuple[str, str]]:
    return {item.key: (item.outcome, item.reason) for item in run.items.order_by("pk")}
