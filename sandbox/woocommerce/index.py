"""What the API says of itself: the site's index, a namespace's, and a route's answer to OPTIONS."""

import re
from datetime import datetime
from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.calls import METHODS, Route, Routes
from sandbox.woocommerce.catalog.fields import SCHEMA
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import Reply

CORE = ("oembed/1.0", "wc/v3", "wc/v1", "wc-admin", "wc-analytics", "wc/store", "wc/store/v1", "wc/v2", "wp/v2")
PAGING: Json = {
    "context": {"type": "string", "enum": ["view", "edit"], "default": "view", "required": False},
    "page": {"type": "integer", "default": 1, "minimum": 1, "required": False},
    "per_page": {"type": "integer", "default": 10, "minimum": 1, "maximum": 100, "required": False},
}


def site_index(site: Site) -> Reply:
    offset = datetime.fromtimestamp(site.now, site.zone).utcoffset()
    hours = (offset.total_seconds() if offset else 0) / 3600
    return Reply(
        {
            "name": site.settings["name"],
            "description": "",
            "url": site.url,
            "home": site.url,
            "gmt_offset": int(hours) if hours == int(hours) else hours,
            "timezone_string": site.settings["timezone"],
            "page_for_posts": 0,
            "page_on_front": 0,
            "show_on_front": "posts",
            "namespaces": [*CORE, *site.namespaces()],
            "authentication": {
                "application-passwords": {
                    "endpoints": {"authorization": f"{site.url}/wp-admin/authorize-application.php"}
                }
            },
            "routes": {
                "/": {
                    "namespace": "",
                    "methods": ["GET"],
                    "endpoints": [{"methods": ["GET"], "args": {"context": {"default": "view", "required": False}}}],
                    "_links": {"self": [{"href": f"{site.rest_url}/"}]},
                }
            },
            "site_logo": 0,
            "site_icon": 0,
            "site_icon_url": "",
            "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
        }
    )


def namespace_index(site: Site, resources: list[Routes]) -> Reply:
    known = [route for resource in resources for route in resource.known.values() if not route.since]
    known = [route for route in known if route.base == "/wc/v3"]
    routes: Json = {"/wc/v3": {"namespace": "wc/v3", "methods": ["GET"], "endpoints": endpoints_of(None)}}
    for route in known:
        routes[f"/wc/v3{pattern(route.path)}"] = {
            "namespace": "wc/v3",
            "methods": route.methods,
            "endpoints": endpoints_of(route),
        }
    links = {"up": [{"href": f"{site.rest_url}/"}]}
    return Reply({"namespace": "wc/v3", "routes": routes, "_links": links})


def pattern(path: str) -> str:
    """The route as WordPress writes it: ``(?P<id>[\\d]+)``."""
    numbers = re.sub(r"<int:(\w+)>", r"(?P<\1>[\\d]+)", path)
    return re.sub(r"(?<!P)<(\w+)>", r"(?P<\1>[\\w-]+)", numbers)


def endpoints_of(route: Route | None) -> list[Json]:
    if route is None:
        return [{"methods": ["GET"], "args": {"namespace": {"default": "wc/v3", "required": False}}}]
    return [{"methods": list(METHODS[kind]), "args": arguments(route, kind)} for kind, _ in route.handlers]


def arguments(route: Route, kind: str) -> Json:
    if kind == "list":
        return PAGING
    if kind not in ("create", "edit") or "products" not in route.path:
        return {}
    found: dict[str, Any] = {}
    for name, (type_name, choices) in SCHEMA.items():
        found[name] = {"type": type_name, "required": False, **({"enum": list(choices)} if choices else {})}
    return found


def options(site: Site, route: Route) -> Reply:
    links = {"self": [{"href": f"{site.api_url}{route.path}"}]}
    endpoints = endpoints_of(route)
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "title": route.path.split("/")[1], "type": "object"}
    body = {"namespace": "wc/v3", "methods": route.methods, "endpoints": endpoints, "schema": schema, "_links": links}
    return Reply(body)
