"""All channels: the list and the work that failed."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from channels import queries
from channels.access import requires_channel
from channels.enums import JobKind, JobState
from channels.models import Channel, SyncJob
from channels.registry import platform_spec
from channels.services import marks
from inventory.models import User
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of


@requires("channels.view_channel")
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every store the user may see, with its health in words."""
    now = timezone.now()
    found = [(channel, queries.work_of(channel)) for channel in queries.with_work(queries.channels_for(request.user))]
    rows = [
        {
            "channel": channel,
            "spec": platform_spec(channel.platform),
            "health": queries.health_of(channel, work=work, now=now),
            "work": work,
            "url": queries.home_url(cast("User", request.user), channel),
        }
        for channel, work in found
    ]
    may_connect = request.user.has_perm("channels.connect_channel") and bool(queries.usable_platforms(request.user))
    return render(request, "channels/channels.html", {"rows": rows, "may_connect": may_connect})


@requires_channel()
@require_safe
def failed(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Work that was given up, each with the last error (JOB-4)."""
    rows = SyncJob.objects.filter(channel=channel, state=JobState.FAILED).order_by("-pk")
    context = queries.channel_frame(request, channel, "")
    context |= {"page": page_of(request, rows), "kinds": dict(JobKind.choices)}
    return render(request, "channels/failed.html", context)


@requires_channel("channels.retry_job")
@require_POST
def retry_failed(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The chosen jobs, or all of the channel."""
    if request.POST.get("all_matching") == "1":
        count = marks.retry_all_failed(channel)
    else:
        count = marks.retry_jobs(channel, job_ids=_chosen(request))
    _say(request, count, ngettext("%(count)s is tried again.", "%(count)s are tried again.", count))
    return redirect("channels:failed", channel.pk)


@requires_channel("channels.retry_job")
@require_POST
def discard_failed(request: HttpRequest, channel: Channel) -> HttpResponse:
    count = marks.discard_jobs(channel, job_ids=_chosen(request))
    _say(request, count, ngettext("%(count)s is discarded.", "%(count)s are discarded.", count))
    return redirect("channels:failed", channel.pk)


def _chosen(request: HttpRequest) -> list[int]:
    return [int(value) for value in request.POST.getlist("job") if value.isdecimal()]


def _say(request: HttpRequest, count: int, text: str) -> None:
    if count:
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Nothing was chosen, or it is no longer failed."))
