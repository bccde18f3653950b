"""Fixtures: a sandbox server, and the recorder that checks what it is asked and what it answers."""

from collections.abc import Iterator

import pytest

from sandbox.server import SandboxServer
from tests.platforms.specs.descriptions import descriptions, specs_folder
from tests.platforms.specs.recorder import SpecRecorder

COUNTED = {"exchanges": 0}


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: SandboxServer) -> Iterator[SandboxServer]:
    """Freshly seeded stores ``demo`` and ``outlet``, quota out of the way, no faults."""
    sandbox_server.reset()
    for store in sandbox_server.world.hashes():
        with sandbox_server.world.db.transaction():
            sandbox_server.world.shop(store, sandbox_server.url).save_settings(rate_quota=100_000)
    yield sandbox_server
    sandbox_server.world.restart()


@pytest.fixture
def spec_recorder(sandbox: SandboxServer) -> Iterator[SpecRecorder]:
    """Every exchange of the test is checked; the test fails at its end on what the descriptions don't allow."""
    known = descriptions()
    if known is None:
        pytest.skip(f"the published descriptions are missing: {specs_folder()}")
    recorder = SpecRecorder(known)
    sandbox.world.log.observers.append(recorder)
    yield recorder
    sandbox.world.log.observers.remove(recorder)
    COUNTED["exchanges"] += recorder.count
    recorder.check()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTED["exchanges"]:
        count = COUNTED["exchanges"]
        terminalreporter.write_line(f"{count} exchanges validated against the published descriptions")
