"""Customers that may be the same, and merging them (SPEC INV-11)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from inventory.models import Customer
from inventory.queries import duplicates as queries
from inventory.services import customer_merge
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import MOST_COUNTED, CappedPaginator, page_size

_WORDS: Mapping[queries.By, Any] = {
    "email": gettext_lazy("Same email"),
    "phone": gettext_lazy("Same name and phone"),
    "company": gettext_lazy("Same name and company"),
}


@requires("inventory.view_customer")
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Groups of customers that share something, the more certain way first; counted and read in one pass."""
    asked = parameters.choice(request, "by", queries.WAYS)
    by: queries.By = next((way for way in queries.WAYS if way == asked), "email")
    found = list(queries.duplicate_groups(by)[: MOST_COUNTED + 1])
    page = CappedPaginator(found, page_size(request)).get_page(request.GET.get("page"))
    context = {
        "by": by,
        "ways": _WORDS.items(),
        "page": page,
        "groups": queries.with_members(by, page.object_list),
        "may_merge": request.user.has_perm("inventory.change_customer"),
    }
    return render(request, "inventory/duplicates.html", context)


@requires("inventory.change_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """What stays, what moves, which values are taken; a POST merges."""
    data = request.POST if request.method == "POST" else request.GET
    ids = [int(text) for text in data.getlist("customer") if text.isascii() and text.isdecimal() and len(text) <= 18]
    rows = list(Customer.objects.filter(pk__in=ids[: customer_merge.MOST]).order_by("pk"))
    open_rows = [row for row in rows if row.merged_into_id is None]
    if request.method == "POST":
        return _merge(request, rows)
    if len(open_rows) < 2:
        messages.warning(request, _("Choose at least two customers that are not merged yet."))
        return redirect("inventory:duplicates")
    asked = data.get("kept", "")
    kept = next((row for row in open_rows if str(row.pk) == asked), open_rows[0])
    return _page(request, kept, [row for row in open_rows if row.pk != kept.pk])


def _page(request: HttpRequest, kept: Customer, others: list[Customer], *, status: int = 200) -> HttpResponse:
    preview = customer_merge.preview_merge(kept, others)
    return render(request, "inventory/merge.html", {"preview": preview, "rows": [kept, *others]}, status=status)


def _merge(request: HttpRequest, rows: list[Customer]) -> HttpResponse:
    kept = next((row for row in rows if str(row.pk) == request.POST.get("kept")), None)
    if kept is None:
        raise Http404
    others = [row for row in rows if row.pk != kept.pk]
    take = {name: int(text) for name in customer_merge.FIELDS if (text := _digits(request, f"take-{name}"))}
    versions = {row.pk: int(text) for row in rows if (text := _digits(request, f"version-{row.pk}"))}
    try:
        saved = customer_merge.merge_customers(
            kept, others, take=take, versions=versions, user=parameters.staff(request), now=timezone.now()
        )
    except EditedMeanwhile as error:
        messages.error(request, error.message)
        return _page(request, kept, [row for row in others if row.merged_into_id is None], status=409)
    except customer_merge.MergeRefused as error:
        messages.error(request, error.message)
        return redirect("inventory:duplicates")
    messages.success(request, _("Merged into %(name)s.") % {"name": saved.name})
    return redirect("inventory:customer", saved.pk)


def _digits(request: HttpRequest, name: str) -> str:
    text = request.POST.get(name, "")
    return text if text.isascii() and text.isdecimal() and len(text) <= 18 else ""
