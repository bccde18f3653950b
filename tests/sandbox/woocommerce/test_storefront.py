"""The pages of shoppers and store staff, without a browser: what they show, what their forms do."""

import re
from html import unescape

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.client import SECONDS, Json
from tests.sandbox.woo_client import WooClient

ADDRESS = {
    "first_name": "Lotte",
    "last_name": "Ahrens",
    "email": "lotte@example.com",
    "address_1": "Kaistraße 3",
    "postcode": "28195",
    "city": "Bremen",
    "country": "DE",
}


class Pages:
    def __init__(self, root: str) -> None:
        self.root = root

    def get(self, path: str, status: int = 200) -> str:
        response = requests.get(f"{self.root}{path}", timeout=SECONDS)
        assert response.status_code == status, response.text
        return response.text

    def post(self, path: str, fields: Json, **headers: str) -> requests.Response:
        return requests.post(f"{self.root}{path}", data=fields, headers=headers, timeout=SECONDS)


@pytest.fixture
def shop(sandbox: SandboxServer) -> WooClient:
    """A tent and a shirt of two sizes that keep one level; a coupon, a customer, a pickup."""
    client = WooClient(sandbox, "yard")
    settings = {"platform": "woocommerce", "store": "yard", "name": "Yard & Sons", "prices_include_tax": True}
    client.control("POST", "/stores", settings)
    sizes = {"name": "Size", "options": ["S", "L"], "variation": True}
    sold = [
        {"name": "Tent <b>2</b> & pole", "sku": "TENT", "regular_price": "119.00", "manage_stock": True}
        | {"stock_quantity": 10},
        {"name": "Shirt", "type": "variable", "attributes": [sizes], "manage_stock": True, "stock_quantity": 4}
        | {
            "variations": [
                {"sku": f"S-{size}", "regular_price": "20", "attributes": [{"name": "Size", "option": size}]}
                for size in ("S", "L")
            ]
        },
    ]
    client.control("POST", "/stores/yard/products", {"products": sold})
    for path, body in (
        ("/wc/v3/taxes", {"country": "DE", "rate": "19", "name": "MwSt"}),
        ("/wc/v3/coupons", {"code": "SAVE10", "discount_type": "percent", "amount": "10"}),
        ("/wc/v3/customers", {"email": "ida@example.com", "first_name": "Ida", "billing": {"city": "Kiel"}}),
        ("/wc/v3/payment_gateways/cod", {"enabled": True}),
        ("/wc/v3/payment_gateways/bacs", {"enabled": True}),
    ):
        assert client.call("POST", path, body).ok
    return client


@pytest.fixture
def pages(shop: WooClient) -> Pages:
    return Pages(f"{shop.server.url}/woo/yard")


def form(**more: object) -> Json:
    billing = {f"billing_{name}": value for name, value in ADDRESS.items()}
    choice = {"customer_id": "0", "shipping_method": "Flat rate", "payment_method": "stripe", "do": "place"}
    return {"code": ["TENT"], "quantity": ["2"], **billing, **choice, **more}


def order_of(shop: WooClient, response: requests.Response) -> Json:
    found = re.search(r"/orders/(\d+)\?done=placed", response.url)
    assert found is not None, response.text
    order: Json = shop.data(f"/wc/v3/orders/{found[1]}")
    return order


def test_the_list_shows_name_price_and_stock(pages: Pages) -> None:
    text = unescape(pages.get("/"))

    assert "119.00 EUR" in text
    assert "10 in stock" in text
    assert "2 variations" in text
    assert "4 in stock" in text


def test_search_finds_names_and_skus(pages: Pages) -> None:
    assert "1 product<" in pages.get("/?q=s-l")
    assert "Nothing found" in pages.get("/?q=zzz")


@pytest.mark.parametrize("path", ["/", "/product/shirt/", "/order?code=TENT", "/orders", "/staff", "/keys"])
def test_every_page_forbids_scripts(pages: Pages, path: str) -> None:
    response = requests.get(f"{pages.root}{path}", timeout=SECONDS)

    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "<b>2</b>" not in response.text


def test_the_index_lists_both_platforms(shop: WooClient) -> None:
    text = requests.get(shop.server.url, timeout=SECONDS).text

    assert "BigCommerce" in text
    assert "WooCommerce" in text
    assert "Yard &amp; Sons" in text


