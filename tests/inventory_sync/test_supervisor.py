"""`manage.py up`: what is started together ends together, without orphans, and comes back when it dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A supervisor over one program. The program writes its pid, has a child of its own, and ends slowly when asked to.
SUPERVISOR = """
import sys
from inventory_sync.supervisor import Program, Supervisor
folder, grace = sys.argv[1], float(sys.argv[2])
program = Program("worker", [sys.executable, "-c", PROGRAM, folder], {"PATH": "/usr/bin:/bin"})
Supervisor([program], lambda text: print(text, flush=True), grace).run(lambda: None)
"""
PROGRAM = """
import os, pathlib, signal, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
child = subprocess.Popen(["sleep", "600"])
def end(*_):
    time.sleep(float((folder / "slow").read_text()))
    (folder / "finished").touch()
    child.kill() if (folder / "tidy").exists() else None
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with (folder / "pids").open("a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
while True:
    time.sleep(0.05)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(*, slow: float = 0, grace: float = 60) -> "subprocess.Popen[str]":
        (tmp_path / "slow").write_text(str(slow))
        code = SUPERVISOR.replace("PROGRAM", repr(PROGRAM))
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(grace)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        wait_for(lambda: len(pids(tmp_path)) == 1)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    for program, child in pids(tmp_path):
        for pid in (program, child):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def pids(folder: Path) -> list[tuple[int, int]]:
    """(program, its child) of every start so far."""
    file = folder / "pids"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(line.split()[0]), int(line.split()[1])) for line in lines if line.count(" ") == 1]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_lets_running_work_end_and_leaves_no_orphan(start: Start, tmp_path: Path, number: int) -> None:
    supervisor = start(slow=1)
    program, child = pids(tmp_path)[0]

    supervisor.send_signal(number)
    supervisor.wait(60)

    assert (tmp_path / "finished").exists()
    wait_for(lambda: not alive(program) and not alive(child))


def test_what_does_not_end_in_time_is_killed(start: Start, tmp_path: Path) -> None:
    supervisor = start(slow=600, grace=1)
    program, child = pids(tmp_path)[0]

    supervisor.send_signal(signal.SIGTERM)
    output, _ = supervisor.communicate(timeout=60)

    assert "did not stop in time" in output
    assert not (tmp_path / "finished").exists()
    wait_for(lambda: not alive(program) and not alive(child))


def test_a_program_that_dies_is_started_again_without_its_orphans(start: Start, tmp_path: Path) -> None:
    start()
    program, orphan = pids(tmp_path)[0]

    os.kill(program, signal.SIGKILL)
    wait_for(lambda: len(pids(tmp_path)) == 2)

    wait_for(lambda: not alive(orphan))
    assert alive(pids(tmp_path)[1][0])


def test_programs_are_told_when_the_supervisor_is_killed(start: Start, tmp_path: Path) -> None:
    (tmp_path / "tidy").touch()  # nobody is left to clear up behind the program
    supervisor = start()
    program, _child = pids(tmp_path)[0]

    supervisor.kill()
    supervisor.wait(60)

    wait_for((tmp_path / "finished").exists)
    wait_for(lambda: not alive(program))
