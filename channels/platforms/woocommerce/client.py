"""WooCommerce's REST API as it is: paths, paging, batches, versions. JSON in and out; knows no dataclass of ours.

Lists are always asked for in order of id: by date, rows of the same second are lost between
pages (seen on 6.9.4 and 10.0.2).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from channels.errors import InDoubt, MalformedResponse, Redirected, RemoteNotFound
from channels.platforms.batches import comma
from channels.platforms.http import StoreHttp, unreadable
from channels.platforms.woocommerce.pace import Pace

Json = dict[str, Any]

API = "/wc/v3"
PAGE = 100
"""Most rows of a list page."""
BATCH = 100
"""Most changes of a batch."""
STATUS_FIELDS = ",".join(
    [f"environment.{name}" for name in ("version", "wp_version", "home_url", "site_url", "store_id")]
    + ["settings.currency"]
)
BY_ID = {"orderby": "id", "order": "asc"}
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows of a list. `total` and `pages` are what the headers say; None where they say nothing."""

    rows: list[Json]
    total: int | None = None
    pages: int | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why one entry of a batch was refused. `resource`: the remote id of what stands in the way."""

    code: str
    message: str
    resource: str = ""


def version_of(text: str) -> tuple[int, int]:
    """(major, minor) of "10.0.2" or "5.8-beta.1"; (0, 0) for nothing readable."""
    numbers = [int(number) for number in _NUMBER.findall(text)[:2]]
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (0, 0)


class Client:
    """One store's API. `http.base_url` is the address that `/wc/v3` is appended to.

    `version`: WooCommerce's, as far as connecting found it out; "" is taken for one that has everything but the newest.
    `pace`: how many rows or changes the store's host bears in one call.
    """

    def __init__(self, http: StoreHttp, *, version: str = "", pace: Pace | None = None) -> None:
        self.http = http
        self.version = version
        self.pace = pace or Pace()

    def is_at_least(self, major: int, minor: int) -> bool:
        """Whether the store's WooCommerce is known to be of this version or newer."""
        return version_of(self.version) >= (major, minor)

    def is_older_than(self, major: int, minor: int) -> bool:
        """Whether it is known to be older; an unknown version is not."""
        return (0, 0) < version_of(self.version) < (major, minor)

    # -- calls

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self.http.request("GET", f"{API}{path}", params=params)

    def get_or_none(self, path: str, params: Mapping[str, Any] | None = None) -> Json | None:
        """None only when the store says that it is gone."""
        try:
            found = self.get(path, params)
        except RemoteNotFound:
            return None
        return an_object(found, path)

    def post(self, path: str, body: Any) -> Json:
        return an_object(self.http.request("POST", f"{API}{path}", body=body), path)

    def put(self, path: str, body: Any) -> Json:
        """By POST, which means the same here, where something in front of the store lets no PUT through."""
        try:
            return an_object(self.http.request("PUT", f"{API}{path}", body=body), path)
        except Redirected:
            raise
        except MalformedResponse:
            return self.post(path, body)

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """As `put`; POST has to say what it means."""
        try:
            return an_object(self.http.request("DELETE", f"{API}{path}", params=params), path)
        except Redirected:
            raise
        except MalformedResponse:
            meant = {**(params or {}), "_method": "DELETE"}
            return an_object(self.http.request("POST", f"{API}{path}", params=meant), path)

    # -- lists

    def page(self, path: str, params: Mapping[str, Any]) -> Page:
        """One page of a list, just as `params` ask for it."""
        answer = self.http.answer("GET", f"{API}{path}", params=params)
        return Page(
            rows=objects(answer.body, path),
            total=_count(answer.headers.get("X-WP-Total")),
            pages=_count(answer.headers.get("X-WP-TotalPages")),
        )

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[list[Json]]:
        """All pages in order of id, until one is empty, or short without a header that promises more."""
        number, size = 1, self.pace.size(PAGE)
        while True:
            found = self.sized_page(path, {**BY_ID, **(params or {}), "page": number}, size)
            if found.rows:
                yield found.rows
            if not found.rows or (len(found.rows) < size and (found.pages or 0) <= number):
                return
            number += 1

    def sized_page(self, path: str, params: Mapping[str, Any], size: int) -> Page:
        """A page of so many rows. A time-out makes the next ones smaller, whoever asks."""
        try:
            found = self.page(path, {**params, "per_page": size})
        except InDoubt:
            self.pace.slower(size)
            raise
        self.pace.went_well(PAGE)
        return found

    def included(self, path: str, ids: Iterable[str | int], *, fields: str) -> dict[str, Json]:
        """Rows of these ids by id, those that the list has. Ids that are no numbers are nobody's."""
        numbers = sorted({int(number) for number in ids if str(number).isdecimal()})
        found: dict[str, Json] = {}
        while numbers:
            size = self.pace.size(PAGE)
            part, numbers = numbers[:size], numbers[size:]
            params = {**BY_ID, "include": comma(part), "_fields": fields}
            found.update((str(row.get("id")), row) for row in self.sized_page(path, params, size).rows)
        return found

    def all(self, path: str, params: Mapping[str, Any] | None = None) -> list[Json]:
        """A whole list in order of id; rows that come twice are one."""
        found: dict[Any, Json] = {}
        for rows in self.pages(path, params):
            before = len(found)
            found.update((row.get("id"), row) for row in rows)
            if len(found) == before:
                break  # a list that does not know pages
        return list(found.values())

    def whole(self, path: str, params: Mapping[str, Any] | None = None) -> list[Json]:
        """A list that WooCommerce gives without pages (tax classes, payment gateways, settings)."""
        return objects(self.get(path, params), path)

    # -- who

    def index(self, *, fields: str) -> Json:
        """WordPress's own words about the site. Answered without keys too."""
        return an_object(self.http.request("GET", "/", params={"_fields": fields}), "/")

    def system_status(self) -> Json:
        """What is needed of it, by name: for its whole environment WooCommerce calls two servers on the internet first.

        That takes 15 seconds where a firewall keeps it from them. WordPress before 5.3 knows no names within a part.
        """
        found = self.get("/system_status", {"_fields": STATUS_FIELDS})
        if isinstance(found, dict) and found.get("environment"):  # PHP writes an empty object as a list
            return found
        return an_object(self.get("/system_status", {"_fields": "environment,settings"}), "/system_status")

    def settings(self, group: str) -> dict[str, Any]:
        """Values of a group of settings by id."""
        rows = self.whole(f"/settings/{group}", {"_fields": "id,value"})
        return {str(row.get("id")): row.get("value") for row in rows}

    # -- batches

    @property
    def batch_size(self) -> int:
        return self.pace.size(BATCH)

    def batch(
        self, path: str, *, create: Sequence[Json] = (), update: Sequence[Json] = ()
    ) -> tuple[list[Json | Failure], list[Json | Failure]]:
        """Answers in the order of what was sent: (created, updated). Never deletes: a batch does so for good.

        At most `batch_size` changes; after a time-out that is fewer. Raises InDoubt then: any of them may be applied.
        """
        body = {name: list(rows) for name, rows in (("create", create), ("update", update)) if rows}
        if not body:
            return [], []
        try:
            found = self.post(f"{path}/batch", body)
        except InDoubt:
            self.pace.slower(len(create) + len(update))
            raise
        self.pace.went_well(BATCH)
        return (
            _entries(found.get("create"), len(create), path),
            _entries(found.get("update"), len(update), path),
        )

    def delete_for_good(self, path: str, ids: Sequence[int]) -> list[Json | Failure]:
        """A batch that removes, in the order of `ids`, past the trash."""
        found = self.post(f"{path}/batch", {"delete": list(ids)})
        return _entries(found.get("delete"), len(ids), path)


