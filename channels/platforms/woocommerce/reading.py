"""A download of products: list pages and the variations of their families, read ahead only as far as calls are saved.

The cursor says after which product to go on, so any other process can; this one keeps what it has read already.
Bounded: at most READ_AHEAD rows and VARIATION_CALLS pages of variations beside the largest family.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.platforms.woocommerce.client import PAGE, Client, Json
from channels.platforms.woocommerce.mapping.products import is_family, variation_ids
from channels.platforms.woocommerce.variations import Variations
from channels.platforms.woocommerce.windows import Place, place_of, window

READ_AHEAD = 5 * PAGE
VARIATION_CALLS = 5
"""For one page of ours, of the store-wide list."""
FAMILY_CALLS = 25
"""For one page of ours, where each family is asked."""


@dataclass
class Reading:
    """One pass over the list. `where`: its filters."""

    client: Client
    variations: Variations
    where: Mapping[str, Any]
    after: Place
    """After the last row handed out."""
    read_to: Place
    wanted: Callable[[Json], bool] | None = None
    """Says of a row whether it is wanted at all (for stores that cannot filter); None: all are."""
    is_over: bool = False
    total: int | None = None
    rows: deque[tuple[Place, Json]] = field(default_factory=deque)
    known: dict[str, Json | None] = field(default_factory=dict)
    """Variations by id; None for those that the store no longer has."""

    @property
    def cursor(self) -> str:
        """Where to go on; "" when nothing is left."""
        return "" if self.is_over and not self.rows else str(self.after)

    def go_on_with(self, client: Client) -> None:
        """Another adapter of the same store takes over."""
        self.client, self.variations = client, Variations(client)

    def next(self) -> list[tuple[Json, Sequence[Json]]]:
        """Rows with the variations of each; at least one unless the list is over."""
        while not self.rows and not self.is_over:
            self._read_on()
        return self._whole_store() if self.variations.are_store_wide else self._family_by_family()

    def _read_on(self) -> None:
        found = window(self.client, "/products", self.where, self.read_to)
        self.is_over, self.total = found.is_last, found.total
        if found.rows:
            self.read_to = found.rows[-1][0]
        self.rows.extend(entry for entry in found.rows if self.wanted is None or self.wanted(entry[1]))

    # -- where each family is asked

    def _family_by_family(self) -> list[tuple[Json, Sequence[Json]]]:
        found: list[tuple[Json, Sequence[Json]]] = []
        calls = 0
        while self.rows and len(found) < PAGE:
            place, row = self.rows[0]
            calls += self.variations.calls(row)
            if found and calls > FAMILY_CALLS:
                break
            found.append((row, self.variations.of_one(row) if is_family(row) else []))
            self.rows.popleft()
            self.after = place
        return found

    # -- where one list has them all

    def _whole_store(self) -> list[tuple[Json, Sequence[Json]]]:
        found: list[tuple[Json, Sequence[Json]]] = []
        while not found and self.rows:
            self._learn(self._next_ids())
            while self.rows and len(found) < PAGE and self._is_whole(self.rows[0][1]):
                place, row = self.rows.popleft()
                parts = [self.known.pop(number, None) for number in variation_ids(row)]
                found.append((row, [part for part in parts if part is not None]))
                self.after = place
        return found

    def _next_ids(self) -> list[str]:
        """Full pages of ids only: a family whose variations do not fill one waits for those after it."""
        while True:
            missing = [number for _place, row in self.rows for number in variation_ids(row) if number not in self.known]
            if self.is_over or not missing or len(missing) >= PAGE:
                break
            if len(self.rows) >= READ_AHEAD:
                if self._is_whole(self.rows[0][1]):
                    return []  # what can be handed out makes room first
                break
            self._read_on()
        wanted = missing[: VARIATION_CALLS * PAGE]
        full = len(wanted) // PAGE * PAGE
        return wanted[:full] if full else wanted

    def _learn(self, ids: Sequence[str]) -> None:
        if ids:
            rows = self.variations.by_id(ids)
            self.known.update((number, rows.get(number)) for number in ids)

    def _is_whole(self, row: Json) -> bool:
        return all(number in self.known for number in variation_ids(row))


def reading_from(
    client: Client, cursor: str, where: Mapping[str, Any], wanted: Callable[[Json], bool] | None = None
) -> Reading:
    place = place_of(cursor)
    return Reading(client, Variations(client), where, after=place, read_to=place, wanted=wanted)
