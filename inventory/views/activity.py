"""Activities: what runs in the background, with progress and outcomes (SPEC JOB-2); the audit trail (APP-5)."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inventory.enums import RUN_OPEN, Outcome, RunState, Tone
from inventory.models import Run, User
from inventory.queries import lists
from inventory.queries.pace import outcome_counts, pace
from inventory.registry import registry
from inventory.services import runs
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

_STATES = (*RunState.values, "open", "problems")
_OPEN_SHOWN = 10
_TONES = {
    RunState.PLANNED: Tone.INFO,
    RunState.QUEUED: Tone.WARN,
    RunState.RUNNING: Tone.INFO,
    RunState.DONE: Tone.OK,
    RunState.FAILED: Tone.BAD,
    RunState.CANCELLED: Tone.OFF,
}


def _hidden(request: HttpRequest) -> set[str]:
    return registry.hidden_from(request.user)


def _visible(request: HttpRequest, pk: int) -> Run:
    run = Run.objects.select_related("started_by").filter(pk=pk).first()
    if run is None or run.scope_key in _hidden(request):
        raise Http404
    return run


def described(run: Run, *, now: datetime) -> dict[str, object]:
    """A run in the words of its page: tone, result, pace, counts."""
    tone, word = _TONES[RunState(run.state)], run.get_state_display()
    if run.state == RunState.DONE and run.failed:
        tone, word = Tone.WARN, ngettext("%(n)s failed", "%(n)s failed", run.failed) % {"n": run.failed}
    return {
        "run": run,
        "tone": tone,
        "word": word,
        "is_open": run.state in RUN_OPEN,
        "counts": outcome_counts(run),
        "pace": pace(run, now=now),
        "took": (run.finished_at or now) - run.started_at if run.started_at else None,
    }


@requires("inventory.view_run")
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """What runs now, then everything that ran, newest first."""
    filters = {"state": parameters.choice(request, "state", _STATES), "scope": parameters.text(request, "scope")}
    hidden, now = _hidden(request), timezone.now()
    running = list(lists.run_rows({"state": "open"}, hidden=hidden)[:_OPEN_SHOWN])
    page = page_of(request, lists.run_rows(filters, hidden=hidden))
    context = {
        "running": [described(run, now=now) for run in running],
        "page": page,
        "rows": [described(run, now=now) for run in page],
        "filters": filters,
        "states": RunState.choices,
    }
    template = "inventory/_running.html" if request.headers.get("HX-Target") == "running" else "inventory/activity.html"
    return render(request, template, context)


@requires("inventory.view_run")
@require_safe
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One activity. Its upper part asks for itself every two seconds while the activity is open."""
    run = _visible(request, pk)
    if run.kind in registry.run_pages:
        return redirect(registry.run_pages[run.kind], run.pk)
    outcome = parameters.choice(request, "outcome", Outcome.values)
    context = {
        **described(run, now=timezone.now()),
        "outcome": outcome,
        "page": page_of(request, lists.outcome_rows(run, outcome)),
        "outcomes": _outcome_tabs(run),
        "tones": {Outcome.DONE: "ok", Outcome.FAILED: "bad", Outcome.SKIPPED: "off", Outcome.NOTHING: "off"},
        "can_retry": run.failed and run.state not in RUN_OPEN and _may_retry(request, run),
        "can_change": request.user.has_perm("inventory.change_run"),
    }
    is_part = request.headers.get("HX-Target") == "activity"
    return render(request, "inventory/_run.html" if is_part else "inventory/run.html", context)


def _outcome_tabs(run: Run) -> list[tuple[str, str, int]]:
    return [
        (Outcome.FAILED.value, _("Failed"), run.failed),
        (Outcome.SKIPPED.value, _("Skipped"), run.skipped),
        (Outcome.DONE.value, _("Done"), run.done),
        (Outcome.NOTHING.value, _("Nothing to do"), run.unchanged),
    ]


@requires("inventory.change_run")
@require_POST
def cancel_run(request: HttpRequest, pk: int) -> HttpResponse:
    run = _visible(request, pk)
    try:
        runs.request_cancel(run, user=parameters.staff(request), now=timezone.now())
    except runs.RunClosed as error:
        messages.warning(request, error.message)
    return redirect("inventory:run", pk)


@requires("inventory.change_run")
@require_POST
def retry_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts the same kind of activity for what failed."""
    run = _visible(request, pk)
    retry = registry.run_retries.get(run.kind)
    if retry is None or not _may_retry(request, run):
        raise PermissionDenied
    try:
        started = retry(run, parameters.staff(request))
    except ProductError as error:
        messages.error(request, error.message)
        return redirect("inventory:run", pk)
    return redirect("inventory:run", started.pk)


def _may_retry(request: HttpRequest, run: Run) -> bool:
    needed = registry.run_permissions.get(run.kind, "inventory.change_run")
    return run.kind in registry.run_retries and request.user.has_perm(needed)


@requires("inventory.view_auditentry")
@require_safe
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Who changed what, from which value to which."""
    filters = {
        "q": parameters.text(request),
        "user": parameters.identifier(request, "user"),
        "object": parameters.text(request, "object"),
        "scope": parameters.text(request, "scope"),
    }
    context = {
        "page": page_of(request, lists.audit_rows(filters, hidden=_hidden(request))),
        "filters": filters,
        "filtered": any(filters.values()),
        "users": User.objects.order_by("username")[:200],
    }
    return render(request, "inventory/audit.html", context)
