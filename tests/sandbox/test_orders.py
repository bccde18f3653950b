"""Orders: the money and documents of a placed one, statuses, the store's own stock, shipments, refunds."""

import pytest

from tests.sandbox.client import Json, StoreClient

LINES = [{"sku": "RS-HW45-TAN", "quantity": 2, "wrap": True}, {"sku": "SH-MER180-M-MOSS", "quantity": 1}]


def read(store: StoreClient, order: Json) -> Json:
    found: Json = store.data(f"/v2/orders/{order['id']}")
    return found


def test_money_of_an_order_with_coupon_discount_wrapping_and_shipping(store: StoreClient) -> None:
    order = read(store, store.order(lines=LINES, coupon="save10", discount="5.00", shipping_method="Standard delivery"))

    assert order["subtotal_ex_tax"] == "386.3025"
    assert order["subtotal_inc_tax"] == "459.7000"
    assert order["subtotal_tax"] == "65.2594"
    assert order["shipping_cost_inc_tax"] == "4.9000"
    assert order["wrapping_cost_inc_tax"] == "8.0000"
    assert order["coupon_discount"] == "45.9700"
    assert order["discount_amount"] == "5.0000"
    assert order["total_inc_tax"] == "421.6300"
    assert order["total_tax"] == "67.3191"
    assert order["total_ex_tax"] == "354.3109"
    assert (order["status_id"], order["payment_status"], order["payment_method"]) == (11, "captured", "Credit card")
    assert order["is_tax_inclusive_pricing"] is True
    assert order["date_created"].endswith(" +0000")


def test_lines_and_taxes_add_up_to_the_order(store: StoreClient) -> None:
    order = store.order(lines=LINES, coupon="SAVE10", shipping_method="Express delivery")
    lines = store.data(f"/v2/orders/{order['id']}/products")
    taxes = store.data(f"/v2/orders/{order['id']}/taxes", details="true")

    assert [line["discounted_total_inc_tax"] for line in lines] == ["341.8200", "71.9100"]
    assert [line["applied_discounts"][0]["amount"] for line in lines] == ["37.9800", "7.9900"]
    assert [row["line_item_type"] for row in taxes] == ["item", "gift-wrapping", "item", "shipping"]
    assert f"{sum(float(row['line_amount']) for row in taxes):.4f}" == order["total_tax"]
    assert store.data(f"/v2/orders/{order['id']}/coupons")[0]["discount"] == 45.97


def test_a_store_that_enters_prices_without_tax(outlet: StoreClient) -> None:
    order = read(outlet, outlet.order(lines=[{"sku": "ZH-Y10", "quantity": 3}], shipping_cost="5.00"))

    assert (order["subtotal_ex_tax"], order["subtotal_inc_tax"]) == ("31.5600", "37.5600")
    assert (order["shipping_cost_ex_tax"], order["shipping_cost_inc_tax"]) == ("5.0000", "5.9500")
    assert (order["total_inc_tax"], order["total_tax"]) == ("43.5100", "6.9500")
    assert order["is_tax_inclusive_pricing"] is False


def test_reduced_and_zero_rates_follow_the_tax_class(store: StoreClient) -> None:
    order = store.order(lines=[{"sku": "BK-KARTE"}, {"sku": "GS-50"}])
    taxes = store.data(f"/v2/orders/{order['id']}/taxes", details="true")

    assert [(row["tax_class_id"], row["rate"], row["line_amount"]) for row in taxes] == [
        (4, "7.0000", "0.8374"),
        (1, "0.0000", "0.0000"),
    ]


def test_guest_and_customer(store: StoreClient) -> None:
    guest = read(store, store.order(lines=LINES))
    known = read(store, store.order(lines=LINES, customer_id=3))

    assert (guest["customer_id"], guest["billing_address"]["last_name"]) == (0, "Petersen")
    assert (known["customer_id"], known["billing_address"]["city"]) == (3, "Strasbourg")


def test_two_delivery_addresses_and_a_bundle(store: StoreClient) -> None:
    child = {"sku": "GK-450", "price": "0", "bundle_of": 0}
    addresses = [{"city": "Kiel", "first_name": "A"}, {"city": "Bremen", "first_name": "B"}]
    lines = [{"sku": "KO-GAS1"}, child, {"sku": "TF-075", "address": 1}]
    order = store.order(lines=lines, shipping_addresses=addresses)
    stored = store.data(f"/v2/orders/{order['id']}/products")
    places = store.data(f"/v2/orders/{order['id']}/shipping_addresses")

    assert [place["city"] for place in places] == ["Kiel", "Bremen"]
    assert [place["items_total"] for place in places] == [2, 1]
    assert stored[1]["parent_order_product_id"] == stored[0]["id"]
    assert stored[2]["order_address_id"] == places[1]["id"]


def test_side_loaded_lines_are_the_lines(store: StoreClient) -> None:
    order = store.order(lines=LINES)
    query = {"include": "consignments.line_items,fees", "consignment_structure": "object", "min_id": order["id"]}
    loaded = store.data("/v2/orders", **query)[0]

    assert loaded["consignments"]["shipping"][0]["line_items"] == store.data(f"/v2/orders/{order['id']}/products")
    assert loaded["consignments"]["downloads"] == []
    assert loaded["fees"] == []


