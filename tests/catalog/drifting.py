"""Products that are linked and in step with a store in memory, for the tests of comparisons."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from catalog.models import Drift, ListingItem
from catalog.services.drift import start_comparison
from channels.models import ChangeMark, Channel
from inventory.models import Product, Run
from tests.catalog.conftest import work_off
from tests.factories import inventory as make
from tests.factories.catalog import ItemFactory, ListingFactory, single
from tests.factories.channels import NOW
from tests.factories.listing import ListingShop, product


def linked(channel: Channel, shop: ListingShop, sku: str, *, units: int = 7, **columns: Any) -> ListingItem:
    """A product with a price and units, sent to the store as it is here."""
    ours = product(sku, **columns)
    make.put_on_hand({ours: units})
    listing = ListingFactory(
        channel=channel, product=ours, remote_id=f"p-{sku}", remote_name=ours.name, sent_at=NOW, seen_at=NOW
    )
    shop.remotes.append(
        single(
            sku,
            ours.name,
            price=Decimal(10),
            quantity=Decimal(units),
            tracking="variant",
            url=f"https://s.example/{sku}",
        )
    )
    shop.levels_now[f"v-{sku}"] = Decimal(units)
    ChangeMark.objects.all().delete()
    return ItemFactory(
        channel=channel,
        product=ours,
        listing=listing,
        remote_id=f"v-{sku}",
        pushed_quantity=units,
        pushed_at=NOW,
        seen_quantity=units,
        seen_at=NOW,
    )


def together(channel: Channel, shop: ListingShop, products: list[Product], units: int) -> list[ListingItem]:
    """Variations that the store counts as a whole, two of each here."""
    family = products[0].family
    make.put_on_hand(dict.fromkeys(products, 2))
    ChangeMark.objects.all().delete()
    listing = ListingFactory(
        channel=channel, family=family, remote_id="p-whole", remote_name=family.name, sent_at=NOW, seen_at=NOW
    )
    items = [
        ItemFactory(
            channel=channel,
            product=each,
            listing=listing,
            remote_id=f"v-{each.sku}",
            tracking="product",
            pushed_quantity=2,
            pushed_at=NOW,
        )
        for each in products
    ]
    shop.levels_now |= {item.remote_id: Decimal(units) for item in items}
    return items


def edit(shop: ListingShop, sku: str, *, variant: dict[str, Any] | None = None, **content: Any) -> None:
    """Somebody changes a product in the store."""

    def edited(remote: Any) -> Any:
        if remote.id != f"p-{sku}":
            return remote
        only = replace(remote.variants[0], **(variant or {}))
        if variant and "quantity" in variant:
            shop.levels_now[only.id] = variant["quantity"]
        return replace(remote, variants=(only,), **content)

    shop.remotes = [edited(remote) for remote in shop.remotes]


def compared(channel: Channel, shop: ListingShop) -> Run:
    ChangeMark.objects.all().delete()
    run = start_comparison(channel, user=None, now=NOW)
    ChangeMark.objects.filter(kind="poll").delete()
    return work_off(channel, shop, run)


def found() -> list[tuple[str, str, str, str, str, str]]:
    """(product, what, field, here, in the store, cause) of every difference."""
    rows = Drift.objects.order_by("label", "kind", "field")
    names = ("label", "kind", "field", "ours", "theirs", "cause")
    return [tuple(row) for row in rows.values_list(*names)]  # type: ignore[misc]
