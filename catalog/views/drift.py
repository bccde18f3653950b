"""Differences between a store and our record (NEW-1): seen, explained, put right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog.enums import DriftCause, DriftKind, Tracking
from catalog.models import Drift
from catalog.queries import drift as queries
from catalog.services import healing
from catalog.services.differences import LINK, VARIATION, field_labels
from catalog.services.drift import start_comparison
from catalog.services.drift_found import GONE, SKU, TRACKING
from catalog.views.csv_files import csv_file
from channels.access import requires_channel
from channels.models import Channel
from channels.queries import channel_frame
from inventory.models import User
from inventory.services.runs import AlreadyRunning
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of

NEEDS = {
    "send": ("catalog.push_stock",),
    "update": ("catalog.list_product",),
    "unlink": ("catalog.unlink_listing",),
    "again": ("catalog.unlink_listing", "catalog.list_product"),
    "price": ("inventory.change_product",),
    "tracking": ("catalog.push_stock",),
}
"""Permissions that each way of putting right needs."""
_DIGITS = 18
_TONES = {
    DriftCause.STORE_EDIT: "warn",
    DriftCause.PUSH_FAILED: "bad",
    DriftCause.GONE: "bad",
    DriftCause.IN_FLIGHT: "info",
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way of putting right, as a button."""

    name: str
    label: str
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Row:
    """One difference as the page shows it."""

    drift: Drift
    field: str
    ours: str
    theirs: str
    tone: str
    ways: list[Way]


@requires_channel("catalog.view_listing")
@require_safe
def drift(request: HttpRequest, channel: Channel) -> HttpResponse:
    """What the last comparison found, by cause and by what differs."""
    cause, kind, text = _filters(request)
    compared = queries.last_comparison(channel)
    counts = queries.drift_counts(channel)
    page = page_of(request, queries.drift_rows(channel, cause=cause, kind=kind, text=text))
    labels = field_labels()
    context = {
        **channel_frame(request, channel, "catalog"),
        "compared": compared,
        "counts": counts,
        "causes": [(each.value, each.label, counts.causes.get(each, 0)) for each in DriftCause],
        "kinds": [(each.value, each.label, counts.kinds.get(each, 0)) for each in DriftKind],
        "cause": cause,
        "kind": kind,
        "text": text,
        "page": page,
        "rows": [_row(request, channel, each, labels) for each in page.object_list],
        "all_ways": _all_ways(request, channel, counts, cause, kind) if page.object_list and not text else [],
    }
    is_part = request.headers.get("HX-Target") == "comparison"
    answer = render(request, "catalog/_comparison.html" if is_part else "catalog/drift.html", context)
    if is_part and not (compared and compared.is_open):
        answer.headers["HX-Refresh"] = "true"
    return answer


def _filters(request: HttpRequest) -> tuple[str, str, str]:
    cause, kind = request.GET.get("cause", ""), request.GET.get("kind", "")
    known = (cause if cause in DriftCause.values else "", kind if kind in DriftKind.values else "")
    return *known, request.GET.get("q", "").replace("\x00", "")[:200]


@requires_channel("catalog.download_catalog")
@require_POST
def start(request: HttpRequest, channel: Channel) -> HttpResponse:
    try:
        start_comparison(channel, user=cast("User", request.user), now=timezone.now())
    except AlreadyRunning as error:
        messages.info(request, error.message)
    return redirect("catalog:drift", channel.pk)


@requires_channel("catalog.view_listing")
@require_POST
def heal(request: HttpRequest, channel: Channel) -> HttpResponse:
    """One difference by `id`, or all of a cause and kind; each way asks for permissions of its own."""
    way = request.POST.get("way", "")
    if way not in NEEDS or not request.user.has_perms(NEEDS[way]):
        raise PermissionDenied
    try:
        return _heal(request, channel, way)
    except ProductError as error:
        messages.error(request, error.message)
    return _back(request, channel)


def _heal(request: HttpRequest, channel: Channel, way: str) -> HttpResponse:
    rows = _chosen(request, channel)
    user, now = cast("User", request.user), timezone.now()
    if way == "send":
        run = healing.resend_quantities(channel, rows, user=user, now=now)
        messages.success(request, _("The quantities are being sent."))
        return redirect("inventory:run", run.pk)
    if way in ("update", "again"):
        plan = (healing.preview_update if way == "update" else healing.list_again)(channel, rows, user=user, now=now)
        return redirect("catalog:plan", channel.pk, plan.pk)
    if way == "unlink":
        count = healing.unlink_gone(channel, rows, user=user, now=now)
        words = ngettext("%(count)s product is unlinked.", "%(count)s products are unlinked.", count)
        messages.success(request, words % {"count": count})
        return _back(request, channel)
    one = rows.first() if request.POST.get("id") else None
    if one is None:
        messages.info(request, _("This difference is solved by now."))
        return _back(request, channel)
    healing.take_over(channel, one, user=user, now=now)
    messages.success(request, _("Taken over from the store."))
    return _back(request, channel)


