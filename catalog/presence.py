"""What the catalog shows outside its own pages: tab, product panel, dashboard, disconnecting."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import (
    CatalogConflict,
    CustomerConflict,
    CustomerLink,
    Listing,
    ListingItem,
    ProductBuffer,
    StoreHold,
)
from catalog.queries.activities import DOWNLOAD
from catalog.queries.drift import counts_for_staff, drift_counts, last_comparison
from catalog.queries.plans import KINDS, may_apply, permissions_of
from catalog.services.buffer_run import BUFFERS
from catalog.services.plan_runs import retry_rows
from catalog.services.updates import PUSH_AFFECTED, UPDATE
from channels.models import Channel
from channels.queries import channels_for
from channels.registry import HealthLine
from channels.services.activities import resume_channel_run
from inventory.documents import DocumentLink
from inventory.models import Run, User
from inventory.registry import Panel, Viewer, WorkItem
from inventory.services.runs import retry_failed

_AT_ONCE = 500


def tab_url(channel: Channel) -> str:
    return reverse("catalog:catalog", args=[channel.pk])


def bulk_url(channel: Channel) -> str:
    return reverse("catalog:bulk", args=[channel.pk])


def preview_url(channel: Channel) -> str:
    return reverse("catalog:stock_preview", args=[channel.pk])


def panels(user: Viewer, product_id: int) -> Iterable[Panel]:
    """Where a product is listed."""
    if user.has_perm("catalog.view_listing"):
        yield Panel(label=_("Listed in"), url=reverse("catalog:panel", args=[product_id]))


def work(user: Viewer) -> Iterable[WorkItem]:
    """Quantities that stores refused, one line a channel; two statements."""
    if not user.has_perm("catalog.view_listing"):
        return
    channels = {channel.pk: channel for channel in channels_for(user)}
    refused = ListingItem.objects.filter(channel_id__in=channels).exclude(push_error="").order_by()
    for row in refused.values("channel_id").annotate(count=Count("pk")).order_by("channel_id"):
        channel, count = channels[row["channel_id"]], row["count"]
        text = ngettext("%(count)s quantity refused by the store", "%(count)s quantities refused by the store", count)
        yield WorkItem(
            tone="bad",
            title=channel.name,
            detail=text % {"count": count},
            url=f"{tab_url(channel)}?status=problem",
            count=count,
        )


def drift_work(user: Viewer) -> Iterable[WorkItem]:
    """Differences between stores and our record that do not go away by themselves; two statements."""
    if not user.has_perm("catalog.view_listing"):
        return
    channels = {channel.pk: channel for channel in channels_for(user)}
    for pk, count in sorted(counts_for_staff(channels).items()):
        text = ngettext("%(count)s difference from the store", "%(count)s differences from the store", count)
        url = reverse("catalog:drift", args=[pk])
        yield WorkItem(tone="warn", title=channels[pk].name, detail=text % {"count": count}, url=url, count=count)


def health(channel: Channel) -> Iterable[HealthLine]:
    """Whether the last comparison found differences (NEW-1); nothing before the first one."""
    compared = last_comparison(channel)
    if compared is None:
        return
    yield HealthLine(tone="", label=_("Last compared"), value=_("being compared"), at=compared.finished_at)
    count = drift_counts(channel).for_staff
    yield HealthLine(tone="warn" if count else "", label=_("Differences from the store"), value=str(count))


def downloads(identifiers: Iterable[str]) -> dict[str, DocumentLink]:
    """Opening stock shows the download it came with."""
    ids = [int(each) for each in identifiers if each.isdecimal()]
    return {
        str(pk): DocumentLink(
            label=_("Product download, %(store)s") % {"store": name}, url=reverse("catalog:catalog", args=[pk])
        )
        for pk, name in Channel.objects.filter(pk__in=ids).values_list("pk", "name")
    }


RETRY_NEEDS = {
    DOWNLOAD: "catalog.download_catalog",
    UPDATE: "catalog.push_stock",
    PUSH_AFFECTED: "catalog.push_stock",
    BUFFERS: "catalog.change_listingitem",
    **{kind: permissions_of(kind)[0] for kind in KINDS},
}
"""Permissions to try the failed ones of an activity again."""


def retry(run: Run, user: User) -> Run:
    """Once more for what failed."""
    now = timezone.now()
    again = retry_failed(run, user=user, now=now)
    channel = Channel.objects.get(pk=int(run.scope_key.partition(":")[2]))
    resume_channel_run(channel, run=again)
    return again


def retry_plan(run: Run, user: User) -> Run:
    """Once more for rows of an applied preview that failed; what removes first (A30) needs the right to that too."""
    if not may_apply(user, run):
        raise PermissionDenied
    channel = Channel.objects.select_related("settings").get(pk=int(run.scope_key.partition(":")[2]))
    return retry_rows(run, channel=channel, user=user, now=timezone.now())


def _rows(channel: Channel) -> list[tuple[str, QuerySet[Model]]]:
    return [
        (_("Links of products"), ListingItem.objects.filter(channel=channel)),
        (_("Links of families and single products"), Listing.objects.filter(channel=channel)),
        (_("Links of customers"), CustomerLink.objects.filter(channel=channel)),
        (_("Units held for orders not captured"), StoreHold.objects.filter(channel=channel)),
        (_("Buffers of products"), ProductBuffer.objects.filter(channel=channel)),
        (_("Products that could not be matched"), CatalogConflict.objects.filter(channel=channel)),
        (_("Customers to decide about"), CustomerConflict.objects.filter(channel=channel)),
    ]


def preview_loss(channel: Channel) -> Iterable[tuple[str, int, bool]]:
    """What disconnecting deletes (CON-19): links, never products."""
    return [(label, rows.count(), False) for label, rows in _rows(channel)]


def purge(channel: Channel) -> None:
    """Deletes in short transactions; idempotent."""
    for _label, rows in _rows(channel):
        while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
            rows.filter(pk__in=ids).delete()
