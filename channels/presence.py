"""What channels show outside their own pages: rail, dashboard, search."""

from collections.abc import Iterable
from typing import cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels import queries
from channels.models import Channel
from channels.queries import Health, Work
from channels.registry import platform_spec
from inventory.models import User
from inventory.registry import RailEntry, SearchHit, Viewer, WorkItem

_TONES_OF_TROUBLE = {"bad", "warn"}


def rail(user: Viewer) -> Iterable[RailEntry]:
    """Every channel with a dot and its pending orders; one statement whatever their number."""
    if not user.has_perm("channels.view_channel"):
        return []
    found = _with_health(user)
    entries = [
        RailEntry(
            section="channels",
            label=channel.name,
            url=queries.home_url(user, channel),
            mark=platform_spec(channel.platform).mark,
            count=vars(channel).get("pending_orders") or None,
            tone=health.tone,
            state_word=health.word,
            order=100 + place,
        )
        for place, (channel, _work, health) in enumerate(found)
    ]
    all_channels = RailEntry(
        section="channels", label=_("All channels"), url=reverse("channels:channels"), icon="channels", order=1000
    )
    return [*entries, all_channels]


def work(user: Viewer) -> Iterable[WorkItem]:
    """Unhealthy channels and work that failed for good."""
    if not user.has_perm("channels.view_channel"):
        return []
    items = []
    for channel, waiting, health in _with_health(user):
        if waiting.failed:
            items.append(_failed_item(channel, waiting))
        elif health.tone in _TONES_OF_TROUBLE:
            items.append(_trouble_item(channel, health))
    return items


def _failed_item(channel: Channel, waiting: Work) -> WorkItem:
    text = ngettext("%(count)s update failed for good", "%(count)s updates failed for good", waiting.failed)
    return WorkItem(
        tone="warn",
        title=channel.name,
        detail=text % {"count": waiting.failed},
        url=reverse("channels:failed", args=[channel.pk]),
        count=waiting.failed,
    )


def _trouble_item(channel: Channel, health: Health) -> WorkItem:
    return WorkItem(
        tone=health.tone,
        title=channel.name,
        detail=f"{health.word}. {health.reason}".strip(),
        url=reverse("channels:setup", args=[channel.pk]),
        count=1,
    )


def search(user: Viewer, text: str) -> Iterable[SearchHit]:
    """Channels by name."""
    if not user.has_perm("channels.view_channel"):
        return []
    return [
        SearchHit(
            kind=_("Channels"),
            label=channel.name,
            sub_label=channel.store_url,
            url=queries.home_url(cast("User", user), channel),
        )
        for channel in queries.channels_for(user).filter(name__icontains=text)[:20]
    ]


def _with_health(user: Viewer) -> list[tuple[Channel, Work, Health]]:
    """Channels with their work, in one statement."""
    now = timezone.now()
    found = [(channel, queries.work_of(channel)) for channel in queries.with_work(queries.channels_for(user))]
    return [(channel, waiting, queries.health_of(channel, work=waiting, now=now)) for channel, waiting in found]
