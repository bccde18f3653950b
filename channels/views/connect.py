"""Connecting a store, changing its credentials, disconnecting it."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from channels import queries
from channels.access import requires_channel
from channels.enums import Notices
from channels.errors import NoConnectionLeft, StoreAlreadyConnected
from channels.forms.connect import ChangeCredentialsForm, ConnectForm, DisconnectForm
from channels.models import Channel
from channels.ports import Capability, ConnectWay, PlatformSpec
from channels.registry import platform_spec
from channels.services import approvals
from channels.services import connect as service
from channels.services import disconnect as disconnecting
from channels.services.connect import AnotherStore, ConnectRefused, GoLive
from inventory.models import User
from inventory_sync.lib.access import requires


@requires("channels.view_channel", "channels.connect_channel")
@require_safe
def choose_platform(request: HttpRequest) -> HttpResponse:
    """Platforms this user may connect (CON-2, CON-6)."""
    context = {"platforms": queries.usable_platforms(request.user), "left": service.connections_left()}
    return render(request, "channels/choose_platform.html", context)


@requires("channels.view_channel", "channels.connect_channel")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """CON-1: the checklist, then the platform's credentials, by the way that `?way=` names."""
    spec, way = spec_for(request, slug), _way(request, slug)
    form = ConnectForm(way, request.POST or None, known=_known(request, slug, way))
    if request.method == "POST" and form.is_valid():
        address = _connected_at(request, form, spec)
        if address:
            return redirect(address)
    context = {"form": form, "spec": spec, "ways": _tabs(request, spec, way), "left": service.connections_left()}
    context |= {"way": way, "is_approval": way.approve is not None}
    return render(request, "channels/connect.html", context)


def spec_for(request: HttpRequest, slug: str) -> PlatformSpec:
    """The platform, if it is there and the user may use it (CON-2)."""
    try:
        spec = platform_spec(slug)
    except KeyError:
        raise Http404 from None
    if not request.user.has_perm(f"channels.use_{slug}"):
        raise PermissionDenied
    return spec


def _way(request: HttpRequest, slug: str) -> ConnectWay:
    try:
        return service.way_of(slug, request.GET.get("way", ""))
    except KeyError:
        raise Http404 from None


def _known(request: HttpRequest, slug: str, way: ConnectWay) -> dict[str, str]:
    """What the form starts with: what a link says of the store, else a sandbox store. Secrets come by no link."""
    said = {field.name: request.GET.get(field.name, "")[:500] for field in way.fields if not field.secret}
    given = {name: value for name, value in said.items() if value}
    if not given:
        return service.sandbox_store(slug, way=way)
    return {**service.sandbox_store(slug, way=way, identity=given.get(way.fields[0].name, "-")), **given}


@dataclass(frozen=True, kw_only=True)
class WayTab:
    label: str | Promise
    url: str
    is_current: bool


def _tabs(request: HttpRequest, spec: PlatformSpec, current: ConnectWay) -> list[WayTab]:
    """One for each way that is ready; none where there is no choice."""
    ways = spec.ready_ways
    if len(ways) < 2:
        return []
    return [
        WayTab(label=way.label, url=f"{request.path}?way={way.slug}", is_current=way.slug == current.slug)
        for way in ways
    ]


def _connected_at(request: HttpRequest, form: ConnectForm, spec: PlatformSpec) -> str:
    """Where to go on: the new channel, or the approval in the store; "" with the reason in the form."""
    user, now = cast("User", request.user), timezone.now()
    chosen: dict[str, Any] = {"way": form.way.slug, "fields": form.credentials(), "go_live": form.go_live()}
    try:
        if form.way.approve is not None:
            attempt = approvals.begin_approval(spec.slug, **chosen, user=user, now=now)
            return reverse("channels:approval", args=[attempt.pk])
        channel = service.connect_store(spec.slug, **chosen, user=user, now=now)
    except ConnectRefused as error:
        form.add_refusal(error.message, error.fields)
    except (StoreAlreadyConnected, NoConnectionLeft) as error:
        form.add_error(None, error.message)
    else:
        greet(request, channel)
        return reverse("channels:setup", args=[channel.pk])
    return ""


