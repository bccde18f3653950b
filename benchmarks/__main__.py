"""`make bench`: all figures on a temporary database; a table on the screen, `benchmarks/results.json` for later."""

import importlib
import json
import os
from pathlib import Path

import django

MODULES = ("ledger",)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
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
            "database": connection.vendor,
        }
        for figure in figures
    ]
    for row in rows:
        print(f"{row['name']:<44} {row['ours']:>8} ms  {row['ratio']:>6} × floor  {row['statements']:>3} statements")
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
