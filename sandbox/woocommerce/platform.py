"""WooCommerce in the sandbox: where a site's API is found, who may use it, the table of routes."""

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from sandbox.db import Json
from sandbox.faults import Fault
from sandbox.platforms import Platform
from sandbox.stores import Store
from sandbox.woocommerce import index
from sandbox.woocommerce.authentication import Nonces, identify
from sandbox.woocommerce.calls import LIST, Call, Route, body_of, forbidden, route_map
from sandbox.woocommerce.catalog import tables as catalog_tables
from sandbox.woocommerce.control import SiteActions
from sandbox.woocommerce.founding import found_site
from sandbox.woocommerce.hooks.courier import HookCourier
from sandbox.woocommerce.lists import only_fields
from sandbox.woocommerce.orders import tables as order_tables
from sandbox.woocommerce.resources import RESOURCES
from sandbox.woocommerce.seed.fills import FILLS
from sandbox.woocommerce.sites import DEFAULT_SETTINGS, Key, Listener, Site
from sandbox.woocommerce.storefront.pages import Storefront
from sandbox.woocommerce.wire import NO_CACHE, ApiError, Reply, no_route, respond

if TYPE_CHECKING:
    from sandbox.world import World

SECRET_PARAMETERS = frozenset({"consumer_key", "consumer_secret", "oauth_signature"})
NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>Page not found</title></head><body><h1>404</h1></body></html>"


