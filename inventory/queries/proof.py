"""Where the stored sums differ from the ledger (SPEC INV-3, NEW-12).

The database adds up and answers only what differs, so memory stays flat however long the ledger is. Quantities are
the integers of 10⁻⁴ of the columns. What a busy database answers is a suspicion until it is confirmed under a lock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from inventory.models import Allocation, Movement, StockLevel, StockPosting
from inventory_sync.lib.quantities import from_store

LEVEL_COLUMNS = ("on_hand", "allocated", "on_order", "picked")
ALLOCATION_COLUMNS = ("quantity", "picked")
_BUCKET_OF = {"quantity": "allocated"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One stored number that is not the sum of its movements. `owner_key` is set for an allocation."""

    product_id: int
    location_id: int
    owner_key: str = ""
    column: str
    ledger: Decimal
    stored: Decimal


@dataclass(frozen=True, kw_only=True)
class BrokenReversal:
    """A posting that says it undoes another but is not its mirror."""

    key: str
    reversed_key: str


def level_differences() -> Iterator[Difference]:
    """Levels, also missing ones, that are not the sum of their movements."""
    return _differences(_sql(StockLevel._meta.db_table, ("product_id", "location_id"), LEVEL_COLUMNS), LEVEL_COLUMNS)


def allocation_differences() -> Iterator[Difference]:
    """Allocations, also missing ones and orphans without movements, that are not the sum of their movements."""
    keys = ("product_id", "location_id", "owner_key")
    return _differences(_sql(Allocation._meta.db_table, keys, ALLOCATION_COLUMNS), ALLOCATION_COLUMNS)


def broken_reversals() -> Iterator[BrokenReversal]:
    """Reversals whose movements and those they undo do not cancel out per product, place, bucket and owner."""
    posting, movement = StockPosting._meta.db_table, Movement._meta.db_table
    columns = "m.product_id, m.location_id, m.bucket, m.owner_key, m.quantity"
    side = f"SELECT r.id AS posting_id, {columns} FROM {posting} r JOIN {movement} m ON m.posting_id = r."  # noqa: S608
    sql = (
        f"SELECT DISTINCT r.key, o.key FROM ({side}id WHERE r.reverses_id IS NOT NULL"  # noqa: S608
        f" UNION ALL {side}reverses_id) AS both_sides"
        f" JOIN {posting} r ON r.id = both_sides.posting_id JOIN {posting} o ON o.id = r.reverses_id"
        " GROUP BY r.key, o.key, both_sides.product_id, both_sides.location_id, both_sides.bucket,"
        " both_sides.owner_key HAVING SUM(both_sides.quantity) <> 0 ORDER BY r.key"
    )
    for key, reversed_key in _rows(sql):
        yield BrokenReversal(key=str(key), reversed_key=str(reversed_key))


def _sql(table: str, keys: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Only names of our own tables and columns go in. One statement, so one view of the data."""
    sums = ", ".join(
        f"COALESCE(SUM(CASE WHEN bucket = '{_BUCKET_OF.get(name, name)}' THEN quantity END), 0) AS {name}"
        for name in columns
    )
    owned = " WHERE owner_key <> ''" if "owner_key" in keys else ""
    grouped = ", ".join(keys)
    on = " AND ".join(f"s.{key} = l.{key}" for key in keys)
    differs = " OR ".join(f"l.{name} <> COALESCE(s.{name}, 0)" for name in columns)
    stored = " OR ".join(f"s.{name} <> 0" for name in columns)
    owner = ".owner_key" if owned else ""
    ledger_side = ", ".join(f"l.{name}, COALESCE(s.{name}, 0)" for name in columns)
    stored_side = ", ".join(f"0, s.{name}" for name in columns)
    l_owner, s_owner = ("l" + owner, "s" + owner) if owner else ("''", "''")
    return (
        f"WITH ledger AS (SELECT {grouped}, {sums} FROM {Movement._meta.db_table}{owned} GROUP BY {grouped})"  # noqa: S608
        f" SELECT l.product_id, l.location_id, {l_owner}, {ledger_side} FROM ledger l LEFT JOIN {table} s ON {on}"
        f" WHERE {differs}"
        f" UNION ALL SELECT s.product_id, s.location_id, {s_owner}, {stored_side} FROM {table} s"
        f" LEFT JOIN ledger l ON {on} WHERE l.product_id IS NULL AND ({stored})"
    )


def _differences(sql: str, columns: tuple[str, ...]) -> Iterator[Difference]:
    for row in _rows(sql):
        product_id, location_id, owner_key, *numbers = row
        for place, column in enumerate(columns):
            ledger, stored = from_store(numbers[2 * place]), from_store(numbers[2 * place + 1])
            if ledger != stored:
                yield Difference(
                    product_id=product_id,
                    location_id=location_id,
                    owner_key=owner_key,
                    column=column,
                    ledger=ledger,
                    stored=stored,
                )


def _rows(sql: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(500):
            yield from rows
