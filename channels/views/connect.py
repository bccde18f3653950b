"""Connecting a store, changing its credentials, disconnecting it."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from channels import queries
from channels.access import requires_channel
from channels.enums import Notices
from channels.errors import NoConnectionLeft, StoreAlreadyConnected
from channels.forms.connect import ChangeCredentialsForm, ConnectForm, DisconnectForm
from channels.models import Channel
from channels.ports import Capability, PlatformSpec
from channels.registry import platform_spec
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
    """CON-1: the checklist, then the platform's credentials."""
    spec = _spec(request, slug)
    form = ConnectForm(spec, request.POST or None)
    if request.method == "POST" and form.is_valid():
        channel = _connect(request, form, spec)
        if channel is not None:
            return redirect("channels:setup", channel.pk)
    context = {"form": form, "spec": spec, "left": service.connections_left()}
    return render(request, "channels/connect.html", context, status=200)


def _spec(request: HttpRequest, slug: str) -> PlatformSpec:
    try:
        spec = platform_spec(slug)
    except KeyError:
        raise Http404 from None
    if not request.user.has_perm(f"channels.use_{slug}"):
        raise PermissionDenied
    return spec


def _connect(request: HttpRequest, form: ConnectForm, spec: PlatformSpec) -> Channel | None:
    """The new channel, or None with the reason in the form."""
    try:
        channel = service.connect_store(
            spec.slug,
            fields=form.credentials(),
            go_live=form.go_live(),
            user=cast("User", request.user),
            now=timezone.now(),
        )
    except ConnectRefused as error:
        form.add_refusal(error.message, error.fields)
        return None
    except (StoreAlreadyConnected, NoConnectionLeft) as error:
        form.add_error(None, error.message)
        return None
    _greet(request, channel, spec)
    return channel


def _greet(request: HttpRequest, channel: Channel, spec: PlatformSpec) -> None:
    messages.success(request, _("“%(name)s” is connected.") % {"name": channel.name})
    if spec.can(Capability.WEBHOOKS) and channel.notices == Notices.POLLING_ONLY and channel.notices_reason:
        text = _("The store sends no notices, so orders are found by polling only. %(reason)s")
        messages.warning(request, text % {"reason": channel.notices_reason})


@requires_channel("channels.connect_channel")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def credentials(request: HttpRequest, channel: Channel) -> HttpResponse:
    """CON-18, A2, A62: new credentials, also for a channel that needs a sign-in."""
    spec = platform_spec(channel.platform)
    offer_new = "as_new" in request.POST
    form = ChangeCredentialsForm(spec, request.POST or None, offer_new=offer_new)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data.get("as_new"):
            return _connect_as_new(request, channel, form, spec)
        try:
            service.change_credentials(
                channel, fields=form.credentials(), user=cast("User", request.user), now=timezone.now()
            )
        except ConnectRefused as error:
            form.add_refusal(error.message, error.fields)
        except AnotherStore as error:
            form = ChangeCredentialsForm(spec, request.POST, offer_new=True)
            form.add_error("as_new", error.message)
        else:
            messages.success(request, _("“%(name)s” has the new credentials.") % {"name": channel.name})
            return redirect("channels:setup", channel.pk)
    context = queries.channel_frame(request, channel, "setup")
    return render(request, "channels/credentials.html", {**context, "form": form, "spec": spec})


def _connect_as_new(
    request: HttpRequest, channel: Channel, form: ChangeCredentialsForm, spec: PlatformSpec
) -> HttpResponse:
    """A2: another store is another channel, with nothing of the old one."""
    try:
        new = service.connect_store(
            spec.slug,
            fields=form.credentials(),
            go_live=GoLive(),
            user=cast("User", request.user),
            now=timezone.now(),
        )
    except ConnectRefused as error:
        form.add_refusal(error.message, error.fields)
    except (StoreAlreadyConnected, NoConnectionLeft) as error:
        form.add_error(None, error.message)
    else:
        _greet(request, new, spec)
        return redirect("channels:setup", new.pk)
    context = queries.channel_frame(request, channel, "setup")
    return render(request, "channels/credentials.html", {**context, "form": form, "spec": spec})


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
