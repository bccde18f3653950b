"""Three hundred products listed and updated at each platform's store: the calls that it took, and what was refused."""

from collections import Counter
from decimal import Decimal
from math import ceil

import pytest

from catalog.models import ListingItem
from catalog.queries.plans import LIST
from channels.models import Channel, ChannelSettings
from inventory.enums import Outcome, RunState
from inventory.models import Product
from inventory.registry import registry as house
from tests.factories.listing import kin, product
from tests.flows import setting
from tests.flows.listing import apply, calls, forget_calls, listed, preview
from tests.flows.steps import manager
from tests.flows.stores import on_both
from tests.sandbox.client import StoreClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, on_both]

SINGLES, FAMILIES = 220, 40
UNITS = SINGLES + FAMILIES


@pytest.mark.req("BLK-1")
def test_many_products_take_few_calls(channel: Channel, store: StoreClient, platform: str) -> None:
    ChannelSettings.objects.filter(channel=channel).update(store_is_master=False)
    if platform == "bigcommerce":
        store.control("PATCH", f"/stores/{store.store}", {"rate_quota": 1_000_000})
    setting.settle()
    singles = [product(f"M-{n}") for n in range(SINGLES)]
    families = [kin(f"K{n}", "Red", "Blue") for n in range(FAMILIES)]
    everything = [*singles, *(each for kind in families for each in kind)]
    for row in singles[::20]:  # the store has these names or GTINs already
        _spoil(row, platform)

    plan = preview(channel, everything)
    forget_calls(store)
    run = apply(channel, plan)
    refused = ceil(SINGLES / 20)
    assert (run.state, run.done, run.failed) == (RunState.DONE, UNITS - refused, refused)
    told = run.items.filter(outcome=Outcome.FAILED)
    assert all(reason for reason in told.values_list("reason", flat=True))
    assert set(told.values_list("key", flat=True)) == {f"p{row.pk}" for row in singles[::20]}
    made = sum(_spent(store).values())
    steps = ceil(UNITS / 50)
    least = UNITS + steps if platform == "bigcommerce" else ceil(SINGLES / 100) + FAMILIES
    assert made <= 1.05 * least + 5, _spent(store)

    Product.objects.filter(pk__in=[row.pk for row in singles]).update(barcode="")
    for row in singles[::20]:
        Product.objects.filter(pk=row.pk).update(name=f"Mended {row.sku}")
    forget_calls(store)
    again = house.run_retries[LIST](run, manager())
    setting.settle()
    again.refresh_from_db()
    assert (again.done, again.failed, again.total) == (refused, 0, refused)
    assert ListingItem.objects.filter(channel=channel).count() == len(everything)

    Product.objects.filter(pk__in=[each.pk for each in everything]).update(weight=Decimal(2))
    forget_calls(store)
    run = listed(channel, everything)
    assert (run.done, run.failed) == (UNITS, 0)
    if platform == "bigcommerce":
        reads, changes = 2 * ceil(UNITS / 250), ceil(SINGLES / 10) + ceil(2 * FAMILIES / 50)
    else:
        reads, changes = 2 * (ceil(UNITS / 100) + FAMILIES), ceil(SINGLES / 100) + FAMILIES
    assert sum(_spent(store).values()) <= 1.05 * (reads + changes) + 5, _spent(store)


def _spoil(row: Product, platform: str) -> None:
    """So that the store refuses it: it has a product of this name, or with this GTIN."""
    if platform == "bigcommerce":
        Product.objects.filter(pk=row.pk).update(name="Isomatte R 4,2 selbstaufblasend", name_key=row.sku)
    else:
        Product.objects.filter(pk=row.pk).update(barcode="4006381333931")


def _spent(store: StoreClient) -> Counter[str]:
    """Requests about products, by what they were."""
    rows = (each for each in calls(store) if "/products" in each["path"] or "/variants" in each["path"])
    levels = (each for each in calls(store) if "/inventory" in each["path"] and each["method"] == "PUT")
    return Counter(f"{each['method']} {each['path'].rstrip('0123456789')}" for each in [*rows, *levels])
