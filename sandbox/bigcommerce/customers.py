"""Customers, their addresses and groups."""

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import iso_date, list_answer, page_answer
from sandbox.db import Json

routes = Routes("store_v2_customers")


@routes.on("GET", "/v3/customers")
def list_customers(call: Call) -> Response:
    found = call.shop.all("customer")
    if (ids := call.integers("id:in")) is not None:
        found = [customer for customer in found if customer["id"] in ids]
    if emails := [word.casefold() for word in call.words("email:in")]:
        found = [customer for customer in found if customer["email"].casefold() in emails]
    for side, sign in (("min", 1), ("max", -1)):
        if (moment := call.date(f"date_modified:{side}")) is not None:
            found = [customer for customer in found if sign * customer["modified"] >= sign * moment]
    if (call.arg("sort") or "").startswith("date_modified"):
        found.sort(key=lambda customer: customer["modified"], reverse=(call.arg("sort") or "").endswith(":desc"))
    limit, page = call.limit(), call.page()
    include = set(call.words("include"))
    shapes = [customer_shape(call.shop, one, include) for one in found[(page - 1) * limit : page * limit]]
    return page_answer(shapes, len(found), page, limit)


@routes.on("GET", "/v3/customers/addresses")
def list_addresses(call: Call) -> Response:
    found = call.shop.all("customer_address")
    if (ids := call.integers("customer_id:in")) is not None:
        found = [address for address in found if address["customer_id"] in ids]
    limit, page = call.limit(), call.page()
    return page_answer(found[(page - 1) * limit : page * limit], len(found), page, limit)


@routes.on("GET", "/v2/customer_groups")
def list_groups(call: Call) -> Response:
    return list_answer(call.shop.all("customer_group"))


def customer_shape(shop: Shop, customer: Json, include: set[str]) -> Json:
    addresses = shop.all("customer_address", customer["id"])
    shape: Json = {
        **{name: value for name, value in customer.items() if name not in ("created", "modified", "store_credit")},
        "registration_ip_address": "",
        "tax_exempt_category": "",
        "date_created": iso_date(customer["created"]),
        "date_modified": iso_date(customer["modified"]),
        "address_count": len(addresses),
        "attribute_count": 0,
        "authentication": {"force_password_reset": False},
        "accepts_product_review_abandoned_cart_emails": False,
        "origin_channel_id": 1,
        "channel_ids": None,
    }
    if "addresses" in include:
        shape["addresses"] = addresses[:10]
    if "storecredit" in include:
        shape["store_credit_amounts"] = [{"amount": customer["store_credit"]}]
    for name, key in (("attributes", "attributes"), ("formfields", "form_fields")):
        if name in include:
            shape[key] = []
    return shape


def create_customer(shop: Shop, data: Json) -> Json:
    number = shop.next_id("customer")
    body = {
        "id": number,
        "email": data["email"],
        "first_name": data["first_name"],
        "last_name": data["last_name"],
        "company": data.get("company", ""),
        "phone": data.get("phone", ""),
        "notes": data.get("notes", ""),
        "customer_group_id": data.get("customer_group_id", 0),
        "store_credit": data.get("store_credit", 0),
        "created": shop.now,
        "modified": shop.now,
    }
    shop.put("customer", body)
    for address in data.get("addresses") or []:
        entry = {
            "id": shop.next_id("customer_address"),
            "customer_id": number,
            "first_name": body["first_name"],
            "last_name": body["last_name"],
            "company": body["company"],
            "address2": "",
            "phone": body["phone"],
            "address_type": "residential",
            **address,
        }
        shop.put("customer_address", entry, number)
    shop.publish("store/customer/created", {"type": "customer", "id": number})
    return body