class WooCommerce(Platform):
    slug = "woocommerce"
    schema = catalog_tables.SCHEMA + order_tables.SCHEMA
    tables = catalog_tables.TABLES + order_tables.TABLES
    prefix = "woo"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self.actions, self.seeds = SiteActions(), FILLS
        self.pages = Storefront(world)
        self.nonces = Nonces()
        self.courier = HookCourier(world.db, world.deliveries, self._named)
        self.listeners: list[Listener] = [self.courier.notify]
        self._routes = route_map(RESOURCES)

    def route(self, request: Request) -> tuple[str, str] | None:
        """Both ways in: ``wp-json`` (also behind ``index.php``) and ``?rest_route=`` of the site's root."""
        parts = request.path.split("/")
        if len(parts) < 3 or parts[1] != self.prefix or not parts[2]:
            return None
        rest = [part for part in parts[3:] if part]
        if rest[:1] == ["index.php"]:
            rest = rest[1:]
        if rest[:1] == ["wp-json"]:
            return parts[2], "/" + "/".join(rest[1:])
        if not rest and "rest_route" in request.args:
            return parts[2], request.args["rest_route"]
        return None

    def logged_query(self, request: Request) -> str:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name not in SECRET_PARAMETERS]
        return urlencode(kept)

    def serve(self, store: str, path: str, fault: Fault | None, handle: Callable[[], Response]) -> Response:
        """The plugin has no quota; where the host has one, it says how long to wait."""
        response = handle()
        if fault is not None and fault.kind == "too_many":
            response.headers["Retry-After"] = str(math.ceil(fault.seconds))
        return response

    def dispatch(self, request: Request, store: str, path: str) -> Response:
        settings = self.world.settings(store)
        if settings is None or settings.get("platform") != self.slug:
            return Response(NOT_FOUND_PAGE, status=404, content_type="text/html; charset=UTF-8")
        site = self.open(store, settings, request.host_url.rstrip("/"))
        if (elsewhere := moved(site, request)) is not None:
            return elsewhere
        if not reachable(site, request):
            return Response(NOT_FOUND_PAGE, status=404, content_type="text/html; charset=UTF-8")
        headers: dict[str, str] = {}
        try:
            reply = self._reply(site, request, path, headers)
        except ApiError as error:
            reply = Reply(error.body(), error.status, {"Allow": ""} if error.early else {})
        return respond(reply.body, reply.status, {**headers, **reply.headers}, site.rest_url)

    def _reply(self, site: Site, request: Request, path: str, headers: dict[str, str]) -> Reply:
        """``headers`` gathers what the answer has also when it is a refusal."""
        method = overridden(request)
        if path in ("/", ""):
            headers["Allow"] = "GET"
            return index.site_index(site)
        key = self._key(site, request, path, method)
        headers.update(NO_CACHE if key is not None else {"Vary": "Origin"})
        if path.rstrip("/") == "/wc/v3":
            headers["Allow"] = "GET"
            return index.namespace_index(site, RESOURCES)
        route, values = self._match(site, path)
        if method == "OPTIONS":
            headers["Allow"] = ", ".join(route.methods)
            return index.options(site, route)
        kind, endpoint = route.find(method)
        if key is None or not key.of_staff:
            raise forbidden(kind, known=key is not None)
        headers["Allow"] = ", ".join(route.methods)
        call = Call(site, request, key, method, path, body_of(request))
        with self.world.db.transaction():
            reply = endpoint(call, **values)
        single = kind != LIST or not isinstance(reply.body, list)
        return Reply(only_fields(reply.body, call.words("_fields"), single=single), reply.status, reply.headers)

    def _key(self, site: Site, request: Request, path: str, method: str) -> Key | None:
        """Keys count only where the address itself holds ``wp-json/wc/``."""
        if "/wp-json/wc" not in request.path:
            return None
        return identify(site, request, self.nonces, secure=site.is_ssl, method=method)

    def _match(self, site: Site, path: str) -> tuple[Route, Json]:
        try:
            route, values = self._routes.bind("sandbox").match(path, "GET")
        except NotFound as error:
            raise no_route() from error
        if route.base != "/wc/v3" and route.base.strip("/") not in site.namespaces():
            raise no_route()
        if route.since and not site.has(route.since):
            raise no_route()
        return route, dict(values)

    def failure(self, status: int, path: str) -> Response:
        code = "too_many_requests" if status == 429 else "internal_server_error"
        body = {"code": code, "message": "The sandbox was told to fail.", "data": {"status": status}}
        return respond(body, status, {}, "")

    def defaults(self) -> Json:
        found: Json = json.loads(json.dumps(DEFAULT_SETTINGS))
        return found

    def open(self, name: str, settings: Json, base_url: str) -> Site:
        """Settings that came after the store was made have their defaults."""
        known = {**self.defaults(), **settings}
        return Site(self.world.db, self.world.clock, name, known, base_url, self.listeners)

    def found(self, store: Store) -> None:
        if isinstance(store, Site):
            found_site(store)

    def counts(self, name: str) -> dict[str, int]:
        count = "SELECT COUNT(*) FROM woo_product WHERE store = ? AND type"
        return {
            "product": self.world.db.number(f"{count} <> 'variation'", name),
            "variant": self.world.db.number(f"{count} = 'variation'", name),
            "orders": self.world.db.number("SELECT COUNT(*) FROM woo_order WHERE store = ?", name),
        }

    def restart(self) -> None:
        self.nonces.clear()
        self.courier.restart()

    def _named(self, store: str, base_url: str) -> Site | None:
        settings = self.world.settings(store)
        if settings is None or settings.get("platform") != self.slug:
            return None
        return self.open(store, settings, base_url)


def overridden(request: Request) -> str:
    """The method meant: a header or ``_method`` may replace POST."""
    if request.method != "POST":
        return request.method
    wanted = request.args.get("_method") or request.headers.get("X-HTTP-Method-Override") or "POST"
    return wanted.upper()


def moved(site: Site, request: Request) -> Response | None:
    """301 to where the site has moved, path and query kept."""
    target = str(site.settings["redirect_to"]).rstrip("/")
    if not target:
        return None
    query = request.query_string.decode()
    address = target + request.path.removeprefix(f"/woo/{site.name}") + (f"?{query}" if query else "")
    return Response("", status=301, headers={"Location": address}, content_type="text/html; charset=UTF-8")


def reachable(site: Site, request: Request) -> bool:
    """Whether the web server hands the address to WordPress: ``wp-json`` needs rewriting, ``index.php`` does not."""
    permalinks = site.settings["permalinks"]
    below = request.path.removeprefix(f"/woo/{site.name}")
    if below.startswith("/index.php/"):
        return bool(permalinks != "plain")
    return bool(permalinks == "pretty" or "rest_route" in request.args)
