"""A WooCommerce order of a company is captured, becomes a sale, and the quantities that are left go to the store.

What was sent is read back from the store: the end is the same there too.
"""

from channels.enums import JobKind
from channels.models import Channel
from channels.outbox import mark
from tests.crash import shop
from tests.crash.shop import check, stores, surroundings
from tests.flows import setting, steps
from tests.flows.setting import KONTOR

__all__ = ["check", "dump", "prepare", "run", "stores", "surroundings"]

SOLD = (("RS-HW45-TAN", 2), ("IM-R42", 3))
ON_HAND = 12


def prepare() -> None:
    channel = setting.connect(KONTOR)
    setting.settle()
    steps.download(channel)
    for sku, _quantity in SOLD:
        steps.set_on_hand(sku, ON_HAND)
    steps.switch_stock_on(channel)
    mark([channel.pk], kind=JobKind.STOCK, keys=["all/start"])
    setting.settle()
    shop.sandbox.control("PUT", f"/stores/{KONTOR}/notices", {"drop": 1000})
    number = shop.order(SOLD, store=KONTOR, customer_id=2, coupon="SAVE10", shipping_method="Express delivery")
    setting.hint(Channel.objects.get(pk=channel.pk), number)


def run() -> None:
    shop.sandbox.follow_clock()
    setting.settle()


def dump() -> list[str]:
    """Also what the store has of the goods that were sold."""
    shop.sandbox.follow_clock()
    return [*shop.dump(), *(f"{sku} at the store: {shop.level(sku)}" for sku, _quantity in SOLD)]
