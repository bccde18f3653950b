"""Options of a product (color, size …) and the values its variants are made of."""

from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError
from sandbox.db import Json

TYPES = ("radio_buttons", "rectangles", "dropdown", "product_list", "product_list_with_images", "swatch")


def create_option(shop: Shop, product_id: int, data: Json) -> Json:
    name = str(data.get("display_name") or "")
    if not name or data.get("type") not in TYPES:
        raise ApiError(422, "An option needs a display_name and a valid type.", {"display_name": name})
    if any(option["display_name"] == name for option in shop.all("option", product_id)):
        raise ApiError(409, f"The product already has an option named {name}.")
    number = shop.next_id("option")
    option: Json = {
        "id": number,
        "product_id": product_id,
        "name": f"{name}{number}-{product_id}",
        "display_name": name,
        "type": data["type"],
        "sort_order": int(data.get("sort_order", len(shop.all("option", product_id)))),
        "option_values": [],
        "config": [],
    }
    for entry in data.get("option_values") or []:
        add_value(shop, option, str(entry["label"]))
    return shop.put("option", option, product_id)


def add_value(shop: Shop, option: Json, label: str) -> Json:
    values = option["option_values"]
    entry = {
        "id": shop.next_id("option_value"),
        "label": label,
        "sort_order": len(values),
        "value_data": None,
        "is_default": False,
    }
    values.append(entry)
    return entry


def values_for(shop: Shop, product: Json, wanted: list[Json]) -> list[Json]:
    """The option values a variant is made of; those named by label are created when they are new."""
    if not wanted:
        raise ApiError(422, "A variant needs option_values.", {"option_values": "missing"})
    known = shop.all("option", product["id"])
    return [value_for(shop, product["id"], known, entry) for entry in wanted]


def value_for(shop: Shop, product_id: int, known: list[Json], entry: Json) -> Json:
    name, label = entry.get("option_display_name"), entry.get("label")
    option = next((one for one in known if one["id"] == entry.get("option_id") or one["display_name"] == name), None)
    if option is None:
        if not name:
            raise ApiError(422, "The option of a variant was not found.", {"option_values": entry})
        option = create_option(shop, product_id, {"display_name": name, "type": "dropdown"})
        known.append(option)
    value = next(
        (one for one in option["option_values"] if one["id"] == entry.get("id") or one["label"] == label), None
    )
    if value is None:
        if label is None:
            raise ApiError(422, "The option value of a variant was not found.", {"option_values": entry})
        value = add_value(shop, option, str(label))
        shop.put("option", option, product_id)
    return {
        "id": value["id"],
        "label": value["label"],
        "option_id": option["id"],
        "option_display_name": option["display_name"],
    }
