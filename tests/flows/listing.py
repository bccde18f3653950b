"""Previews made and applied against the sandbox, and what the store was asked for it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.queries.plans import LIST, as_row
from catalog.services.listing import confirm_plan
from catalog.services.listing_plan import start_plan
from catalog.services.selection import Selection
from channels.models import Channel
from channels.remote import RemoteProduct
from channels.services.platforms import open_platform
from inventory.models import Product, Run
from tests.flows import setting
from tests.flows.steps import manager
from tests.sandbox.client import StoreClient

WRITES = ("POST", "PUT", "PATCH", "DELETE")


def channel_now(channel: Channel) -> Channel:
    return Channel.objects.select_related("settings").get(pk=channel.pk)


def preview(channel: Channel, products: Sequence[Product], kind: str = LIST, **more: Any) -> Run:
    selection = Selection(product_ids=tuple(product.pk for product in products))
    given = {"selection": selection, "user": manager(), "now": datetime.now(UTC), **more}
    plan = start_plan(channel_now(channel), kind=kind, **given)
    setting.settle()
    plan.refresh_from_db()
    return plan


def apply(channel: Channel, plan: Run) -> Run:
    run = confirm_plan(channel_now(channel), plan=plan, user=manager(), now=datetime.now(UTC))
    setting.settle()
    run.refresh_from_db()
    return run


def listed(channel: Channel, products: Sequence[Product], kind: str = LIST, **more: Any) -> Run:
    return apply(channel, preview(channel, products, kind, **more))


def says(plan: Run) -> dict[str, tuple[str, list[str]]]:
    """Word and changed fields of each unit."""
    rows = [as_row(item) for item in plan.items.order_by("pk")]
    return {row.key: (row.will.value, [each.field for each in row.changes]) for row in rows}


def in_store(channel: Channel, sku: str) -> RemoteProduct | None:
    """Read through the adapter."""
    found = open_platform(channel_now(channel)).products.find([sku])
    return found[0] if found else None


def forget_calls(store: StoreClient) -> None:
    store.control("DELETE", "/requests")


def calls(store: StoreClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = store.control("GET", "/requests")["requests"]
    return found


def writes(store: StoreClient) -> list[dict[str, Any]]:
    return [each for each in calls(store) if each["method"] in WRITES]


def names_sent(store: StoreClient) -> set[str]:
    """Every name of a field at any depth of what was written about products."""
    found: set[str] = set()
    for each in writes(store):
        if "/products" in each["path"] or "/variants" in each["path"]:
            _collect(json.loads(each["body"] or "null"), found)
    return found


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            found.add(name)
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)
