"""Lists cut to what one call takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def comma(numbers: Sequence[int | str]) -> str:
    """As ids stand in an address."""
    return ",".join(str(number) for number in numbers)
