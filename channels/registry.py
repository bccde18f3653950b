"""Platforms by slug, job handlers by kind, and what other floors add to a channel; filled in `ready()`."""

import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

from channels import platforms as platforms_package
from channels.ports import Limits, Platform, PlatformSpec

if TYPE_CHECKING:
    from channels.models import Channel, SyncJob
    from inventory.models import Run, User
    from inventory.services.runs import ItemOutcome

JobVerdict = Literal["done", "nothing", "again", "retry", "failed"]
"""`again`: part of it is done, go on at once; attempts start anew."""


@dataclass(frozen=True, kw_only=True)
class JobOutcome:
    """What a handler says of one job. `retry_at` empty: the job's own back-off decides."""

    key: str
    verdict: JobVerdict
    message: str = ""
    detail: str = ""
    retry_at: datetime | None = None


Handle = Callable[["Channel", Platform, Sequence["SyncJob"]], Sequence[JobOutcome]]


@dataclass(frozen=True, kw_only=True)
class JobHandler:
    """`priority`: lower runs first (polls 5, orders 10, stock 20, content 30, activities 90); `batch`: jobs of a call.

    A handler may be called twice for the same jobs, also with a part of them: a batch that breaks is split until the
    broken job is alone. `on_failed` is told of a job that is given up, inside the transaction that says so.
    """

    kind: str
    priority: int
    batch: int
    handle: Handle
    on_failed: Callable[["Channel", "SyncJob"], None] | None = None
    most: Callable[[Limits], int] | None = None
    """Jobs that one call of the platform takes, where that is fewer than `batch`: after each call the drain looks for
    something more urgent, and a call that breaks is repeated with no more than these.
    """
    attempts: int = 6
    """Tries before a job is given up; the waits between them are those of `channels.services.batches`."""


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What one step of an activity did. `cursor` goes into the run; `outcomes` are stored and counted."""

    outcomes: Sequence["ItemOutcome"] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    finished: bool = False
    total: int | None = None
    message: str = ""
    passed: int = 0
    """Items with nothing to do, counted without a row each."""


RunStep = Callable[["Channel", Platform, "Run"], StepResult]
"""One page or at most 500 rows of a channel's activity; may be run twice for the same cursor."""


@dataclass(frozen=True, kw_only=True)
class DisconnectPart:
    """What a floor loses or keeps when a channel is disconnected (CON-19).

    `preview` answers (label, count, kept) triples; `purge` deletes, idempotently, in short transactions.
    `forget` deletes what is kept otherwise, when staff ask for it (A3).
    """

    preview: Callable[["Channel"], Iterable[tuple[str, int, bool]]]
    purge: Callable[["Channel"], None]
    forget: Callable[["Channel"], None] | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelTab:
    """A tab of the channel page. `count` gets the channel; `hot` when a person must act."""

    slug: str
    label: str | Promise
    order: int
    url: Callable[["Channel"], str]
    permission: str
    count: Callable[["Channel"], int | None] | None = None
    hot: bool = False


@dataclass(frozen=True, kw_only=True)
class HealthLine:
    """One line of a channel's health, in words. A moment `at` is shown instead of `value`."""

    tone: str
    label: str
    value: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class KnownOrder:
    """An order as it was last read; `version` is "" where it is read in any case.

    `is_expected`: the store should still have it.
    """

    version: str
    is_expected: bool


@dataclass
class ChannelRegistry:
    handlers: dict[str, JobHandler] = field(default_factory=dict)
    disconnect_parts: list[DisconnectPart] = field(default_factory=list)
    tabs: list[ChannelTab] = field(default_factory=list)
    health: list[Callable[["Channel"], Iterable[HealthLine]]] = field(default_factory=list)
    run_steps: dict[str, RunStep] = field(default_factory=dict)
    """Step of each kind of activity that belongs to a channel, by `Run.kind`."""
    first_steps: list[Callable[["Channel", "User"], None]] = field(default_factory=list)
    """Called once after a store is connected, in the connecting user's name."""
    stock_preview_url: Callable[["Channel"], str] | None = None
    """Page that previews the first push and turns SET-19 on by `channels.services.setup.confirm_stock_preview`."""
    orders_waiting_for_tax: Callable[["Channel"], Mapping[str, int]] | None = None
    """How many orders wait for the mapping of each remote tax key (TAX-6)."""
    known_orders: Callable[["Channel", datetime], Mapping[str, KnownOrder]] | None = None
    """What we have of orders placed since a moment, by remote id (A5)."""
    nightly: list[Callable[["Channel", datetime], None]] = field(default_factory=list)
    """Called once a night for each connected channel, in a transaction: starts an activity, say; harmless twice."""
    columns: dict[str, Any] = field(default_factory=dict)
    """Expressions that `channels.queries.with_work` reads with a channel; `pending_orders` stands in the rail."""

    def add_handler(self, handler: JobHandler) -> None:
        self.handlers[handler.kind] = handler


registry = ChannelRegistry()
_specs: dict[str, PlatformSpec] = {}


def discover_platforms() -> None:
    """Loads `spec` of every package under channels/platforms. Idempotent."""
    for module in pkgutil.iter_modules(platforms_package.__path__):
        if module.ispkg:
            package = import_module(f"{platforms_package.__name__}.{module.name}.connect")
            spec: PlatformSpec = package.spec
            _specs[spec.slug] = spec


def platform_spec(slug: str) -> PlatformSpec:
    """Raises KeyError for a platform that is not installed."""
    return _specs[slug]


def platform_specs() -> tuple[PlatformSpec, ...]:
    return tuple(_specs[slug] for slug in sorted(_specs))
