"""The WSGI application: which platform an address belongs to, and what goes wrong on the way there."""

import json
import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from sandbox.bigcommerce.platform import BigCommerce
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.exchanges import Exchange
from sandbox.faults import Fault, with_unknown_fields
from sandbox.pages.index import Index
from sandbox.platforms import Platform
from sandbox.woocommerce.platform import WooCommerce
from sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PLATFORMS: tuple[type[Platform], ...] = (BigCommerce, WooCommerce)
HTML_PAGE = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Back soon</h1></body></html>"
WAF_PAGE = (
    "<!DOCTYPE html><html><head><title>Attention Required!</title></head>"
    "<body><h1>Sorry, you have been blocked</h1><p>Checking your browser before accessing this site.</p></body></html>"
)
PHP_NOTICE = (
    "<br />\n<b>Notice</b>:  Function _load_textdomain_just_in_time was called <strong>incorrectly</strong>. "
    "in <b>/var/www/html/wp-includes/functions.php</b> on line <b>6121</b><br />\n"
)
TOTALS = ("X-WP-Total", "X-WP-TotalPages")


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class SandboxApp:
    def __init__(self, world: World) -> None:
        self.world = world
        self.control = Control(world)
        self.index = Index(world)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.respond(request)
        except Dropped:
            close_connection(environ)
            response = Response(status=500)
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        for platform in self.world.platforms.values():
            if (found := platform.route(request)) is not None:
                return self.api(platform, request, *found)
        first = request.path.split("/")[1]
        if first == "_control":
            return self.control.respond(request)
        for platform in self.world.platforms.values():
            if first == platform.prefix:
                return platform.pages.respond(request)
        return self.index.respond(request)

    def api(self, platform: Platform, request: Request, store: str, path: str) -> Response:
        """One API request: faults, the platform's own work, and its line in the log."""
        started, starts = time.monotonic(), self.world.starts
        fault = self.world.faults.next_for(store, request.method, path)
        response: Response | None = None
        try:
            response = platform.serve(
                store, path, fault, lambda: self._with_fault(platform, request, store, path, fault)
            )
            return response
        finally:
            if starts == self.world.starts:
                self._log(platform, request, store, path, response=response, fault=fault, started=started)

    def _with_fault(self, platform: Platform, request: Request, store: str, path: str, fault: Fault | None) -> Response:
        if fault is None:
            return platform.dispatch(request, store, path)
        if fault.kind == "slow":
            self._wait(fault.seconds)
        if fault.kind == "drop_before":
            raise Dropped
        if (instead := answer_instead(platform, path, fault)) is not None:
            return instead
        response = platform.dispatch(request, store, path)
        if fault.kind == "drop_after":
            raise Dropped
        if fault.kind == "late":
            self._wait(fault.seconds)
        spoil(response, fault)
        return response

    def _wait(self, seconds: float) -> None:
        """Sleep; a request that slept through a new start does nothing in the new world."""
        starts = self.world.starts
        time.sleep(seconds)
        if starts != self.world.starts:
            raise Dropped

    def _log(
        self,
        platform: Platform,
        request: Request,
        store: str,
        path: str,
        *,
        response: Response | None,
        fault: Fault | None,
        started: float,
    ) -> None:
        exchange = Exchange(
            id=0,
            platform=platform.slug,
            store=store,
            method=request.method,
            path=path,
            query=platform.logged_query(request),
            content_type=request.mimetype,
            body=request.get_data(as_text=True),
            status=response.status_code if response is not None else None,
            answer_type=response.mimetype if response is not None and response.mimetype else "",
            answer=response.get_data(as_text=True) if response is not None else "",
            milliseconds=round((time.monotonic() - started) * 1000),
            fault=fault.kind if fault is not None else "",
        )
        self.world.log.add(exchange)


def answer_instead(platform: Platform, path: str, fault: Fault) -> Response | None:
    """The answer of a fault that keeps the store from doing anything."""
    if fault.kind in ("error", "too_many", "overload"):
        return platform.failure(429 if fault.kind != "error" else fault.status or 500, path)
    if fault.kind == "empty":
        response = Response(status=204)
        del response.headers["Content-Type"]
        return response
    if fault.kind == "bare_500":
        return Response("", status=500, content_type="text/html; charset=UTF-8")
    if fault.kind == "html":
        return Response(HTML_PAGE, status=fault.status or 200, content_type="text/html; charset=utf-8")
    if fault.kind == "waf":
        return Response(WAF_PAGE, status=fault.status or 403, content_type="text/html; charset=UTF-8")
    return None


def spoil(response: Response, fault: Fault) -> None:
    """Change an answer whose request is done."""
    data = response.get_data()
    if fault.kind == "unknown_fields" and data:
        response.set_data(json.dumps(with_unknown_fields(json.loads(data))))
    elif fault.kind == "malformed":
        response.set_data(data[: max(1, len(data) // 2)])
    elif fault.kind == "php_notice":
        response.set_data(PHP_NOTICE.encode() + data)
    elif fault.kind == "bom":
        response.set_data(b"\xef\xbb\xbf" + data)
    elif fault.kind == "wrong_totals":
        for name in TOTALS:
            if name in response.headers and fault.status == 0:
                del response.headers[name]
            elif name in response.headers:
                response.headers[name] = "1"


def close_connection(environ: "WSGIEnvironment") -> None:
    """Shut the socket down under the server; without a socket (a test client) the drop is raised."""
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is None:
        raise ConnectionAbortedError("The sandbox was told to close the connection.")
    connection.shutdown(socket.SHUT_RDWR)


def create_app(data_path: str = ":memory:", clock: Clock | None = None) -> SandboxApp:
    return SandboxApp(World(data_path, PLATFORMS, clock))
