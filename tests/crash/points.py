"""Points at which a process can be killed: before and after every COMMIT and every remote call."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


class Points:
    """Counts points, writes their names to a file, and kills its own process at one of them (0 = never)."""

    def __init__(self, log: Path, kill_at: int = 0) -> None:
        self._log = log.open("a", encoding="utf-8")
        self._kill_at = kill_at
        self._passed = 0

    def install(self) -> None:
        """For the rest of this process's life."""
        commit, send = BaseDatabaseWrapper._commit, requests.Session.send
        points = self

        def watched_commit(connection: BaseDatabaseWrapper) -> Any:
            if connection.connection is None:
                return commit(connection)
            points.reach("before COMMIT")
            result = commit(connection)
            points.reach("after COMMIT")
            return result

        def watched_send(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> Any:
            call = f"{request.method} {request.path_url.split('?')[0]}"
            points.reach(f"before {call}")
            response = send(session, request, **kwargs)
            points.reach(f"after {call}")
            return response

        BaseDatabaseWrapper._commit = watched_commit
        requests.Session.send = watched_send
        connection_created.connect(self._watch_statements, weak=False)

    def _watch_statements(self, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        """A write outside a transaction commits itself."""

        def watched(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
            if connection.in_atomic_block or not _WRITES.match(sql):
                return execute(sql, params, many, context)
            self.reach("before its own COMMIT")
            result = execute(sql, params, many, context)
            self.reach("after its own COMMIT")
            return result

        if watched not in connection.execute_wrappers:
            connection.execute_wrappers.append(watched)

    def reach(self, name: str) -> None:
        self._passed += 1
        self._log.write(f"{name}\n")
        self._log.flush()
        if self._passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
