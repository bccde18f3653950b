"""Listing and updating 5 000 products: the fewest calls, and refusals told one by one."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

import pytest

from catalog.models import Listing, ListingItem
from catalog.queries.catalog import CatalogFilters
from catalog.queries.plans import LIST
from catalog.services.listing import confirm_plan
from catalog.services.listing_plan import start_plan
from catalog.services.plan_runs import retry_rows
from catalog.services.selection import Selection
from channels.models import Channel
from channels.registry import platform_spec
from channels.remote import DesiredProduct, ProductPage, ProductResult, RemoteProduct, StockResult, StockUpdate
from inventory.enums import Outcome
from inventory.models import Family, Product, ProductPrice, Run
from inventory_sync.lib.text import fold
from tests.catalog.conftest import step
from tests.catalog.drains import fresh
from tests.factories.catalog import sending_channel, single
from tests.factories.channels import NOW, second_platform
from tests.factories.listing import ListingShop

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SHARE = 10 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 1
"""All of them on SQLite; a tenth elsewhere, where the same statements are only run once more."""
SINGLES, FAMILIES, KIN = 2000 // SHARE, 1000 // SHARE, 3
PRODUCTS, UNITS = SINGLES + FAMILIES * KIN, SINGLES + FAMILIES


@dataclass
class CountingShop(ListingShop):
    """Spends as many requests as the platform's adapter does. `each`: one request for each product that is made."""

    each: bool = True
    spent: dict[str, int] = field(default_factory=dict)

    def spend(self, what: str, count: int) -> None:
        self.spent[what] = self.spent.get(what, 0) + count

    def page(self, **where: object) -> ProductPage:
        self.spend("read", 1)
        return super().page(**where)  # type: ignore[arg-type]

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        found = super().get_many(ids)
        families = 0 if self.each else sum(one.is_family for one in found)
        self.spend("read", ceil(len(ids) / (250 if self.each else 100)) + families)
        return found

    def find(self, skus: Sequence[str]) -> tuple[RemoteProduct, ...]:
        self.spend("find", len(skus) if self.each else ceil(len(skus) / 50))
        return super().find(skus)

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        self.spend("make", len(products) if self.each else _batches(products, 100))
        if look_first:
            self.spend("find", len(products))
        return super().create(products, look_first=look_first)

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        self.spend("change", ceil(len(products) / 10) if self.each else _batches(products, 100))
        return super().update(products, known=known)

    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        self.spend("levels", ceil(len(updates) / 2000))
        return super().push(updates)


def _batches(products: Sequence[DesiredProduct], size: int) -> int:
    return ceil(len(products) / size) + sum(each.is_family for each in products)


def assortment() -> None:
    """5 000 products of ours, three in five of them in families."""
    families = Family.objects.bulk_create(
        Family(name=f"Family {n}", name_key=fold(f"Family {n}"), option1_name="Color") for n in range(FAMILIES)
    )
    rows = [Product(sku=f"S-{n}", name=f"Single {n}") for n in range(SINGLES)]
    rows += [
        Product(sku=f"F-{n}-{k}", name=f"Family {n} {k}", family=family, option1=f"color {k}")
        for n, family in enumerate(families)
        for k in range(KIN)
    ]
    for row in rows:
        row.set_keys()
    made = Product.objects.bulk_create(rows, batch_size=1000)
    ProductPrice.objects.bulk_create(
        (ProductPrice(product=row, tier_id=1, amount=Decimal(10)) for row in made), batch_size=2000
    )


def everything(channel: Channel, shop: CountingShop) -> Run:
    """All that match, previewed and applied; a worker does one step after the other."""
    plan = start_plan(fresh(channel), kind=LIST, selection=Selection(filters=CatalogFilters()), user=None, now=NOW)
    finish(channel, shop, Run.objects.filter(kind="catalog.read_for_plan").latest("pk"))
    return finish(channel, shop, confirm_plan(fresh(channel), plan=plan, user=None, now=NOW))


def finish(channel: Channel, shop: CountingShop, run: Run) -> Run:
    while run.state in ("queued", "running"):
        run = step(channel, shop, run)
    assert run.state == "done"
    return run


def refuse(shop: CountingShop, skus: Iterable[str]) -> None:
    shop.refused.update((sku, f"The store does not like {sku}.") for sku in skus)


@pytest.mark.req("BLK-1")
@pytest.mark.parametrize("platform", ["bigcommerce", "woocommerce"])
def test_five_thousand_products(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assortment()
    channel = sending_channel(store_is_master=False)
    if platform != "bigcommerce":
        Channel.objects.filter(pk=channel.pk).update(platform=second_platform(monkeypatch))
    each = platform == "bigcommerce"
    shop = CountingShop(each=each, page_size=250)
    shop.remotes = [single(f"THEIRS-{n}") for n in range(1000)]
    bad = [f"S-{n}" for n in range(0, SINGLES, 20)] + [f"F-{n}-1" for n in range(0, FAMILIES, 20)]
    refuse(shop, bad)

    run = everything(channel, shop)
    assert (run.done, run.failed, run.skipped) == (UNITS - len(bad), len(bad), 0)
    told = run.items.filter(outcome=Outcome.FAILED).values_list("reason", flat=True)
    assert sorted(told) == sorted(shop.refused.values())
    steps_of_making = ceil(UNITS / platform_spec(platform).limits.product_writes)
    least = {"make": UNITS if each else SINGLES // 100 + FAMILIES, "read": 4 if each else 0}
    least["find"] = 0 if each else PRODUCTS // 50
    extra = steps_of_making if each else 0  # levels of what was made, where they go by themselves
    assert sum(shop.spent.values()) <= 1.05 * sum(least.values()) + extra, shop.spent
    assert shop.looked_first == [False] * len(shop.looked_first)

    shop.refused.clear()
    shop.spent.clear()
    shop.wrote.clear()
    again = finish(channel, shop, retry_rows(run, channel=fresh(channel), user=None, now=NOW))
    assert (again.total, again.done, again.failed) == (len(bad), len(bad), 0)
    assert {one.key for one in shop.wrote} == set(
        run.items.filter(outcome=Outcome.FAILED).values_list("key", flat=True)
    )
    assert (Listing.objects.count(), ListingItem.objects.count()) == (UNITS, PRODUCTS)

    Product.objects.update(weight=Decimal(2))
    shop.spent.clear()
    run = everything(channel, shop)
    assert (run.done, run.failed) == (UNITS, 0)
    reads = ceil(UNITS / 250) if each else ceil(UNITS / 100) + FAMILIES
    changed = ceil(UNITS / 10) if each else SINGLES // 100 + FAMILIES
    assert sum(shop.spent.values()) <= 1.05 * (2 * reads + changed), shop.spent
    shop.spent.clear()
    assert everything_is_the_same(channel, shop)


def everything_is_the_same(channel: Channel, shop: CountingShop) -> bool:
    plan = start_plan(fresh(channel), kind=LIST, selection=Selection(filters=CatalogFilters()), user=None, now=NOW)
    finish(channel, shop, Run.objects.filter(kind="catalog.read_for_plan").latest("pk"))
    return plan.items.count() == plan.items.filter(outcome=Outcome.NOTHING).count() == UNITS