def _chosen(request: HttpRequest, channel: Channel) -> QuerySet[Drift]:
    number = request.POST.get("id", "")
    if number:
        is_number = number.isascii() and number.isdecimal() and len(number) <= _DIGITS
        return queries.drift_rows(channel).filter(pk=int(number) if is_number else 0)
    cause, kind = request.POST.get("cause", ""), request.POST.get("kind", "")
    if cause not in DriftCause.values:
        raise healing.NothingToHeal(_("Choose a cause first."))
    return queries.drift_rows(channel, cause=cause, kind=kind if kind in DriftKind.values else "")


def _back(request: HttpRequest, channel: Channel) -> HttpResponse:
    query = request.POST.get("here", "")[:500]
    return redirect(reverse("catalog:drift", args=[channel.pk]) + (f"?{query}" if query else ""))


@requires_channel("catalog.view_listing")
@require_safe
def drift_csv(request: HttpRequest, channel: Channel) -> HttpResponse:
    """All open differences that the page's filters leave."""
    cause, kind, text = _filters(request)
    labels = field_labels()

    def rows() -> Iterator[list[object]]:
        for each in queries.drift_rows(channel, cause=cause, kind=kind, text=text).iterator(chunk_size=500):
            ours, theirs = _shown(each)
            sku = each.product.sku if each.product else ""
            yield [sku, each.label, each.get_kind_display(), _field(each, labels), ours, theirs,
                   each.get_cause_display(), each.words, each.found_at.isoformat()]  # fmt: skip

    head = [_("SKU"), _("Product"), _("What"), _("Field"), _("Here"), _("In the store"), _("Cause"), _("Reason"),
            _("First seen")]  # fmt: skip
    return csv_file(f"differences-{channel.pk}.csv", head=head, rows=rows())


# -- rows


def _row(request: HttpRequest, channel: Channel, each: Drift, labels: dict[str, str]) -> Row:
    ours, theirs = _shown(each)
    ways = [way for way in _ways(channel, each) if request.user.has_perms(NEEDS[way.name])]
    tone = _TONES.get(DriftCause(each.cause), "off")
    return Row(drift=each, field=_field(each, labels), ours=ours, theirs=theirs, tone=tone, ways=ways)


def _ways(channel: Channel, each: Drift) -> list[Way]:
    """What can be done about one difference; a read-only channel writes nothing to its store."""
    if each.kind == DriftKind.LINK and each.field == GONE:
        again = [] if channel.read_only else [Way(name="again", label=_("List again"))]
        return [Way(name="unlink", label=_("Unlink")), *again]
    if each.kind == DriftKind.LINK and each.field == TRACKING:
        return [Way(name="tracking", label=_("Take over"))]
    taken = [Way(name="price", label=_("Take the store’s"))] if each.field in healing.PRICES else []
    if channel.read_only or each.cause == DriftCause.IN_FLIGHT:
        return taken
    if each.kind == DriftKind.QUANTITY:
        return [Way(name="send", label=_("Send ours"))]
    return [Way(name="update", label=_("Preview update")), *taken]


def _all_ways(request: HttpRequest, channel: Channel, counts: queries.DriftCounts, cause: str, kind: str) -> list[Way]:
    """Buttons for all of the chosen cause."""
    if not cause or cause == DriftCause.IN_FLIGHT:
        return []
    found = {each: counts.both.get((cause, each), 0) for each in DriftKind.values if kind in ("", each)}
    ways = []
    if count := 0 if channel.read_only else found.get(DriftKind.QUANTITY, 0):
        text = ngettext("Send %(count)s quantity", "Send %(count)s quantities", count)
        ways.append(Way(name="send", label=_limited(text % {"count": count}, count), count=count))
    content = found.get(DriftKind.PRICE, 0) + found.get(DriftKind.CONTENT, 0)
    if content and not channel.read_only:
        ways.append(Way(name="update", label=_limited(_("Preview updating all"), content), count=content))
    if cause == DriftCause.GONE and (count := found.get(DriftKind.LINK, 0)):
        ways.append(Way(name="unlink", label=_limited(_("Unlink all"), count), count=count))
        again = Way(name="again", label=_limited(_("List all again"), count), count=count)
        ways += [] if channel.read_only else [again]
    return [way for way in ways if request.user.has_perms(NEEDS[way.name])]


def _limited(label: str, count: int) -> str:
    """One press is about so many at most; the page says so, and the button stays for the rest."""
    if count <= healing.MOST:
        return label
    return _("%(label)s: the first %(most)s of %(count)s") % {"label": label, "most": healing.MOST, "count": count}


def _field(each: Drift, labels: dict[str, str]) -> str:
    plain, _colon, note = each.field.partition(":")
    if each.kind == DriftKind.QUANTITY:
        return str(each.get_kind_display())
    if plain == GONE:
        return _("Link")
    if plain == TRACKING:
        return _("Counting of stock")
    if plain in (LINK, VARIATION):
        return labels[VARIATION]
    if each.kind == DriftKind.LINK and plain == SKU:
        return _("SKU changed in the store")
    words = labels.get(plain, plain)
    return f"{words}: {note}" if note else words


def _shown(each: Drift) -> tuple[str, str]:
    if each.field == TRACKING and each.ours in Tracking.values and each.theirs in Tracking.values:
        return str(Tracking(each.ours).label), str(Tracking(each.theirs).label)
    if each.field == GONE:
        return each.ours, _("no longer there")
    return each.ours, each.theirs
