"""What the scenarios with a store share: a sandbox process, orders placed in it, a dump of every table."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import models

from catalog import models as catalog_models
from channels import models as channel_models
from inventory import models as inventory_models
from orders import models as order_models
from tests.conftest import ROOT
from tests.crash.dump import canonical
from tests.flows.setting import DEMO, KONTOR
from tests.sandbox.patience import be_patient
from tests.sandbox.woo_client import WooClient


class Sandbox:
    """The sandbox as a process of its own; its file can be put back while it runs."""

    def __init__(self) -> None:
        self.file = Path(os.environ["CRASH_FOLDER"]) / "sandbox.sqlite3"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self.url}/_control{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def follow_clock(self) -> None:
        """The store's clock goes with ours, wherever a test has set it: requests may be signed with the time."""
        state = self.control("PUT", "/clock", {"offset_seconds": 0})
        self.control("PUT", "/clock", {"offset_seconds": time.time() - state["now"]})

    def keep(self) -> None:
        self._copy(self.file, self.file.with_suffix(".kept"))

    def restore(self) -> None:
        self._copy(self.file.with_suffix(".kept"), self.file)

    def _copy(self, source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--data", str(self.file)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            self._await_answer()
            self.control("PATCH", f"/stores/{DEMO}", {"rate_quota": 1_000_000})
            yield
        finally:
            process.terminate()
            process.wait(10)

    def _await_answer(self) -> None:
        for _ in range(100):
            try:
                self.control("GET", "/state")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the sandbox does not answer")


sandbox = Sandbox()


@contextmanager
def surroundings() -> Iterator[None]:
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = sandbox.url
    with sandbox.running(), pytest.MonkeyPatch.context() as patch:
        be_patient(patch)
        yield


def stores() -> list[Sandbox]:
    return [sandbox]


def order(lines: Sequence[tuple[str, int]], *, store: str = DEMO, **more: Any) -> str:
    """Place an order in the store; its id."""
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], **more}
    return str(sandbox.control("POST", f"/stores/{store}/orders", body)["ids"][0])


def level(sku: str) -> int:
    """What the WooCommerce store has of it."""
    client = WooClient(sandbox, KONTOR)  # type: ignore[arg-type]
    return client.level(sku)


# Said differently by each run: attempts, claims, cursors, and counters that only refuse stale pages.
_WITHOUT = {
    "ChannelSettings",
    "ChangeMark.remote_version",
    "CapturedOrder.claim_token",
    "CapturedOrder.revision",
    "Channel.lease_token",
    "Channel.credentials",
    "Channel.notice_token",
    "SyncJob.attempts",
    "SyncJob.stops",
    "Listing.fingerprint",  # empty: the next download looks at the product again
    "User.password",
}


def dump() -> list[str]:
    """Every table of ours; ids, clock and attempts do not count."""
    tables: list[type[models.Model]] = []
    for module in (inventory_models, channel_models, catalog_models, order_models):
        names = getattr(module, "__all__", dir(module))
        found = [getattr(module, name) for name in names]
        tables += [model for model in found if isinstance(model, type) and issubclass(model, models.Model)]
    concrete = [model for model in dict.fromkeys(tables) if not model._meta.abstract]
    return canonical(concrete, without=_WITHOUT)


def check() -> None:
    call_command("audit_stock", stdout=StringIO())
