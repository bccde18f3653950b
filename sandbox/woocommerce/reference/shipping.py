"""``/shipping/zones`` with their locations and methods, and ``/shipping_methods``."""

from sandbox.db import Json
from sandbox.woocommerce.calls import CREATE, DELETE, EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.catalog.fields import truth
from sandbox.woocommerce.lists import created, links, listed_all
from sandbox.woocommerce.reference.gateways import field
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
ZONES, METHODS = "/shipping/zones", "/shipping_methods"
ELSEWHERE: Json = {"id": 0, "name": "Locations not covered by your other zones", "order": 0, "locations": []}
KINDS = {
    "flat_rate": ("Flat rate", "Lets you charge a fixed rate for shipping."),
    "free_shipping": ("Free shipping", "Free shipping is a special method which can be triggered with coupons."),
    "local_pickup": ("Local pickup", "Allow customers to pick up orders themselves."),
    "pickup_location": ("Local pickup", "Allow customers to choose a local pickup location during checkout."),
}


def zone_shape(call: Call, body: Json) -> Json:
    found = links(call.site, ZONES, body["id"])
    found["describedby"] = [{"href": f"{call.site.api_url}{ZONES}/{body['id']}/locations"}]
    return {"id": body["id"], "name": body["name"], "order": body["order"], "_links": found}


def zones(site: Site) -> list[Json]:
    return [ELSEWHERE, *site.all("zone")]


def find_zone(call: Call, number: int) -> Json:
    for body in zones(call.site):
        if body["id"] == number:
            return body
    raise ApiError(404, "woocommerce_rest_shipping_zone_invalid", "Resource does not exist.")


def add_zone(site: Site, name: str, countries: tuple[str, ...] = ()) -> Json:
    locations = [{"code": code, "type": "country"} for code in countries]
    return site.put("zone", {"id": site.next_id("zone"), "name": name, "order": 0, "locations": locations})


@routes.on(LIST, ZONES)
def list_zones(call: Call) -> Reply:
    return listed_all(call, [zone_shape(call, body) for body in zones(call.site)])


@routes.on(CREATE, ZONES)
def create_zone(call: Call) -> Reply:
    return created(call.site, ZONES, zone_shape(call, add_zone(call.site, call.text("name", "Zone"))))


@routes.on(READ, f"{ZONES}/<int:number>")
def get_zone(call: Call, number: int) -> Reply:
    return Reply(zone_shape(call, find_zone(call, number)))


@routes.on(EDIT, f"{ZONES}/<int:number>")
def update_zone(call: Call, number: int) -> Reply:
    body = find_zone(call, number)
    if not number:
        text = "The &quot;locations not covered by your other zones&quot; zone cannot be updated."
        raise ApiError(403, "woocommerce_rest_shipping_zone_invalid_zone", text)
    body |= {"name": call.text("name", body["name"]), "order": call.integer("order") or body["order"]}
    return Reply(zone_shape(call, call.site.put("zone", body)))


@routes.on(DELETE, f"{ZONES}/<int:number>")
def delete_zone(call: Call, number: int) -> Reply:
    body = find_zone(call, number)
    if not call.flag("force"):
        raise ApiError(501, "rest_trash_not_supported", "Shipping zones do not support trashing.")
    call.site.remove("zone", number)
    return Reply(zone_shape(call, body))


def locations(call: Call, body: Json) -> Reply:
    root = f"{call.site.api_url}{ZONES}/{body['id']}"
    found = {"collection": [{"href": f"{root}/locations"}], "describes": [{"href": root}]}
    return listed_all(call, [{**place, "_links": found} for place in body["locations"]])


@routes.on(LIST, f"{ZONES}/<int:number>/locations")
def list_locations(call: Call, number: int) -> Reply:
    return locations(call, find_zone(call, number))


@routes.on(EDIT, f"{ZONES}/<int:number>/locations")
def update_locations(call: Call, number: int) -> Reply:
    body = find_zone(call, number)
    sent = call.sent.get("") or []
    places = [{"code": str(place["code"]), "type": str(place.get("type") or "country")} for place in sent]
    return locations(call, call.site.put("zone", {**body, "locations": places}))


