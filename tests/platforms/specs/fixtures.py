"""A sandbox server for tests, and the check of everything any sandbox of the session is asked and answers."""

from collections.abc import Iterator

import pytest

from sandbox.exchanges import Exchange, ExchangeLog
from sandbox.server import SandboxServer
from tests.platforms.specs.descriptions import descriptions, specs_folder
from tests.platforms.specs.recorder import SpecRecorder


class EveryExchange:
    """The recorder of the whole session; the descriptions are read at the first exchange."""

    def __init__(self) -> None:
        self.recorder: SpecRecorder | None = None
        self._read = False

    def __call__(self, exchange: Exchange) -> None:
        if not self._read:
            known = descriptions()
            self.recorder = SpecRecorder(known) if known is not None else None
            self._read = True
        if self.recorder is not None:
            self.recorder(exchange)

    @property
    def problems(self) -> list[str]:
        return self.recorder.problems if self.recorder is not None else []


EVERY = EveryExchange()


@pytest.fixture(scope="session", autouse=True)
def _every_sandbox_is_recorded() -> Iterator[None]:
    start = ExchangeLog.__init__

    def start_recorded(log: ExchangeLog) -> None:
        start(log)
        log.observers.append(EVERY)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExchangeLog, "__init__", start_recorded)
        yield


@pytest.fixture(autouse=True)
def _exchanges_are_as_described() -> Iterator[None]:
    """Fail the test whose exchanges with a sandbox the published descriptions do not allow."""
    before = len(EVERY.problems)
    yield
    found = list(dict.fromkeys(EVERY.problems[before:]))
    assert not found, "not as published:\n" + "\n".join(found[:40])


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: SandboxServer) -> Iterator[SandboxServer]:
    """Freshly seeded stores ``demo`` and ``outlet``, quota out of the way, no faults."""
    sandbox_server.reset()
    for store in sandbox_server.world.names():
        with sandbox_server.world.db.transaction():
            sandbox_server.world.open(store, sandbox_server.url).save_settings(rate_quota=100_000)
    yield sandbox_server
    sandbox_server.world.restart()


@pytest.fixture
def spec_recorder(sandbox: SandboxServer) -> Iterator[SpecRecorder]:
    """The exchanges of one test, to count them; skips where the published descriptions are missing."""
    known = descriptions()
    if known is None:
        pytest.skip(f"the published descriptions are missing: {specs_folder()}")
    recorder = SpecRecorder(known)
    sandbox.world.log.observers.append(recorder)
    yield recorder
    sandbox.world.log.observers.remove(recorder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if EVERY.recorder is not None:
        terminalreporter.write_line(EVERY.recorder.summary())