def test_a_digital_order_has_no_address(store: StoreClient) -> None:
    order = read(store, store.order(lines=[{"sku": "GS-50"}]))

    assert (order["order_is_digital"], order["shipping_address_count"]) == (True, 0)
    assert store.get(f"/v2/orders/{order['id']}/shipping_addresses").status_code == 204


def test_filters_and_the_empty_answer(store: StoreClient) -> None:
    first = store.order(lines=LINES, status_id=0)
    second = store.order(lines=LINES, payment_method="Bank deposit")

    assert [one["id"] for one in store.data("/v2/orders", min_id=first["id"])] == [first["id"], second["id"]]
    assert [one["id"] for one in store.data("/v2/orders", status_id=7)] == [second["id"]]
    assert [one["id"] for one in store.data("/v2/orders", sort="id:desc", limit=1)] == [second["id"]]
    nothing = store.get("/v2/orders", min_id=second["id"] + 1)
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert store.get("/v2/orders", limit=251).status_code == 413
    assert store.get("/v2/orders/999").json() == [{"status": 404, "message": "The requested resource was not found."}]


def test_the_modified_filter_takes_both_date_formats(store: StoreClient) -> None:
    from sandbox.bigcommerce.wire import iso_date, v2_date

    now = store.control("PUT", "/clock", {"advance_seconds": 600})["now"]
    store.call("PUT", "/v2/orders/101", {"staff_notes": "called"})

    for written in (iso_date(now - 60), v2_date(now - 60)):
        found = store.data("/v2/orders", min_date_modified=written)
        assert [(one["id"], one["staff_notes"]) for one in found] == [(101, "called")]


def test_stock_moves_when_the_order_is_placed_and_back_when_it_is_cancelled(store: StoreClient) -> None:
    order = store.order(lines=LINES)
    placed = (store.level("RS-HW45-TAN"), store.level("SH-MER180-M-MOSS"))
    store.call("PUT", f"/v2/orders/{order['id']}", {"status_id": 5})

    assert placed == (12, 9)
    assert (store.level("RS-HW45-TAN"), store.level("SH-MER180-M-MOSS")) == (14, 10)


def test_stock_moves_on_shipment_where_the_store_says_so(store: StoreClient) -> None:
    settings = {"update_stock_behavior": "order_completed_or_shipped", "restock_on_cancel": False}
    store.control("PATCH", "/stores/demo", settings)
    order = store.order(lines=LINES)
    placed = store.level("RS-HW45-TAN")
    store.act(order["id"], "status", status_id=2)
    shipped = store.level("RS-HW45-TAN")
    store.act(order["id"], "cancel")

    assert (placed, shipped, store.level("RS-HW45-TAN")) == (14, 12, 12)
    assert store.data("/v3/settings/inventory")["update_stock_behavior"] == "order_completed_or_shipped"


def test_incomplete_orders_take_no_stock(store: StoreClient) -> None:
    order = store.order(lines=LINES, status_id=0)
    before = store.level("RS-HW45-TAN")
    store.act(order["id"], "pay")

    assert (before, store.level("RS-HW45-TAN"), read(store, order)["status_id"]) == (14, 12, 11)


def test_paying_an_offline_order_moves_it_on_without_a_transaction(store: StoreClient) -> None:
    order = store.order(lines=LINES, payment_method="Bank deposit")
    paid = store.act(order["id"], "pay")

    assert (order["status_id"], paid["status_id"]) == (7, 11)
    assert store.get(f"/v3/orders/{order['id']}/transactions").status_code == 204


def test_an_online_payment_leaves_a_transaction(store: StoreClient) -> None:
    order = store.order(lines=[{"sku": "IM-R42"}], store_credit="20.00")
    (transaction,) = store.data(f"/v3/orders/{order['id']}/transactions")

    assert (transaction["order_id"], transaction["event"], transaction["amount"]) == (
        str(order["id"]),
        "purchase",
        69.95,
    )


def test_archived_orders_leave_the_list(store: StoreClient) -> None:
    assert store.call("DELETE", "/v2/orders/101").status_code == 204
    assert [one["id"] for one in store.data("/v2/orders")] == [102]
    assert [one["id"] for one in store.data("/v2/orders", is_deleted="true")] == [101]
    assert store.data("/v2/orders/101")["is_deleted"] is True


