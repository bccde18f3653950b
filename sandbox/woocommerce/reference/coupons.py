"""``/coupons``."""

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes, missing
from sandbox.woocommerce.catalog.fields import take, truth
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.lists import created, links, listed, page_of
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply, fixed

routes = Routes()
PATH = "/coupons"
AMOUNTS = ("amount", "minimum_amount", "maximum_amount")
LISTS = ("product_ids", "excluded_product_ids", "product_categories", "excluded_product_categories")
LIMITS = ("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items")
FLAGS = ("individual_use", "free_shipping", "exclude_sale_items")


def shape(call: Call, body: Json) -> Json:
    return coupon_shape(call.site, body)


def coupon_shape(site: Site, body: Json) -> Json:
    places = int(site.settings["number_of_decimals"])
    stored = ("created", "modified", "date_expires")
    return {
        **{name: value for name, value in body.items() if name not in stored},
        **{name: fixed(body[name], places) for name in AMOUNTS},
        **site.dates("date_created", body["created"]),
        **site.dates("date_modified", body["modified"]),
        **site.dates("date_expires", body["date_expires"]),
        "_links": links(site, PATH, body["id"]),
    }


def add_coupon(site: Site, sent: Json) -> Json:
    """Codes are kept in lower case and are there only once."""
    now = site.now
    body: Json = {
        "id": site.next_post(),
        "code": "",
        "status": "publish",
        "created": now,
        "modified": now,
        "discount_type": "fixed_cart",
        "description": "",
        "date_expires": None,
        "usage_count": 0,
        **dict.fromkeys(AMOUNTS, "0"),
        **dict.fromkeys(FLAGS, False),
        **dict.fromkeys(LIMITS),
        **{name: [] for name in LISTS},
        "email_restrictions": [],
        "used_by": [],
        "meta_data": [],
    }
    return change_coupon(site, body, sent)


def change_coupon(site: Site, body: Json, sent: Json) -> Json:
    if sent.get("code") is not None:
        code = str(sent["code"]).casefold()
        if any(one["code"] == code and one["id"] != body["id"] for one in site.all("coupon")):
            raise ApiError(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
        body["code"] = code
    take(body, sent, (*AMOUNTS, "discount_type", "description", "status"), str)
    take(body, sent, FLAGS, truth)
    body |= {name: sent[name] for name in (*LISTS, *LIMITS, "email_restrictions") if name in sent}
    if "date_expires" in sent:
        body["date_expires"] = site.moment(str(sent["date_expires"])) if sent["date_expires"] else None
    if "meta_data" in sent:
        body["meta_data"] = apply_meta(site, body["meta_data"], sent["meta_data"])
    return site.put("coupon", body)


def find(call: Call, number: int) -> Json:
    found = call.site.get("coupon", number)
    if found is None:
        raise ApiError(404, "woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.")
    return found


@routes.on(LIST, PATH)
def list_coupons(call: Call) -> Reply:
    page = page_of(call)
    found = [one for one in call.site.all("coupon") if one["status"] != "trash"]
    if code := call.text("code").casefold():
        found = [one for one in found if one["code"] == code]
    if call.get("include") is not None:
        found = [one for one in found if one["id"] in call.integers("include")]
    key = "modified" if call.text("orderby") == "modified" else "created"
    order = call.choice("order", ("asc", "desc"), "desc")
    if call.text("orderby") == "id":
        key = "id"
    found.sort(key=lambda one: (one[key], one["id"]), reverse=order == "desc")
    return listed(call, [shape(call, one) for one in page.of(found)], len(found), page)


@routes.on(CREATE, PATH)
def create_coupon(call: Call) -> Reply:
    if not call.sent.get("code"):
        raise missing("code")
    body = add_coupon(call.site, call.sent)
    call.site.announce("coupon.created", body["id"])
    return created(call.site, PATH, shape(call, body))


@routes.on(READ, f"{PATH}/<int:number>")
def get_coupon(call: Call, number: int) -> Reply:
    return Reply(shape(call, find(call, number)))


@routes.on(EDIT, f"{PATH}/<int:number>")
def update_coupon(call: Call, number: int) -> Reply:
    return Reply(_update(call, number, call.sent))


def _update(call: Call, number: int, sent: Json) -> Json:
    body = find(call, number)
    body["modified"] = call.site.now
    change_coupon(call.site, body, sent)
    call.site.announce("coupon.updated", number)
    return shape(call, body)


@routes.on(DELETE, f"{PATH}/<int:number>")
def delete_coupon(call: Call, number: int) -> Reply:
    return Reply(_delete(call, number, force=call.flag("force")))


def _delete(call: Call, number: int, *, force: bool) -> Json:
    body = find(call, number)
    before = shape(call, body)
    if force:
        call.site.remove("coupon", number)
    elif body["status"] == "trash":
        raise ApiError(410, "woocommerce_rest_already_trashed", "The shop_coupon has already been deleted.")
    else:
        call.site.put("coupon", {**body, "status": "trash"})
        if not call.site.has("11.2"):
            call.site.announce("product.deleted", number)
    call.site.announce("coupon.deleted", number)
    return before


@routes.on(BATCH, f"{PATH}/batch")
def batch_coupons(call: Call) -> Reply:
    return run_batch(
        call,
        create=lambda sent: shape(call, add_coupon(call.site, sent)),
        update=lambda number, sent: _update(call, number, sent),
        delete=lambda number: _delete(call, number, force=True),
    )
