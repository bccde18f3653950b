"""A database that can be put back to how it was: SQLite by copying the file, PostgreSQL from a template."""

import shutil
from pathlib import Path
from typing import Protocol

import psycopg
from django.db import connections


class Copies(Protocol):
    def keep(self) -> None:
        """Remember the state of now."""

    def restore(self) -> None:
        """Put it back."""

    def remove(self) -> None:
        """Leave nothing behind."""


class SqliteCopies:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = path.with_suffix(".kept")

    def _files(self) -> list[Path]:
        return [self._path.with_name(self._path.name + ending) for ending in ("", "-wal", "-shm")]

    def keep(self) -> None:
        shutil.copyfile(self._path, self._kept)

    def restore(self) -> None:
        for file in self._files():
            file.unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._path)

    def remove(self) -> None:
        for file in [*self._files(), self._kept]:
            file.unlink(missing_ok=True)


class PostgresCopies:
    """`server` is the address of a maintenance database, `name` of the one that is worked with."""

    def __init__(self, server: str, name: str) -> None:
        self._server = server
        self._name = name

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as server:
            for statement in statements:
                server.execute(statement)

    def create(self) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)", f"CREATE DATABASE {self._name}")

    def keep(self) -> None:
        connections.close_all()
        self._execute(
            f"DROP DATABASE IF EXISTS {self._name}_kept", f"CREATE DATABASE {self._name}_kept TEMPLATE {self._name}"
        )

    def restore(self) -> None:
        self._execute(
            f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)",
            f"CREATE DATABASE {self._name} TEMPLATE {self._name}_kept STRATEGY FILE_COPY",
        )

    def remove(self) -> None:
        connections.close_all()
        self._execute(
            f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)", f"DROP DATABASE IF EXISTS {self._name}_kept"
        )
