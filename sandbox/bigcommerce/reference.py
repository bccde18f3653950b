"""Small endpoints: store, time, tax classes, payment methods, channels, settings, customer groups."""

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.wire import ApiError, answer, data_answer, list_answer, page_answer
from sandbox.db import Json

routes = Routes("store_v2_information")
BEHAVIORS = ("order_placed", "order_completed_or_shipped")

SAME_FOR_ALL: Json = {
    "status": "live",
    "first_name": "Nora",
    "last_name": "Hafen",
    "address": "Am Kai 1, 20457 Hamburg",
    "infrastructure_region": "local",
    "phone": "+49 40 5550100",
    "favicon_url": "",
    "language": "en",
    "decimal_separator": ".",
    "thousands_separator": ",",
    "decimal_places": 2,
    "currency_symbol_location": "left",
    "dimension_decimal_places": 2,
    "dimension_decimal_token": ".",
    "dimension_thousands_token": ",",
    "plan_name": "Standard",
    "plan_level": "Standard",
    "plan_is_trial": False,
    "industry": "Sporting goods",
    "logo": [],
    "default_channel_id": 1,
    "default_site_id": 1000,
    "active_comparison_modules": [],
}


@routes.on("GET", "/v2/time", scope="")
def get_time(call: Call) -> Response:
    return answer({"time": call.shop.now})


@routes.on("GET", "/v2/store")
def get_store(call: Call) -> Response:
    return answer(store_shape(call))


def store_shape(call: Call) -> Json:
    settings, shop = call.shop.settings, call.shop
    return {
        **SAME_FOR_ALL,
        "id": shop.hash,
        "account_uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, shop.hash)),
        "domain": f"{shop.hash}.example.com",
        "secure_url": shop.api_root,
        "control_panel_base_url": f"{shop.api_root}/staff",
        "name": settings["name"],
        "country": settings["country"],
        "country_code": settings["country_code"],
        "admin_email": f"owner@{shop.hash}.example.com",
        "order_email": f"orders@{shop.hash}.example.com",
        "timezone": timezone_shape(settings["timezone"]),
        "currency": settings["currency"],
        "currency_symbol": settings["currency_symbol"],
        "weight_units": settings["weight_units"],
        "dimension_units": settings["dimension_units"],
        "is_price_entered_with_tax": settings["prices_include_tax"],
        "store_id": settings["store_id"],
        "features": features(),
    }


def features() -> Json:
    return {
        "stencil_enabled": True,
        "sitewidehttps_enabled": True,
        "facebook_catalog_id": "",
        "checkout_type": "optimized",
        "wishlists_enabled": False,
        "graphql_storefront_api_enabled": True,
        "shopper_consent_tracking_enabled": True,
        "multi_storefront_enabled": False,
        "storefront_limits": {"active": 1, "total_including_inactive": 1},
    }


def timezone_shape(name: str) -> Json:
    zone = ZoneInfo(name)
    winter = datetime(2026, 1, 15, tzinfo=UTC).astimezone(zone).utcoffset()
    summer = datetime(2026, 7, 15, tzinfo=UTC).astimezone(zone).utcoffset()
    raw, shifted = (int(found.total_seconds()) if found else 0 for found in (winter, summer))
    return {
        "name": name,
        "raw_offset": raw,
        "dst_offset": shifted,
        "dst_correction": raw != shifted,
        "date_format": {"display": "j M Y", "export": "j M Y", "extended_display": "j M Y @ H:i"},
    }


@routes.on("GET", "/v2/tax_classes")
def list_tax_classes(call: Call) -> Response:
    """Class 0, the default, is not in the list, as in real stores."""
    limit, page = call.limit(), call.page()
    return list_answer(call.shop.all("tax_class")[(page - 1) * limit : page * limit])


@routes.on("GET", "/v2/tax_classes/<int:number>")
def get_tax_class(call: Call, number: int) -> Response:
    found = call.shop.get("tax_class", number)
    if found is None:
        raise ApiError(404, "The requested resource was not found.")
    return answer(found)


@routes.on("GET", "/v2/payments/methods", scope="store_payments_methods_read")
def list_payment_methods(call: Call) -> Response:
    shapes = [
        {"code": method["code"], "name": method["name"], "test_mode": False}
        for method in call.shop.all("payment_method")
    ]
    limit, page = call.limit(), call.page()
    return list_answer(shapes[(page - 1) * limit : page * limit])


@routes.on("GET", "/v3/channels", scope="store_channel_settings")
def list_channels(call: Call) -> Response:
    return page_answer([channel_shape(call)], 1, 1, call.limit())


@routes.on("GET", "/v3/channels/<int:number>", scope="store_channel_settings")
def get_channel(call: Call, number: int) -> Response:
    if number != 1:
        raise ApiError(404, f"Channel {number} was not found.")
    return data_answer(channel_shape(call))


def channel_shape(call: Call) -> Json:
    return {
        "id": 1,
        "external_id": "",
        "is_listable_from_ui": True,
        "is_visible": True,
        "status": "active",
        "name": call.shop.settings["name"],
        "type": "storefront",
        "platform": "bigcommerce",
        "date_created": "2024-01-15T09:00:00Z",
        "date_modified": "2024-01-15T09:00:00Z",
        "icon_url": "",
    }


@routes.on("GET", "/v3/settings/inventory")
def get_inventory_settings(call: Call) -> Response:
    return data_answer(inventory_settings(call))


@routes.on("PUT", "/v3/settings/inventory", scope="store_v2_information")
def update_inventory_settings(call: Call) -> Response:
    sent = call.json_object()
    if sent.get("update_stock_behavior", BEHAVIORS[0]) not in BEHAVIORS:
        raise ApiError(422, "update_stock_behavior is invalid", {"update_stock_behavior": "invalid"})
    names = {"edit_order_stock_adjustment": "restock_on_cancel", "refund_order_stock_adjustment": "restock_on_refund"}
    changes = {own: bool(sent[name]) for name, own in names.items() if name in sent}
    if "update_stock_behavior" in sent:
        changes["update_stock_behavior"] = sent["update_stock_behavior"]
    call.shop.save_settings(**changes)
    return data_answer(inventory_settings(call))


def inventory_settings(call: Call) -> Json:
    settings = call.shop.settings
    return {
        "product_out_of_stock_behavior": "do_nothing",
        "option_out_of_stock_behavior": "do_nothing",
        "update_stock_behavior": settings["update_stock_behavior"],
        "edit_order_stock_adjustment": settings["restock_on_cancel"],
        "refund_order_stock_adjustment": settings["restock_on_refund"],
        "stock_level_display": "show",
        "default_out_of_stock_message": "Currently out of stock",
        "hide_in_product_filtering": False,
        "show_pre_order_stock_levels": True,
        "show_out_of_stock_message": True,
    }
