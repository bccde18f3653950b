"""The WSGI application: stores' API and pages, and the control API."""

import json
import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from sandbox import customers, reference
from sandbox.calls import Call, route_map
from sandbox.catalog import api_groups, api_products, api_variants
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.exchanges import Exchange
from sandbox.faults import Fault, with_unknown_fields
from sandbox.hooks import api as hooks_api
from sandbox.inventory import api as inventory_api
from sandbox.limits import Grant
from sandbox.orders import api_orders, api_payments, api_shipments
from sandbox.shops import Account, Shop
from sandbox.storefront.pages import Storefront
from sandbox.wire import NOT_FOUND, ApiError, empty
from sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NOUNS = (
    reference,
    customers,
    api_groups,
    api_products,
    api_variants,
    inventory_api,
    api_orders,
    api_shipments,
    api_payments,
    hooks_api,
)
HTML_PAGE = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Back soon</h1></body></html>"


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class SandboxApp:
    def __init__(self, world: World) -> None:
        self.world = world
        self.control = Control(world)
        self.storefront = Storefront(world)
        self._routes = route_map([noun.routes for noun in NOUNS])

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.respond(request)
        except Dropped:
            close_connection(environ)
            response = Response(status=500)
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        parts = request.path.split("/")
        if len(parts) > 3 and parts[1] == "stores" and parts[3] in ("v2", "v3"):
            return self.api(request, parts[2], "/" + "/".join(parts[3:]))
        if parts[1] == "_control":
            return self.control.respond(request)
        return self.storefront.respond(request)

    def api(self, request: Request, store: str, path: str) -> Response:
        """One API request: quota, faults, authentication, the noun's own work; and its line in the log."""
        started, starts = time.monotonic(), self.world.starts
        fault: Fault | None = None
        response: Response | None = None
        try:
            settings = self.world.settings(store) or {"rate_quota": 150, "rate_window_ms": 30000}
            grant = self.world.limits.take(store, settings)
            fault = self.world.faults.next_for(store, request.method, path)
            response = self._answer(request, store, path, grant, fault)
            return response
        finally:
            if starts == self.world.starts:
                self._log(request, store, path, response, fault, started)

    def _answer(self, request: Request, store: str, path: str, grant: Grant, fault: Fault | None) -> Response:
        if not grant.allowed:
            response = ApiError(429, "Too many requests: the quota of this window is used up.").answer(version_of(path))
        else:
            response = self._with_fault(request, store, path, fault)
        if fault is None or fault.kind != "overload":
            headers = grant.headers()
            if fault is not None and fault.kind == "too_many":
                headers["X-Rate-Limit-Requests-Left"] = "0"
                headers["X-Rate-Limit-Time-Reset-Ms"] = str(int(fault.seconds * 1000))
            response.headers.update(headers)
        return response

    def _with_fault(self, request: Request, store: str, path: str, fault: Fault | None) -> Response:
        kind = fault.kind if fault is not None else ""
        if fault is not None and kind == "slow":
            self._wait(fault.seconds)
        if fault is not None and kind in ("error", "too_many", "overload"):
            status = 429 if kind != "error" else fault.status or 500
            return ApiError(status, "The sandbox was told to fail.").answer(version_of(path))
        if kind == "drop_before":
            raise Dropped
        if kind == "empty":
            return empty()
        if fault is not None and kind == "html":
            return Response(HTML_PAGE, status=fault.status or 200, content_type="text/html; charset=utf-8")
        response = self._dispatch(request, store, path)
        if kind == "drop_after":
            raise Dropped
        if fault is not None and kind == "late":
            self._wait(fault.seconds)
        if kind == "unknown_fields" and response.get_data():
            response.set_data(json.dumps(with_unknown_fields(json.loads(response.get_data()))))
        if kind == "malformed":
            response.set_data(response.get_data()[: max(1, len(response.get_data()) // 2)])
        return response

    def _wait(self, seconds: float) -> None:
        """Sleep; a request that slept through a new start does nothing in the new world."""
        starts = self.world.starts
        time.sleep(seconds)
        if starts != self.world.starts:
            raise Dropped

    def _dispatch(self, request: Request, store: str, path: str) -> Response:
        version = version_of(path)
        try:
            shop = self.world.shop(store, request.host_url)
            account = authenticate(shop, request)
            try:
                target, values = self._routes.bind("sandbox").match(path, request.method)
            except NotFound as error:
                raise ApiError(404, NOT_FOUND) from error
            except MethodNotAllowed as error:
                raise ApiError(405, "The method is not allowed here.") from error
            endpoint, scope = target
            if not account.may(scope, request.method):
                raise ApiError(403, "You don't have a required scope to access the endpoint.")
            call = Call(shop, request, account, version)
            with self.world.db.transaction():
                found: Response = endpoint(call, **values)
            return found
        except ApiError as error:
            return error.answer(version)

    def _log(
        self,
        request: Request,
        store: str,
        path: str,
        response: Response | None,
        fault: Fault | None,
        started: float,
    ) -> None:
        exchange = Exchange(
            id=0,
            store=store,
            method=request.method,
            path=path,
            query=request.query_string.decode(),
            content_type=request.mimetype,
            body=request.get_data(as_text=True),
            status=response.status_code if response is not None else None,
            answer_type=response.mimetype if response is not None and response.mimetype else "",
            answer=response.get_data(as_text=True) if response is not None else "",
            milliseconds=round((time.monotonic() - started) * 1000),
            fault=fault.kind if fault is not None else "",
        )
        self.world.log.add(exchange)


def version_of(path: str) -> int:
    return 2 if path.startswith("/v2") else 3


def authenticate(shop: Shop, request: Request) -> Account:
    token = request.headers.get("X-Auth-Token", "")
    for account in shop.accounts():
        if token and account.token == token:
            return account
    raise ApiError(401, "The access token is missing or not valid for this store.")


def close_connection(environ: "WSGIEnvironment") -> None:
    """Shut the socket down under the server; without a socket (a test client) the drop is raised."""
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is None:
        raise ConnectionAbortedError("The sandbox was told to close the connection.")
    connection.shutdown(socket.SHUT_RDWR)


def create_app(data_path: str = ":memory:", clock: Clock | None = None) -> SandboxApp:
    return SandboxApp(World(data_path, clock))
