"""The Setup tab."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels import queries
from channels.access import requires_channel
from channels.enums import JobKind
from channels.errors import StoreError
from channels.forms.choosing import customer_label, waiting_rows
from channels.forms.setup import SetupForm
from channels.models import Channel
from channels.outbox import mark
from channels.ports import Capability
from channels.registry import platform_spec, registry
from channels.services import breaker, health, mappings
from channels.services import setup as service
from channels.services.platforms import open_platform
from channels.services.setup import PreviewFirst, SetupChangedMeanwhile
from inventory.enums import RecordStatus
from inventory.models import Customer, User
from inventory_sync.lib.access import requires
from inventory_sync.lib.secrets import SecretUnreadable
from inventory_sync.lib.text import searchable

_SUGGESTED = 20


@requires_channel()
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Every option; a POST saves all of them or says what is wrong where."""
    if request.method == "POST":
        return _save(request, channel)
    may_change = request.user.has_perm("channels.change_setup")
    return _page(request, channel, SetupForm(channel, may_change=may_change, rates=request.GET.get("rates", "")[:100]))


@requires("channels.change_setup")
def _save(request: HttpRequest, channel: Channel) -> HttpResponse:
    form = SetupForm(channel, request.POST)
    if not form.is_valid():
        return _page(request, channel, form)
    try:
        changed = service.save_setup(
            channel,
            choices=form.choices(),
            version=form.cleaned_data["version"],
            user=cast("User", request.user),
            now=timezone.now(),
        )
    except SetupChangedMeanwhile as error:
        typed = request.POST.copy()
        typed["version"] = str(error.version)
        form.data = typed
        return _page(request, channel, form, meanwhile=_meanwhile(form, error), status=409)
    except PreviewFirst as error:
        form.add_error("update_stock", error.message)
        return _page(request, channel, form)
    if changed:
        text = ngettext("%(count)s setting is saved.", "%(count)s settings are saved.", len(changed))
        messages.success(request, text % {"count": len(changed)})
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("channels:setup", channel.pk)


def _meanwhile(form: SetupForm, error: SetupChangedMeanwhile) -> dict[str, Any]:
    """Who changed what since the page was opened."""
    items = []
    for entry in error.entries:
        for name, (old, new) in entry.changes.items():
            words = _("%(who)s: %(setting)s, %(old)s → %(new)s") % {
                "who": entry.user or _("Somebody"),
                "setting": form.label_of(name),
                "old": _word(old),
                "new": _word(new),
            }
            items.append({"text": words})
    return {"title": error.message, "items": items}


def _word(value: Any) -> str:
    if value is None or value == "":
        return _("none")
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return str(value)


