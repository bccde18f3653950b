"""The emulated store answers a recorded session as the real one did."""

from sandbox.server import SandboxServer
from tests.sandbox.woocommerce import coverage, recordings
from tests.sandbox.woocommerce.recordings import Recording
from tests.sandbox.woocommerce.replay import Replay


def skipped(recording: Recording) -> str | None:
    below = recording.path.removeprefix("/wp-json")
    return coverage.why_not(recording) or ("later" if below.startswith(coverage.LATER) else None)


def test_the_session_with_the_api_is_answered_as_recorded() -> None:
    session = recordings.load("api")
    with SandboxServer(seed="empty") as server:
        replay = Replay(server, skipped=skipped, free=coverage.FREE, before=coverage.BEFORE)
        replay.play(session)

    known = coverage.AFTER_ORDERS if coverage.LATER else frozenset()
    assert {name: found for name, found in replay.problems.items() if name[5:] not in known} == {}
    assert len(replay.played) > 200


def test_every_exception_names_a_recording() -> None:
    names = {recording.name for recording in recordings.load("api")}

    assert {*coverage.SINGLE, *coverage.FREE, *coverage.BEFORE, *coverage.AFTER_ORDERS} <= names
