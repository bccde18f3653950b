"""One API call and the table of routes that the resources register themselves in."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from sandbox.db import Database, Json
from sandbox.woocommerce.sites import Key, Site
from sandbox.woocommerce.wire import ApiError, Reply, no_route

LIST, READ, CREATE, EDIT, DELETE, BATCH = "list", "read", "create", "edit", "delete", "batch"
METHODS = {
    LIST: ("GET",),
    READ: ("GET",),
    CREATE: ("POST",),
    EDIT: ("POST", "PUT", "PATCH"),
    DELETE: ("DELETE",),
    BATCH: ("POST", "PUT", "PATCH"),
}
FORBIDDEN = {
    LIST: ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    READ: ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource."),
    CREATE: ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    EDIT: ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    DELETE: ("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource."),
    BATCH: ("woocommerce_rest_cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."),
}
TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass
class Call:
    """``route`` is the path below ``wp-json`` (``/wc/v3/products/11``), ``sent`` the body as an object."""

    site: Site
    request: Request
    key: Key | None
    method: str
    route: str
    sent: Json

    @property
    def db(self) -> Database:
        return self.site.db

    @property
    def url(self) -> str:
        return f"{self.site.rest_url}{self.route}"

    def get(self, name: str) -> Any:
        """A parameter of the body, else of the query; lists as PHP reads ``name[]``."""
        if self.sent.get(name) is not None:
            return self.sent[name]
        if name in self.request.args:
            return self.request.args[name]
        many = [value for key, value in self.request.args.items(multi=True) if key.partition("[")[0] == name]
        return many or None

    def text(self, name: str, default: str = "") -> str:
        found = self.get(name)
        return default if found is None else str(found)

    def flag(self, name: str) -> bool:
        found = self.get(name)
        return found if isinstance(found, bool) else str(found).lower() in TRUE

    def integer(self, name: str) -> int | None:
        found = self.get(name)
        if found is None or found == "":
            return None
        try:
            return int(str(found))
        except ValueError as error:
            raise invalid({name: ("rest_invalid_type", f"{name} is not of type integer.")}) from error

    def words(self, name: str) -> list[str]:
        found = self.get(name)
        parts = found if isinstance(found, list) else str(found or "").split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def integers(self, name: str) -> list[int]:
        try:
            return [int(word) for word in self.words(name)]
        except ValueError as error:
            raise invalid({name: ("rest_invalid_type", f"{name}[0] is not of type integer.")}) from error

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        found = self.text(name) or default
        if found not in choices:
            raise invalid({name: not_in_enum(name, choices)})
        return found

    def date(self, name: str) -> int | None:
        """A date filter's value, with WooCommerce's reading of ``dates_are_gmt``."""
        text = self.text(name)
        if not text:
            return None
        found = self.site.filter_moment(text, gmt=self.flag("dates_are_gmt"))
        if found is None:
            raise invalid({name: ("rest_invalid_date", "Invalid date.")})
        return found


Endpoint = Callable[..., Reply]


@dataclass(eq=False)
class Route:
    """All that one path offers, in the order in which the Allow header names it."""

    path: str
    since: str = ""
    public: bool = False
    base: str = "/wc/v3"
    handlers: list[tuple[str, Endpoint]] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        return list(dict.fromkeys(method for kind, _ in self.handlers for method in METHODS[kind]))

    def find(self, method: str) -> tuple[str, Endpoint]:
        """``GET`` also answers HEAD; of several handlers of POST the first one does."""
        wanted = "GET" if method == "HEAD" else method
        for kind, endpoint in self.handlers:
            if wanted in METHODS[kind]:
                return kind, endpoint
        raise no_route()


@dataclass
class Routes:
    """Routes of one resource below ``base``; another base than the plugin's own is there where a plugin adds it."""

    base: str = "/wc/v3"
    known: dict[str, Route] = field(default_factory=dict)

    def on(self, kind: str, path: str, *, since: str = "") -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            route = self.known.setdefault(path, Route(path, since, base=self.base))
            route.handlers.append((kind, endpoint))
            return endpoint

        return register


def route_map(resources: list[Routes]) -> Map:
    found = [route for resource in resources for route in resource.known.values()]
    return Map([Rule(f"{route.base}{route.path}", endpoint=route) for route in found], strict_slashes=False)


def forbidden(kind: str, *, known: bool) -> ApiError:
    """Nobody gets 401, somebody without the rights 403."""
    code, message = FORBIDDEN[kind]
    return ApiError(403 if known else 401, code, message)


def body_of(request: Request) -> Json:
    """The JSON or form that was sent, as an object; a list is kept under ``""``."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return {}
    if request.mimetype == "application/x-www-form-urlencoded":
        return dict(request.form.items())
    text = request.get_data(as_text=True)
    if not text.strip() or request.mimetype != "application/json":
        return {}
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        data = {"json_error_code": 4, "json_error_message": "Syntax error"}
        raise ApiError(400, "rest_invalid_json", "Invalid JSON body passed.", data) from error
    return found if isinstance(found, dict) else {"": found}


def invalid(problems: dict[str, tuple[str, str]]) -> ApiError:
    """``rest_invalid_param`` for these parameters: error code and message of each."""
    details = {name: _detail(name, *problem) for name, problem in problems.items()}
    params = {name: message for name, (_, message) in problems.items()}
    message = f"Invalid parameter(s): {', '.join(problems)}"
    return ApiError(400, "rest_invalid_param", message, {"params": params, "details": details})


def _detail(name: str, code: str, message: str) -> Json:
    parameter = message.split(" is not of type")[0] if code == "rest_invalid_type" else name
    data = {"param": parameter} if code == "rest_invalid_type" else None
    return {"code": code, "message": message, "data": data}


def not_in_enum(name: str, choices: tuple[str, ...]) -> tuple[str, str]:
    listed = ", ".join(choices[:-1]) + (f", and {choices[-1]}" if len(choices) > 2 else f" and {choices[-1]}")
    return "rest_not_in_enum", f"{name} is not one of {listed}."


def missing(*names: str) -> ApiError:
    return ApiError(
        400, "rest_missing_callback_param", f"Missing parameter(s): {', '.join(names)}", {"params": list(names)}
    )