def _page(
    request: HttpRequest,
    channel: Channel,
    form: SetupForm,
    *,
    meanwhile: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    spec = platform_spec(channel.platform)
    waiting = queries.waiting_for_tax(channel)
    context = queries.channel_frame(request, channel, "setup")
    context |= {
        "form": form,
        "spec": spec,
        "meanwhile": meanwhile,
        "may_change": request.user.has_perm("channels.change_setup"),
        "preview_url": registry.stock_preview_url(channel) if registry.stock_preview_url else "",
        "waiting": waiting,
        "tax_hot": waiting_rows(form.tax, waiting) or sum(not row.is_mapped for row in form.tax),
        "has_payments": spec.can(Capability.PAYMENT_METHODS),
        "has_locations": spec.can(Capability.STORE_LOCATIONS),
        "customers": _suggestions(""),
        "todo": _todo(request, channel, form),
        "notices_gap": queries.notices_gap(channel, now=timezone.now()),
        "health_lines": queries.health_lines(channel, now=timezone.now()),
    }
    return render(request, "channels/setup.html", context, status=status)


def _todo(request: HttpRequest, channel: Channel, form: SetupForm) -> list[dict[str, str]]:
    """What is still to do before orders flow and stock follows."""
    here = reverse("channels:setup", args=[channel.pk])
    todo = []
    if channel.settings.customer_id is None:
        todo.append({"text": _("Choose the customer of orders that name none"), "url": f"{here}#id_customer"})
    unmapped = sum(not row.is_mapped for row in form.tax)
    if unmapped:
        text = ngettext("Map %(count)s tax class", "Map %(count)s tax classes", unmapped) % {"count": unmapped}
        todo.append({"text": text, "url": f"{here}#tax"})
    if form.payments and not any(row.is_mapped for row in form.payments):
        todo.append({"text": _("Map payment methods to accounts, or add payments by hand"), "url": f"{here}#payments"})
    if not channel.settings.update_stock and registry.stock_preview_url:
        todo.append(
            {"text": _("Download products, then preview the first stock push"), "url": _catalog_url(request, channel)}
        )
    return todo


def _catalog_url(request: HttpRequest, channel: Channel) -> str:
    """The tab after Setup, where products come from."""
    later = [tab for tab in sorted(registry.tabs, key=lambda tab: tab.order) if tab.slug != "setup"]
    return next((tab.url(channel) for tab in later if request.user.has_perm(tab.permission)), "")


@requires_channel("channels.change_setup")
@require_POST
def load(request: HttpRequest, channel: Channel) -> HttpResponse:
    """“Load from the store” (TAX-1, PAY-1, SET-32): within seconds, or as a job when the store is slow."""
    section = {"payments": "payments", "locations": "locations"}.get(request.POST.get("section", ""), "tax")
    try:
        platform = open_platform(channel, is_impatient=True)
        loaded = mappings.save_names(channel, names=mappings.read_names(platform, slug=channel.platform))
    except (StoreError, SecretUnreadable) as error:
        mark([channel.pk], kind=JobKind.LISTS, keys=["lists"])
        messages.warning(request, _("%(problem)s It is tried again in the background.") % {"problem": error.message})
    else:
        text = ngettext("%(count)s name is new.", "%(count)s names are new.", loaded.total)
        messages.success(request, _("Loaded from the store.") + " " + text % {"count": loaded.total})
    return redirect(reverse("channels:setup", args=[channel.pk]) + f"#{section}")


@requires_channel("channels.change_setup")
@require_POST
def check(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Asks the store now who it is and whether its notices are on."""
    try:
        health.check_channel(channel, platform=open_platform(channel, is_impatient=True), now=timezone.now())
    except (StoreError, SecretUnreadable) as error:
        messages.error(request, error.message)
    else:
        breaker.note_answer(channel)
        messages.success(request, _("The store answers."))
    return redirect(reverse("channels:setup", args=[channel.pk]) + "#connection")


@requires_channel("channels.change_setup")
@require_POST
def pause(request: HttpRequest, channel: Channel) -> HttpResponse:
    service.pause_channel(channel, user=cast("User", request.user), now=timezone.now())
    messages.success(request, _("“%(name)s” is paused. Changes wait until you resume.") % {"name": channel.name})
    return redirect("channels:setup", channel.pk)


@requires_channel("channels.change_setup")
@require_POST
def resume(request: HttpRequest, channel: Channel) -> HttpResponse:
    service.resume_channel(channel, user=cast("User", request.user), now=timezone.now())
    messages.success(request, _("“%(name)s” works again.") % {"name": channel.name})
    return redirect("channels:setup", channel.pk)


@requires("channels.change_setup", "inventory.view_customer")
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """Suggestions while a customer's name is typed."""
    return render(request, "channels/_customers.html", {"customers": _suggestions(request.GET.get("customer", ""))})


def _suggestions(text: str) -> list[str]:
    rows = Customer.objects.filter(status=RecordStatus.ACTIVE)
    for word in searchable(text.replace("\x00", "")[:200]).split():
        rows = rows.filter(search__contains=word)
    return [customer_label(customer) for customer in rows.only("pk", "name").order_by("name", "pk")[:_SUGGESTED]]
