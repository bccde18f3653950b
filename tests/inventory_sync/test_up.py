"""The watchdog of `manage.py up`: silence is answered with a question first, and with a new worker in the end."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import OrmQ, Task

from inventory_sync.management.commands.up import _Watch
from inventory_sync.supervisor import Program

pytestmark = pytest.mark.django_db
STALL = 360


class Worker(Program):
    """Started so many seconds ago; nothing runs."""

    def __init__(self, seconds: float) -> None:
        super().__init__("worker", ["true"], {})
        self.started_at = time.monotonic() - seconds
        self.cleared = 0

    running = True

    def clear(self) -> None:
        self.cleared += 1
        self.started_at = time.monotonic()


@pytest.fixture(autouse=True)
def _keep_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory_sync.management.commands.up.close_old_connections", lambda: None)


def watch(worker: Worker) -> list[str]:
    said: list[str] = []
    options: dict[str, Any] = {"stall": STALL, "no_web": True, "sandbox": False, "port": 0, "sandbox_port": 0}
    _Watch(said.append, worker, options).look()
    return said


def finished(seconds_ago: float) -> None:
    moment = timezone.now() - timedelta(seconds=seconds_ago)
    Task.objects.create(id="a" * 32, name="x", func="x", started=moment, stopped=moment, success=True)


def test_a_worker_that_finishes_jobs_is_left_alone() -> None:
    finished(10)
    worker = Worker(STALL * 5)

    assert watch(worker) == []
    assert worker.cleared == 0
    assert OrmQ.objects.count() == 0


def test_a_silent_worker_is_asked_for_a_sign_of_life() -> None:
    finished(STALL / 2)
    worker = Worker(STALL * 5)

    assert watch(worker) == []
    assert [task.func() for task in OrmQ.objects.all()] == ["inventory_sync.heartbeat.beat"]
    assert worker.cleared == 0


def test_a_worker_that_gives_none_is_replaced() -> None:
    finished(STALL + 1)
    worker = Worker(STALL * 5)

    assert watch(worker) == [f"the worker finished no job for {STALL} s; replacing it"]
    assert worker.cleared == 1


def test_a_worker_that_just_started_has_time() -> None:
    finished(STALL * 10)
    worker = Worker(5)

    assert watch(worker) == []
    assert worker.cleared == 0


def test_a_stall_shorter_than_a_job_is_refused() -> None:
    with pytest.raises(CommandError, match="longer than the timeout"):
        call_command("up", stall=10)
