"""Killed before and after every COMMIT and remote call, the end is the same as without."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def drive(scenario: str, **environment: str) -> dict[str, Any]:
    """The report of one scenario on the kind of database that this test run uses."""
    server = {}
    if connection.vendor == "sqlite":
        server["DATABASE_URL"] = ""
    result = subprocess.run(
        [sys.executable, "-m", "tests.crash.driver", f"tests.crash.{scenario}"],
        cwd=ROOT,
        env={**os.environ, **server, **environment},
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )
    assert result.stdout, result.stderr
    report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    print(f"{scenario} on {connection.vendor}: killed at {report['points']} points {report['names']}")
    return report


def test_the_harness_finds_every_commit() -> None:
    report = drive("scenario_counter")

    assert report == {"points": 6, "names": {"before COMMIT": 3, "after COMMIT": 3}, "failures": []}


def test_the_harness_sees_work_that_is_done_twice() -> None:
    report = drive("scenario_counter", CRASH_CARELESS="1")

    assert report["points"] == 6
    assert [failure["point"] for failure in report["failures"]] == [2, 3, 4, 5, 6]


@pytest.mark.req("JOB-5")
@pytest.mark.req("CAP-9")
def test_capture_and_processing_end_the_same_wherever_they_are_killed() -> None:
    report = drive("scenario_capture")

    assert report["failures"] == []
    assert report["points"] > 60


@pytest.mark.req("JOB-5")
@pytest.mark.req("CAN-1")
def test_cancellation_ends_the_same_wherever_it_is_killed() -> None:
    report = drive("scenario_cancel")

    assert report["failures"] == []
    assert report["points"] > 20


@pytest.mark.req("JOB-5")
@pytest.mark.req("JOB-3")
@pytest.mark.req("CAP-9")
def test_a_woocommerce_order_and_its_push_end_the_same_wherever_they_are_killed() -> None:
    report = drive("scenario_woocommerce")

    assert report["failures"] == []
    assert report["points"] > 30


@pytest.mark.req("JOB-5")
@pytest.mark.req("LST-3", platform="bigcommerce")
def test_a_bulk_list_ends_the_same_wherever_it_is_killed() -> None:
    report = drive("scenario_listing")

    assert report["failures"] == []
    assert report["points"] > 30
