"""Two sales of yesterday are cancelled and deleted in the store, one waiting order is paid: void, void, capture."""

from channels.models import Channel
from tests.crash import shop
from tests.crash.shop import check, dump, stores, surroundings
from tests.flows import setting
from tests.flows.setting import DEMO

__all__ = ["check", "dump", "prepare", "run", "stores", "surroundings"]


def prepare() -> None:
    channel = setting.connect()
    shipped = shop.order([("RS-HW45-TAN", 1), ("IM-R42", 2)])
    other = shop.order([("KO-GAS1", 1)])
    unpaid = shop.order([("ZE-2P", 1)], paid=False, status_id=7)
    setting.hint(channel, shipped, other, unpaid)
    setting.settle()
    for number, action in ((shipped, "cancel"), (other, "archive"), (unpaid, "pay")):
        shop.sandbox.control("POST", f"/stores/{DEMO}/orders/{number}/{action}")
    setting.hint(Channel.objects.get(pk=channel.pk), shipped, other, unpaid)


def run() -> None:
    setting.settle()