def utc_text(moment: datetime) -> str:
    """A date filter's value; goes with `dates_are_gmt=true`, and must not name its zone then.

    With one, the store takes it for its own time and compares that with UTC (seen on 6.9.4 and 10.0.2).
    """
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def _entries(rows: Any, sent: int, path: str) -> list[Json | Failure]:
    found = objects(rows or [], path)
    if len(found) != sent:
        raise unreadable(f"{path}: {len(found)} answers to {sent} changes")
    return [_entry(row) for row in found]


def _entry(row: Json) -> Json | Failure:
    error = row.get("error")
    if not isinstance(error, Mapping):
        return row
    data = error.get("data")
    resource = data.get("resource_id") if isinstance(data, Mapping) else None
    return Failure(
        code=str(error.get("code") or ""),
        message=str(error.get("message") or error.get("code") or ""),
        resource=str(resource) if resource else "",
    )


def _count(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None


def objects(rows: Any, path: str) -> list[Json]:
    """A list of JSON objects, or MalformedResponse. PHP writes a list with gaps as an object of numbered entries."""
    if isinstance(rows, dict) and rows and all(str(key).isdecimal() for key in rows):
        rows = list(rows.values())
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unreadable(f"{path}: no list of objects")
    return rows


def an_object(found: Any, path: str) -> Json:
    """A JSON object, or MalformedResponse."""
    if not isinstance(found, dict):
        raise unreadable(f"{path}: no object")
    return found
