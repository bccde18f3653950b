"""The pages of shoppers and store staff, without a browser: what they show, what their forms do."""

import re

import pytest
import requests

from tests.sandbox.client import Json, StoreClient

ADDRESS = {
    "first_name": "Lotte",
    "last_name": "Ahrens",
    "email": "lotte@example.com",
    "street_1": "Kaistraße 3",
    "zip": "28195",
    "city": "Bremen",
    "country_iso2": "DE",
}


class Pages:
    def __init__(self, root: str) -> None:
        self.root = root

    def get(self, path: str, status: int = 200) -> str:
        response = requests.get(f"{self.root}{path}", timeout=60)
        assert response.status_code == status, response.text
        return response.text

    def post(self, path: str, fields: Json, **headers: str) -> requests.Response:
        return requests.post(f"{self.root}{path}", data=fields, headers=headers, timeout=60)


@pytest.fixture
def pages(store: StoreClient) -> Pages:
    return Pages(f"{store.server.url}/stores/demo")


def form(**more: object) -> Json:
    billing = {f"billing_{name}": value for name, value in ADDRESS.items()}
    choice = {"customer_id": "0", "shipping_method": "Standard delivery", "payment_method": "Credit card"}
    return {"code": ["IM-R42"], "quantity": ["2"], **billing, **choice, **more}


def test_the_list_shows_name_price_and_stock(pages: Pages) -> None:
    text = pages.get("/")

    assert "Isomatte R 4,2 selbstaufblasend" in text
    assert "89.95 EUR" in text
    assert "58 in stock" in text
    assert "Out of stock" in text
    assert "20 products" in text


def test_search_and_category(pages: Pages) -> None:
    assert "1 product<" in pages.get("/?q=isomatte")
    assert "Nothing found" in pages.get("/?q=zzz")
    assert "3 products" in pages.get("/?category=7")


def test_markup_in_names_is_shown_as_text(pages: Pages) -> None:
    for path in ("/", "/products/124", "/order", "/staff"):
        text = pages.get(path)
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


def test_every_page_forbids_scripts(pages: Pages) -> None:
    response = requests.get(f"{pages.root}/", timeout=60)

    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "script-src" not in response.headers["Content-Security-Policy"]


def test_a_family_offers_its_variants(pages: Pages) -> None:
    text = pages.get("/products/127")

    assert '<option value="SH-MER180-M-MOSS">M, Moss · 79.90 · 10 in stock</option>' in text


def test_an_order_of_a_guest(pages: Pages, store: StoreClient) -> None:
    fields = form(code=["IM-R42", "", "#71"], quantity=["2", "1", "1"], wrap=["0"], coupon="FIVEOFF", note="Ring twice")
    response = pages.post("/order", fields)
    number = int(re.findall(r"/orders/(\d+)", response.url)[0])
    order = store.data(f"/v2/orders/{number}")

    assert "Thank you, the order is placed." in response.text
    assert (order["total_inc_tax"], order["wrapping_cost_inc_tax"]) == ("377.7000", "8.0000")
    assert (order["billing_address"]["last_name"], order["customer_message"]) == ("Ahrens", "Ring twice")
    assert (store.level("IM-R42"), store.level("RS-HW45-TAN")) == (56, 13)


def test_a_registered_customer_and_another_address(pages: Pages, store: StoreClient) -> None:
    shipping = {f"shipping_{name}": value for name, value in ADDRESS.items() if name != "email"}
    pages.post("/order", form(customer_id="2", ship_elsewhere="on", payment_method="Bank deposit", **shipping))
    order = store.data("/v2/orders", min_id=103)[0]

    assert (order["customer_id"], order["status_id"]) == (2, 7)
    assert order["billing_address"]["company"] == "Yılmaz Bergsport GmbH"
    assert store.data(f"/v2/orders/{order['id']}/shipping_addresses")[0]["city"] == "Bremen"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": [""], "quantity": ["1"]}, "Enter at least one SKU."),
        ({"quantity": ["0"]}, "Line 1: the quantity must be a whole number above zero."),
        ({"code": ["NOPE"]}, "No variant has the SKU NOPE."),
        ({"coupon": "NOPE"}, "The coupon code NOPE is not valid."),
        ({"discount": "much"}, "discount is not an amount."),
        ({"billing_city": ""}, "Your details: City is missing."),
    ],
)
def test_a_wrong_form_says_what_is_wrong(pages: Pages, store: StoreClient, change: Json, message: str) -> None:
    response = pages.post("/order", form(**change))

    assert response.status_code == 422
    assert message in response.text
    assert 'value="Lotte"' in response.text
    assert store.get("/v2/orders", min_id=103).status_code == 204
    assert store.level("IM-R42") == 58


def test_totals_are_shown_without_ordering(pages: Pages, store: StoreClient) -> None:
    text = pages.post("/order", form(do="totals")).text

    assert "184.80 EUR" in text
    assert store.get("/v2/orders", min_id=103).status_code == 204


def test_lines_are_added(pages: Pages) -> None:
    text = pages.post("/order", form(do="more", code=["IM-R42"] * 3, quantity=["1"] * 3)).text

    assert "SKU, line 6" in text
    assert text.count('value="IM-R42" list') == 3


@pytest.mark.parametrize(
    ("action", "fields", "status", "done"),
    [
        ("cancel", {}, 5, "The order is cancelled."),
        ("status", {"status_id": "8"}, 8, "The status is changed."),
        ("ship", {}, 2, "The shipment is created."),
        ("refund", {}, 4, "The order is refunded."),
        ("archive", {}, 11, "The order is archived."),
    ],
)
def test_buttons_of_an_order(
    pages: Pages, store: StoreClient, action: str, fields: Json, status: int, done: str
) -> None:
    order = store.order(lines=[{"sku": "IM-R42"}])
    response = pages.post(f"/orders/{order['id']}/{action}", fields)

    assert done in response.text
    after = store.data(f"/v2/orders/{order['id']}")
    assert (after["status_id"], after["is_deleted"]) == (status, action == "archive")


def test_pay_now(pages: Pages, store: StoreClient) -> None:
    order = store.order(lines=[{"sku": "IM-R42"}], payment_method="Cash on delivery")

    assert "Pay now" in pages.get(f"/orders/{order['id']}")
    assert "The payment is received." in pages.post(f"/orders/{order['id']}/pay", {}).text
    assert "Pay now" not in pages.get(f"/orders/{order['id']}")
    assert "is paid already" in pages.post(f"/orders/{order['id']}/pay", {}).text


def test_staff_change_name_price_and_stock(pages: Pages, store: StoreClient) -> None:
    pages.post("/staff/products/111", {"name": "Höhenweg 45", "price": "199,50"})
    pages.post("/staff/variants/71", {"quantity": "5"})
    refused = pages.post("/staff/products/111", {"name": "Storm lantern, warm light", "price": "1"})

    product = store.data("/v3/catalog/products/111")
    assert (product["name"], product["price"], product["inventory_level"]) == ("Höhenweg 45", 199.5, 5)
    assert (refused.status_code, "The product name is a duplicate." in refused.text) == (409, True)


def test_a_form_from_another_site_is_refused(pages: Pages, store: StoreClient) -> None:
    response = pages.post("/order", form(), **{"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    assert store.get("/v2/orders", min_id=103).status_code == 204


def test_unknown_pages(pages: Pages, store: StoreClient) -> None:
    assert "There is no such page." in pages.get("/nowhere", 404)
    assert "not found" in pages.get("/products/9999", 404)
    assert "There is no store shop." in requests.get(f"{store.server.url}/stores/shop/", timeout=60).text
