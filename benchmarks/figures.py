"""Measuring: ours and the floor in the same run, alternately, so that both see the same machine."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

REPETITIONS = 7


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Milliseconds; `ratio` is what travels between machines."""

    name: str
    ours: float
    floor: float
    statements: int
    calls: int | None = None
    """Requests to the store, beside the least that its API allows."""
    least_calls: int | None = None
    peak_mib: float | None = None
    """Most memory that the process ever had."""

    @property
    def ratio(self) -> float:
        return self.ours / self.floor


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def compare(ours: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """Medians of both, after one round that does not count."""
    ours(), floor()
    rounds = [(milliseconds(ours), milliseconds(floor)) for _ in range(REPETITIONS)]
    return statistics.median(one for one, _ in rounds), statistics.median(other for _, other in rounds)
