"""Connect steps: what stores and their control panels call, and the pages of an approval in a store."""

from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels import queries
from channels.enums import AttemptState
from channels.errors import (
    MalformedResponse,
    NoConnectionLeft,
    RemoteRejected,
    SignatureInvalid,
    StoreAlreadyConnected,
    StoreError,
)
from channels.models import Channel, ConnectAttempt
from channels.ports import (
    AppInstalled,
    AppOpened,
    AppRemoved,
    ConnectStep,
    KeysDelivered,
    PlatformSpec,
    Returned,
    StepCall,
    StepNews,
)
from channels.registry import platform_spec
from channels.services import approvals, grants
from channels.services.approvals import ApprovalOver, KeysMissing
from channels.services.connect import AnotherStore, ConnectRefused
from channels.views.connect import greet
from inventory.models import User
from inventory_sync.lib import csp
from inventory_sync.lib.access import public, requires
from inventory_sync.lib.errors import ProductError

LARGEST_BODY = 16 * 1024
"""Bytes. Keys are delivered in some two hundred."""


def _find(slug: str, name: str) -> tuple[PlatformSpec, ConnectStep]:
    try:
        spec = platform_spec(slug)
        return spec, spec.steps[name]
    except KeyError:
        raise Http404 from None


def _call(request: HttpRequest, token: str = "") -> StepCall:
    return StepCall(
        query=request.GET.dict(), headers=request.headers, body=request.body, now=timezone.now(), token=token
    )


# -- the control panel of a store


