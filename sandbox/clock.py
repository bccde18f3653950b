"""The sandbox's own clock: real time plus an offset that the control API can move."""

import time
from datetime import UTC, datetime


class Clock:
    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def timestamp(self) -> int:
        return int(time.time() + self.offset_seconds)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset_seconds, UTC)
