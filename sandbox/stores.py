"""A store of whichever platform: its settings, its documents, and what it may use of the process."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.db import Database, Json


@dataclass
class Store(ABC):
    db: Database
    clock: Clock
    name: str
    settings: Json
    base_url: str

    @property
    def now(self) -> int:
        return self.clock.timestamp()

    @property
    @abstractmethod
    def home(self) -> str:
        """Path of the page where shoppers come in."""

    @property
    def tone(self) -> int:
        """Which of the pages' colors the store has."""
        return int(self.settings["store_id"]) % 4

    @abstractmethod
    def links(self) -> list[tuple[str, str]]:
        """Label and path of the store's pages, as its navigation shows them."""

    @abstractmethod
    def facts(self) -> list[tuple[str, str]]:
        """What somebody who wants to connect the store must know: label and value."""

    def next_id(self, kind: str) -> int:
        return self.db.next_id(self.name, kind)

    def put(self, kind: str, body: Json, parent: int = 0) -> Json:
        return self.db.put(self.name, kind, body, parent)

    def get(self, kind: str, number: int) -> Json | None:
        return self.db.get(self.name, kind, number)

    def all(self, kind: str, parent: int | None = None) -> list[Json]:
        return self.db.all(self.name, kind, parent)

    def remove(self, kind: str, number: int) -> bool:
        return self.db.remove(self.name, kind, number)

    def save_settings(self, **changes: Any) -> None:
        self.settings.update(changes)
        self.db.run("UPDATE store SET body = ? WHERE hash = ?", json.dumps(self.settings), self.name)
