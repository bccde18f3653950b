"""What happened between two recordings without being recorded, done again when the session is played."""

from collections.abc import Callable
from typing import Any

from sandbox.woocommerce.orders import drafts, records
from sandbox.woocommerce.sites import Site
from tests.sandbox.woocommerce.replay import STORE, Replay, key_named

Step = Callable[[Replay], None]
SAM = {
    "first_name": "Sam",
    "last_name": "Shopper",
    "address_1": "7 Elm",
    "city": "Albany",
    "state": "NY",
    "postcode": "12207",
    "country": "US",
    "email": "sam@example.com",
    "phone": "555-1",
}


def site_of(replay: Replay) -> Site:
    found = replay.server.world.open(STORE, replay.server.url)
    assert isinstance(found, Site)
    return found


def restore_variations(replay: Replay) -> None:
    """The variations of the T-shirt were taken out of the trash one by one."""
    for number in (27, 28, 29, 30, 31):
        replay.send("PUT", f"/wc/v3/products/25/variations/{number}", {"status": "publish"})


def add_cascade(replay: Replay) -> None:
    """The family that is deleted next was made."""
    attribute = {"name": "A", "variation": True, "options": ["1", "2"]}
    made = replay.send("POST", "/wc/v3/products", {"name": "Cascade", "type": "variable", "attributes": [attribute]})
    replay.numbers.learn("post", 207, made["id"])
    value = [{"name": "A", "option": "1"}]
    child = replay.send("POST", "/wc/v3/products/207/variations", {"regular_price": "1", "attributes": value})
    replay.numbers.learn("post", 208, child["id"])


def add_touched(replay: Replay) -> None:
    """A product that was made to look at its dates."""
    made = replay.send("POST", "/wc/v3/products", {"name": "Dates", "regular_price": "1"})
    replay.numbers.learn("post", 197, made["id"])


def add_customer(replay: Replay) -> None:
    """The user whose key may do nothing."""
    made = replay.send("POST", "/wc/v3/customers", {"email": "shopper@example.com"})
    replay.numbers.learn("user", 5, made["id"])


def touched(value: str = "18") -> Step:
    """The first order was changed, which its webhooks were told."""

    def touch(replay: Replay) -> None:
        replay.send("PUT", "/wc/v3/orders/155", {"meta_data": [{"key": "touch", "value": value}]})
        replay.settle()

    return touch


def seven_times(replay: Replay) -> None:
    for value in range(7):
        touched(str(value))(replay)


def role_of_manager(role: str) -> Step:
    def change(replay: Replay) -> None:
        touched()(replay)
        replay.control("POST", f"/stores/{STORE}/accounts", {**key_named("manager"), "role": role})
        touched()(replay)

    return change


def dozen_orders(replay: Replay) -> None:
    """Twelve orders at once for one each of a hundred."""
    replay.send("PUT", "/wc/v3/products/11", {"stock_quantity": 100})
    for number in range(185, 197):
        body = {"status": "processing", "line_items": [{"product_id": 11, "quantity": 1}]}
        made = replay.send("POST", "/wc/v3/orders", body)
        replay.numbers.learn("post", number, made["id"])


class Checkout:
    """A shopper at the block checkout: a draft when the page opens, the order when the button is pressed."""

    def __init__(self, number: int, lines: dict[int, int], **more: Any) -> None:
        self.number, self.lines, self.more = number, lines, more
        self.order: dict[str, Any] = {}
        self.draft: dict[str, Any] = {}

    def open(self, replay: Replay) -> None:
        """Three recordings in a row look at one draft."""
        if replay.numbers.own("post", self.number) != self.number:
            return
        own = replay.numbers.own
        lines = [{"product_id": own("post", product), "quantity": count} for product, count in self.lines.items()]
        shipping = {"shipping_method": "Flat rate", "shipping_cost": "7.50"}
        addresses = {"billing_address": SAM, "shipping_address": SAM, "user_agent": "lab-recorder/1"}
        self.draft = {"lines": lines, **shipping, **addresses, **self.more}
        with replay.server.world.db.transaction():
            site = site_of(replay)
            self.order = drafts.build(site, {**self.draft, "created_via": "store-api"})
            drafts.add_checkout_marks(site, self.order)
            drafts.keep_draft(site, self.order)
        replay.numbers.learn("post", self.number, self.order["id"])
        replay.settle()

    def place(self, replay: Replay) -> None:
        with replay.server.world.db.transaction():
            site = site_of(replay)
            assert records.find(site, self.order["id"])["status"] == "checkout-draft"
            drafts.place(site, self.order, self.draft)
        replay.settle()


def steps() -> dict[str, Step]:
    """Per name of the recording that comes after; checkouts remember their orders, so these are of one replay."""
    cash = Checkout(177, {11: 2, 28: 1}, coupon="ten-off", payment_method="cod", note="Ring twice")
    transfer = Checkout(178, {13: 1}, payment_method="bacs")
    gross = Checkout(179, {11: 3, 14: 1}, coupon="five", payment_method="cod")
    return {
        "store-cod-draft-v3": cash.open,
        "order-from-checkout-cod": cash.place,
        "store-bacs-draft-v3": transfer.open,
        "order-from-checkout-bacs": transfer.place,
        "store-incl-draft-v3": gross.open,
        "order-prices-include-tax": gross.place,
        "webhook-create-fail500": add_customer,
        "webhook-get-disabled": seven_times,
        **dict.fromkeys((f"webhook-delete-{name}" for name in ("fail", "redirect", "gone", "slow")), touched()),
        **{f"webhook-delete-secret-{name}": touched(f"s{name}") for name in ("quote", "unicode", "space")},
        "webhook-delete-unreachable": touched(),
        "auth-demoted-user": role_of_manager("customer"),
        "auth-manager-orders": role_of_manager("shop_manager"),
        "orders-fields": dozen_orders,
        "variation-partial-attributes": restore_variations,
        "product-variable-delete-force": add_cascade,
        "product-unknown-field": add_touched,
    }
