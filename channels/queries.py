"""What channels are asked: who sees which, what the store's names mean to us, how a channel feels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from channels.enums import ChannelState, JobState, Notices
from channels.models import (
    ChangeMark,
    Channel,
    ChannelAccess,
    LocationMapping,
    PaymentMapping,
    SyncJob,
    TaxMapping,
)
from channels.ports import Capability, PlatformSpec
from channels.registry import ChannelTab, HealthLine, platform_spec, platform_specs, registry
from channels.remote import RemoteOrder
from inventory.enums import RUN_OPEN
from inventory.models import Account, Location, Run, TaxRule, User

Viewer = User | AnonymousUser
FAILURES_TO_REST = 3
"""Calls in a row without a good answer after which a store is left alone for a while."""


def usable_platforms(user: Viewer) -> list[PlatformSpec]:
    """Platforms the user has the permission for (CON-2)."""
    return [spec for spec in platform_specs() if user.has_perm(f"channels.use_{spec.slug}")]


def channels_for(user: Viewer) -> QuerySet[Channel]:
    """Connected channels the user may see: their platforms, limited to their channels if they have such a list.

    Credentials stay closed until somebody opens the store.
    """
    if not user.is_authenticated:
        return Channel.objects.none()
    slugs = [spec.slug for spec in usable_platforms(user)]
    mine = ChannelAccess.objects.filter(user=user)
    allowed = Q(Exists(mine.filter(channel=OuterRef("pk")))) | ~Q(Exists(mine))
    connected = Channel.objects.exclude(state=ChannelState.DISCONNECTED)
    return connected.filter(allowed, platform__in=slugs).defer("credentials").order_by("name", "pk")


def hidden_scopes(user: Viewer) -> set[str]:
    """Scope keys of channels whose activities and changes the user may not see; connected or not (CON-2)."""
    slugs = {spec.slug for spec in usable_platforms(user)}
    seen = set(channels_for(user).values_list("pk", flat=True))
    rest = Channel.objects.exclude(pk__in=seen).only("pk", "platform", "state")
    return {
        channel.scope_key
        for channel in rest
        if channel.platform not in slugs or channel.state != ChannelState.DISCONNECTED
    }


# --- what the store's names mean to us


def tax_rules(channel: Channel) -> dict[str, TaxRule]:
    """Our rule of each mapped tax key; unmapped keys are not in it (TAX-2)."""
    rows = TaxMapping.objects.filter(channel=channel, rule__isnull=False).select_related("rule")
    return {row.remote_key: row.rule for row in rows if row.rule}


def tax_mappings(channel: Channel) -> dict[str, TaxMapping]:
    """Every tax name that Setup shows, mapped or not, with its rule, by key; one statement."""
    return {row.remote_key: row for row in TaxMapping.objects.filter(channel=channel).select_related("rule")}


def payment_accounts(channel: Channel) -> dict[str, Account]:
    """Account of each mapped payment method (PAY-1)."""
    rows = PaymentMapping.objects.filter(channel=channel, account__isnull=False).select_related("account")
    return {row.remote_key: row.account for row in rows if row.account}


def locations(channel: Channel) -> dict[str, Location]:
    """Our location of each mapped location of the store (SET-32)."""
    rows = LocationMapping.objects.filter(channel=channel, location__isnull=False).select_related("location")
    return {row.remote_key: row.location for row in rows if row.location}


def push_location(channel: Channel) -> str:
    """The store's location that quantities are sent to; "" where none is chosen or the platform has none."""
    row = LocationMapping.objects.filter(channel=channel, receives_stock=True).values_list("remote_key", flat=True)
    return row.first() or ""


def is_closed_history(channel: Channel, order: RemoteOrder) -> bool:
    """An order that had been finished before the store was connected; no poll or notice captures it (SET-35)."""
    is_over = order.milestones.completed or order.milestones.cancelled or order.milestones.deleted
    return is_over and order.modified_at < channel.connected_at


# --- how a channel feels


@dataclass(frozen=True, kw_only=True)
class Work:
    """Remote work of a channel: how much waits, since when, how much was given up."""

    waiting: int = 0
    waiting_since: datetime | None = None
    failed: int = 0


