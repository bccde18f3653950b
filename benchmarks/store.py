"""A sandbox store in a process of its own, so that its memory and its processor time are not ours."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STORE = "big"


@contextmanager
def woocommerce_store(*, version: str, products: int, families: int, variations_each: int) -> Iterator[str]:
    """The address of a sandbox with one store of so many products, the first ones families."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--seed", "empty"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _await_answer(url)
        _control(url, "/stores", platform="woocommerce", store=STORE, seed="empty", version=version)
        counts = {"count": products, "families": families, "variations_each": variations_each}
        _control(url, f"/stores/{STORE}/products/bulk", **counts)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _control(url: str, path: str, **body: Any) -> None:
    request = urllib.request.Request(f"{url}/_control{path}", data=json.dumps(body).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=300).close()


def _await_answer(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/_control/state", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the sandbox does not answer")
