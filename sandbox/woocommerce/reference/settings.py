"""``/settings``: groups of options; those that decide what the store does are its own settings."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.lists import links
from sandbox.woocommerce.reference.options import OPTIONS, Option
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
PATH = "/settings"
ALLOW = ("GET", "POST", "PUT", "PATCH")
BOUND = {
    "store_address": "address",
    "store_city": "city",
    "store_postcode": "postcode",
    "calc_taxes": "calc_taxes",
    "currency": "currency",
    "price_decimal_sep": "decimal_separator",
    "price_num_decimals": "number_of_decimals",
    "prices_include_tax": "prices_include_tax",
    "tax_based_on": "tax_based_on",
    "shipping_tax_class": "shipping_tax_class",
    "tax_round_at_subtotal": "tax_round_at_subtotal",
    "weight_unit": "weight_unit",
    "dimension_unit": "dimension_unit",
    "manage_stock": "manage_stock",
    "hold_stock_minutes": "hold_stock_minutes",
}
FIRST = {"cart_page_id": "6", "checkout_page_id": "7", "myaccount_page_id": "8", "shop_page_id": "5"}
LABELS = {
    "wc_admin": "WooCommerce Admin",
    "general": "General",
    "products": "Products",
    "tax": "Tax",
    "shipping": "Shipping",
    "checkout": "Payments",
    "account": "Accounts & Privacy",
    "email": "Emails",
    "integration": "Integration",
    "site-visibility": "Site visibility",
    "point-of-sale": "Point of Sale",
    "advanced": "Advanced",
}
EMAILS = (
    "new_order cancelled_order customer_cancelled_order failed_order customer_failed_order customer_on_hold_order "
    "customer_processing_order customer_completed_order customer_refunded_order customer_invoice customer_note "
    "customer_reset_password customer_new_account customer_pos_completed_order customer_pos_refunded_order"
).split()


def value_of(site: Site, name: str, default: Any) -> str:
    if name == "default_country":
        state = site.settings["state"]
        return f"{site.settings['country']}:{state}" if state else str(site.settings["country"])
    if name == "custom_orders_table_enabled":
        return "yes" if site.settings["storage"] == "hpos" else "no"
    value = site.settings[BOUND[name]] if name in BOUND else site.settings.get("options", {}).get(name)
    if value is None:
        value = FIRST.get(name, default or "")
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def shape(call: Call, group: str, option: Option) -> Json:
    name, kind, default, choices, notes = option
    label = name.replace("_", " ").capitalize()
    found: Json = {
        "id": f"woocommerce_{name}",
        "label": label if "l" in notes else "",
        "description": f"{label}." if "d" in notes else "",
        "type": kind,
        "value": value_of(call.site, name, default),
        "_links": links(call.site, f"{PATH}/{group}", f"woocommerce_{name}", allow=ALLOW),
    }
    if "x" in notes:
        found["default"] = default
    if "t" in notes:
        found["tip"] = f"{label}."
    if choices:
        found["options"] = {choice: choice or "Default" for choice in choices}
    return found


@routes.on(LIST, PATH)
def list_groups(call: Call) -> Reply:
    emails = [f"email_{name}" for name in EMAILS]
    found = [group_shape(call, name, label, below=emails if name == "email" else []) for name, label in LABELS.items()]
    named = [(f"email_{name}", name.replace("_", " ").capitalize()) for name in EMAILS]
    return Reply([*found, *(group_shape(call, name, label, above="email") for name, label in named)])


def group_shape(call: Call, name: str, label: str, *, below: list[str] | None = None, above: str = "") -> Json:
    return {
        "id": name,
        "label": label,
        "description": f"{label}." if above or name == "wc_admin" else "",
        "parent_id": above,
        "sub_groups": below or [],
        "_links": {"options": [{"href": f"{call.site.api_url}{PATH}/{name}"}]},
    }


def group_of(group: str) -> tuple[Option, ...]:
    if group not in LABELS:
        raise ApiError(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
    return OPTIONS.get(group, ())


@routes.on(LIST, f"{PATH}/<group>")
def list_options(call: Call, group: str) -> Reply:
    return Reply([shape(call, group, option) for option in group_of(group)])


def find(group: str, number: str) -> Option:
    for option in group_of(group):
        if f"woocommerce_{option[0]}" == number:
            return option
    raise ApiError(404, "rest_setting_setting_invalid", "Invalid setting.")


@routes.on(READ, f"{PATH}/<group>/<number>")
def get_option(call: Call, group: str, number: str) -> Reply:
    return Reply({**shape(call, group, find(group, number)), "group_id": group})


@routes.on(EDIT, f"{PATH}/<group>/<number>")
def update_option(call: Call, group: str, number: str) -> Reply:
    option = find(group, number)
    name, kind, _, choices, _ = option
    value = call.text("value")
    if (choices and value not in choices) or (kind == "checkbox" and value not in ("yes", "no")):
        raise ApiError(400, "rest_setting_value_invalid", "An invalid setting value was passed.")
    store(call.site, name, value)
    return Reply({**shape(call, group, option), "group_id": group})


def store(site: Site, name: str, value: str) -> None:
    """Kept as the store's own setting where the sandbox has it, else beside them."""
    if name not in BOUND:
        site.save_settings(options={**site.settings.get("options", {}), name: value})
        return
    old = site.settings[BOUND[name]]
    new: Any = value == "yes" if isinstance(old, bool) else int(value) if isinstance(old, int) else value
    site.save_settings(**{BOUND[name]: new})
