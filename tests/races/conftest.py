"""Two or more real connections at once. Tests need `transactional_db`: what one thread commits the others see."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connections

Work = Callable[[], Any]
_PATIENCE_SECONDS = 60


@pytest.fixture
def race(transactional_db: None) -> Callable[[Sequence[Work]], list[Any]]:
    """`race([work, work, …])` starts all in the same moment, each with a connection of its own.

    Answers what each returned, or the exception it raised, in the order given.
    """

    def run(works: Sequence[Work]) -> list[Any]:
        gate = threading.Barrier(len(works))
        outcomes: list[Any] = [None] * len(works)

        def lane(number: int, work: Work) -> None:
            try:
                gate.wait(_PATIENCE_SECONDS)
                outcomes[number] = work()
            except Exception as error:
                outcomes[number] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=lane, args=pair, daemon=True) for pair in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_PATIENCE_SECONDS)
        assert not any(thread.is_alive() for thread in threads), "a lane of the race hangs"
        return outcomes

    return run