def greet(request: HttpRequest, channel: Channel) -> None:
    """Says that the store is connected, and what does not work there."""
    messages.success(request, _("“%(name)s” is connected.") % {"name": channel.name})
    can_notify = platform_spec(channel.platform).can(Capability.WEBHOOKS)
    if can_notify and channel.notices == Notices.POLLING_ONLY and channel.notices_reason:
        text = _("The store sends no notices, so orders are found by polling only. %(reason)s")
        messages.warning(request, text % {"reason": channel.notices_reason})


@requires_channel("channels.connect_channel")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def credentials(request: HttpRequest, channel: Channel) -> HttpResponse:
    """CON-18, A2, A62: new credentials, also for a channel that needs a sign-in."""
    spec, way = platform_spec(channel.platform), _way(request, channel.platform)
    known = _known_of(channel, way)
    form = ChangeCredentialsForm(way, request.POST or None, known=known, offer_new="as_new" in request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_changed_at(request, channel, form))
        except ConnectRefused as error:
            form.add_refusal(error.message, error.fields)
        except (StoreAlreadyConnected, NoConnectionLeft) as error:
            form.add_error(None, error.message)
        except AnotherStore as error:
            form = ChangeCredentialsForm(way, request.POST, known=known, offer_new=True)
            form.add_error("as_new", error.message)
    context = queries.channel_frame(request, channel, "setup")
    context |= {"form": form, "spec": spec, "ways": _tabs(request, spec, way)}
    context |= {"way": way, "is_approval": way.approve is not None}
    return render(request, "channels/credentials.html", context)


def _known_of(channel: Channel, way: ConnectWay) -> dict[str, str]:
    """A channel's form starts with its store."""
    named = {way.fields[0].name: channel.store_identity} if way.fields else {}
    return {**named, **service.sandbox_store(channel.platform, way=way, identity=channel.store_identity)}


def _changed_at(request: HttpRequest, channel: Channel, form: ChangeCredentialsForm) -> str:
    """Changes the credentials, or connects another store as another channel (A2) with nothing of the old one."""
    user, now = cast("User", request.user), timezone.now()
    chosen: dict[str, Any] = {"way": form.way.slug, "fields": form.credentials()}
    if form.way.approve is not None:
        attempt = approvals.begin_approval(
            channel.platform, **chosen, go_live=GoLive(), channel=channel, user=user, now=now
        )
        return reverse("channels:approval", args=[attempt.pk])
    if form.cleaned_data.get("as_new"):
        new = service.connect_store(channel.platform, **chosen, go_live=GoLive(), user=user, now=now)
        greet(request, new)
        return reverse("channels:setup", args=[new.pk])
    service.change_credentials(channel, **chosen, user=user, now=now)
    messages.success(request, _("“%(name)s” has the new credentials.") % {"name": channel.name})
    return reverse("channels:setup", args=[channel.pk])


@requires_channel("channels.disconnect_channel")
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest, channel: Channel) -> HttpResponse:
    """CON-19, A3: says with numbers what goes and what stays, and has the name typed."""
    form = DisconnectForm(channel.name, request.POST or None)
    if request.method == "POST" and form.is_valid():
        disconnecting.disconnect_channel(
            channel, forget=form.cleaned_data["forget"], user=cast("User", request.user), now=timezone.now()
        )
        messages.success(request, _("“%(name)s” is disconnected.") % {"name": channel.name})
        return redirect("channels:channels")
    losses = disconnecting.preview_disconnect(channel)
    context = queries.channel_frame(request, channel, "setup")
    context |= {
        "form": form,
        "gone": [loss for loss in losses if not loss.kept],
        "kept": [loss for loss in losses if loss.kept],
        "back_url": reverse("channels:setup", args=[channel.pk]),
    }
    return render(request, "channels/disconnect.html", context)
