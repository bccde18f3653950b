"""Files of products and stock: upload, preview of every change, apply, what failed (SPEC INV-6, NEW-2)."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from inventory.enums import RUN_OPEN, RunState
from inventory.forms.files import FileForm, StockFileForm
from inventory.models import Run, Stocktake
from inventory.queries import imports as queries
from inventory.services import exports, imports
from inventory.services.imports_documents import COUNTS, STOCKTAKE
from inventory.services.imports_products import PRODUCTS
from inventory.services.imports_reading import FileRefused
from inventory.services.imports_rows import ImportKind
from inventory.services.imports_values import shielded
from inventory.views import parameters
from inventory.views.activity import described
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

_MADE_SHOWN = 8


@requires("inventory.import_product")
@require_http_methods(["GET", "HEAD", "POST"])
def import_products(request: HttpRequest) -> HttpResponse:
    return _upload(request, FileForm, "inventory/import_products.html", kind=PRODUCTS)


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def import_stock(request: HttpRequest) -> HttpResponse:
    """Quantities, transfers or reorder levels."""
    return _upload(request, StockFileForm, "inventory/import_stock.html")


@requires("inventory.adjust_stock")
@require_http_methods(["GET", "HEAD", "POST"])
def import_counts(request: HttpRequest, pk: int) -> HttpResponse:
    stocktake = get_object_or_404(Stocktake.objects.select_related("location"), pk=pk)
    template = "inventory/import_counts.html"
    return _upload(request, FileForm, template, kind=COUNTS, options={STOCKTAKE: pk}, stocktake=stocktake)


def _upload(
    request: HttpRequest, form_class: type[FileForm], template: str, *, kind: str = "", **context: Any
) -> HttpResponse:
    initial = {"kind": request.GET.get("kind", "")} if request.GET.get("kind") in imports.KINDS else None
    form = form_class(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            plan = imports.start_import(
                kind or form.cleaned_data["kind"],
                name=file.name,
                content=file.read(),
                user=parameters.staff(request),
                options={**context.get("options", {}), **form.options()},
                now=timezone.now(),
            )
            return redirect("inventory:import", plan.pk)
        except FileRefused as error:
            form.add_error("file", error.message)
    kinds = [kind] if kind else [value for value, _label in form.fields["kind"].choices]  # type: ignore[attr-defined]
    waiting = queries.open_plans(kinds, request.user.pk)[:3]
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "waiting": waiting, **context}, status=status)


def _plan(request: HttpRequest, pk: int) -> tuple[Run, ImportKind]:
    """A preview that the user may see: who may bring such files."""
    run = Run.objects.select_related("started_by").filter(pk=pk, kind__in=imports.KINDS).first()
    if run is None:
        raise Http404
    kind = imports.KINDS[run.kind]
    if not request.user.has_perm(kind.permission):
        raise PermissionDenied
    return run, kind


@requires("inventory.view_run")
@require_safe
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview while it is read, to be decided, while it is applied, and what became of it."""
    plan, _kind = _plan(request, pk)
    reading = imports.reading_of(plan)
    is_reading = plan.state == RunState.PLANNED and reading is not None and reading.state in RUN_OPEN
    moving = reading if is_reading else plan if plan.state in RUN_OPEN else None
    show = parameters.choice(request, "show", queries.SHOWN)
    counts = queries.counts_of(plan)
    made = queries.made_names(plan, most=_MADE_SHOWN) if plan.state == RunState.PLANNED else []
    context = {
        "plan": plan,
        "reading": reading,
        "is_reading": is_reading,
        "is_refused": plan.state == RunState.PLANNED and reading is not None and reading.state == RunState.FAILED,
        "moving": described(moving, now=timezone.now()) if moving else None,
        "totals": counts,
        "show": show,
        "tabs": _tabs(plan, counts),
        "page": page_of(request, queries.import_rows(plan, show)),
        "made": made[:_MADE_SHOWN],
        "made_more": len(made) > _MADE_SHOWN,
        "again": _upload_page(plan),
        "can_change": request.user.has_perm("inventory.change_run"),
    }
    is_part = request.headers.get("HX-Target") == "import"
    if is_part and moving is None:
        return HttpResponseClientRefresh()
    return render(request, "inventory/_import_progress.html" if is_part else "inventory/import.html", context)


def _tabs(plan: Run, counts: queries.Counts) -> list[tuple[str, str, int]]:
    if plan.state == RunState.PLANNED:
        return [
            ("change", _("Changes"), counts.change),
            ("new", _("New"), counts.new),
            ("problem", _("Problems"), counts.problem),
        ]
    return [
        ("problem", _("Failed"), counts.problem),
        ("done", _("Done"), counts.done),
        ("waiting", _("Not applied"), counts.waiting),
    ]


def _upload_page(plan: Run) -> tuple[str, Any]:
    """URL name and argument of the page where such a file is brought."""
    if plan.kind == PRODUCTS:
        return "inventory:import_products", ""
    if plan.kind == COUNTS:
        return "inventory:import_counts", plan.options[STOCKTAKE]
    return "inventory:import_stock", ""


@requires("inventory.view_run")
@require_POST
def confirm_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply exactly what the preview shows."""
    return _decide(request, pk, imports.confirm_import)


@requires("inventory.view_run")
@require_POST
def drop_import(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, imports.drop_import)


def _decide(request: HttpRequest, pk: int, decide: Any) -> HttpResponse:
    plan, _kind = _plan(request, pk)
    try:
        decide(plan, user=parameters.staff(request), now=timezone.now())
    except ProductError as error:
        messages.warning(request, error.message)
    return redirect("inventory:import", pk)


@requires("inventory.view_run")
@require_POST
def retry_import(request: HttpRequest, pk: int) -> HttpResponse:
    """A new preview of the rows that failed."""
    plan, _kind = _plan(request, pk)
    try:
        again = imports.retry_import(plan, user=parameters.staff(request), now=timezone.now())
    except ProductError as error:
        messages.warning(request, error.message)
        return redirect("inventory:import", pk)
    return redirect("inventory:import", again.pk)


@requires("inventory.view_run")
@require_safe
def import_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The whole preview."""
    plan, _kind = _plan(request, pk)
    return _download(queries.preview_lines(plan), f"preview-{pk}.csv")


@requires("inventory.view_run")
@require_safe
def failed_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows that failed, to be corrected and brought again."""
    plan, kind = _plan(request, pk)
    heads = {column.key: column.head for column in kind.columns()}
    return _download(queries.failed_lines(plan, heads), f"failed-{pk}.csv")


@requires("inventory.view_run")
@require_safe
def template_file(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """An empty file with the right heads."""
    found = imports.KINDS.get(kind)
    if found is None or form not in exports.TYPES:
        raise Http404
    if not request.user.has_perm(found.permission):
        raise PermissionDenied
    answer = HttpResponse(
        b"".join(exports.table_file(found.columns(), [], form=form)), content_type=exports.TYPES[form]
    )
    answer["Content-Disposition"] = f'attachment; filename="{kind.rpartition("import_")[2]}.{form}"'
    return answer


def _download(rows: Iterable[list[Any]], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_csv_lines(rows), content_type=exports.TYPES[exports.CSV])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _csv_lines(rows: Iterable[list[Any]]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    for row in rows:
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerow([shielded(cell) if isinstance(cell, str) else cell for cell in row])
        yield buffer.getvalue().encode()
