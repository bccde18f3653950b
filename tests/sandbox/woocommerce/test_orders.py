"""Orders of WooCommerce stores: stock, status, dates in both storages, filters, refunds, tracking."""

from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.sandbox.client import Json
from tests.sandbox.woo_client import WooClient

ORDERS = "/wc/v3/orders"
DAY = 86400


@pytest.fixture
def shop(sandbox: SandboxServer) -> WooClient:
    """One tent (ten of it), taxed at 19 %, prices with tax."""
    client = WooClient(sandbox, "yard")
    client.control("POST", "/stores", {"platform": "woocommerce", "store": "yard", "prices_include_tax": True})
    ask(client, "POST", "/wc/v3/taxes", {"country": "DE", "rate": "19", "name": "MwSt"})
    tent = {"name": "Tent", "sku": "TENT", "regular_price": "119.00", "manage_stock": True, "stock_quantity": 10}
    client.control("POST", "/stores/yard/products", {"products": [tent]})
    return client


def ask(shop: WooClient, method: str, path: str, body: Any = None, **query: Any) -> Any:
    answer = shop.call(method, path, body, **query)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def refused(shop: WooClient, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = shop.call(method, path, body)
    return answer.status_code, answer.json()["code"]


def place(shop: WooClient, quantity: int = 1, **more: Any) -> Json:
    found: Json = ask(shop, "POST", ORDERS, {"line_items": [{"sku": "TENT", "quantity": quantity}], **more})
    return found


def put(shop: WooClient, order: Json, **sent: Any) -> Json:
    found: Json = ask(shop, "PUT", f"{ORDERS}/{order['id']}", sent)
    return found


def later(shop: WooClient, seconds: int = 60) -> None:
    shop.control("PUT", "/clock", {"advance_seconds": seconds})


def test_gross_prices_become_net_lines(shop: WooClient) -> None:
    order = place(shop, 3)

    line = order["line_items"][0]
    assert (line["subtotal"], line["total"], line["total_tax"], line["price"]) == ("300.00", "300.00", "57.00", 100)
    assert (order["total"], order["total_tax"], order["prices_include_tax"]) == ("357.00", "57.00", True)


@pytest.mark.parametrize(
    ("status", "level"),
    [("pending", 10), ("on-hold", 7), ("processing", 7), ("completed", 7), ("failed", 10), ("cancelled", 10)],
)
def test_a_new_order_takes_stock_by_its_status(shop: WooClient, status: str, level: int) -> None:
    place(shop, 3, status=status)

    assert shop.level("TENT") == level


@pytest.mark.parametrize(
    ("status", "level"),
    [("cancelled", 10), ("pending", 10), ("failed", 7), ("refunded", 7), ("on-hold", 7), ("completed", 7)],
)
def test_only_cancelling_and_going_back_give_stock_back(shop: WooClient, status: str, level: int) -> None:
    order = put(shop, place(shop, 3, status="processing"), status=status)

    assert shop.level("TENT") == level
    taken = [entry for entry in order["line_items"][0]["meta_data"] if entry["key"] == "_reduced_stock"]
    assert bool(taken) == (level == 7)


@pytest.mark.parametrize("force", [True, False])
def test_deleting_gives_nothing_back(shop: WooClient, force: bool) -> None:
    order = place(shop, 3, status="processing")

    before = ask(shop, "DELETE", f"{ORDERS}/{order['id']}", force=str(force).lower())

    assert (before["status"], shop.level("TENT")) == ("processing", 7)


def test_more_than_there_is_can_be_sold(shop: WooClient) -> None:
    place(shop, 12, status="processing")

    assert shop.level("TENT") == -2


def test_changed_lines_of_a_running_order_move_stock(shop: WooClient) -> None:
    order = place(shop, 3, status="processing")
    line = order["line_items"][0]["id"]

    more = put(shop, order, line_items=[{"id": line, "quantity": 5}])
    assert (more["total"], shop.level("TENT")) == ("357.00", 5)
    none = put(shop, order, line_items=[{"id": line, "quantity": 0}])
    assert (none["line_items"], shop.level("TENT")) == ([], 10)


def test_payment_is_only_taken_where_it_is_awaited(shop: WooClient) -> None:
    waiting = put(shop, place(shop, payment_method="bacs"), set_paid=True, transaction_id="t1")
    held = put(shop, place(shop, status="on-hold", payment_method="bacs"), set_paid=True)
    cash = place(shop, status="processing", payment_method="cod")

    assert (waiting["status"], waiting["date_paid"] is None, waiting["transaction_id"]) == ("processing", False, "t1")
    assert (held["status"], held["date_paid"]) == ("on-hold", None)
    assert (cash["status"], cash["date_paid"]) == ("processing", None)
    assert put(shop, cash, status="completed")["date_paid"] is not None


MOVES = {
    "status": ({"status": "completed"}, True, True),
    "note": ({"customer_note": "Ring twice"}, True, True),
    "meta": ({"meta_data": [{"key": "k", "value": "v"}]}, False, False),
    "address": ({"billing": {"city": "Bonn"}}, False, False),
}


@pytest.mark.parametrize("change", MOVES)
def test_which_change_moves_the_date_depends_on_the_storage(shop: WooClient, change: str) -> None:
    sent, posts, old = MOVES[change]
    for settings, moves in (
        ({"storage": "hpos", "version": "10.0.2"}, True),
        ({"storage": "posts", "version": "10.0.2"}, posts),
        ({"storage": "posts", "version": "6.9.4"}, old),
    ):
        shop.control("PATCH", "/stores/yard", settings)
        order = place(shop, status="processing")
        later(shop)
        after = put(shop, order, **sent)
        assert (after["date_modified_gmt"] != order["date_modified_gmt"]) == moves, settings


@pytest.mark.parametrize(("version", "moves"), [("10.0.2", True), ("6.9.4", False)])
def test_a_refund_moves_the_date_since_7_6(shop: WooClient, version: str, moves: bool) -> None:
    shop.control("PATCH", "/stores/yard", {"storage": "posts", "version": version})
    order = place(shop, status="processing")
    later(shop)

    refund = ask(shop, "POST", f"{ORDERS}/{order['id']}/refunds", {"amount": "5.00", "api_refund": False})
    after = ask(shop, "GET", f"{ORDERS}/{order['id']}")
    assert (after["date_modified_gmt"] != order["date_modified_gmt"]) == moves
    later(shop)
    ask(shop, "DELETE", f"{ORDERS}/{order['id']}/refunds/{refund['id']}", force="true")
    last = ask(shop, "GET", f"{ORDERS}/{order['id']}")
    assert (last["date_modified_gmt"], last["refunds"]) == (after["date_modified_gmt"], [])


def test_filters_compare_strictly_and_by_the_second(shop: WooClient) -> None:
    first = place(shop)
    later(shop)
    second = place(shop)

    def found(**query: Any) -> list[int]:
        return [row["id"] for row in ask(shop, "GET", ORDERS, None, orderby="id", order="asc", **query)]

    assert found(after=first["date_created_gmt"], dates_are_gmt="true") == [second["id"]]
    assert found(modified_after=f"{first['date_created_gmt']}Z") == [second["id"]]
    east = found(modified_after=f"{first['date_created_gmt']}Z", dates_are_gmt="true")
    assert east == []  # the offset of the store's zone is added to what was UTC already
    assert found(before=second["date_created_gmt"], dates_are_gmt="true") == [first["id"]]


def test_the_trash_is_listed_only_by_name(shop: WooClient) -> None:
    order = place(shop, status="processing")
    ask(shop, "DELETE", f"{ORDERS}/{order['id']}")

    assert ask(shop, "GET", ORDERS, None, status="any") == []
    assert [row["id"] for row in ask(shop, "GET", ORDERS, None, status="trash")] == [order["id"]]
    assert refused(shop, "DELETE", f"{ORDERS}/{order['id']}") == (410, "woocommerce_rest_already_trashed")
    assert put(shop, order, status="processing")["status"] == "processing"


def test_pages_by_date_of_change_lose_rows(shop: WooClient) -> None:
    shop.control("POST", "/stores/yard/orders", {"lines": [{"sku": "TENT"}], "count": 40})

    def ids(orderby: str) -> list[int]:
        query = {"orderby": orderby, "order": "asc", "per_page": 7}
        pages = [ask(shop, "GET", ORDERS, None, page=page, **query) for page in range(1, 7)]
        return [row["id"] for page in pages for row in page]

    assert len(set(ids("id"))) == 40
    assert len(ids("modified")) == 40
    assert len(set(ids("modified"))) < 40


def test_an_unknown_coupon_leaves_a_draft(shop: WooClient) -> None:
    body = {"line_items": [{"sku": "TENT"}], "coupon_lines": [{"code": "nope"}]}
    answer = shop.call("POST", ORDERS, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "woocommerce_rest_invalid_coupon")
    left = answer.json()["data"]["new_draft_order_id"]
    assert ask(shop, "GET", f"{ORDERS}/{left}")["status"] == "checkout-draft"


def test_a_refund_of_lines_puts_stock_back_if_wanted(shop: WooClient) -> None:
    order = place(shop, 3, status="processing")
    line = order["line_items"][0]["id"]
    entry = {"id": line, "quantity": 1, "refund_total": "100", "refund_tax": [{"id": 1, "refund_total": "19"}]}

    for restock, level in ((False, 7), (True, 8)):
        sent = {"line_items": [entry], "api_refund": False, "api_restock": restock}
        refund = ask(shop, "POST", f"{ORDERS}/{order['id']}/refunds", sent)
        assert (refund["amount"], shop.level("TENT")) == ("119.00", level)
    after = ask(shop, "GET", f"{ORDERS}/{order['id']}")
    assert [one["total"] for one in after["refunds"]] == ["-119.00", "-119.00"]
    assert (after["total"], after["status"]) == ("357.00", "processing")
    ask(shop, "POST", f"{ORDERS}/{order['id']}/refunds", {"amount": "119.00", "api_refund": False})
    assert ask(shop, "GET", f"{ORDERS}/{order['id']}")["status"] == "refunded"
    assert shop.level("TENT") == 8


def test_status_refunded_makes_one_refund_of_the_rest(shop: WooClient) -> None:
    order = place(shop, status="processing")
    ask(shop, "POST", f"{ORDERS}/{order['id']}/refunds", {"amount": "19.00", "api_refund": False})

    refunds = put(shop, order, status="refunded")["refunds"]

    assert sorted(one["total"] for one in refunds) == ["-100.00", "-19.00"]


def test_versions_know_different_routes_and_fields(shop: WooClient) -> None:
    order = place(shop)
    assert refused(shop, "GET", f"{ORDERS}/{order['id']}/fulfillments") == (404, "rest_no_route")
    shop.control("PATCH", "/stores/yard", {"version": "8.5.0"})

    assert refused(shop, "GET", "/wc/v3/refunds") == (404, "rest_no_route")
    assert "email_templates" not in ask(shop, "GET", f"{ORDERS}/{order['id']}")["_links"]


def test_tracking_routes_are_there_with_their_plugin(shop: WooClient) -> None:
    order = place(shop, status="processing")
    path = f"/wc-shipment-tracking/v3/orders/{order['id']}/shipment-trackings"
    sent = {"tracking_number": "0034", "tracking_provider": "DHL.de", "date_shipped": "2026-03-01"}
    assert refused(shop, "POST", path, sent) == (404, "rest_no_route")
    plugin = {"plugin": "woocommerce-shipment-tracking/woocommerce-shipment-tracking.php", "name": "T", "version": "2"}
    shop.control("PATCH", "/stores/yard", {"plugins": [plugin]})

    made = ask(shop, "POST", path, sent)

    assert "wc-shipment-tracking/v3" in ask(shop, "GET", "/")["namespaces"]
    assert (made["tracking_number"], made["date_shipped"]) == ("0034", "2026-03-01")
    meta = ask(shop, "GET", f"{ORDERS}/{order['id']}")["meta_data"][0]
    assert (meta["key"], meta["value"][0]["tracking_id"]) == ("_wc_shipment_tracking_items", made["tracking_id"])
    ask(shop, "DELETE", f"{path}/{made['tracking_id']}")
    assert ask(shop, "GET", path) == []


def test_the_control_places_orders_as_a_shopper_would(shop: WooClient) -> None:
    draft = {
        "lines": [{"sku": "TENT", "quantity": 2, "price": "59.50"}, {"name": "Setting up", "price": "11.90"}],
        "shipping_method": "Flat rate",
        "shipping_cost": "5.00",
        "discount": "10.00",
        "billing_address": {"first_name": "Ida", "street_1": "Kai 1", "zip": "24103", "country_iso2": "DE"},
        "payment_method": "bacs",
        "date_created": "2026-01-12T10:15:00+00:00",
        "overrides": {"number": "A-17"},
    }

    order = shop.order(**draft)

    assert (order["status"], order["date_paid"], order["number"]) == ("on-hold", None, "A-17")
    assert order["date_created_gmt"] == order["date_modified_gmt"] == "2026-01-12T10:15:00"
    assert [line["total"] for line in order["line_items"]] == ["100.00", "10.00"]
    assert [fee["total"] for fee in order["fee_lines"]] == ["-10.00"]
    assert (order["total_tax"], order["total"]) == ("19.95", "124.95")
    assert (order["billing"]["address_1"], order["billing"]["postcode"]) == ("Kai 1", "24103")
    assert shop.level("TENT") == 8


def test_the_control_acts_on_orders(shop: WooClient) -> None:
    order = shop.order(lines=[{"sku": "TENT", "quantity": 2}], payment_method="bacs")["id"]

    assert shop.act(order, "pay")["date_paid"] is not None
    assert shop.act(order, "edit_line", sku="TENT", quantity=1)["total"] == "119.00"
    assert shop.act(order, "edit_address", city="Bonn")["shipping"]["city"] == "Bonn"
    assert shop.act(order, "ship", tracking_number="0034", carrier="DHL.de")["status"] == "completed"
    assert shop.act(order, "refund", items=[{"sku": "TENT", "quantity": 1}])["status"] == "refunded"
    assert shop.level("TENT") == 10
    assert shop.act(order, "trash")["status"] == "trash"
    assert shop.act(order, "restore")["status"] == "refunded"
    assert shop.act(order, "delete")["ids"] == [order]
    assert refused(shop, "GET", f"{ORDERS}/{order}") == (404, "woocommerce_rest_shop_order_invalid_id")


def test_plugins_may_add_statuses(shop: WooClient) -> None:
    assert refused(shop, "POST", ORDERS, {"status": "packed"}) == (400, "rest_invalid_param")
    shop.control("PATCH", "/stores/yard", {"order_statuses": {"packed": "Packed"}})

    order = put(shop, place(shop, status="processing"), status="packed")

    assert {"slug": "packed", "name": "Packed"} in ask(shop, "GET", f"{ORDERS}/statuses")
    assert [row["id"] for row in ask(shop, "GET", ORDERS, None, status="packed")] == [order["id"]]
    assert (order["status"], shop.level("TENT")) == ("packed", 9)


def test_only_a_gateway_that_can_pays_back(shop: WooClient) -> None:
    order = place(shop, status="processing", payment_method="bacs")
    path = f"{ORDERS}/{order['id']}/refunds"
    assert refused(shop, "POST", path, {"amount": "5.00"}) == (500, "woocommerce_rest_cannot_create_order_refund")
    assert ask(shop, "GET", path) == []

    kontor = WooClient(shop.server)
    order = kontor.order(lines=[{"sku": "RS-TAG20"}])
    refund = ask(kontor, "POST", f"{ORDERS}/{order['id']}/refunds", {"amount": "5.00"})
    assert (refund["amount"], refund["refunded_payment"]) == ("5.00", True)