@pytest.mark.parametrize(
    ("method", "status", "paid"),
    [("stripe", "processing", True), ("cod", "processing", False), ("bacs", "on-hold", False)],
)
def test_a_guest_orders(pages: Pages, shop: WooClient, method: str, status: str, paid: bool) -> None:
    order = order_of(shop, pages.post("/order", form(payment_method=method, note="Ring twice")))

    assert (order["status"], order["date_paid"] is not None, order["created_via"]) == (status, paid, "store-api")
    assert (order["billing"]["city"], order["customer_note"]) == ("Bremen", "Ring twice")
    assert [line["total"] for line in order["line_items"]] == ["200.00"]
    assert shop.level("TENT") == 8


def test_a_customer_orders_with_a_coupon_to_pick_up(pages: Pages, shop: WooClient) -> None:
    person = shop.data("/wc/v3/customers")[0]["id"]
    sent = form(customer_id=str(person), coupon="SAVE10", shipping_method="Local pickup")

    order = order_of(shop, pages.post("/order", sent))

    assert (order["customer_id"], order["billing"]["city"]) == (person, "Kiel")
    assert (order["discount_total"], order["total"]) == ("20.00", "214.20")
    assert order["shipping_lines"][0]["method_id"] == "local_pickup"


def test_totals_are_shown_without_an_order(pages: Pages, shop: WooClient) -> None:
    text = pages.post("/order", form(do="totals")).text

    assert "243.83 EUR" in text
    assert shop.data("/wc/v3/orders") == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"code": ["NOPE"]}, "nothing has the SKU NOPE"),
        ({"code": [""]}, "Enter at least one SKU."),
        ({"quantity": ["x"]}, "the quantity must be a whole number above zero"),
        ({"quantity": ["11"]}, "we do not have enough"),
        ({"coupon": "nope"}, "The coupon code nope is not valid."),
        ({"billing_city": ""}, "Your details: City is missing."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_placed(pages: Pages, shop: WooClient, change: Json, problem: str) -> None:
    response = pages.post("/order", form(**change))

    assert response.status_code == 422
    assert problem in unescape(response.text)
    assert shop.data("/wc/v3/orders", status="any") == []


def test_buttons_of_an_order(pages: Pages, shop: WooClient) -> None:
    order = order_of(shop, pages.post("/order", form(payment_method="bacs")))
    line, path = order["line_items"][0]["id"], f"/orders/{order['id']}"

    def press(action: str, **fields: object) -> Json:
        response = pages.post(f"{path}/{action}", fields)
        assert response.status_code == 200, response.text
        found: Json = shop.data(f"/wc/v3{path}")
        return found

    assert press("pay")["date_paid"] is not None
    assert press("edit_line", line_id=line, quantity="3")["line_items"][0]["total"] == "300.00"
    assert press("edit_address", city="Bonn")["shipping"]["city"] == "Bonn"
    assert press("hold")["status"] == "on-hold"
    assert press("complete")["status"] == "completed"
    assert press("refund", line_id=line, quantity="1", from_form="1")["refunds"][0]["total"] == "-119.00"
    assert shop.level("TENT") == 7
    assert "-1.50" in [one["total"] for one in press("refund", amount="1,50")["refunds"]]
    assert pages.post(f"{path}/refund", {"amount": "1000"}).status_code == 422
    assert press("refund", line_id=line, quantity="1", from_form="1", restock="on")["status"] == "completed"
    assert shop.level("TENT") == 8
    assert press("trash")["status"] == "trash"
    assert "Restore order" in pages.get(path)
    assert press("restore")["status"] == "completed"
    assert press("cancel")["status"] == "cancelled"
    assert press("status", status="processing")["status"] == "processing"


def test_staff_change_names_prices_and_stock(pages: Pages, shop: WooClient) -> None:
    tent, size, shirt = (shop.variant(sku) for sku in ("TENT", "S-S", "S-L"))

    pages.post(f"/staff/products/{tent['id']}", {"name": "Tipi", "price": "99,90"})
    pages.post(f"/staff/variations/{size['id']}", {"price": "21.50"})
    pages.post(f"/staff/stock/{shirt['parent_id']}", {"quantity": "9"})
    pages.post(f"/staff/stock/{tent['id']}", {"quantity": "-1"})

    changed = shop.variant("TENT")
    assert (changed["name"], changed["price"], changed["stock_quantity"]) == ("Tipi", "99.90", -1)
    assert shop.variant("S-S")["price"] == "21.50"
    assert (shop.variant("S-S")["manage_stock"], shop.level("S-L")) == ("parent", 9)
    refused = pages.post(f"/staff/stock/{tent['id']}", {"quantity": "many"})
    assert (refused.status_code, shop.level("TENT")) == (422, -1)


def test_forms_from_other_sites_are_refused(pages: Pages, shop: WooClient) -> None:
    response = pages.post("/order", form(), **{"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    assert shop.data("/wc/v3/orders") == []
