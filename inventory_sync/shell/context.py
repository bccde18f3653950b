"""The frame of every page: rail, running activities, theme. Evaluated only where a template asks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.enums import Theme
from inventory.registry import RailEntry, registry
from inventory_sync.shell import organization, queries
from inventory_sync.shell.queries import Activity


@dataclass(frozen=True, kw_only=True)
class Place:
    """One line of the rail as the template draws it."""

    label: str
    url: str
    icon: str = ""
    mark: str = ""
    count: int | None = None
    hot: bool = False
    tone: str = ""
    state_word: str = ""
    is_current: bool = False
    children: Sequence["Place"] = field(default_factory=tuple)


class Frame:
    """What base.html shows around a page; at most four queries of its own."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _entries(self) -> list[RailEntry]:
        user = self._request.user
        if not user.is_authenticated:
            return []
        own = [RailEntry(section="main", label=_("Dashboard"), url=reverse("dashboard"), icon="dashboard", order=0)]
        if user.has_perm("inventory.manage_users"):
            own.append(RailEntry(section="system", label=_("Users"), url=reverse("users"), icon="user", order=90))
        found = chain(own, *(provider(user) for provider in registry.rail))
        return sorted(found, key=lambda entry: entry.order)

    @cached_property
    def _current(self) -> str:
        """Address of the place that the page belongs to: the longest one its path starts with."""
        path = self._request.path
        matches = [entry.url for entry in self._entries if path.startswith(_root(entry)) and entry.url != "/"]
        exact = [url for url in matches if url == path]
        home = "/" if path == "/" else ""
        return (exact or sorted(matches, key=len)[-1:] or [home])[0]

    def _places(self, section: str) -> list[Place]:
        return [self._place(entry) for entry in self._entries if entry.section == section]

    def _place(self, entry: RailEntry) -> Place:
        return Place(
            label=entry.label,
            url=entry.url,
            icon=entry.icon,
            mark=entry.mark,
            count=entry.count,
            hot=entry.hot,
            tone=entry.tone,
            state_word=entry.state_word,
            is_current=entry.url == self._current,
        )

    @cached_property
    def places(self) -> list[Place]:
        """Main places; those of orders are gathered under one heading after the dashboard."""
        main, orders = self._places("main"), self._places("orders")
        if orders:
            heading = Place(label=_("Orders"), url=orders[0].url, icon="orders", children=tuple(orders))
            main.insert(1, heading)
        return main

    @cached_property
    def channels(self) -> list[Place]:
        return self._places("channels")

    @property
    def connect_url(self) -> str:
        """Where a store is connected; empty for users who may not."""
        allowed = self._request.user.has_perm("channels.connect_channel")
        return reverse("channels:choose_platform") if allowed else ""

    @cached_property
    def system(self) -> list[Place]:
        return self._places("system")

    @cached_property
    def brand(self) -> str:
        home = organization.current(self._request)
        return home.name if home else ""

    @property
    def theme(self) -> str:
        """`light`, `dark`, or empty for whatever the system says."""
        user = self._request.user
        chosen = user.theme if user.is_authenticated else Theme.SYSTEM
        return "" if chosen == Theme.SYSTEM else str(chosen)

    @property
    def user_name(self) -> str:
        return str(self._request.user)

    @property
    def search_text(self) -> str:
        match = self._request.resolver_match
        return self._request.GET.get("q", "") if match and match.view_name == "search" else ""

    @cached_property
    def activities(self) -> list[Activity]:
        """Long work that is under way, the newest first."""
        user = self._request.user
        return queries.running_activities(user) if user.is_authenticated else []

    @cached_property
    def activity_url(self) -> str:
        return next((entry.url for entry in self._entries if entry.icon == "activity"), reverse("dashboard"))


def _root(entry: RailEntry) -> str:
    """Of a channel the part that its tabs share: `/channels/3/`."""
    if entry.section != "channels" or not entry.mark:
        return entry.url
    return "/".join(entry.url.split("/")[:3]) + "/"


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor."""
    return {"frame": Frame(request)}
