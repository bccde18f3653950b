"""What every new BigCommerce store has: reference data, the default location, no products."""

from sandbox.bigcommerce.shops import Shop
from sandbox.db import Json

FIRST_IDS = {"product": 110, "variant": 70, "order": 100, "hook": 18048286, "order_product": 0, "order_address": 0}
TAX_CLASSES = ("Non-Taxable Products", "Shipping", "Gift Wrapping", "Reduced Rate")
PAYMENT_METHODS = (
    ("squarev2", "Credit card", False),
    ("paypalcommerce", "PayPal", False),
    ("bankdeposit", "Bank deposit", True),
    ("cod", "Cash on delivery", True),
)
SHIPPING_METHODS = (("Standard delivery", "4.90"), ("Express delivery", "12.90"), ("Free pickup", "0.00"))
COUPONS = (
    ("SAVE10", 1, 10),
    ("FIVEOFF", 2, 5),
    ("ITEM2", 0, 2),
    ("SHIPFREE", 4, 0),
    ("SHIP2", 3, 2),
)
CLASS_DATE = "2024-01-15T09:00:00.000Z"


def found_shop(shop: Shop) -> None:
    for kind, first in FIRST_IDS.items():
        shop.db.start_ids(shop.name, kind, first)
    fill_reference(shop)


def fill_reference(shop: Shop) -> None:
    for name in TAX_CLASSES:
        number = shop.next_id("tax_class")
        shop.put("tax_class", {"id": number, "name": name, "created_at": CLASS_DATE, "updated_at": CLASS_DATE})
    for code, name, offline in PAYMENT_METHODS:
        body = {"id": shop.next_id("payment_method"), "code": code, "name": name, "offline": offline}
        shop.put("payment_method", body)
    for name, cost in SHIPPING_METHODS:
        shop.put("shipping_method", {"id": shop.next_id("shipping_method"), "name": name, "cost": cost})
    for code, kind, amount in COUPONS:
        shop.put("coupon", {"id": shop.next_id("coupon"), "code": code, "type": kind, "amount": amount})
    shop.put("tree", {"id": shop.next_id("tree"), "name": "Default catalog tree", "channels": [1]})
    add_location(shop, "BC-LOCATION-1", "Default location")


def add_location(shop: Shop, code: str, label: str) -> Json:
    body = {
        "id": shop.next_id("location"),
        "code": code,
        "label": label,
        "description": label,
        "managed_by_external_source": False,
        "type_id": "PHYSICAL",
        "enabled": True,
        "time_zone": shop.settings["timezone"],
        "created_at": "2024-01-15T09:00:00Z",
        "updated_at": "2024-01-15T09:00:00Z",
        "address": {
            "address1": "Am Kai 1",
            "address2": "",
            "city": "Hamburg",
            "state": "Hamburg",
            "zip": "20457",
            "email": "warehouse@example.com",
            "phone": "+49 40 5550100",
            "geo_coordinates": {"latitude": 53.54, "longitude": 9.99},
            "country_code": shop.settings["country_code"],
        },
        "storefront_visibility": True,
        "special_hours": [],
    }
    return shop.put("location", body)
