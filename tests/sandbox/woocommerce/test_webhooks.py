"""Webhooks of WooCommerce stores: pings, merging, failures, faults, what is never told."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.client import Json
from tests.sandbox.woo_client import WooClient
from tests.sandbox.woocommerce.sink import Letter, Sink

HOOKS, ORDERS = "/wc/v3/webhooks", "/wc/v3/orders"
SECRET = "s3cret-&-<ü>"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def shop(sandbox: SandboxServer) -> WooClient:
    client = WooClient(sandbox, "yard")
    client.control("POST", "/stores", {"platform": "woocommerce", "store": "yard"})
    tent = {"name": "Tent", "sku": "TENT", "regular_price": "10", "manage_stock": True, "stock_quantity": 100}
    client.control("POST", "/stores/yard/products", {"products": [tent]})
    return client


def ask(shop: WooClient, method: str, path: str, body: Any = None, **query: Any) -> Any:
    answer = shop.call(method, path, body, **query)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def listen(shop: WooClient, sink: Sink, topic: str, path: str = "/hook") -> int:
    sent = {"topic": topic, "delivery_url": sink.url + path, "secret": SECRET}
    made = ask(shop, "POST", HOOKS, sent)
    assert "secret" not in made
    settle(shop)
    return int(made["id"])


def settle(shop: WooClient) -> None:
    assert shop.control("POST", "/deliveries/wait", {"seconds": 20})["idle"]


def place(shop: WooClient, **sent: Any) -> Json:
    found: Json = ask(shop, "POST", ORDERS, {"line_items": [{"sku": "TENT"}], "status": "processing", **sent})
    return found


def touch(shop: WooClient, order: Json, value: str = "1") -> None:
    ask(shop, "PUT", f"{ORDERS}/{order['id']}", {"meta_data": [{"key": "touch", "value": value}]})
    settle(shop)


def signed(letter: Letter) -> bool:
    digest = hmac.new(SECRET.encode(), letter.body, hashlib.sha256).digest()
    return letter.headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()


def test_a_new_webhook_pings_unsigned(shop: WooClient, sink: Sink) -> None:
    number = listen(shop, sink, "order.created")

    ping = sink.letters[0]
    assert ping.body == f"webhook_id={number}".encode()
    assert ping.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not [name for name in ping.headers if name.startswith("X-WC")]


def test_an_unanswered_ping_comes_again_with_every_delivery(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.created", "/created/x")

    place(shop)
    settle(shop)

    assert [letter.topic for letter in sink.letters] == ["ping", "order.created", "ping"]


def test_a_delivery_is_the_signed_order(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.created")

    order = place(shop)
    settle(shop)

    letter = sink.of("order.created")[0]
    assert signed(letter)
    assert b"\\/" in letter.body
    assert b"://" not in letter.body
    assert letter.json == ask(shop, "GET", f"{ORDERS}/{order['id']}")


def test_changes_that_wait_go_out_as_one(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.updated")
    shop.control("PUT", "/stores/yard/notices", {"delay_seconds": 0.5})

    order = place(shop)
    ask(shop, "PUT", f"{ORDERS}/{order['id']}", {"status": "completed"})
    settle(shop)

    assert [letter.json["status"] for letter in sink.of("order.updated")] == ["completed"]


def test_created_can_show_a_later_state(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.created")
    shop.control("PUT", "/stores/yard/notices", {"delay_seconds": 0.5})

    order = place(shop)
    ask(shop, "PUT", f"{ORDERS}/{order['id']}", {"status": "completed"})
    settle(shop)

    assert [letter.json["status"] for letter in sink.of("order.created")] == ["completed"]


def test_deliveries_of_one_second_share_their_number(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.created")
    shop.control("POST", "/stores/yard/orders", {"lines": [{"sku": "TENT"}], "count": 30})
    settle(shop)

    letters = sink.of("order.created")
    assert len({letter.json["id"] for letter in letters}) == 30
    assert len({letter.headers["X-WC-Webhook-Delivery-ID"] for letter in letters}) < 10


def test_the_seventh_failure_in_a_row_turns_it_off(shop: WooClient, sink: Sink) -> None:
    number = listen(shop, sink, "order.updated", "/fail/x")
    order = place(shop)
    settle(shop)

    for count in range(5):
        touch(shop, order, str(count))
    assert ask(shop, "GET", f"{HOOKS}/{number}")["status"] == "active"
    touch(shop, order, "seventh")
    assert ask(shop, "GET", f"{HOOKS}/{number}")["status"] == "disabled"
    touch(shop, order, "unheard")
    assert len(sink.of("order.updated")) == 7


def test_turned_on_again_one_more_failure_is_enough_and_a_success_forgets(shop: WooClient, sink: Sink) -> None:
    number = listen(shop, sink, "order.updated", "/fail/x")
    order = place(shop)
    for count in range(7):
        touch(shop, order, str(count))

    ask(shop, "PUT", f"{HOOKS}/{number}", {"status": "active"})
    touch(shop, order, "again")
    assert ask(shop, "GET", f"{HOOKS}/{number}")["status"] == "disabled"

    ask(shop, "PUT", f"{HOOKS}/{number}", {"status": "active", "delivery_url": f"{sink.url}/hook"})
    touch(shop, order, "heard")
    ask(shop, "PUT", f"{HOOKS}/{number}", {"delivery_url": f"{sink.url}/fail/x"})
    touch(shop, order, "failed")
    assert ask(shop, "GET", f"{HOOKS}/{number}")["status"] == "active"


def test_a_redirect_counts_as_success_and_is_not_followed(shop: WooClient, sink: Sink) -> None:
    number = listen(shop, sink, "order.updated", "/redirect/x")
    order = place(shop)
    for count in range(8):
        touch(shop, order, str(count))

    assert ask(shop, "GET", f"{HOOKS}/{number}")["status"] == "active"
    assert not [letter for letter in sink.letters if letter.path == "/elsewhere"]


def test_nothing_is_sent_twice_after_a_failure(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.created", "/fail/x")

    place(shop)
    settle(shop)

    assert len(sink.of("order.created")) == 1


def test_a_user_without_rights_sends_a_signed_refusal(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.updated")
    order = place(shop)
    settle(shop)
    keys = shop.server.world.settings("yard") or {}
    shop.control("PATCH", "/stores/yard", {"keys": [{**keys["keys"][0], "role": "customer"}]})

    shop.control("POST", f"/stores/yard/orders/{order['id']}/touch", {})
    settle(shop)

    letter = sink.letters[-1]
    assert (letter.json["code"], letter.json["data"]) == ("woocommerce_rest_cannot_view", {"status": 403})
    assert signed(letter)


def test_what_is_gone_when_it_goes_out_is_a_signed_error(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "order.updated")
    shop.control("PUT", "/stores/yard/notices", {"delay_seconds": 0.5})

    order = place(shop)
    ask(shop, "DELETE", f"{ORDERS}/{order['id']}", force="true")
    settle(shop)

    letter = sink.letters[-1]
    assert letter.json["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert signed(letter)


def topics_of(shop: WooClient, sink: Sink, storage: str) -> list[str]:
    """Topics told while an order goes to the trash, comes back by PUT, and is deleted for good."""
    shop.control("PATCH", "/stores/yard", {"storage": storage})
    order = place(shop)
    for topic in ("order.updated", "order.deleted", "order.restored", "product.deleted"):
        listen(shop, sink, topic)
    sink.letters.clear()
    for method, body, query in (
        ("DELETE", None, {}),
        ("PUT", {"status": "processing"}, {}),
        ("DELETE", None, {"force": "true"}),
    ):
        ask(shop, method, f"{ORDERS}/{order['id']}", body, **query)
        settle(shop)
    assert {letter.json["id"] for letter in sink.letters} == {order["id"]}
    return sorted(letter.topic for letter in sink.letters)


def test_the_trash_is_told_and_deleting_is_not(shop: WooClient, sink: Sink) -> None:
    assert topics_of(shop, sink, "hpos") == ["order.deleted", "order.updated"]
    sink.letters.clear()


def test_in_posts_the_trash_also_tells_of_a_product(shop: WooClient, sink: Sink) -> None:
    assert topics_of(shop, sink, "posts") == ["order.deleted", "order.updated", "product.deleted"]


def test_restoring_in_the_admin_tells_of_it(shop: WooClient, sink: Sink) -> None:
    order = place(shop)
    listen(shop, sink, "order.restored")
    shop.act(order["id"], "trash")

    shop.act(order["id"], "restore")
    settle(shop)

    assert [letter.json["status"] for letter in sink.of("order.restored")] == ["processing"]


def test_notes_and_deleted_refunds_are_silent(shop: WooClient, sink: Sink) -> None:
    order = place(shop)
    refund = ask(shop, "POST", f"{ORDERS}/{order['id']}/refunds", {"amount": "1.00", "api_refund": False})
    listen(shop, sink, "order.updated")
    sink.letters.clear()

    ask(shop, "POST", f"{ORDERS}/{order['id']}/notes", {"note": "Picked", "customer_note": True})
    ask(shop, "DELETE", f"{ORDERS}/{order['id']}/refunds/{refund['id']}", force="true")
    settle(shop)

    assert sink.letters == []


def test_a_sale_tells_of_the_product_too(shop: WooClient, sink: Sink) -> None:
    listen(shop, sink, "product.updated")

    place(shop)
    settle(shop)

    assert [letter.json["stock_quantity"] for letter in sink.of("product.updated")] == [99]


def test_a_checkout_tells_of_its_draft_first(shop: WooClient, sink: Sink) -> None:
    for topic in ("order.created", "order.updated"):
        listen(shop, sink, topic)
    page = f"{shop.server.url}/woo/yard/order"
    form = dict(re.findall(r'<input id="(billing_\w+)"[^>]*value="([^"]*)"', requests.get(page, timeout=60).text))
    form |= {"code": "TENT", "quantity": "1", "billing_country": "DE", "customer_id": "0", "payment_method": "cod"}

    placed = requests.post(page, data={**form, "do": "place"}, timeout=60)
    settle(shop)

    assert placed.status_code == 200
    told = [(letter.topic, letter.json["status"]) for letter in sink.letters if letter.topic != "ping"]
    assert told[0] == ("order.updated", "checkout-draft")
    assert sorted(told[1:]) == [("order.created", "processing"), ("order.updated", "processing")]


@pytest.mark.parametrize(
    ("faults", "letters"), [({"drop": 1}, 0), ({"duplicates": 2}, 3), ({"shuffle": 2}, 0), ({"delay_seconds": 0.3}, 1)]
)
def test_deliveries_suffer_from_faults(shop: WooClient, sink: Sink, faults: Json, letters: int) -> None:
    listen(shop, sink, "order.created")
    shop.control("PUT", "/stores/yard/notices", faults)

    place(shop)
    settle(shop)
    assert len(sink.of("order.created")) == letters
    shop.control("PUT", "/stores/yard/notices", {})

    place(shop)
    settle(shop)
    assert len(sink.of("order.created")) == letters + 1


def test_batches_and_refusals(shop: WooClient, sink: Sink) -> None:
    body = {
        "create": [{"topic": "order.created", "delivery_url": sink.url}, {"topic": "nope", "delivery_url": sink.url}]
    }

    made = ask(shop, "POST", f"{HOOKS}/batch", body)["create"]
    settle(shop)

    assert made[0]["status"] == "active"
    assert made[1]["error"]["code"] == "woocommerce_rest_shop_webhook_invalid_topic"
    assert ask(shop, "POST", f"{HOOKS}/batch", {"delete": [made[0]["id"]]})["delete"][0]["id"] == made[0]["id"]
    assert shop.call("DELETE", f"{HOOKS}/{made[0]['id']}", force="true").status_code == 404