@public("Control panels of stores call it in a frame; each request is verified by a signature or a one-time code.")
def step(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """CON-8, CON-10: our app is installed, opened or removed in the store."""
    spec, found = _find(slug, step)
    if found.audience != "panel":
        raise Http404
    if request.method != found.method:
        return HttpResponse(status=405)
    try:
        news = found.read(_call(request))
    except (SignatureInvalid, MalformedResponse, RemoteRejected) as error:
        return _framed(request, spec, {"refusal": error}, status=403)
    except StoreError as error:
        return _framed(request, spec, {"refusal": error}, status=503)
    return _told(request, spec, news)


def _told(request: HttpRequest, spec: PlatformSpec, news: StepNews) -> HttpResponse:
    now = timezone.now()
    if isinstance(news, AppInstalled):
        channel = grants.install_app(spec.slug, identity=news.identity, secrets=news.secrets, now=now)
        return _framed(request, spec, {"address": _address(spec, news.identity, channel), "is_new": channel is None})
    if isinstance(news, AppOpened):
        channel = grants.open_app(spec.slug, identity=news.identity)
        return _framed(request, spec, {"address": _address(spec, news.identity, channel), "channel": channel})
    if isinstance(news, AppRemoved):
        grants.remove_app(spec.slug, identity=news.identity, now=now, issued_at=news.issued_at)
    return HttpResponse(status=200)


def _address(spec: PlatformSpec, identity: str, channel: Channel | None) -> str:
    """Where the store's people go on with us: their channel, or the connect page with the store filled in."""
    if channel is not None:
        return reverse("channels:setup", args=[channel.pk])
    app = next((way for way in spec.ready_ways if way.is_app), None)
    path = reverse("channels:connect", args=[spec.slug])
    return f"{path}?{urlencode({'way': app.slug, app.fields[0].name: identity})}" if app and app.fields else path


def _framed(request: HttpRequest, spec: PlatformSpec, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """A page that the store's control panel may show in its frame; this one only."""
    response = render(request, "channels/app.html", {**context, "spec": spec}, status=status)
    response.xframe_options_exempt = True
    if spec.frame_ancestors:
        response.headers["Content-Security-Policy"] = csp.policy(frame_ancestors=" ".join(spec.frame_ancestors))
    return response


# -- an approval


@csrf_exempt
@public("Stores deliver keys to a one-time address; whoever comes back from a store is asked to log in.")
def attempt_step(request: HttpRequest, slug: str, step: str, token: str) -> HttpResponse:
    """CON-12: the store delivers its keys, then the merchant comes back."""
    _spec, found = _find(slug, step)
    if found.audience == "panel":
        raise Http404
    if request.method != found.method:
        return HttpResponse(status=405)
    return _deliver(request, slug, found, token) if found.audience == "store" else _return(request, slug, found, token)


def _deliver(request: HttpRequest, slug: str, found: ConnectStep, token: str) -> HttpResponse:
    """Empty answers: 200 taken (no other counts as such), 400 no keys, 404 nothing to deliver to, 413 too large."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return HttpResponse(status=413)
    now = timezone.now()
    if approvals.open_attempt(slug, token=token, now=now) is None:
        return HttpResponse(status=404)
    try:
        news = found.read(_call(request, token))
        if isinstance(news, KeysDelivered):
            approvals.deliver_keys(slug, token=token, secrets=news.secrets, now=now)
    except ApprovalOver:
        return HttpResponse(status=404)
    except StoreError:
        return HttpResponse(status=400)
    return HttpResponse(status=200)


@requires("channels.view_channel", "channels.connect_channel")
def _return(request: HttpRequest, slug: str, found: ConnectStep, token: str) -> HttpResponse:
    attempt = get_object_or_404(_attempts(request), platform=slug, token=token)
    try:
        news = found.read(_call(request, token))
    except StoreError as error:
        return _page(request, attempt, refusal=error)
    if isinstance(news, Returned) and not news.is_approved:
        approvals.deny_approval(attempt, now=timezone.now())
        return redirect("channels:approval", attempt.pk)
    return _finish(request, attempt, as_new=False)


def _attempts(request: HttpRequest) -> QuerySet[ConnectAttempt]:
    """Those that this user has begun, of channels and platforms that are still theirs."""
    slugs = [spec.slug for spec in queries.usable_platforms(request.user)]
    mine = ConnectAttempt.objects.filter(user=cast("User", request.user), platform__in=slugs)
    return mine.filter(Q(channel=None) | Q(channel__in=queries.channels_for(request.user)))


@requires("channels.view_channel", "channels.connect_channel")
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """What will happen at the store, then what became of it. A POST goes on with keys that have been delivered."""
    attempt = get_object_or_404(_attempts(request), pk=attempt_id)
    if request.method == "POST":
        return _finish(request, attempt, as_new="as_new" in request.POST)
    if attempt.state == AttemptState.USED and attempt.made_channel is not None:
        return redirect("channels:setup", attempt.made_channel.pk)
    return _page(request, attempt)


def _finish(request: HttpRequest, attempt: ConnectAttempt, *, as_new: bool) -> HttpResponse:
    was_used = attempt.state == AttemptState.USED
    try:
        channel = approvals.come_back(attempt, user=cast("User", request.user), now=timezone.now(), as_new=as_new)
    except KeysMissing:
        return _page(request, attempt, is_waiting=True)
    except AnotherStore as error:
        return _page(request, attempt, refusal=error, is_other_store=True)
    except (ApprovalOver, ConnectRefused, StoreAlreadyConnected, NoConnectionLeft) as error:
        return _page(request, attempt, refusal=error)
    if not was_used:
        _say(request, attempt, channel)
    return redirect("channels:setup", channel.pk)


def _say(request: HttpRequest, attempt: ConnectAttempt, channel: Channel) -> None:
    if channel.pk == attempt.channel_id:
        messages.success(request, _("“%(name)s” has the new credentials.") % {"name": channel.name})
    else:
        greet(request, channel)


def _page(
    request: HttpRequest,
    attempt: ConnectAttempt,
    *,
    refusal: ProductError | None = None,
    is_waiting: bool = False,
    is_other_store: bool = False,
) -> HttpResponse:
    spec = platform_spec(attempt.platform)
    way = next((way for way in spec.ways if way.slug == attempt.way), None)
    is_over = attempt.state in {AttemptState.DENIED, AttemptState.USED} or attempt.expires_at <= timezone.now()
    context = {
        "attempt": attempt,
        "spec": spec,
        "way": way,
        "stage": _stage(attempt, is_over=is_over),
        "store_address": "" if is_over else approvals.store_address(attempt),
        "refusal": refusal,
        "is_waiting": is_waiting,
        "is_other_store": is_other_store,
        "again_url": _again(attempt, attempt.way),
        "others": [
            {"label": other.label, "url": _again(attempt, other.slug)}
            for other in spec.ready_ways
            if other.slug != attempt.way and not other.is_app
        ],
    }
    return render(request, "channels/approval.html", context)


def _stage(attempt: ConnectAttempt, *, is_over: bool) -> str:
    if attempt.state == AttemptState.DENIED:
        return "denied"
    return "over" if is_over else str(attempt.state)


def _again(attempt: ConnectAttempt, way: str) -> str:
    """The form of a way, for the same store."""
    if attempt.channel_id:
        return f"{reverse('channels:credentials', args=[attempt.channel_id])}?{urlencode({'way': way})}"
    first = platform_spec(attempt.platform).way(way).fields[0].name
    return f"{reverse('channels:connect', args=[attempt.platform])}?{urlencode({'way': way, first: attempt.identity})}"
