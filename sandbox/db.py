"""The sandbox's SQLite file. One connection, one lock: the emulator favors exactness over throughput."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS store (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (
    store TEXT NOT NULL, kind TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (store, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document (
    store TEXT NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL, parent INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL, PRIMARY KEY (store, kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS document_parent ON document (store, kind, parent, id);
"""
TABLES = ("store", "counter", "document")


class Database:
    """Statements run inside ``transaction()``; what ``after_commit`` is given runs once it has been committed.

    ``schemas``: the statements that make each platform's tables, and the tables' names.
    """

    def __init__(self, path: str, schemas: Mapping[str, tuple[str, ...]]) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._after: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._tables: tuple[str, ...] = TABLES
        for schema, tables in {SCHEMA: (), **schemas}.items():
            self._connection.executescript(schema)
            self._tables += tables

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nested calls join the outer transaction."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                    self._after.clear()
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")
                done, self._after = self._after, []
                for call in done:
                    call()

    def after_commit(self, call: Callable[[], None]) -> None:
        self._after.append(call)

    def run(self, sql: str, *values: Any) -> int:
        """The number of changed rows."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._lock:
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def number(self, sql: str, *values: Any) -> int:
        row = self.row(sql, *values)
        return int(row[0] or 0) if row is not None else 0

    def next_id(self, store: str, kind: str, count: int = 1) -> int:
        """The first of ``count`` fresh numbers."""
        sql = (
            "INSERT INTO counter (store, kind, value) VALUES (?, ?, ?) "
            "ON CONFLICT (store, kind) DO UPDATE SET value = value + excluded.value RETURNING value"
        )
        with self._lock:
            last = self._connection.execute(sql, (store, kind, count)).fetchone()[0]
        return int(last) - count + 1

    def start_ids(self, store: str, kind: str, after: int) -> None:
        self.run("INSERT OR REPLACE INTO counter (store, kind, value) VALUES (?, ?, ?)", store, kind, after)

    def put(self, store: str, kind: str, body: Json, parent: int = 0) -> Json:
        """Insert or replace the document whose number is ``body['id']``."""
        sql = "INSERT OR REPLACE INTO document (store, kind, id, parent, body) VALUES (?, ?, ?, ?, ?)"
        self.run(sql, store, kind, body["id"], parent, json.dumps(body))
        return body

    def get(self, store: str, kind: str, number: int) -> Json | None:
        row = self.row("SELECT body FROM document WHERE store = ? AND kind = ? AND id = ?", store, kind, number)
        return json.loads(row["body"]) if row is not None else None

    def remove(self, store: str, kind: str, number: int) -> bool:
        return self.run("DELETE FROM document WHERE store = ? AND kind = ? AND id = ?", store, kind, number) > 0

    def all(self, store: str, kind: str, parent: int | None = None) -> list[Json]:
        sql = "SELECT body FROM document WHERE store = ? AND kind = ?"
        if parent is None:
            found = self.rows(f"{sql} ORDER BY id", store, kind)
        else:
            found = self.rows(f"{sql} AND parent = ? ORDER BY id", store, kind, parent)
        return [json.loads(row["body"]) for row in found]

    def clear(self, store: str | None = None) -> None:
        """Forget one store, or all of them."""
        with self.transaction():
            for table in self._tables:
                column = "hash" if table == "store" else "store"
                if store is None:
                    self.run(f"DELETE FROM {table}")
                else:
                    self.run(f"DELETE FROM {table} WHERE {column} = ?", store)