def with_work(channels: QuerySet[Channel]) -> QuerySet[Channel]:
    """The channels with what `work_of` and their pages ask, in the same statement."""
    jobs = SyncJob.objects.filter(channel=OuterRef("pk")).order_by().values("channel")
    marks = ChangeMark.objects.filter(channel=OuterRef("pk")).order_by().values("channel")
    queued, failed = jobs.filter(state=JobState.QUEUED), jobs.filter(state=JobState.FAILED)
    scope = Concat(Value("channel:"), Cast(OuterRef("pk"), CharField()))
    open_runs = Run.objects.filter(scope_key=scope, state__in=RUN_OPEN).order_by("-pk").values("pk")
    return channels.annotate(
        waiting_jobs=Coalesce(Subquery(queued.annotate(count=Count("pk")).values("count")), 0),
        waiting_jobs_since=Subquery(queued.annotate(since=Min("created_at")).values("since")),
        waiting_marks=Coalesce(Subquery(marks.annotate(count=Count("pk")).values("count")), 0),
        waiting_marks_since=Subquery(marks.annotate(since=Min("created_at")).values("since")),
        failed_jobs=Coalesce(Subquery(failed.annotate(count=Count("pk")).values("count")), 0),
        open_run=Subquery(open_runs[:1]),
        **registry.columns,
    )


def work_of(channel: Channel) -> Work:
    """Remote work of a channel, as read with it by `with_work`, or else by one more statement."""
    row = channel if hasattr(channel, "waiting_jobs") else with_work(Channel.objects.only("pk")).get(pk=channel.pk)
    found: dict[str, Any] = vars(row)
    since = [at for at in (found["waiting_jobs_since"], found["waiting_marks_since"]) if at is not None]
    return Work(
        waiting=found["waiting_jobs"] + found["waiting_marks"],
        waiting_since=min(since, default=None),
        failed=found["failed_jobs"],
    )


@dataclass(frozen=True, kw_only=True)
class Health:
    """Tone and words; `reason` says what is wrong, "" when all is well."""

    tone: str
    word: str
    reason: str = ""


def health_of(channel: Channel, *, work: Work, now: datetime) -> Health:
    """The worst thing that is true of a channel (A62, JOB-4, APP-11)."""
    if channel.state == ChannelState.NEEDS_SIGN_IN:
        return Health(tone="bad", word=_("Needs sign-in"), reason=channel.state_reason)
    if channel.state == ChannelState.PAUSED:
        return Health(tone="off", word=_("Paused"), reason=channel.state_reason)
    if channel.sign_in_failures:
        return Health(
            tone="warn", word=_("Sign-in refused"), reason=_("The store refused our credentials; we try again.")
        )
    if channel.failures >= FAILURES_TO_REST:
        return Health(tone="warn", word=_("Store does not answer"), reason=channel.state_reason)
    if work.failed:
        return Health(tone="warn", word=_("Needs attention"))
    if channel.notices == Notices.BROKEN:
        return Health(tone="warn", word=_("Needs attention"), reason=channel.notices_reason)
    if _is_behind(channel, now):
        return Health(tone="warn", word=_("Behind"), reason=_("The store was not looked at for too long."))
    return Health(tone="ok", word=_("Healthy"))


def _is_behind(channel: Channel, now: datetime) -> bool:
    since = channel.last_poll_at or channel.connected_at
    return now - since > timedelta(minutes=2 * channel.poll_minutes + 15)


def notices_in_words(channel: Channel) -> str:
    """How the channel learns of orders."""
    if channel.notices == Notices.POLLING_ONLY:
        return _("By polling only, every %(count)s min") % {"count": channel.poll_minutes}
    return str(Notices(channel.notices).label)


# --- the frame of a channel's pages


@dataclass(frozen=True, kw_only=True)
class TabView:
    label: str
    url: str
    count: int | None
    hot: bool
    current: bool


@dataclass(frozen=True, kw_only=True)
class ActivityView:
    label: str
    url: str
    percent: int | None


@dataclass(frozen=True, kw_only=True)
class ChannelFrame:
    """What templates/channels/channel_base.html shows around a tab."""

    name: str
    letter: str
    platform: str
    store_url: str
    store_label: str
    tone: str
    health: str
    reason: str
    notes: Sequence[Any]
    last_sync: datetime | None
    activity: ActivityView | None
    tabs: Sequence[TabView]


def channel_frame(request: HttpRequest, channel: Channel, tab_slug: str) -> dict[str, Any]:
    """Context of `channels/channel_base.html`: `channel` and `channel_frame`. No statement of its own but the tabs'."""
    now = timezone.now()
    spec = platform_spec(channel.platform)
    work = work_of(channel)
    health = health_of(channel, work=work, now=now)
    frame = ChannelFrame(
        name=channel.name,
        letter=spec.mark,
        platform=f"{spec.label} {channel.store_version}".strip(),
        store_url=web_address(channel.store_url),
        store_label=_place_of(channel.store_url) or channel.store_identity,
        tone=health.tone,
        health=health.word,
        reason=health.reason,
        notes=_notes(channel, spec, work),
        last_sync=channel.last_poll_at,
        activity=_running(request, channel),
        tabs=_tabs(request, channel, tab_slug),
    )
    return {"channel": channel, "channel_frame": frame}


def web_address(url: str) -> str:
    """The address if a browser can follow it, else ""; stores are not trusted with other schemes."""
    return url if urlsplit(url).scheme in {"http", "https"} else ""