def add_method(site: Site, zone: int, kind: str, settings: Json | None = None) -> Json:
    """A way to ship to a zone; ``settings`` may hold ``title``, ``cost`` and ``tax_status``."""
    if kind not in KINDS:
        raise ApiError(500, "woocommerce_rest_shipping_zone_not_created", "Resource cannot be created.")
    body = {
        "id": site.next_id("zone_method"),
        "order": len(site.all("zone_method", zone)) + 1,
        "enabled": True,
        "method_id": kind,
        "settings": {"title": KINDS[kind][0], "tax_status": "taxable", "cost": "", **(settings or {})},
    }
    return site.put("zone_method", body, zone)


def method_shape(call: Call, zone: int, body: Json) -> Json:
    name, text = KINDS[body["method_id"]]
    found = links(call.site, f"{ZONES}/{zone}/methods", body["id"])
    found["describes"] = [{"href": f"{call.site.api_url}{ZONES}/{zone}"}]
    return {
        "id": body["id"],
        "instance_id": body["id"],
        "title": body["settings"]["title"],
        "order": body["order"],
        "enabled": body["enabled"],
        "method_id": body["method_id"],
        "method_title": name,
        "method_description": f"<p>{text}</p>\n",
        "settings": method_settings(body),
        "_links": found,
    }


def method_settings(body: Json) -> Json:
    values = body["settings"]
    found = {"title": field("title", "text", values["title"], placeholder=f"e.g. {KINDS[body['method_id']][0]}")}
    if body["method_id"] == "free_shipping":
        requires = {"": "No requirement", "coupon": "A valid free shipping coupon"}
        plain = {"description": "", "tip": ""}
        found["requires"] = field("requires", "select", "", options=requires, **plain)
        found["min_amount"] = field("min_amount", "text", "0", default="")
        found["ignore_discounts"] = field("ignore_discounts", "checkbox", "no")
        return found
    statuses = {"taxable": "Taxable", "none": "None"}
    found["tax_status"] = field(
        "tax_status", "select", values["tax_status"], options=statuses, description="", tip="", default="taxable"
    )
    found["cost"] = field("cost", "text", values["cost"], default="")
    return found


def find_method(call: Call, zone: int, number: int) -> Json:
    find_zone(call, zone)
    for body in call.site.all("zone_method", zone):
        if body["id"] == number:
            return body
    raise ApiError(404, "woocommerce_rest_shipping_zone_method_invalid", "Resource does not exist.")


@routes.on(LIST, f"{ZONES}/<int:zone>/methods")
def list_zone_methods(call: Call, zone: int) -> Reply:
    find_zone(call, zone)
    return listed_all(call, [method_shape(call, zone, body) for body in call.site.all("zone_method", zone)])


@routes.on(CREATE, f"{ZONES}/<int:zone>/methods")
def create_zone_method(call: Call, zone: int) -> Reply:
    """200, not 201, as in real stores."""
    find_zone(call, zone)
    body = add_method(call.site, zone, call.text("method_id"), call.sent.get("settings"))
    return Reply(method_shape(call, zone, body))


@routes.on(READ, f"{ZONES}/<int:zone>/methods/<int:number>")
def get_zone_method(call: Call, zone: int, number: int) -> Reply:
    return Reply(method_shape(call, zone, find_method(call, zone, number)))


@routes.on(EDIT, f"{ZONES}/<int:zone>/methods/<int:number>")
def update_zone_method(call: Call, zone: int, number: int) -> Reply:
    body = find_method(call, zone, number)
    body["settings"] |= call.sent.get("settings") or {}
    if call.sent.get("enabled") is not None:
        body["enabled"] = truth(call.sent["enabled"])
    return Reply(method_shape(call, zone, call.site.put("zone_method", body, zone)))


@routes.on(DELETE, f"{ZONES}/<int:zone>/methods/<int:number>")
def delete_zone_method(call: Call, zone: int, number: int) -> Reply:
    body = find_method(call, zone, number)
    call.site.remove("zone_method", number)
    return Reply(method_shape(call, zone, body))


def kind_shape(call: Call, kind: str) -> Json:
    title, text = KINDS[kind]
    return {"id": kind, "title": title, "description": text, "_links": links(call.site, METHODS, kind, allow=("GET",))}


@routes.on(LIST, METHODS)
def list_methods(call: Call) -> Reply:
    return listed_all(call, [kind_shape(call, kind) for kind in KINDS])


@routes.on(READ, f"{METHODS}/<kind>")
def get_method(call: Call, kind: str) -> Reply:
    if kind not in KINDS:
        raise ApiError(404, "woocommerce_rest_shipping_method_invalid", "Resource does not exist.")
    return Reply(kind_shape(call, kind))
