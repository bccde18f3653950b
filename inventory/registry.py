"""How features of higher floors appear on pages of lower ones: they register here in `ready()`.

Every provider takes the user first and answers only what that user may see.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser

from inventory.models.access import User
from inventory.models.runs import Run

Viewer = User | AnonymousUser


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of a product or customer page: label and URL, loaded as a fragment, a plain link without JavaScript."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class SearchHit:
    kind: str
    label: str
    sub_label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """Something that needs a person now, for the dashboard."""

    tone: str
    title: str
    detail: str
    url: str
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number of the dashboard with the list behind it."""

    label: str
    value: str
    url: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RailEntry:
    """A place in the left rail. `section`: main, orders, channels, system. `mark` is a platform's letter."""

    section: str
    label: str
    url: str
    icon: str = ""
    mark: str = ""
    count: int | None = None
    hot: bool = False
    tone: str = ""
    state_word: str = ""
    order: int = 100


PanelProvider = Callable[[Viewer, int], Iterable[Panel]]
SearchProvider = Callable[[Viewer, str], Iterable[SearchHit]]
WorkProvider = Callable[[Viewer], Iterable[WorkItem]]
FigureProvider = Callable[[Viewer], Iterable[Figure]]
RailProvider = Callable[[Viewer], Iterable[RailEntry]]
ScopeProvider = Callable[[Viewer], Collection[str]]
RunRetry = Callable[[Run, User], Run]
"""Starts an activity for what failed in another, see `inventory.services.runs.retry_failed`."""
HouseStep = Callable[[Run, Any], Any]
"""One step of an activity without a channel: `Portion` in, `StepDone` out, see `inventory.services.house_runs`."""


@dataclass
class Registry:
    """Filled once at start, read by pages."""

    product_panels: list[PanelProvider] = field(default_factory=list)
    customer_panels: list[PanelProvider] = field(default_factory=list)
    search_providers: list[SearchProvider] = field(default_factory=list)
    dashboard_work: list[WorkProvider] = field(default_factory=list)
    dashboard_figures: list[FigureProvider] = field(default_factory=list)
    rail: list[RailProvider] = field(default_factory=list)
    hidden_scopes: list[ScopeProvider] = field(default_factory=list)
    """Scope keys (`channel:3`) whose activities and audit entries the user may not see."""
    run_retries: dict[str, RunRetry] = field(default_factory=dict)
    """Kinds of activities whose failed items can be tried again, with how."""
    run_permissions: dict[str, str] = field(default_factory=dict)
    """What trying a kind of activity again asks for besides `inventory.change_run`."""
    house_steps: dict[str, HouseStep] = field(default_factory=dict)
    """Kinds of activities without a channel, with their step."""
    house_readers: dict[str, Callable[[Run], Any]] = field(default_factory=dict)
    """What is slow in a step and changes nothing runs before its transaction, so that nobody waits for a lock."""
    run_pages: dict[str, str] = field(default_factory=dict)
    """Kinds of activities, previews too, that have a page of their own: the URL name that takes the run's id."""
    operator_permissions: set[str] = field(default_factory=set)
    """`app.codename` an Operator has besides viewing; Manager has all, Viewer only `view_*`."""

    def hidden_from(self, user: Viewer) -> set[str]:
        """All scope keys the user may not see."""
        return {scope for provider in self.hidden_scopes for scope in provider(user)}


registry = Registry()
