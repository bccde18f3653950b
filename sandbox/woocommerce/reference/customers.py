"""``/customers``: users of the site with their addresses."""

import hashlib

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes, missing
from sandbox.woocommerce.catalog.meta import apply_meta
from sandbox.woocommerce.lists import ITEM, created, links, listed, page_of
from sandbox.woocommerce.sites import Key, Site
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
PATH = "/customers"
ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state")
BILLING, SHIPPING = (*ADDRESS, "email", "phone"), (*ADDRESS, "phone")
ROLES = ("all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")


def shape(call: Call, body: Json) -> Json:
    return person_shape(call.site, body, call.key)


def person_shape(site: Site, body: Json, key: Key | None) -> Json:
    """As the user of the key sees it."""
    allow = ITEM if key is not None and may_delete(key, body) else ITEM[:-1]
    digest = hashlib.sha256(body["email"].encode()).hexdigest()
    found = {
        "id": body["id"],
        **site.dates("date_created", body["created"]),
        **site.dates("date_modified", body["modified"]),
        **{name: body[name] for name in ("email", "first_name", "last_name", "role", "username")},
        "billing": body["billing"],
        "shipping": body["shipping"],
        "is_paying_customer": body["is_paying_customer"],
        "avatar_url": f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g",
        "meta_data": body["meta_data"],
        "_links": links(site, PATH, body["id"], allow=allow),
    }
    if key is not None and key.role != "administrator":
        del found["meta_data"]
    return found


def may_delete(key: Key, body: Json) -> bool:
    """Only administrators delete people, and nobody himself."""
    return key.role == "administrator" and body["id"] != key.user_id


def add_person(site: Site, sent: Json, role: str = "customer") -> Json:
    """400 for an address that somebody has; a username is made of it where none is given."""
    email = str(sent["email"])
    known = site.all("customer")
    if any(one["email"].casefold() == email.casefold() for one in known):
        text = f"An account is already registered with {email}. Please log in or use a different email address."
        raise ApiError(400, "registration-error-email-exists", text)
    now = site.now
    body: Json = {
        "id": site.next_id("user"),
        "created": now,
        "modified": now if role == "customer" else None,
        "email": email,
        "first_name": str(sent.get("first_name") or ""),
        "last_name": str(sent.get("last_name") or ""),
        "role": role,
        "username": free_username(known, str(sent.get("username") or email.partition("@")[0])),
        "billing": dict.fromkeys(BILLING, ""),
        "shipping": dict.fromkeys(SHIPPING, ""),
        "is_paying_customer": False,
        "meta_data": apply_meta(site, [], [{"key": "default_password_nag", "value": "1"}])
        if role == "customer"
        else [],
    }
    apply_person(site, body, sent)
    site.put("customer", body)
    site.announce("customer.created", body["id"])
    return body


def free_username(known: list[Json], wanted: str) -> str:
    taken = {one["username"] for one in known}
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


def apply_person(site: Site, body: Json, sent: Json) -> None:
    for name in ("first_name", "last_name", "email"):
        if sent.get(name) is not None:
            body[name] = str(sent[name])
    for name, fields in (("billing", BILLING), ("shipping", SHIPPING)):
        given = sent.get(name) if isinstance(sent.get(name), dict) else {}
        body[name] |= {field: str(value) for field, value in (given or {}).items() if field in fields}
    if "meta_data" in sent:
        body["meta_data"] = apply_meta(site, body["meta_data"], sent["meta_data"])


def find(call: Call, number: int, *, status: int = 404) -> Json:
    found = call.site.get("customer", number)
    if found is None:
        raise ApiError(status, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return found


@routes.on(LIST, PATH)
def list_customers(call: Call) -> Reply:
    page = page_of(call)
    role = call.choice("role", ROLES, "customer")
    found = [one for one in call.site.all("customer") if role in ("all", one["role"])]
    if email := call.text("email").casefold():
        found = [one for one in found if one["email"].casefold() == email]
    if words := call.text("search").casefold():
        found = [one for one in found if words in f"{one['username']} {one['email']}".casefold()]
    if call.get("include") is not None:
        found = [one for one in found if one["id"] in call.integers("include")]
    if numbers := call.integers("exclude"):
        found = [one for one in found if one["id"] not in numbers]
    name = call.choice("orderby", ("id", "include", "name", "registered_date"), "name")
    key = {"id": "id", "registered_date": "created"}.get(name, "username")
    found.sort(key=lambda one: (one[key], one["id"]), reverse=call.choice("order", ("asc", "desc"), "asc") == "desc")
    return listed(call, [shape(call, one) for one in page.of(found)], len(found), page)


@routes.on(CREATE, PATH)
def create_customer(call: Call) -> Reply:
    if not call.sent.get("email"):
        raise missing("email")
    return created(call.site, PATH, shape(call, add_person(call.site, call.sent)))


@routes.on(READ, f"{PATH}/<int:number>")
def get_customer(call: Call, number: int) -> Reply:
    return Reply(shape(call, find(call, number)))


@routes.on(EDIT, f"{PATH}/<int:number>")
def update_customer(call: Call, number: int) -> Reply:
    return Reply(_update(call, number, call.sent))


def _update(call: Call, number: int, sent: Json) -> Json:
    body = find(call, number, status=400)
    apply_person(call.site, body, sent)
    body["modified"] = call.site.now
    call.site.put("customer", body)
    call.site.announce("customer.updated", number)
    return shape(call, body)


@routes.on(DELETE, f"{PATH}/<int:number>")
def delete_customer(call: Call, number: int) -> Reply:
    return Reply(_delete(call, number, force=call.flag("force")), headers={"Allow": ""})


def _delete(call: Call, number: int, *, force: bool) -> Json:
    if not force:
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
    body = find(call, number, status=400)
    call.site.remove("customer", number)
    call.site.announce("customer.deleted", number)
    found = shape(call, body)
    found["_links"]["self"][0].pop("targetHints", None)
    return found


@routes.on(LIST, f"{PATH}/<int:number>/downloads")
def list_downloads(call: Call, number: int) -> Reply:
    find(call, number)
    return Reply([])


@routes.on(BATCH, f"{PATH}/batch")
def batch_customers(call: Call) -> Reply:
    return run_batch(
        call,
        create=lambda sent: shape(call, add_person(call.site, sent)),
        update=lambda number, sent: _update(call, number, sent),
        delete=lambda number: _delete(call, number, force=True),
    )
