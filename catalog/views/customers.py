"""Customers of the store: downloading them, and saying who the unclear ones are (SPEC CUS-1, A56)."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.enums import ConflictDecision
from catalog.models import CustomerConflict
from catalog.queries import customers as queries
from catalog.queries.activities import latest_customers
from catalog.services.customer_conflicts import CustomerRefused, decide_customer
from catalog.services.customer_download import start_customer_download
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import Customer, User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.paging import page_of


@requires_channel("catalog.view_listing", "inventory.view_customer")
@require_safe
def customers(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The last download, and whom it could not tell for sure."""
    progress = latest_customers(channel, now=timezone.now())
    is_part = request.headers.get("HX-Target") == "customers"
    if is_part:
        response = render(request, "catalog/_customer_progress.html", {"channel": channel, "progress": progress})
        if progress is None or not progress.is_open:
            response["HX-Refresh"] = "true"
        return response
    ignored = request.GET.get("show") == "ignored"
    page = page_of(request, queries.customer_conflicts(channel, ignored=ignored))
    context = {
        **channel_frame(request, channel, "catalog"),
        "progress": progress,
        "page": page,
        "rows": queries.with_candidates(list(page)),
        "ignored": ignored,
        "linked": queries.linked_customers(channel),
        "may_decide": request.user.has_perm("catalog.download_catalog"),
    }
    return render(request, "catalog/customers.html", context)


@requires_channel("catalog.download_catalog", "inventory.view_customer")
@require_POST
def start(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Downloads all customers in the background."""
    try:
        start_customer_download(channel, user=cast("User", request.user), now=timezone.now())
    except AlreadyRunning as error:
        messages.info(request, error.message)
    else:
        messages.success(request, _("The download has started."))
    return redirect("catalog:customers", channel.pk)


@requires_channel("catalog.download_catalog", "inventory.view_customer")
@require_POST
def decide(request: HttpRequest, channel: Channel, conflict_id: int) -> HttpResponse:
    """Link, create, ignore, or take the last back."""
    decision = request.POST.get("decision", "")
    if decision not in ("", *ConflictDecision.values):
        raise Http404
    number = request.POST.get("customer", "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= 18
    chosen = Customer.objects.filter(pk=int(number)).first() if is_number else None
    try:
        done = decide_customer(
            channel,
            conflict_id=conflict_id,
            decision=decision,
            customer=chosen,
            user=cast("User", request.user),
            now=timezone.now(),
        )
    except CustomerConflict.DoesNotExist:
        messages.info(request, _("This customer has been found meanwhile."))
    except CustomerRefused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Linked to %(name)s.") % {"name": done.name} if done else _("Decided."))
    return redirect("catalog:customers", channel.pk)