def test_shipments_make_the_order_partially_and_then_fully_shipped(store: StoreClient) -> None:
    order = store.order(lines=LINES)
    path = f"/v2/orders/{order['id']}"
    address = store.data(f"{path}/shipping_addresses")[0]["id"]
    first, second = store.data(f"{path}/products")
    part = [{"order_product_id": first["id"], "quantity": 1}]
    body = {"order_address_id": address, "tracking_number": "T1", "items": part}
    made = store.call("POST", f"{path}/shipments", body)
    after = read(store, order)
    rest = [{"order_product_id": line["id"], "quantity": 1} for line in (first, second)]
    store.call("POST", f"{path}/shipments", {**body, "items": rest})

    assert (made.status_code, made.json()["items"][0]["product_id"]) == (201, 111)
    assert (after["status_id"], after["items_shipped"]) == (3, 1)
    assert (read(store, order)["status_id"], read(store, order)["items_shipped"]) == (2, 3)
    assert [line["quantity_shipped"] for line in store.data(f"{path}/products")] == [2, 1]


@pytest.mark.parametrize(
    "wrong",
    [{"items": []}, {"order_address_id": "7"}, {"order_address_id": 9999}, {"tracking_number": "x" * 51}],
)
def test_impossible_shipments_are_refused(store: StoreClient, wrong: Json) -> None:
    order = store.order(lines=LINES)
    path = f"/v2/orders/{order['id']}"
    line = store.data(f"{path}/products")[0]["id"]
    address = store.data(f"{path}/shipping_addresses")[0]["id"]
    body = {"order_address_id": address, "items": [{"order_product_id": line, "quantity": 1}], **wrong}

    assert store.call("POST", f"{path}/shipments", body).status_code == 400
    assert store.get(f"{path}/shipments").status_code == 204
    assert read(store, order)["items_shipped"] == 0


def test_more_than_ordered_cannot_be_shipped(store: StoreClient) -> None:
    order = store.order(lines=LINES)
    path = f"/v2/orders/{order['id']}"
    line = store.data(f"{path}/products")[0]
    items = [{"order_product_id": line["id"], "quantity": 3}]
    response = store.call("POST", f"{path}/shipments", {"order_address_id": line["order_address_id"], "items": items})

    assert response.json()[0]["message"].endswith("is invalid: 2 left to ship.")


def test_a_partial_refund(store: StoreClient) -> None:
    order = store.order(lines=LINES, coupon="SAVE10")
    line = store.data(f"/v2/orders/{order['id']}/products")[0]["id"]
    items = [{"item_type": "PRODUCT", "item_id": line, "quantity": 1}]
    path = f"/v3/orders/{order['id']}/payment_actions"
    quote = store.call("POST", f"{path}/refund_quotes", {"items": items}).json()["data"]
    payment = {"provider_id": "squarev2", "amount": quote["total_refund_amount"], "offline": False}
    refund = store.call("POST", f"{path}/refunds", {"items": items, "payments": [payment]}).json()["data"]

    assert (quote["total_refund_amount"], quote["total_refund_tax_amount"]) == (170.91, 27.2882)
    assert (refund["total_amount"], refund["items"][0]["requested_amount"]) == (170.91, None)
    assert store.data("/v3/orders/payment_actions/refunds", order_id__in=str(order["id"])) == [refund]
    after = read(store, order)
    assert (after["status_id"], after["payment_status"], after["refunded_amount"]) == (
        14,
        "partially refunded",
        "0.0000",
    )
    assert store.level("RS-HW45-TAN") == 12


def test_a_refund_must_match_its_payments(store: StoreClient) -> None:
    order = store.order(lines=LINES)
    items = [{"item_type": "ORDER", "item_id": order["id"], "amount": 10}]
    body = {"items": items, "payments": [{"provider_id": "squarev2", "amount": 9}]}
    response = store.call("POST", f"/v3/orders/{order['id']}/payment_actions/refunds", body)

    assert (response.status_code, response.json()["title"]) == (
        422,
        "The payments add up to 9, the refund is worth 10.",
    )
    assert store.data("/v3/orders/payment_actions/refunds") == []


def test_everything_can_be_refunded_by_the_control_api(store: StoreClient) -> None:
    order = store.order(lines=LINES, shipping_method="Standard delivery")
    after = store.act(order["id"], "refund")

    assert (after["status_id"], after["payment_status"]) == (4, "refunded")
    assert f"{store.data('/v3/orders/payment_actions/refunds')[0]['total_amount']:.4f}" == order["total_inc_tax"]


def test_an_order_whose_total_does_not_add_up_can_be_made(store: StoreClient) -> None:
    order = store.order(lines=LINES, overrides={"total_inc_tax": "1.0000"})

    assert read(store, order)["total_inc_tax"] == "1.0000"


@pytest.mark.parametrize(
    "draft",
    [
        {"lines": []},
        {"lines": [{"sku": "NOPE"}]},
        {"lines": [{"sku": "IM-R42", "quantity": 0}]},
        {"lines": [{"name": "Custom"}]},
        {"lines": [{"sku": "IM-R42"}], "coupon": "NOPE"},
        {"lines": [{"sku": "IM-R42"}], "status_id": 15},
    ],
)
def test_impossible_orders_are_refused(store: StoreClient, draft: Json) -> None:
    import requests

    response = requests.post(f"{store.server.url}/_control/stores/demo/orders", json=draft, timeout=60)

    assert response.status_code == 422
    assert [one["id"] for one in store.data("/v2/orders")] == [101, 102]
    assert store.level("IM-R42") == 58
