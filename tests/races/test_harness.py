"""The harness itself: its lanes run at once, on connections of their own, and see what the others commit."""

import threading

from django.contrib.auth.models import Group
from django.db import IntegrityError, connection


def test_lanes_run_at_once_on_connections_of_their_own(race) -> None:
    meeting = threading.Barrier(3)

    def lane() -> tuple[int, int]:
        Group.objects.count()
        meeting.wait(10)  # passes only while all lanes are running
        return id(connection.connection), threading.get_ident()

    outcomes = race([lane, lane, lane])

    assert len(set(outcomes)) == 3


def test_one_of_two_writers_of_a_unique_key_is_refused(race) -> None:
    outcomes = race([lambda: Group.objects.create(name="same")] * 2)

    assert sorted(type(outcome) for outcome in outcomes if isinstance(outcome, Exception)) == [IntegrityError]
    assert Group.objects.filter(name="same").count() == 1
