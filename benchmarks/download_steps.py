"""One step of the download's benchmark: `python -m benchmarks connect|download|fetch|push`.

The product's courtesy towards the store's host (a number of calls a minute) is switched off: it would hide the work.
SQLite maps no file: pages of a mapped file count as the process's memory, but are the system's.
"""

import json
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created

from benchmarks import lean_steps
from benchmarks.store import STORE
from catalog.models import ListingItem
from catalog.queries.activities import DOWNLOAD
from channels.enums import JobKind
from channels.models import Channel, ChannelSettings, SyncJob
from channels.outbox import mark
from channels.platforms.buckets import TokenBucket
from channels.platforms.woocommerce.signing import OAuthInQuery
from channels.services.activities import start_channel_run
from channels.services.connect import GoLive, connect_store
from channels.services.drain import drain_channel, has_due_work
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.flows import setting

_PAGES = Path(os.environ["BENCHMARK_FOLDER"]) / "pages.json"
_AROUND = ("/products/categories", "/settings/products")


class Watch:
    """Counts calls and statements of this process, and the time spent on calls."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.sending = 0.0
        self.statements = 0

    def install(self) -> None:
        send, watch = requests.Session.send, self

        def watched(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            started = time.perf_counter()
            answer = send(session, request, **kwargs)
            watch.sending += time.perf_counter() - started
            watch.urls.append(request.url or "")
            return answer

        requests.Session.send = watched  # type: ignore[method-assign]
        connection.execute_wrappers.append(self._count)

    def _count(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        return execute(sql, params, many, context)


def connect() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    setting.fill()
    platform = os.environ.get("BENCHMARK_PLATFORM", "woocommerce")
    setting.PLATFORMS[STORE] = platform
    channel = connect_store(
        platform, way="keys", fields=setting.credentials(STORE), go_live=GoLive(), user=None, now=datetime.now(UTC)
    )
    setting.set_up(channel, update_stock=False, import_opening_stock=False)
    setting.settle()
    return {}


def download() -> dict[str, Any]:
    def begin(channel: Channel) -> None:
        start_channel_run(channel, kind=DOWNLOAD, title="Download", user=None, now=datetime.now(UTC))

    watch, found = _watched(begin)
    _PAGES.write_text(json.dumps(watch.urls))
    calls = [url for url in watch.urls if not any(path in url for path in _AROUND)]
    return {**found, "calls": len(calls), "items": ListingItem.objects.count()}


def record() -> dict[str, Any]:
    """The same, and its pages are kept."""
    pages = lean_steps.keep_pages()
    found = download()
    lean_steps.save_pages(pages)
    return found


def again() -> dict[str, Any]:
    """Once more, with nothing changed: which tables were written, besides those of the activity itself."""
    watch = Writes()
    found = download()
    return {**found, "written": sorted(watch.tables - _OF_ACTIVITY)}


class Writes:
    """Tables that statements write to from now on."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        connection.execute_wrappers.append(self._note)

    def _note(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _WRITES.match(sql):
            self.tables.add(found.group(1))
        return execute(sql, params, many, context)


_WRITES = re.compile(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "(\w+)"')
_OF_ACTIVITY = {"inventory_run", "channels_syncjob", "channels_changemark", "channels_channel", "django_q_ormq"}


def push() -> dict[str, Any]:
    def begin(channel: Channel) -> None:
        now = datetime.now(UTC)
        ChannelSettings.objects.filter(channel=channel).update(update_stock=True, stock_preview_confirmed_at=now)
        mark([channel.pk], kind=JobKind.STOCK, keys=["all/start"])

    watch, found = _watched(begin)
    items = ListingItem.objects.exclude(pushed_quantity=None).count()
    return {**found, "calls": len(watch.urls), "items": items}


def fetch() -> dict[str, Any]:
    """The floor of a download: its pages, fetched and parsed."""
    pages = [_unsigned(url) for url in json.loads(_PAGES.read_text())]
    session, sign = requests.Session(), OAuthInQuery(CONSUMER_KEY, CONSUMER_SECRET)
    started = time.perf_counter()
    for page in pages:
        json.loads(session.get(page, auth=sign, timeout=60).content, parse_float=Decimal)
    return {"milliseconds": (time.perf_counter() - started) * 1000}


def _watched(begin: Callable[[Channel], None]) -> tuple[Watch, dict[str, Any]]:
    """Everything that is due after `begin`, as a worker does it."""
    channel, watch = Channel.objects.get(), Watch()
    watch.install()
    started = time.perf_counter()
    begin(channel)
    while has_due_work(channel.pk, now=datetime.now(UTC)):
        drain_channel(channel.pk)
    took = time.perf_counter() - started
    assert not SyncJob.objects.exists(), list(SyncJob.objects.values("kind", "key", "message"))
    return watch, {
        "milliseconds": took * 1000,
        "sending": watch.sending * 1000,
        "statements": watch.statements,
        "peak_mib": _peak_kib() / 1024,
    }


def _peak_kib() -> int:
    """Of this program alone: what `getrusage` says begins with the size of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


def _unsigned(url: str) -> str:
    base, _mark, query = url.partition("?")
    return f"{base}?{'&'.join(part for part in query.split('&') if not part.startswith('oauth_'))}"


def _map_no_file(connection: Any, **_kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA mmap_size=0")


STEPS = {
    "connect": connect,
    "download": download,
    "record": record,
    "again": again,
    "lean": lean_steps.lean,
    "reading": lean_steps.reading,
    "fetch": fetch,
    "push": push,
}


def run(name: str) -> None:
    """Prints what it measured as the last line."""
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = os.environ["BENCHMARK_STORE"]
    TokenBucket.take = lambda _bucket: 0.0  # type: ignore[method-assign]
    connection_created.connect(_map_no_file)
    print(json.dumps(STEPS[name]()))
