"""Four orders arrive: two of known goods, one with a product that has to be fetched first, one not paid yet."""

from channels.models import Channel
from tests.crash import shop
from tests.crash.shop import check, dump, stores, surroundings
from tests.flows import setting

__all__ = ["check", "dump", "prepare", "run", "stores", "surroundings"]


def prepare() -> None:
    channel = setting.connect()
    setting.settle()
    orders = [
        shop.order([("RS-HW45-TAN", 1), ("IM-R42", 2), ("TF-075", 3)], coupon="SAVE10"),
        shop.order([("KO-GAS1", 1)], shipping_method="Express delivery"),
        shop.order([("SE-6", 1), ("ZH-Y10", 4)], customer_id=2),
        shop.order([("ZE-2P", 1)], paid=False, status_id=7),
    ]
    setting.hint(Channel.objects.get(pk=channel.pk), *orders)


def run() -> None:
    setting.settle()
