"""The routes of the shipment-tracking plugins: ``/wc-shipment-tracking/v3`` and, of one, ``/wc-ast/v3``."""

import hashlib
import re
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import CREATE, DELETE, LIST, READ, Call, Routes, missing
from sandbox.woocommerce.catalog.meta import set_meta
from sandbox.woocommerce.orders import records
from sandbox.woocommerce.orders.records import META
from sandbox.woocommerce.wire import ApiError, Reply

routes, second_routes = Routes("/wc-shipment-tracking/v3"), Routes("/wc-ast/v3")
BOTH = (routes, second_routes)
PATH = "/orders/<int:order_id>/shipment-trackings"
META_KEY = "_wc_shipment_tracking_items"
LINKS = {
    "DHL.de": "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}",
    "DPD.de": "https://tracking.dpd.de/parcelstatus?query={number}",
    "Hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/?suche={number}",
    "UPS": "https://www.ups.com/track?tracknum={number}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}",
    "Fedex": "https://www.fedex.com/fedextrack/?trknbr={number}",
}
COUNTRIES = {"Germany": ("DHL.de", "DPD.de", "Hermes"), "United States": ("UPS", "USPS", "Fedex")}


def items_of(order: Json) -> list[Json]:
    found: Any = next((entry["value"] for entry in order["meta_data"] if entry["key"] == META_KEY), None)
    return list(found) if isinstance(found, list) else []


def shape(call: Call, order_id: int, item: Json) -> Json:
    base = f"{call.site.rest_url}{call.route.split('/orders/')[0]}/orders/{order_id}"
    number = item["tracking_number"]
    provider = item["custom_tracking_provider"] or item["tracking_provider"]
    known = {name.casefold(): link for name, link in LINKS.items()}
    return {
        "tracking_id": item["tracking_id"],
        "tracking_provider": provider,
        "tracking_link": item["custom_tracking_link"] or known.get(provider.casefold(), "").format(number=number),
        "tracking_number": number,
        "date_shipped": (call.site.gmt(int(item["date_shipped"])) or "")[:10],
        **{name: item[name] for name in ("status_shipped",) if name in item},
        "_links": {
            "self": [{"href": f"{base}/shipment-trackings/{item['tracking_id']}"}],
            "collection": [{"href": f"{base}/shipment-trackings"}],
            "up": [{"href": f"{call.site.api_url}/orders/{order_id}"}],
        },
    }


def list_trackings(call: Call, order_id: int) -> Reply:
    return Reply([shape(call, order_id, item) for item in items_of(records.find(call.site, order_id))])


def add_tracking(call: Call, order_id: int) -> Reply:
    """``date_shipped`` is a day; with ``status_shipped`` 1 the order is completed."""
    order = records.find(call.site, order_id)
    number = call.text("tracking_number")
    if not number:
        raise missing("tracking_number")
    advanced = "wc-ast/v3" in call.site.namespaces()
    if advanced and not re.fullmatch(r"[A-Za-z0-9 ./_-]+", number):
        text = "Special characters are not allowed in the tracking number."
        raise ApiError(400, "rest_invalid_param", text)
    item = _item(call, number)
    kept = [] if advanced and call.flag("replace_tracking") else items_of(order)
    if advanced:
        item["status_shipped"] = call.text("status_shipped", "0")
    order["meta_data"] = set_meta(call.site, order["meta_data"], META_KEY, [*kept, item])
    touched = {META}
    records.save(call.site, order, touched)
    return Reply(shape(call, order_id, item), 201)


def _item(call: Call, number: str) -> Json:
    shipped = call.site.moment(call.text("date_shipped"), gmt=True) or call.site.now
    digest = hashlib.md5(f"{call.route}{number}{call.site.next_id('tracking')}".encode(), usedforsecurity=False)
    return {
        "tracking_provider": call.text("tracking_provider"),
        "custom_tracking_provider": call.text("custom_tracking_provider"),
        "custom_tracking_link": call.text("custom_tracking_link"),
        "tracking_number": number,
        "date_shipped": str(shipped),
        "tracking_id": digest.hexdigest(),
    }


def find(order: Json, tracking_id: str) -> Json:
    found = next((item for item in items_of(order) if item["tracking_id"] == tracking_id), None)
    if found is None:
        raise ApiError(404, "woocommerce_rest_order_shipment_tracking_invalid_id", "Invalid shipment tracking ID.")
    return found


def get_tracking(call: Call, order_id: int, tracking_id: str) -> Reply:
    return Reply(shape(call, order_id, find(records.find(call.site, order_id), tracking_id)))


def delete_tracking(call: Call, order_id: int, tracking_id: str) -> Reply:
    order = records.find(call.site, order_id)
    item = find(order, tracking_id)
    kept = [one for one in items_of(order) if one["tracking_id"] != tracking_id]
    order["meta_data"] = set_meta(call.site, order["meta_data"], META_KEY, kept)
    records.save(call.site, order, {META})
    return Reply(shape(call, order_id, item))


def list_providers(call: Call, order_id: int) -> Reply:
    records.find(call.site, order_id)
    return Reply(
        {
            country: {name: LINKS[name].replace("{number}", "%1$s") for name in names}
            for country, names in COUNTRIES.items()
        }
    )


for resource in BOTH:
    resource.on(LIST, f"{PATH}/providers")(list_providers)
    resource.on(LIST, PATH)(list_trackings)
    resource.on(CREATE, PATH)(add_tracking)
    resource.on(READ, f"{PATH}/<tracking_id>")(get_tracking)
    resource.on(DELETE, f"{PATH}/<tracking_id>")(delete_tracking)
