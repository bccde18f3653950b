"""V3 orders: transactions, refund quotes and refunds, capture and void."""

from decimal import Decimal

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.orders import records, refunds
from sandbox.bigcommerce.wire import ApiError, answer, data_answer, empty, number, page_answer, parse_date
from sandbox.db import Json

routes = Routes("store_v2_orders")


@routes.on("GET", "/v3/orders/<int:order_id>/transactions", scope="store_v2_transactions")
def list_transactions(call: Call, order_id: int) -> Response:
    records.load(call.shop, order_id)
    found = call.shop.all("transaction", order_id)
    return data_answer(found) if found else empty()


@routes.on("GET", "/v3/orders/payment_actions/refunds")
def list_refunds(call: Call) -> Response:
    found = _filtered(call, call.shop.all("refund"))
    limit, page = call.limit(), call.page()
    return page_answer(found[(page - 1) * limit : page * limit], len(found), page, limit)


def _filtered(call: Call, found: list[Json]) -> list[Json]:
    for name, column in (("order_id:in", "order_id"), ("id:in", "id")):
        if (numbers := call.integers(name)) is not None:
            found = [refund for refund in found if refund[column] in numbers]
    earliest, latest = call.date("created:min"), call.date("created:max")
    return [
        refund
        for refund in found
        if (earliest is None or (parse_date(refund["created"]) or 0) >= earliest)
        and (latest is None or (parse_date(refund["created"]) or 0) <= latest)
    ]


@routes.on("GET", "/v3/orders/payment_actions/refunds/<int:refund_id>")
def get_refund(call: Call, refund_id: int) -> Response:
    found = call.shop.get("refund", refund_id)
    if found is None:
        raise ApiError(404, f"Refund {refund_id} was not found.")
    return data_answer(found)


@routes.on("GET", "/v3/orders/<int:order_id>/payment_actions/refunds")
def order_refunds(call: Call, order_id: int) -> Response:
    records.load(call.shop, order_id)
    return data_answer(call.shop.all("refund", order_id))


@routes.on("POST", "/v3/orders/<int:order_id>/payment_actions/refunds")
def create_refund(call: Call, order_id: int) -> Response:
    order = records.load(call.shop, order_id)
    return data_answer(refunds.create(call.shop, order, call.json_object()), 201)


@routes.on("POST", "/v3/orders/<int:order_id>/payment_actions/refund_quotes")
def quote_refund(call: Call, order_id: int) -> Response:
    order = records.load(call.shop, order_id)
    amount, tax = refunds.price(call.shop, order, call.json_object().get("items") or [])
    left = Decimal(order["total_inc_tax"]) - refunds.refunded_total(call.shop, order_id)
    method = {"provider_id": order["payment_provider_id"], "provider_description": order["payment_method"]}
    quote = {
        "order_id": order_id,
        "total_refund_amount": number(amount),
        "total_refund_tax_amount": number(tax),
        "rounding": 0,
        "adjustment": 0,
        "tax_inclusive": order["tax_inclusive"],
        "refund_methods": [[{**method, "amount": number(min(amount, left)), "offline": not order["paid_online"]}]],
    }
    return data_answer(quote, 201)


@routes.on("POST", "/v3/orders/<int:order_id>/payment_actions/capture")
def capture(call: Call, order_id: int) -> Response:
    records.pay(call.shop, records.load(call.shop, order_id))
    return answer({}, 201)


@routes.on("POST", "/v3/orders/<int:order_id>/payment_actions/void")
def void(call: Call, order_id: int) -> Response:
    order = records.load(call.shop, order_id)
    if order["paid"]:
        raise ApiError(422, "A captured payment cannot be voided.")
    order["payment_status"] = "void"
    records.touch(call.shop, order)
    return answer({}, 201)
