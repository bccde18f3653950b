"""``/taxes`` and ``/taxes/classes``; which rates an address gets."""

import fnmatch

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes, missing
from sandbox.woocommerce.catalog.fields import take, truth
from sandbox.woocommerce.catalog.records import slug_of
from sandbox.woocommerce.lists import created, links, listed_all
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply, fixed

routes = Routes()
PATH, CLASSES = "/taxes", "/taxes/classes"
STANDARD = ("standard", "Standard rate")
FIRST_CLASSES = (STANDARD, ("reduced-rate", "Reduced rate"), ("zero-rate", "Zero rate"))


def shape(call: Call, body: Json) -> Json:
    """``postcode`` and ``city`` are the last of the lists."""
    lists = {"postcode": (body["postcodes"] or [""])[-1], "city": (body["cities"] or [""])[-1]}
    return {**body, **lists, "_links": links(call.site, PATH, body["id"])}


def add_rate(site: Site, sent: Json) -> Json:
    body: Json = {
        "id": site.next_id("tax"),
        "country": "",
        "state": "",
        "rate": "0.0000",
        "name": "",
        "priority": 1,
        "compound": False,
        "shipping": True,
        "order": 0,
        "class": "standard",
        "postcodes": [],
        "cities": [],
    }
    return change_rate(site, body, sent)


def change_rate(site: Site, body: Json, sent: Json) -> Json:
    take(body, sent, ("country", "state", "name", "class"), str)
    take(body, sent, ("priority", "order"), int)
    take(body, sent, ("compound", "shipping"), truth)
    if sent.get("rate") is not None:
        body["rate"] = fixed(sent["rate"], 4)
    for name, single in (("postcodes", "postcode"), ("cities", "city")):
        if isinstance(sent.get(name), list):
            body[name] = [str(value).upper() for value in sent[name]]
        elif sent.get(single):
            body[name] = [part.strip().upper() for part in str(sent[single]).split(";") if part.strip()]
    return site.put("tax", body)


def matching_rates(site: Site, tax_class: str, address: Json) -> list[Json]:
    """The rates of a class (“” is the standard one) for an address: of each priority the first that fits."""
    wanted = tax_class or "standard"
    fitting = [rate for rate in site.all("tax") if rate["class"] == wanted and fits(rate, address)]
    fitting.sort(key=lambda rate: (rate["priority"], not rate["country"], not rate["state"], rate["order"], rate["id"]))
    found: dict[int, Json] = {}
    for rate in fitting:
        found.setdefault(rate["priority"], rate)
    return list(found.values())


def fits(rate: Json, address: Json) -> bool:
    for name in ("country", "state"):
        if rate[name] and rate[name] != str(address.get(name) or ""):
            return False
    postcode, city = str(address.get("postcode") or "").upper(), str(address.get("city") or "").upper()
    if rate["postcodes"] and not any(fnmatch.fnmatchcase(postcode, each) for each in rate["postcodes"]):
        return False
    return not rate["cities"] or city in rate["cities"]


def find(call: Call, number: int) -> Json:
    found = call.site.get("tax", number)
    if found is None:
        raise ApiError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return found


@routes.on(LIST, PATH)
def list_rates(call: Call) -> Reply:
    found = call.site.all("tax")
    if name := call.text("class"):
        found = [rate for rate in found if rate["class"] == name]
    name = call.choice("orderby", ("id", "order", "priority"), "order")
    found.sort(key=lambda rate: (rate[name], rate["id"]), reverse=call.text("order") == "desc")
    return listed_all(call, [shape(call, rate) for rate in found])


@routes.on(CREATE, PATH)
def create_rate(call: Call) -> Reply:
    return created(call.site, PATH, shape(call, add_rate(call.site, call.sent)))


@routes.on(READ, f"{PATH}/<int:number>")
def get_rate(call: Call, number: int) -> Reply:
    return Reply(shape(call, find(call, number)))


@routes.on(EDIT, f"{PATH}/<int:number>")
def update_rate(call: Call, number: int) -> Reply:
    return Reply(shape(call, change_rate(call.site, find(call, number), call.sent)))


@routes.on(DELETE, f"{PATH}/<int:number>")
def delete_rate(call: Call, number: int) -> Reply:
    return Reply(_delete(call, number, force=call.flag("force")))


def _delete(call: Call, number: int, *, force: bool) -> Json:
    body = find(call, number)
    if not force:
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Taxes do not support trashing.")
    call.site.remove("tax", number)
    return shape(call, body)


@routes.on(BATCH, f"{PATH}/batch")
def batch_rates(call: Call) -> Reply:
    return run_batch(
        call,
        create=lambda sent: shape(call, add_rate(call.site, sent)),
        update=lambda number, sent: shape(call, change_rate(call.site, find(call, number), sent)),
        delete=lambda number: _delete(call, number, force=True),
    )


def class_shape(call: Call, body: Json) -> Json:
    collection = [{"href": f"{call.site.api_url}{CLASSES}"}]
    return {"slug": body["slug"], "name": body["name"], "_links": {"collection": collection}}


def add_class(site: Site, name: str, slug: str = "") -> Json:
    slug = slug or slug_of(name)
    if any(body["slug"] == slug for body in site.all("tax_class")):
        raise ApiError(400, "woocommerce_rest_tax_class_exists", "Tax class already exists")
    return site.put("tax_class", {"id": site.next_id("tax_class"), "slug": slug, "name": name})


@routes.on(LIST, CLASSES)
def list_classes(call: Call) -> Reply:
    shapes = [class_shape(call, body) for body in call.site.all("tax_class")]
    page = {"X-WP-Total": str(len(shapes)), "X-WP-TotalPages": "1"}
    return Reply(shapes, headers=page)


@routes.on(CREATE, CLASSES)
def create_class(call: Call) -> Reply:
    if not call.sent.get("name"):
        raise missing("name")
    return created(call.site, CLASSES, class_shape(call, add_class(call.site, str(call.sent["name"]))))


@routes.on(DELETE, f"{CLASSES}/<slug>")
def delete_class(call: Call, slug: str) -> Reply:
    found = next((body for body in call.site.all("tax_class") if body["slug"] == slug), None)
    if found is None:
        raise ApiError(400, "woocommerce_rest_tax_class_invalid_slug", "Invalid slug.")
    if not call.flag("force"):
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Taxes do not support trashing.")
    call.site.remove("tax_class", found["id"])
    return Reply(class_shape(call, found))
