"""Keeps a few programs running side by side and stops them together (docs/operations.md, Processes).

What measuring taught, and why each step is as it is:
- every program has a session of its own, so that Ctrl-C in the terminal reaches only us: a signal to the whole process
  group kills running jobs and leaves the job cluster hanging;
- to stop, only the main process of each program is signaled; what is left of its group afterwards is killed;
- a program that ends is started again whatever its exit code, after its orphans are gone;
- if we die ourselves the kernel tells each program (PR_SET_PDEATHSIG), so that nothing stays behind.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

_PR_SET_PDEATHSIG = 1
_QUICK_DEATH_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 30

Say = Callable[[str], None]


def _end_with_parent(parent: int) -> Callable[[], None]:
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):  # not Linux: programs then outlive a killed supervisor
        return lambda: None

    def tell_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return tell_kernel


class Program:
    """One supervised program. `once`: it does its work and ends; only a failed one is started again."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, once: bool = False
    ) -> None:
        self.name = name
        self.once = once
        self._command = list(command)
        self._environment = dict(environment)
        self._quick_deaths = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0  # monotonic
        self.start_not_before = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            start_new_session=True,
            preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 - started from the one and only thread
        )
        self.started_at = time.monotonic()

    def ended(self) -> int | None:
        """The exit code of a program that ended and was not started again, else None."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process and self.running:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Whether it ended in that time."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def clear(self) -> None:
        """Kill what is left of the program's group; afterwards it can be started again."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.wait(5)
        self._process = None

    def plan_restart(self) -> int:
        """Clear up and set the time of the next start; the pause doubles while it dies quickly. Returns the pause."""
        quick = time.monotonic() - self.started_at < _QUICK_DEATH_SECONDS
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        self.clear()
        pause = min(_LONGEST_PAUSE_SECONDS, 1 << self._quick_deaths)
        self.start_not_before = time.monotonic() + pause
        return pause


class Supervisor:
    """Runs programs until SIGINT or SIGTERM. They are stopped in the order in which they were given."""

    def __init__(self, programs: Sequence[Program], say: Say, grace_seconds: float) -> None:
        self._programs = programs
        self._say = say
        self._grace_seconds = grace_seconds
        self._stopping = False

    def run(self, look: Callable[[], None]) -> None:
        """Start all, call `look` about five times a second, stop all at the first signal."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_soon)
        try:
            while not self._stopping:
                for program in self._programs:
                    self._tend(program)
                look()
                time.sleep(0.2)
        finally:
            self._stop_all()

    def _stop_soon(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _tend(self, program: Program) -> None:
        if program.running:
            return
        code = program.ended()
        if program.once and code == 0:
            return
        if code is not None:
            pause = program.plan_restart()
            self._say(f"{program.name} ended with code {code}; starting it again in {pause} s")
        elif time.monotonic() >= program.start_not_before:
            program.start()

    def _stop_all(self) -> None:
        deadline = time.monotonic() + self._grace_seconds
        for program in self._programs:
            program.ask_to_stop()
            if not program.wait(deadline - time.monotonic()):
                self._say(f"{program.name} did not stop in time and was killed")
            program.clear()
