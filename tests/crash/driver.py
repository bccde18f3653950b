"""Runs one scenario undisturbed and then killed at each of its points: `python -m tests.crash.driver SCENARIO`
(or only at some: `… SCENARIO 7 8`).

DATABASE_URL names a PostgreSQL server, else SQLite files in a temporary folder are used. Prints one JSON object:
{"points": N, "names": {…}, "failures": [{"point": 7, "at": "after COMMIT", "reason": "…"}]}. Exit code 1 on failures.
"""

import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_RECOVERY_AFTER = timedelta(minutes=30)  # longer than any lease


def _choose_database(folder: Path) -> Any:
    """Set DATABASE_URL for the settings; must run before they are loaded."""
    from tests.crash import copies

    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        name = f"crash_{os.getpid()}"
        kept = copies.PostgresCopies(url, name)
        kept.create()
        os.environ["DATABASE_URL"] = f"{url.rpartition('/')[0]}/{name}"
        return kept
    path = folder / "crash.sqlite3"
    os.environ["DATABASE_URL"] = f"sqlite:///{path}"
    return copies.SqliteCopies(path)


class Driver:
    """Every piece of work runs in a forked child, so that this process never holds a connection."""

    def __init__(self, scenario: Any, database: Any, folder: Path, chosen: list[int]) -> None:
        self._chosen = chosen
        self._scenario = scenario
        self._database = database
        self._folder = folder
        self._log = folder / "points"

    def measure(self) -> dict[str, Any]:
        if self._child(self._prepare):
            raise SystemExit(f"preparing failed:\n{self._error()}")
        self._keep()
        names = self._undisturbed()
        expected = self._result()
        failures = []
        for point in self._chosen or range(1, len(names) + 1):
            reason = self._killed_at(point, expected)
            if reason:
                failures.append({"point": point, "at": names[point - 1], "reason": reason})
        return {"points": len(names), "names": dict(Counter(names)), "failures": failures}

    def _keep(self) -> None:
        self._database.keep()
        self._each_store("keep")

    def _restore(self) -> None:
        self._database.restore()
        self._each_store("restore")

    def _each_store(self, action: str) -> None:
        for store in getattr(self._scenario, "stores", list)():
            getattr(store, action)()

    def _prepare(self) -> None:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        self._scenario.prepare()

    def _undisturbed(self) -> list[str]:
        self._restore()
        self._log.unlink(missing_ok=True)
        code = self._child(lambda: self._run(0))
        if code:
            raise SystemExit(f"the undisturbed run ended with {code}:\n{self._error()}")
        return self._log.read_text(encoding="utf-8").splitlines()

    def _run(self, kill_at: int) -> None:
        from tests.crash.points import Points

        Points(self._log, kill_at).install()
        self._scenario.run()

    def _recover(self) -> None:
        """What the next worker finds, after every lease has run out."""
        import time_machine

        with time_machine.travel(datetime.now(UTC) + _RECOVERY_AFTER, tick=True):
            self._scenario.run()

    def _result(self, before: Callable[[], None] = lambda: None) -> list[str]:
        """The dump of now, or after `before`; raises AssertionError when that or the scenario's own check fails."""
        output = self._folder / "dump"

        def dump() -> None:
            before()
            self._scenario.check()
            output.write_text("\n".join(self._scenario.dump()), encoding="utf-8")

        if self._child(dump):
            raise AssertionError(self._error())
        return output.read_text(encoding="utf-8").splitlines()

    def _killed_at(self, point: int, expected: list[str]) -> str:
        """Empty, or why the end was not the same."""
        self._restore()
        code = self._child(lambda: self._run(point))
        if code != -signal.SIGKILL:
            return f"ended with {code} instead of being killed: {self._error()}"
        try:
            found = self._result(before=self._recover)
        except AssertionError as error:
            return f"the next run failed: {error}"
        extra, missing = Counter(found) - Counter(expected), Counter(expected) - Counter(found)
        lines = [*(f"+ {line}" for line in extra.elements()), *(f"- {line}" for line in missing.elements())]
        return "\n".join(sorted(lines)[:12])

    def _child(self, work: Callable[[], None]) -> int:
        """Run it in a forked process; the negative signal number if it was killed."""
        from django.db import connections

        errors = self._folder / "errors"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work()
                connections.close_all()  # SQLite folds its log into the file when the last connection closes
                code = 0
            except BaseException:
                errors.write_text(traceback.format_exc(), encoding="utf-8")
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _error(self) -> str:
        errors = self._folder / "errors"
        return errors.read_text(encoding="utf-8") if errors.exists() else ""


def main(scenario_name: str, *points: str) -> int:
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="crash-", dir=base) as folder:
        os.environ["CRASH_FOLDER"] = folder
        database = _choose_database(Path(folder))
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django

        django.setup()
        scenario = importlib.import_module(scenario_name)
        try:
            with getattr(scenario, "surroundings", nullcontext)():
                report = Driver(scenario, database, Path(folder), [int(point) for point in points]).measure()
        finally:
            database.remove()
    print(json.dumps(report))
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
