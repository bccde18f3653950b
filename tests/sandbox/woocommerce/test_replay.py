"""The emulated store answers recorded sessions, and delivers its webhooks, as the real one did."""

import base64
from dataclasses import dataclass
from functools import cache

import pytest

from sandbox.server import SandboxServer
from sandbox.woocommerce.hooks.courier import signature
from tests.sandbox.woocommerce import between, coverage, deliveries, recordings
from tests.sandbox.woocommerce.replay import Replay
from tests.sandbox.woocommerce.sink import Letter, Sink


@dataclass(frozen=True)
class Played:
    replay: Replay
    letters: list[Letter]


@cache
def session() -> Played:
    """The whole session once for all tests: 440 exchanges, 450 deliveries."""
    recorded = recordings.load("api")
    with SandboxServer(seed="empty") as server, Sink() as sink:
        free, steps = coverage.FREE, between.steps()
        replay = Replay(server, skipped=coverage.why_not, free=free, before=steps, sink=sink)
        replay.play(recorded)
        return Played(replay, sink.letters)


def test_the_session_with_the_api_is_answered_as_recorded() -> None:
    played = session()

    assert played.replay.problems == {}
    assert len(played.replay.played) + len(coverage.left_out(recordings.load("api"))) == 468


def test_its_webhooks_are_delivered_as_recorded() -> None:
    played = session()

    assert deliveries.differences(recordings.letters("webhooks"), played.letters, played.replay.numbers) == {}


def test_the_session_with_orders_in_posts_is_answered_and_delivered_as_recorded() -> None:
    with SandboxServer(seed="empty") as server, Sink() as sink:
        replay = Replay(server, settings={"storage": "posts"}, sink=sink)
        replay.play(recordings.load("api-10.0.2-legacy-storage"))
        recorded = recordings.letters("webhooks-10.0.2-legacy-storage")
        told = deliveries.differences(recorded, sink.letters, replay.numbers, until=42)

    assert (replay.problems, told) == ({}, {})
    assert len(replay.played) == 33


def test_every_exception_names_a_recording() -> None:
    names = {recording.name for recording in recordings.load("api")}

    assert {*coverage.SINGLE, *coverage.FREE, *between.steps()} <= names


@pytest.mark.parametrize("folder", ["webhooks", "webhooks-10.0.2-legacy-storage"])
def test_recorded_signatures_are_what_the_sandbox_would_send(folder: str) -> None:
    """The same bytes and secret give the recorded signature."""
    signed = [letter for letter in recordings.letters(folder) if letter.get("secret")]

    assert len(signed) > 30
    for letter in signed:
        body = base64.b64decode(letter["raw_body_base64"])
        recorded = letter["headers"]["X-WC-Webhook-Signature"]
        assert signature(letter["secret"], body) == recorded
        assert signature(letter["secret"], body + b" ") != recorded
