"""Products of the store that could not be matched (A25): what they are is a person's choice."""

from collections.abc import Mapping
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.enums import ConflictDecision, ConflictKind
from catalog.models import CatalogConflict
from catalog.queries import conflicts as queries
from catalog.services import conflicts as service
from catalog.services.choice_checks import WHOLE
from catalog.services.decisions import Choice
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import User
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of


@requires_channel("catalog.view_listing")
@require_safe
def conflicts(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Open ones, or those that are ignored."""
    show = queries.IGNORED if request.GET.get("show") == queries.IGNORED else queries.OPEN
    kind = request.GET.get("kind", "")
    filters = {"q": request.GET.get("q", "")[:200], "kind": kind if kind in ConflictKind.values else ""}
    context = {
        **channel_frame(request, channel, "catalog"),
        "page": page_of(request, queries.conflict_rows(channel, show=show, **filters)),
        "counts": queries.conflict_counts(channel),
        "show": show,
        "filters": filters,
        "may_decide": request.user.has_perm("catalog.download_catalog"),
    }
    return render(request, "catalog/conflicts.html", context)


@requires_channel("catalog.download_catalog")
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, channel: Channel, conflict_id: int) -> HttpResponse:
    """Both sides of one; a POST decides, or says what stands in the way and keeps what was typed."""
    found = CatalogConflict.objects.filter(channel=channel, pk=conflict_id).select_related("product").first()
    if found is None and request.method == "POST":
        messages.info(request, _("This product has been matched meanwhile."))
        return redirect("catalog:conflicts", channel.pk)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, channel, found)
    return _page(request, channel, found, {})


def _decide(request: HttpRequest, channel: Channel, found: CatalogConflict) -> HttpResponse:
    asked = request.POST.get("decision", "")
    if asked not in ConflictDecision.values:
        return _page(request, channel, found, {WHOLE: _("Choose what it is.")})
    decision = ConflictDecision(asked)
    choices, problems = _typed(request, found, decision)
    user, now = cast("User", request.user), timezone.now()
    try:
        if problems:
            raise service.WrongChoice(_("Nothing was decided. See what stands in the way."), problems=problems)
        run = service.decide_conflict(
            channel, conflict_id=found.pk, decision=decision, choices=choices, user=user, now=now
        )
    except service.WrongChoice as error:
        return _page(request, channel, found, error.problems)
    if run is None:
        messages.success(request, _("“%(name)s” is ignored until you take that back.") % {"name": found.remote_name})
    else:
        words = _("“%(name)s” is read from the store and saved as you decided.") % {"name": found.remote_name}
        messages.success(request, words)
    return redirect("catalog:conflicts", channel.pk)


def _typed(
    request: HttpRequest, found: CatalogConflict, decision: ConflictDecision
) -> tuple[dict[str, Choice], dict[str, str]]:
    """Choices by variant from the form, and which of the typed products there are not."""
    ids = [each["id"] for each in found.variants]
    names = {key: request.POST.get(f"product-{key}", "").strip() for key in ids}
    typed = {key: text for key, text in names.items() if text} if decision == ConflictDecision.LINK else {}
    products = queries.find_typed(typed)
    problems = {key: _("There is no active product like this.") for key in typed if products.get(key) is None}
    choices = {key: Choice(product_id=product.pk) for key, product in products.items() if product is not None}
    for key in ids:
        sku = request.POST.get(f"sku-{key}", "").strip()
        if key not in typed and sku:
            choices[key] = Choice(sku=sku)
    return choices, problems


def _page(request: HttpRequest, channel: Channel, found: CatalogConflict, problems: Mapping[str, str]) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    rows = []
    for side in queries.sides_of(channel, found):
        proposal = queries.product_label(side.proposal) if side.proposal else ""
        rows.append(
            {
                "side": side,
                "product": posted.get(f"product-{side.id}", "") if posted else proposal,
                "sku": posted.get(f"sku-{side.id}", "") if posted else side.new_sku,
                "problem": problems.get(side.id, ""),
            }
        )
    listing = queries.is_reshaped(channel, found)
    context = {
        **channel_frame(request, channel, "catalog"),
        "conflict": found,
        "rows": rows,
        "problem": problems.get(WHOLE, ""),
        "problems": problems,
        "listing": listing,
        "products": queries.suggested_products(""),
    }
    return render(request, "catalog/conflict.html", context, status=422 if problems else 200)


@requires_channel("catalog.download_catalog")
@require_POST
def take_back(request: HttpRequest, channel: Channel, conflict_id: int) -> HttpResponse:
    """An ignored one is open again."""
    try:
        service.take_back(channel, conflict_id=conflict_id, user=cast("User", request.user), now=timezone.now())
    except CatalogConflict.DoesNotExist:
        messages.info(request, _("This product has been matched meanwhile."))
    return redirect("catalog:conflicts", channel.pk)


@requires_channel("catalog.download_catalog")
@require_POST
def decide_all(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Ignore or create all open ones of a kind."""
    asked, kind = request.POST.get("decision", ""), request.POST.get("kind", "")
    if asked not in (ConflictDecision.IGNORE, ConflictDecision.CREATE) or kind not in ("", *ConflictKind.values):
        raise Http404
    done = service.decide_all(
        channel, decision=ConflictDecision(asked), kind=kind, user=cast("User", request.user), now=timezone.now()
    )
    if done.decided:
        words = ngettext("%(count)s product is decided.", "%(count)s products are decided.", done.decided)
        messages.success(request, words % {"count": done.decided})
    if done.refused:
        words = ngettext(
            "%(count)s product needs another SKU or family: decide it by itself.",
            "%(count)s products need another SKU or family: decide them one by one.",
            done.refused,
        )
        messages.warning(request, words % {"count": done.refused})
    return redirect(f"{reverse('catalog:conflicts', args=[channel.pk])}{'?kind=' + kind if kind else ''}")


@requires("catalog.download_catalog", "inventory.view_product")
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """Our products while somebody types one."""
    typed = next((request.GET.get(name, "") for name in request.GET if name.startswith("product-")), "")
    return render(request, "catalog/_product_options.html", {"products": queries.suggested_products(typed)})
