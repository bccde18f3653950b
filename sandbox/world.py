"""Everything one sandbox process holds, and how its stores are found and made."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.clock import Clock
from sandbox.db import Database, Json
from sandbox.deliveries import Deliveries
from sandbox.exchanges import ExchangeLog
from sandbox.faults import FaultBook
from sandbox.platforms import Platform
from sandbox.problems import Problem
from sandbox.stores import Store

FIRST_STORE_ID = 1025645


class World:
    def __init__(self, data_path: str, kinds: Sequence[type[Platform]], clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.db = Database(data_path, {kind.schema: kind.tables for kind in kinds})
        self.faults = FaultBook()
        self.log = ExchangeLog()
        self.deliveries = Deliveries()
        self.platforms = {kind.slug: kind(self) for kind in kinds}
        self.starts = 0
        """How often everything started over; what a slow request finds changed is not its world any more."""

    def close(self) -> None:
        self.deliveries.close()
        self.db.close()

    def settings(self, store: str) -> Json | None:
        row = self.db.row("SELECT body FROM store WHERE hash = ?", store)
        return json.loads(row["body"]) if row is not None else None

    def names(self) -> list[str]:
        """Of all platforms' stores: a name is there once only."""
        return [row["hash"] for row in self.db.rows("SELECT hash FROM store ORDER BY hash")]

    def platform_of(self, store: str) -> Platform:
        settings = self.settings(store)
        if settings is None:
            raise Problem(404, f"There is no store {store}.")
        return self.platforms[settings.get("platform", "bigcommerce")]

    def open(self, store: str, base_url: str) -> Store:
        settings = self.settings(store)
        if settings is None:
            raise Problem(404, f"There is no store {store}.")
        return self.platform_of(store).open(store, settings, base_url.rstrip("/"))

    def create_store(self, platform: str, store: str, base_url: str, seed: str = "empty", **changes: Any) -> Store:
        """A new store, filled with its platform's own ``seed``; ``changes`` are settings."""
        if platform not in self.platforms:
            raise Problem(422, f"A platform is one of {', '.join(self.platforms)}.")
        if not store or not all(char.isalnum() or char in "-_" for char in store):
            raise Problem(422, "A store's name is made of letters, digits, - and _.")
        if self.settings(store) is not None:
            raise Problem(409, f"The store {store} exists already.")
        kind = self.platforms[platform]
        defaults, fill = kind.seed(seed)
        number = self.db.next_id("", "store") + FIRST_STORE_ID
        settings = {**kind.defaults(), "platform": platform, "store_id": number, **defaults, **changes}
        self.db.run("INSERT INTO store (hash, body) VALUES (?, ?)", store, json.dumps(settings))
        made = self.open(store, base_url)
        kind.found(made)
        fill(made)
        return made

    def restart(self) -> None:
        """Forget everything that is not in the stores themselves: faults, logs, the moved clock."""
        self.starts += 1
        self.faults.clear()
        self.deliveries.restart()
        self.log.clear()
        self.clock.offset_seconds = 0.0
        for platform in self.platforms.values():
            platform.restart()

    def remove_store(self, store: str | None = None) -> None:
        """Forget one store, or all of them."""
        self.deliveries.forget(store)
        self.faults.clear(store)
        for platform in self.platforms.values():
            platform.restart()
        self.db.clear(store)
