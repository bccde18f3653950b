"""Downloads of 1 000 and 10 000 products (3 in 10 in families of ten) from pages that were rendered before.

The floor of a first download: the same pages fetched and parsed, and the same rows written by `bulk_create`. That of a
second one, which finds nothing changed: the pages fetched and parsed into products by the gateway. Each in a process of
its own, on an SQLite file.
"""

import shutil
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.store import bigcommerce_store, free_port, replayed, step, woocommerce_store

EACH = 10
GROWTH = 1.3
"""Most that the peak of memory may grow when the catalog grows tenfold."""
FIRST, AGAIN = 2.0, 1.5
"""Most that ours may take, as a multiple of the floor."""
ROUNDS = 3
"""Of which the median counts: ours and the floor in turns."""


def measure() -> list[Figure]:
    """Raises AssertionError where time, memory or rows leave their bounds."""
    figures: list[Figure] = []
    for platform in ("bigcommerce", "woocommerce"):
        small, big = (_of(platform, count) for count in (1_000, 10_000))
        growth = [(after.peak_mib or 0) / (before.peak_mib or 1) for before, after in zip(small, big, strict=True)]
        assert max(growth) <= GROWTH, f"{platform}: memory grew by {growth}"
        assert big[0].ratio <= FIRST, f"{platform}: {big[0].ratio:.2f} × the floor"
        assert big[1].ratio <= AGAIN, f"{platform}: unchanged again {big[1].ratio:.2f} × the floor"
        figures += [*small, *big]
    return figures


def _of(platform: str, count: int) -> tuple[Figure, Figure]:
    """`count` products of ours: seven tenths single, the rest variations of families."""
    families = count * 3 // 10 // EACH
    shape = {"products": count * 7 // 10 + families, "families": families, "variations_each": EACH}
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        with _store(platform, port, shape) as url:
            step("connect", folder, url, platform=platform)
            shutil.copy(f"{folder}/benchmark.sqlite3", f"{folder}/connected.sqlite3")
            step("record", folder, url, platform=platform)
            shutil.move(f"{folder}/benchmark.sqlite3", f"{folder}/filled.sqlite3")
        with replayed(Path(folder) / "pages.pickle", port) as url:
            return _figures(platform, count, folder, url)


def _figures(platform: str, count: int, folder: str, url: str) -> tuple[Figure, Figure]:
    rounds = []
    for _round in range(ROUNDS):
        lean = _on_fresh_copy("lean", folder, url, platform)
        ours = _on_fresh_copy("download", folder, url, platform)
        assert ours["items"] == count, f"{ours['items']} items instead of {count}"
        again = step("again", folder, url, platform=platform)
        assert not again["written"], f"an unchanged download wrote: {again['written']}"
        reading = step("reading", folder, url, platform=platform)
        rounds.append((ours, lean["milliseconds"], again, reading["milliseconds"]))
    what = f"{platform}, {count} products, pre-rendered pages"
    first = _median(rounds, 0)
    second = _median(rounds, 2)
    return (_figure(f"download, {what}", *first), _figure(f"unchanged again, {what}", *second))


def _median(rounds: list[Any], at: int) -> tuple[dict[str, Any], float]:
    """The round with the median ratio: what ours took, and its floor."""
    ordered = sorted(rounds, key=lambda each: each[at]["milliseconds"] / each[at + 1])
    chosen = ordered[len(ordered) // 2]
    return chosen[at], chosen[at + 1]


def _figure(name: str, found: dict[str, Any], floor: float) -> Figure:
    return Figure(
        name=name,
        ours=found["milliseconds"],
        floor=floor,
        statements=found["statements"],
        calls=found["calls"],
        least_calls=found["calls"],
        peak_mib=found["peak_mib"],
    )


def _store(platform: str, port: int, shape: dict[str, int]) -> AbstractContextManager[str]:
    if platform == "woocommerce":
        return woocommerce_store(version="10.3.0", port=port, **shape)
    return bigcommerce_store(port=port, **shape)


def _on_fresh_copy(name: str, folder: str, url: str, platform: str) -> dict[str, Any]:
    for rest in Path(folder).glob("benchmark.sqlite3*"):
        rest.unlink()
    shutil.copy(f"{folder}/connected.sqlite3", f"{folder}/benchmark.sqlite3")
    return step(name, folder, url, platform=platform)
