"""Dashboard, search, and the parts of the frame that reload by themselves."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from inventory.enums import Theme
from inventory.models import User
from inventory.registry import registry
from inventory_sync.lib.access import any_user
from inventory_sync.lib.text import fold
from inventory_sync.shell import queries
from inventory_sync.shell.sales_plot import channel_sales


@any_user
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """What needs a person, then today's figures; every figure links to its list."""
    user = cast("User", request.user)
    work = [item for provider in registry.dashboard_work for item in provider(user)]
    severity = {"bad": 0, "warn": 1, "info": 2}
    work.sort(key=lambda item: severity.get(item.tone.removeprefix("is-"), 3))
    context = {
        "now": timezone.now(),
        "work": work,
        "waiting": sum(item.count for item in work),
        "figures": [figure for provider in registry.dashboard_figures for figure in provider(user)],
        "sales": channel_sales(user, today=timezone.localdate()),
    }
    return render(request, "shell/dashboard.html", context)


@any_user
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """SPEC APP-10. A text that is exactly one thing's number or SKU opens that thing."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200]
    groups = queries.search(cast("User", request.user), text) if text else []
    hits = [hit for group in groups for hit in group.hits]
    if len(hits) == 1 and fold(text) in {fold(hits[0].label), fold(hits[0].sub_label)}:
        return redirect(hits[0].url)
    context = {"text": text, "groups": groups, "total": len(hits), "limit": queries.HITS_PER_KIND}
    return render(request, "shell/search.html", context)


@any_user
@require_safe
def running_jobs(request: HttpRequest) -> HttpResponse:
    """Fragment of the top bar; it stops asking once nothing runs."""
    return render(request, "shell/_jobs.html")


@any_user
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keeps light or dark for the user and goes back."""
    chosen = request.POST.get("theme", "")
    if chosen in Theme.values:
        User.objects.filter(pk=cast("User", request.user).pk).update(theme=chosen)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("dashboard")
    return redirect(target)
