"""Counting what a page or a job asks the database, without BEGIN, SAVEPOINT and COMMIT."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

_CONTROL = re.compile(r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects the SQL of the block, available after it: `with statements() as sql: …; assert len(sql) <= 3`."""
    sql: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sql
    sql += [query["sql"] for query in captured.captured_queries if not _CONTROL.match(query["sql"])]
