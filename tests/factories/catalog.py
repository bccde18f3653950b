"""Builders of listings, and a store's catalog and stock in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from catalog.models import Listing, ListingItem, StoreHold
from channels.models import Channel, LocationMapping
from channels.remote import (
    ProductPage,
    RemoteOptionValue,
    RemoteProduct,
    RemoteVariant,
    StockItem,
    StockLevelAtStore,
    StockResult,
    StockUpdate,
    Tracking,
)
from inventory.models import Product
from tests.factories.channels import NOW, ChannelFactory
from tests.factories.inventory import FamilyFactory, ProductFactory

STORE_LOCATION = "1"


class ListingFactory(DjangoModelFactory[Listing]):
    class Meta:
        model = Listing

    channel = factory.SubFactory(ChannelFactory)
    remote_id = factory.Sequence(lambda n: f"{n + 1000}")
    remote_name = factory.Sequence(lambda n: f"Store product {n}")


class ItemFactory(DjangoModelFactory[ListingItem]):
    """A single product linked to a store's product with one variant."""

    class Meta:
        model = ListingItem

    channel = factory.SubFactory(ChannelFactory)
    product = factory.SubFactory(ProductFactory)
    remote_id = factory.Sequence(lambda n: f"{n + 5000}")
    remote_sku = factory.SelfAttribute("product.sku")
    listing = factory.SubFactory(
        ListingFactory, channel=factory.SelfAttribute("..channel"), product=factory.SelfAttribute("..product")
    )
    remote_product_id = factory.SelfAttribute("listing.remote_id")


class HoldFactory(DjangoModelFactory[StoreHold]):
    class Meta:
        model = StoreHold

    owner_key = factory.Sequence(lambda n: f"order:{n}")
    reason = "shadow"
    quantity = Decimal(1)


def sending_channel(**settings: Any) -> Channel:
    """A channel whose automatic stock updates are on, with the store's location chosen."""
    given = {"update_stock": True, "stock_preview_confirmed_at": NOW, **settings}
    channel = ChannelFactory(settings=given)
    LocationMapping.objects.create(
        channel=channel, remote_key=STORE_LOCATION, label="Default location", receives_stock=True
    )
    return channel


def listed(channel: Channel, product: Product, **columns: Any) -> ListingItem:
    return ItemFactory(channel=channel, product=product, **columns)


def listed_family(channel: Channel, products: Sequence[Product], *, tracking: str = "variant") -> list[ListingItem]:
    """Variations of one family under one product of the store."""
    family = FamilyFactory()
    listing = ListingFactory(channel=channel, family=family)
    items = []
    for place, product in enumerate(products):
        product.family, product.option1 = family, f"value {place}"
        product.save()
        items.append(ItemFactory(channel=channel, product=product, listing=listing, tracking=tracking))
    return items


# --- a store's products


_OPTIONS = ("Color", "Size", "Cut", "Hood")
_OF_VARIANT = ("price", "sale_price", "quantity", "weight", "length", "width", "height", "barcode", "tracking")


def variant(sku: str, *values: str, **more: Any) -> RemoteVariant:
    options = tuple(RemoteOptionValue(name=name, value=value) for name, value in zip(_OPTIONS, values, strict=False))
    return RemoteVariant(**{"id": f"v-{sku}-{'-'.join(values)}", "sku": sku, "options": options, **more})


def single(sku: str, name: str = "", **more: Any) -> RemoteProduct:
    """A product with one variant; facts of the variant: `quantity`, `price`, `variant_id` …"""
    facts = {key: more.pop(key) for key in _OF_VARIANT if key in more}
    only = RemoteVariant(id=more.pop("variant_id", f"v-{sku}"), sku=sku, **facts)
    given = {"id": f"p-{sku}", "name": name or f"Product {sku}", "is_family": False, "variants": (only,), **more}
    return RemoteProduct(**given)


def family(name: str, *variants: RemoteVariant, **more: Any) -> RemoteProduct:
    names = tuple(dict.fromkeys(option.name for each in variants for option in each.options))
    given = {"id": f"p-{name}", "name": name, "is_family": True, "option_names": names, "variants": variants, **more}
    return RemoteProduct(**given)


@dataclass
class FakeShop:
    """Platform with a catalog and stock in memory; counts its calls and keeps what it was sent."""

    remotes: list[RemoteProduct] = field(default_factory=list)
    page_size: int = 250
    batch: int = 2000
    levels_now: dict[str, Decimal] = field(default_factory=dict)
    """Units by variant id."""
    shared_now: dict[str, Decimal] = field(default_factory=dict)
    """Units by product id, of variants that are counted with their product."""
    safety: dict[str, Decimal] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Words by SKU."""
    gone: set[str] = field(default_factory=set)
    recount: dict[str, Tracking] = field(default_factory=dict)
    """True tracking level by SKU, told with the result."""
    failures: list[Exception] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    sent: list[dict[str, Decimal]] = field(default_factory=list)
    """SKU → quantity of each push call."""
    during_push: Callable[[], None] | None = None

    @property
    def products(self) -> "FakeShop":
        return self

    @property
    def stock(self) -> "FakeShop":
        return self

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.failures:
            raise self.failures.pop(0)

    def page(self, *, cursor: str = "", changed_since: datetime | None = None) -> ProductPage:
        self._call(f"page {cursor}".strip())
        start = int(cursor or 0)
        end = start + self.page_size
        return ProductPage(
            products=tuple(self.remotes[start:end]),
            next_cursor=str(end) if end < len(self.remotes) else "",
            total=len(self.remotes),
        )

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        self._call(f"get {len(ids)}")
        return tuple(remote for remote in self.remotes if remote.id in ids)

    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        results: list[StockResult] = []
        for start in range(0, len(updates), self.batch):
            part = updates[start : start + self.batch]
            self._call(f"push {len(part)}")
            if self.during_push:
                self.during_push()
            self.sent.append({update.sku: update.quantity for update in part})
            results += [self._result(update) for update in part]
            together: dict[str, Decimal] = {}
            for update in part:
                if self.recount.get(update.sku, update.tracking) == "product":
                    together[update.product_id] = together.get(update.product_id, Decimal(0)) + update.quantity
            self.shared_now |= together
        return tuple(results)

    def _result(self, update: StockUpdate) -> StockResult:
        if update.sku in self.gone:
            return StockResult(key=update.key, error="Item not found", gone=True)
        if update.sku in self.refused:
            return StockResult(key=update.key, error=self.refused[update.sku])
        level = self.recount.get(update.sku)
        if level == "none":
            return StockResult(key=update.key, error="Stock is not counted here", tracking="none")
        if (level or update.tracking) != "product":
            self.levels_now[update.variant_id] = update.quantity
        return StockResult(key=update.key, tracking=level)

    def levels(self, items: Sequence[StockItem], *, location_id: str = "") -> tuple[StockLevelAtStore, ...]:
        self._call(f"levels {len(items)}")
        return tuple(
            StockLevelAtStore(
                product_id="",
                variant_id=pk,
                location_id=location_id,
                quantity=self.levels_now[pk],
                safety_stock=self.safety.get(pk, Decimal(0)),
            )
            for pk in (item.variant_id for item in items)
            if pk in self.levels_now
        )
