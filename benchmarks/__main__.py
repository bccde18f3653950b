"""`make bench`: all figures on a temporary database; a table on the screen, `benchmarks/results.json` for later."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

MODULES = ("ledger", "download", "lean", "pages")


def _of_calls(figure: Any) -> dict[str, Any]:
    if figure.calls is None:
        return {}
    return {"calls": figure.calls, "least_calls": figure.least_calls, "peak_mib": round(figure.peak_mib, 1)}


def main() -> None:
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    old_name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        figures = [figure for name in MODULES for figure in importlib.import_module(f"benchmarks.{name}").measure()]
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)
        teardown_test_environment()
    rows = [
        {
            "name": figure.name,
            "unit": "ms",
            "ours": round(figure.ours, 2),
            "floor": round(figure.floor, 2),
            "ratio": round(figure.ratio, 1),
            "statements": figure.statements,
            "database": "sqlite" if figure.calls is not None else connection.vendor,
            **_of_calls(figure),
        }
        for figure in figures
    ]
    for row in rows:
        line = f"{row['name']:<52} {row['ours']:>9} ms {row['ratio']:>5} × floor {row['statements']:>6} statements"
        more = "  {calls} calls (least {least_calls})  {peak_mib} MiB".format_map(row) if "calls" in row else ""
        print(line + more)
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    if len(sys.argv) > 1:
        importlib.import_module("benchmarks.download_steps").run(sys.argv[1])
    else:
        main()
