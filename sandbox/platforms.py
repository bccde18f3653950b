"""What a platform brings into the sandbox: addresses, API, tables, seeds, control actions, pages."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.db import Json
from sandbox.faults import Fault
from sandbox.problems import Problem
from sandbox.stores import Store

if TYPE_CHECKING:
    from sandbox.pages.frame import Pages
    from sandbox.world import World

Filling = tuple[Json, Callable[[Any], None]]
"""Settings of a seed, and what fills the store with it."""


class Actions:
    """Control actions on one store; ``rules`` are method, path below the store, and the name of the method."""

    rules: ClassVar[tuple[tuple[str, str, str], ...]] = ()

    def __init__(self) -> None:
        self._map = Map([Rule(path, endpoint=name, methods=[method]) for method, path, name in self.rules])

    def perform(self, store: Store, method: str, path: str, data: Json) -> Json:
        """Raises werkzeug's NotFound and MethodNotAllowed for what the platform does not offer."""
        name, values = self._map.bind("sandbox").match(path, method)
        found: Json = getattr(self, name)(store, data, **values)
        return found


class Platform(ABC):
    slug: ClassVar[str]
    schema: ClassVar[str] = ""
    tables: ClassVar[tuple[str, ...]] = ()
    prefix: ClassVar[str]
    """The first segment of all addresses of its stores."""

    actions: Actions
    pages: "Pages"
    seeds: dict[str, Filling]

    def __init__(self, world: "World") -> None:
        self.world = world

    @abstractmethod
    def route(self, request: Request) -> tuple[str, str] | None:
        """Store and API path of an API request; None for everything else."""

    def serve(self, store: str, path: str, fault: Fault | None, handle: Callable[[], Response]) -> Response:
        """Around the answer of one API request: quotas and headers that every answer has."""
        return handle()

    def logged_query(self, request: Request) -> str:
        """The query for the log of requests: without secrets."""
        return request.query_string.decode()

    @abstractmethod
    def dispatch(self, request: Request, store: str, path: str) -> Response:
        """The API's own work; refusals are answers too."""

    @abstractmethod
    def failure(self, status: int, path: str) -> Response:
        """How this platform says that something went wrong."""

    @abstractmethod
    def defaults(self) -> Json:
        """Settings of a new store."""

    @abstractmethod
    def open(self, name: str, settings: Json, base_url: str) -> Store: ...

    @abstractmethod
    def found(self, store: Store) -> None:
        """Write what every new store has: reference data, first numbers."""

    @abstractmethod
    def counts(self, name: str) -> dict[str, int]: ...

    @abstractmethod
    def restart(self) -> None:
        """Forget what is not in the stores themselves."""

    def seed(self, name: str) -> Filling:
        if name not in self.seeds:
            raise Problem(422, f"A seed is one of {', '.join(sorted(self.seeds))}.")
        return self.seeds[name]
