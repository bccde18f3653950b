"""A preview is applied: a product and a family are made in the store, one is updated, one that is there is linked.

What the store has afterwards is counted there: killed anywhere, nothing is made twice.
"""

from datetime import UTC, datetime
from decimal import Decimal

from catalog.models import Listing
from catalog.queries.plans import LIST
from catalog.services.listing import confirm_plan
from catalog.services.listing_plan import start_plan
from catalog.services.selection import Selection
from channels.models import Channel, ChannelSettings
from inventory.models import Product
from tests.crash import shop
from tests.crash.shop import check, stores, surroundings
from tests.factories.inventory import put_on_hand
from tests.factories.listing import kin, product
from tests.flows import setting
from tests.flows.setting import DEMO
from tests.flows.steps import manager
from tests.sandbox.client import StoreClient

__all__ = ["check", "dump", "prepare", "run", "stores", "surroundings"]

NAMES = ("Name NEW", "Kin", "Changed here", "Name THERE")


def plan(channel: Channel, products: list[Product]) -> None:
    """Previewed and confirmed, not applied yet."""
    selection = Selection(product_ids=tuple(each.pk for each in products))
    found = start_plan(channel, kind=LIST, selection=selection, user=manager(), now=datetime.now(UTC))
    setting.settle()
    found.refresh_from_db()
    confirm_plan(channel, plan=found, user=manager(), now=datetime.now(UTC))


def prepare() -> None:
    channel = setting.connect(DEMO)
    ChannelSettings.objects.filter(channel=channel).update(store_is_master=False)
    channel = Channel.objects.select_related("settings").get(pk=channel.pk)
    setting.settle()
    fresh, listed, there, family = product("NEW"), product("LISTED"), product("THERE"), kin("Kin", "Red", "Blue")
    put_on_hand({fresh: 5, listed: 3, there: 2, family[0]: 1})
    plan(channel, [listed, there])
    setting.settle()
    Listing.objects.filter(channel=channel, product=there).delete()
    Product.objects.filter(pk=listed.pk).update(name="Changed here", weight=Decimal(2))
    put_on_hand({listed: 1, there: 1})
    plan(channel, [fresh, listed, there, *family])


def run() -> None:
    shop.sandbox.follow_clock()
    setting.settle()


def dump() -> list[str]:
    """Also what the store has under these names, and how many of each."""
    shop.sandbox.follow_clock()
    rows = StoreClient(shop.sandbox, DEMO).data("/v3/catalog/products", limit=250, include="variants")  # type: ignore[arg-type]
    levels = [
        f"{row['name']} at the store: {sorted((each['sku'], each['inventory_level']) for each in row['variants'])}"
        for row in rows
        if row["name"] in NAMES
    ]
    return [*shop.dump(), *sorted(levels)]