def _place_of(url: str) -> str:
    """Host and folder: several stores may share a host."""
    parts = urlsplit(url)
    return parts.netloc + parts.path.rstrip("/")


def _notes(channel: Channel, spec: PlatformSpec, work: Work) -> list[Any]:
    notes: list[Any] = []
    if channel.read_only:
        notes.append(_("Read-only: nothing is written to the store"))
    if spec.can(Capability.WEBHOOKS):
        notes.append(notices_in_words(channel))
    if work.failed:
        url = reverse("channels:failed", args=[channel.pk])
        notes.append({"text": _("%(count)s failed") % {"count": work.failed}, "url": url})
    return notes


def _running(request: HttpRequest, channel: Channel) -> ActivityView | None:
    if not request.user.has_perm("inventory.view_run"):
        return None
    row = channel if hasattr(channel, "open_run") else with_work(Channel.objects.only("pk")).get(pk=channel.pk)
    pk = vars(row)["open_run"]
    run = Run.objects.filter(pk=pk).first() if pk else None
    if run is None:
        return None
    percent = min(99, run.handled * 100 // run.total) if run.total else None
    return ActivityView(label=run.title, url=reverse("inventory:run", args=[run.pk]), percent=percent)


def _tabs(request: HttpRequest, channel: Channel, current: str) -> list[TabView]:
    visible = [tab for tab in registry.tabs if request.user.has_perm(tab.permission)]
    return [_tab(tab, channel, current) for tab in sorted(visible, key=lambda tab: tab.order)]


def _tab(tab: ChannelTab, channel: Channel, current: str) -> TabView:
    count = tab.count(channel) if tab.count else None
    return TabView(
        label=str(tab.label),
        url=tab.url(channel),
        count=count,
        hot=tab.hot and bool(count),
        current=tab.slug == current,
    )


def home_url(user: Viewer, channel: Channel) -> str:
    """Where a channel's name leads: the first tab of daily work the user may see, else Setup."""
    later = sorted((tab for tab in registry.tabs if tab.slug != "setup"), key=lambda tab: tab.order)
    url = next((tab.url(channel) for tab in later if user.has_perm(tab.permission)), "")
    return url if url and channel.state == ChannelState.CONNECTED else reverse("channels:setup", args=[channel.pk])


def health_lines(channel: Channel, *, now: datetime) -> list[HealthLine]:
    """A channel's health line by line, for its Connection section (APP-6, APP-11)."""
    work = work_of(channel)
    waiting = _("nothing")
    if work.waiting:
        since = _waited(now - work.waiting_since) if work.waiting_since else ""
        waiting = _("%(count)s, the oldest for %(time)s") % {"count": work.waiting, "time": since}
    lines = [
        HealthLine(tone="", label=_("Notices"), value=notices_in_words(channel)),
        HealthLine(tone="", label=_("Last notice"), value=_("never"), at=channel.last_notice_at),
        *_gap_line(channel),
        HealthLine(tone="", label=_("Last look for orders"), value=_("never"), at=channel.last_poll_at),
        HealthLine(tone="", label=_("Last stock push"), value=_("never"), at=channel.last_push_at),
        HealthLine(tone="", label=_("Waiting work"), value=waiting),
        HealthLine(tone="warn" if work.failed else "", label=_("Failed work"), value=str(work.failed)),
    ]
    return [*lines, *(line for provider in registry.health for line in provider(channel))]


_GAP_IS_NEWS = timedelta(days=7)


def notices_gap(channel: Channel, *, now: datetime) -> str:
    """When notices were off (NEW-9), in words, for some days after they are back; "" for no news."""
    back = channel.notices_back_at
    if back is None or channel.notices_off_since is None or now - back > _GAP_IS_NEWS:
        return ""
    return _("Notices were off since %(since)s and are back since %(back)s. Orders of that time were looked for.") % {
        "since": _clock(channel.notices_off_since),
        "back": _clock(back),
    }


def _gap_line(channel: Channel) -> list[HealthLine]:
    if channel.notices_off_since is None:
        return []
    if channel.notices_back_at is None:
        return [HealthLine(tone="", label=_("Notices off since"), value="", at=channel.notices_off_since)]
    value = _("%(since)s to %(back)s") % {
        "since": _clock(channel.notices_off_since),
        "back": _clock(channel.notices_back_at),
    }
    return [HealthLine(tone="", label=_("Notices were off"), value=value)]


def _clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _waited(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return _("%(count)s min") % {"count": minutes}
    return _("%(count)s h") % {"count": minutes // 60}


def waiting_for_tax(channel: Channel) -> Mapping[str, int]:
    """How many orders wait for each tax key's mapping (TAX-6)."""
    return registry.orders_waiting_for_tax(channel) if registry.orders_waiting_for_tax else {}
