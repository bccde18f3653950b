"""``/v3/hooks``: an API account sees and changes only its own hooks."""

from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from sandbox.bigcommerce.calls import Call, Routes
from sandbox.bigcommerce.wire import ApiError, answer, data_answer, empty, page_answer
from sandbox.db import Json

routes = Routes()
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_PER_SCOPE = 10
EXCEPTION_SCOPE = "store/hook/deliveryException"


def own_hooks(call: Call) -> list[Json]:
    return [hook for hook in call.shop.all("hook") if hook["client_id"] == call.account.client_id]


def check_destination(destination: Any) -> str:
    """Real stores demand https on port 443; the sandbox also delivers to this machine itself."""
    parts = urlsplit(str(destination or ""))
    secure = parts.scheme == "https" and bool(parts.hostname) and parts.port in (None, 443)
    local = parts.scheme in ("http", "https") and parts.hostname in LOOPBACK
    if not secure and not local:
        raise ApiError(422, "The destination must be an https address on port 443.", {"destination": "invalid"})
    return str(destination)


def check_headers(headers: Any) -> Json | None:
    if headers is None:
        return None
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise ApiError(422, "Headers must be an object of texts.", {"headers": "invalid"})
    return headers


def shape(hook: Json) -> Json:
    return {name: value for name, value in hook.items() if name != "status"}


@routes.on("GET", "/v3/hooks")
def list_hooks(call: Call) -> Response:
    found = own_hooks(call)
    if (active := call.flag("is_active")) is not None:
        found = [hook for hook in found if hook["is_active"] == active]
    for name in ("scope", "destination"):
        if wanted := call.arg(name):
            found = [hook for hook in found if hook[name] == wanted]
    limit, page = call.limit(), call.page()
    return page_answer([shape(one) for one in found[(page - 1) * limit : page * limit]], len(found), page, limit)


@routes.on("POST", "/v3/hooks")
def create_hook(call: Call) -> Response:
    sent = call.json_object()
    scope = str(sent.get("scope") or "")
    if not scope.startswith("store/"):
        raise ApiError(400, "The scope of a hook is missing or unknown.", {"scope": "invalid"})
    destination = check_destination(sent.get("destination"))
    same = [hook for hook in own_hooks(call) if hook["scope"] == scope]
    if any(hook["destination"] == destination for hook in same):
        raise ApiError(422, "This scope and destination are registered already.", {"destination": "duplicate"})
    if len(same) >= (1 if scope == EXCEPTION_SCOPE else MOST_PER_SCOPE):
        raise ApiError(422, f"No more hooks can be registered for {scope}.", {"scope": "too many"})
    now = call.shop.now
    hook = {
        "id": call.shop.next_id("hook"),
        "client_id": call.account.client_id,
        "store_hash": call.shop.hash,
        "created_at": now,
        "updated_at": now,
        "scope": scope,
        "destination": destination,
        "is_active": bool(sent.get("is_active", True)),
        "headers": check_headers(sent.get("headers")),
    }
    return data_answer(shape(call.shop.put("hook", hook)))


def _find(call: Call, number: int) -> Json:
    found = next((hook for hook in own_hooks(call) if hook["id"] == number), None)
    if found is None:
        raise ApiError(404, f"Hook {number} was not found.")
    return found


@routes.on("GET", "/v3/hooks/<int:number>")
def get_hook(call: Call, number: int) -> Response:
    return data_answer(shape(_find(call, number)))


@routes.on("PUT", "/v3/hooks/<int:number>")
def update_hook(call: Call, number: int) -> Response:
    hook = _find(call, number)
    sent = call.json_object()
    if "destination" in sent:
        hook["destination"] = check_destination(sent["destination"])
    if "headers" in sent:
        hook["headers"] = check_headers(sent["headers"])
    if "scope" in sent:
        hook["scope"] = str(sent["scope"])
    if "is_active" in sent:
        hook["is_active"] = bool(sent["is_active"])
        hook.pop("status", None)
    hook["updated_at"] = call.shop.now
    return data_answer(shape(call.shop.put("hook", hook)))


@routes.on("DELETE", "/v3/hooks/<int:number>")
def delete_hook(call: Call, number: int) -> Response:
    hook = _find(call, number)
    call.shop.remove("hook", number)
    return data_answer(shape(hook))


@routes.on("GET", "/v3/hooks/admin")
def hooks_admin(call: Call) -> Response:
    hooks = [
        {**shape(hook), "status": hook.get("status") or ("active" if hook["is_active"] else "inactive")}
        for hook in own_hooks(call)
    ]
    if (active := call.flag("is_active")) is not None:
        hooks = [hook for hook in hooks if hook["is_active"] == active]
    pagination = {"total": len(hooks), "count": len(hooks), "per_page": 50, "current_page": 1, "total_pages": 1}
    emails = call.shop.settings.get("hook_emails", [])
    body = {"emails": emails, "hooks_list": hooks, "blocked_domains": []}
    return answer({"data": body, "meta": {"pagination": {**pagination, "links": {"current": "?page=1&limit=50"}}}})


@routes.on("PUT", "/v3/hooks/admin")
def update_hooks_admin(call: Call) -> Response:
    emails = [str(entry) for entry in call.json_object().get("emails") or []]
    call.shop.save_settings(hook_emails=emails)
    return empty()
