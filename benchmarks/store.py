"""A sandbox store in a process of its own, so that its memory and its processor time are not ours."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STORE = "big"
_FAMILIES_AT_ONCE = 50


@contextmanager
def woocommerce_store(
    *, version: str, products: int, families: int, variations_each: int, port: int = 0
) -> Iterator[str]:
    """The address of a sandbox with one store of so many products, the first ones families."""
    with _sandbox(port or free_port()) as url:
        _control(url, "/stores", platform="woocommerce", store=STORE, seed="empty", version=version)
        counts = {"count": products, "families": families, "variations_each": variations_each}
        _control(url, f"/stores/{STORE}/products/bulk", **counts)
        yield url


@contextmanager
def bigcommerce_store(*, products: int, families: int, variations_each: int, port: int = 0) -> Iterator[str]:
    """The same of the other platform."""
    with _sandbox(port or free_port()) as url:
        _control(url, "/stores", platform="bigcommerce", store=STORE, seed="empty")
        for start in range(0, families, _FAMILIES_AT_ONCE):
            numbers = range(start, min(start + _FAMILIES_AT_ONCE, families))
            made = [_family(number, variations_each) for number in numbers]
            _control(url, f"/stores/{STORE}/products", products=made)
        _control(url, f"/stores/{STORE}/products/bulk", count=products - families)
        yield url


def _family(number: int, variations: int) -> dict[str, Any]:
    sku = f"FAM-{number:05d}"
    variants = [
        {"sku": f"{sku}-{place}", "option_values": [{"option_display_name": "Size", "label": str(place)}]}
        for place in range(1, variations + 1)
    ]
    more = {"price": 19.9, "weight": 1, "inventory_tracking": "variant", "variants": variants}
    return {"name": f"Bulk family {sku}", "type": "physical", "sku": sku, **more}


@contextmanager
def replayed(pages: Path, port: int) -> Iterator[str]:
    """A store that answers with what was recorded."""
    with _served(["benchmarks.replay", str(port), str(pages)], port) as url:
        yield url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _sandbox(port: int) -> Iterator[str]:
    with _served(["sandbox", "--port", str(port), "--seed", "empty"], port) as url:
        yield url


@contextmanager
def _served(module: list[str], port: int) -> Iterator[str]:
    """A server in a process of its own, as soon as it answers."""
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _await_answer(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def step(name: str, folder: str, url: str, *, platform: str = "woocommerce") -> dict[str, Any]:
    """One step of a benchmark in a process of its own, which prints what it measured as its last line."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder}/benchmark.sqlite3",
        "BENCHMARK_STORE": url,
        "BENCHMARK_FOLDER": folder,
        "BENCHMARK_PLATFORM": platform,
    }
    command = [sys.executable, "-m", "benchmarks", name]
    answer = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _control(url: str, path: str, **body: Any) -> None:
    request = urllib.request.Request(f"{url}/_control{path}", data=json.dumps(body).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=300).close()


def _await_answer(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/_control/state", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the sandbox does not answer")
