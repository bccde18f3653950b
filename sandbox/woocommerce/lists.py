"""Lists: paging and its headers, ordering, ``_fields``, links between objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from sandbox.db import Json
from sandbox.woocommerce.calls import Call, invalid
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import Reply

MOST_PER_PAGE = 100
ITEM = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Page:
    number: int
    size: int
    offset: int

    def of(self, rows: Sequence[Any]) -> list[Any]:
        return list(rows[self.offset : self.offset + self.size])

    @property
    def sql(self) -> str:
        return f"LIMIT {self.size} OFFSET {self.offset}"


def page_of(call: Call) -> Page:
    size = call.integer("per_page")
    if size is not None and not 1 <= size <= MOST_PER_PAGE:
        text = f"per_page must be between 1 (inclusive) and {MOST_PER_PAGE} (inclusive)"
        raise invalid({"per_page": ("rest_out_of_bounds", text)})
    number = call.integer("page")
    if number is not None and number < 1:
        raise invalid({"page": ("rest_out_of_bounds", "page must be greater than or equal to 1")})
    size, number = size or 10, number or 1
    offset = call.integer("offset")
    return Page(number, size, offset if offset is not None else (number - 1) * size)


def listed(call: Call, shapes: Sequence[Any], total: int, page: Page, defaults: dict[str, str] | None = None) -> Reply:
    """One page with its totals and its links to the pages beside it; some lists add their defaults to those."""
    pages = -(-total // page.size)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    links = []
    if page.number > 1 and pages:
        links.append(f'<{_page_url(call, min(page.number - 1, pages), defaults)}>; rel="prev"')
    if page.number < pages:
        links.append(f'<{_page_url(call, page.number + 1, defaults)}>; rel="next"')
    if links:
        headers["Link"] = ", ".join(links)
    return Reply(list(shapes), headers=headers)


def listed_all(call: Call, shapes: Sequence[Any]) -> Reply:
    """A short list that is cut into pages here."""
    page = page_of(call)
    return listed(call, page.of(shapes), len(shapes), page)


def _page_url(call: Call, number: int, defaults: dict[str, str] | None) -> str:
    """The same query with another page; secrets of the query are left out as the plugin does."""
    values = {}
    for name, value in call.request.args.items():
        if name in ("consumer_key", "consumer_secret", "rest_route") or name.startswith("oauth_"):
            continue
        values[name] = "1" if value == "true" else "0" if value == "false" else value
    values = {**values, **{name: text for name, text in (defaults or {}).items() if name not in values}}
    values["page"] = str(number)
    return f"{call.url}?" + "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in values.items())


def unstable(column: str, order: str, page: Page) -> str:
    """ORDER BY without a tie-breaker: rows of the same second come in another order on every page."""
    shuffled = f"((id * 7919 + {page.offset * 104729 + page.size}) % 1009)"
    return f"ORDER BY {column} {order}, {shuffled}"


def only_fields(body: Any, wanted: list[str], *, single: bool) -> Any:
    """``_fields``: nested names reach into objects, not through arrays; one object keeps its links."""
    if not wanted:
        return body
    if isinstance(body, list):
        return [only_fields(entry, wanted, single=False) for entry in body]
    if not isinstance(body, dict):
        return body
    found = _picked(body, wanted)
    if single and "_links" in body:
        found["_links"] = body["_links"]
    return found


def _picked(body: Json, wanted: list[str]) -> Json:
    found: Json = {}
    for name, value in body.items():
        below = [each.split(".", 1)[1] for each in wanted if each.startswith(f"{name}.")]
        if name in wanted:
            found[name] = value
        elif below and isinstance(value, dict) and (inner := _picked(value, below)):
            found[name] = inner
    return found


def links(site: Site, path: str, number: int | str, *, allow: Sequence[str] = ITEM, up: str = "") -> Json:
    """``_links`` of an object of the collection at ``path`` (below ``/wc/v3``)."""
    collection = f"{site.api_url}{path}"
    self_link: Json = {"href": f"{collection}/{number}"}
    if site.has("9.0"):
        self_link["targetHints"] = {"allow": list(allow)}
    found: Json = {"self": [self_link], "collection": [{"href": collection}]}
    if up:
        found["up"] = [{"href": f"{site.api_url}{up}"}]
    return found


def created(site: Site, path: str, shape: Json, status: int = 201) -> Reply:
    return Reply(shape, status, {"Location": f"{site.api_url}{path}/{shape.get('id', shape.get('slug'))}"})
