"""``/webhooks``: their secrets are never shown, and whatever their address answers, they are made."""

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.hooks.topics import PING, hooks_of, is_topic
from sandbox.woocommerce.lists import created, links, listed_all
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
PATH = "/webhooks"
STATUSES = ("active", "paused", "disabled")


def shape(call: Call, hook: Json) -> Json:
    resource, _, event = hook["topic"].partition(".")
    return {
        "id": hook["id"],
        "name": hook["name"],
        "status": hook["status"],
        "topic": hook["topic"],
        "resource": resource,
        "event": event,
        "hooks": hooks_of(hook["topic"]),
        "delivery_url": hook["delivery_url"],
        **call.site.dates("date_created", hook["created"]),
        **call.site.dates("date_modified", hook["modified"]),
        "_links": links(call.site, PATH, hook["id"]),
    }


def check_topic(topic: Any) -> str:
    if not is_topic(str(topic or "")):
        text = "Webhook topic is required and must be valid."
        raise ApiError(400, "woocommerce_rest_shop_webhook_invalid_topic", text)
    return str(topic)


def check_address(address: Any) -> str:
    parts = urlsplit(str(address or ""))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        text = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise ApiError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", text)
    return str(address)


def find(call: Call, number: int) -> Json:
    found = call.site.get("hook", number)
    if found is None:
        raise ApiError(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
    return found


@routes.on(LIST, PATH)
def list_hooks(call: Call) -> Reply:
    """Its header always tells of one page, and of none beside it."""
    found = call.site.all("hook")
    status = call.choice("status", ("all", *STATUSES), "all")
    if status != "all":
        found = [hook for hook in found if hook["status"] == status]
    if words := call.text("search").casefold():
        found = [hook for hook in found if words in hook["name"].casefold()]
    if numbers := call.integers("include"):
        found = [hook for hook in found if hook["id"] in numbers]
    if numbers := call.integers("exclude"):
        found = [hook for hook in found if hook["id"] not in numbers]
    key = {"title": "name", "date": "created"}.get(call.choice("orderby", ("date", "id", "title"), "date"), "id")
    backwards = call.choice("order", ("asc", "desc"), "desc") == "desc"
    found.sort(key=lambda hook: (hook[key], hook["id"]), reverse=backwards)
    reply = listed_all(call, [shape(call, hook) for hook in found])
    reply.headers["X-WP-TotalPages"] = "1" if found else "0"
    reply.headers.pop("Link", None)
    return reply


def create(call: Call, sent: Json) -> Json:
    topic, address = check_topic(sent.get("topic")), check_address(sent.get("delivery_url"))
    now = call.site.now
    hook: Json = {
        "id": call.site.next_id("hook"),
        "name": str(sent.get("name") or f"Webhook created on {datetime.fromtimestamp(now, UTC):%b %d, %Y @ %I:%M %p}"),
        "status": _status(sent.get("status")) or "active",
        "topic": topic,
        "delivery_url": address,
        "secret": str(sent.get("secret") or secrets.token_urlsafe(37)),
        "created": now,
        "modified": None,
        "pending_delivery": True,
        "failures": 0,
        "user_id": call.key.user_id if call.key is not None else 0,
    }
    call.site.put("hook", hook)
    call.site.announce(PING, hook["id"])
    return shape(call, hook)


def _status(status: Any) -> str:
    if status is not None and status not in STATUSES:
        text = "Webhook status must be valid."
        raise ApiError(400, "woocommerce_rest_shop_webhook_invalid_status", text)
    return str(status or "")


@routes.on(CREATE, PATH)
def create_hook(call: Call) -> Reply:
    return created(call.site, PATH, create(call, call.sent))


@routes.on(READ, f"{PATH}/<int:number>")
def get_hook(call: Call, number: int) -> Reply:
    return Reply(shape(call, find(call, number)))


def update(call: Call, number: int, sent: Json) -> Json:
    """Turning it on again does not forget its failures."""
    hook = find(call, number)
    if sent.get("topic") is not None:
        hook["topic"] = check_topic(sent["topic"])
    if sent.get("delivery_url") is not None:
        hook["delivery_url"] = check_address(sent["delivery_url"])
    hook["status"] = _status(sent.get("status")) or hook["status"]
    for name in ("name", "secret"):
        if sent.get(name) is not None:
            hook[name] = str(sent[name])
    hook["modified"] = call.site.now
    call.site.put("hook", hook)
    if hook["pending_delivery"]:
        call.site.announce(PING, number)
    return shape(call, hook)


@routes.on(EDIT, f"{PATH}/<int:number>")
def update_hook(call: Call, number: int) -> Reply:
    return Reply(update(call, number, call.sent))


def delete(call: Call, number: int, *, force: bool) -> Json:
    hook = find(call, number)
    if not force:
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    call.site.remove("hook", number)
    return shape(call, hook)


@routes.on(DELETE, f"{PATH}/<int:number>")
def delete_hook(call: Call, number: int) -> Reply:
    return Reply(delete(call, number, force=call.flag("force")))


@routes.on(BATCH, f"{PATH}/batch")
def batch_hooks(call: Call) -> Reply:
    return run_batch(
        call,
        create=lambda sent: create(call, sent),
        update=lambda number, sent: update(call, number, sent),
        delete=lambda number: delete(call, number, force=True),
    )
