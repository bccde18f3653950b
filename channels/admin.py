"""Channels in the admin: to look at, and for support to retry work and free a channel. Setup has its own pages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.models import (
    AppGrant,
    ChangeMark,
    Channel,
    ChannelAccess,
    ChannelSettings,
    ConnectAttempt,
    LocationMapping,
    Notice,
    PaymentMapping,
    SyncJob,
    TaxMapping,
)
from channels.services.leases import release_lease
from channels.services.marks import retry_jobs


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Changes go through the pages, which check, audit and tell."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Without opening anybody's credentials."""
        own = {Channel: ["credentials"], AppGrant: ["secrets"], ConnectAttempt: ["secrets", "channel__credentials"]}
        return super().get_queryset(request).defer(*own.get(self.model, ["channel__credentials"]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("channels.retry_job"))


@admin.register(Channel)
class ChannelAdmin(LookOnly):
    list_display = ["name", "platform", "store_identity", "state", "notices", "last_poll_at", "failures", "lease_until"]
    list_filter = ["platform", "state", "notices"]
    search_fields = ["name", "store_identity", "store_url"]
    exclude = ["credentials", "notice_token", "lease_token"]
    actions = ["release"]

    @admin.action(description=gettext_lazy("Release the lease"), permissions=["retry"])
    def release(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        """For a channel that a dead process holds; a living one stops at its next call."""
        freed = sum(release_lease(channel) for channel in queryset)
        text = ngettext("%(count)s lease is released.", "%(count)s leases are released.", freed) % {"count": freed}
        self.message_user(request, text, messages.SUCCESS if freed else messages.WARNING)


@admin.register(SyncJob)
class SyncJobAdmin(LookOnly):
    list_display = ["kind", "key", "channel", "state", "attempts", "not_before", "message"]
    list_filter = ["state", "kind", "channel"]
    search_fields = ["key", "message"]
    list_select_related = ["channel"]
    actions = ["retry"]

    @admin.action(description=gettext_lazy("Try failed work again"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[SyncJob]) -> None:
        by_channel: dict[int, list[int]] = {}
        for pk, channel_id in queryset.values_list("pk", "channel_id"):
            by_channel.setdefault(channel_id, []).append(pk)
        channels = Channel.objects.defer("credentials").in_bulk(by_channel)
        count = sum(retry_jobs(channels[pk], job_ids=jobs) for pk, jobs in by_channel.items())
        self.message_user(request, _("%(count)s are tried again.") % {"count": count})


@admin.register(ChangeMark)
class ChangeMarkAdmin(LookOnly):
    list_display = ["kind", "key", "channel", "created_at"]
    list_filter = ["kind", "channel"]
    list_select_related = ["channel"]


@admin.register(Notice)
class NoticeAdmin(LookOnly):
    list_display = ["received_at", "channel", "topic", "key", "signature", "verdict", "absorbed_at"]
    list_filter = ["verdict", "signature", "channel"]
    search_fields = ["key", "topic", "delivery_id"]
    list_select_related = ["channel"]
    date_hierarchy = "received_at"


@admin.register(ChannelSettings)
class ChannelSettingsAdmin(LookOnly):
    list_display = ["channel", "capture_when", "fulfillment_mode", "invoice_mode", "update_stock"]
    list_select_related = ["channel"]


@admin.register(TaxMapping)
class TaxMappingAdmin(LookOnly):
    list_display = ["label", "remote_key", "channel", "rule"]
    list_filter = ["channel"]
    list_select_related = ["channel", "rule"]


@admin.register(PaymentMapping)
class PaymentMappingAdmin(LookOnly):
    list_display = ["label", "remote_key", "channel", "account"]
    list_filter = ["channel"]
    list_select_related = ["channel", "account"]


@admin.register(LocationMapping)
class LocationMappingAdmin(LookOnly):
    list_display = ["label", "remote_key", "channel", "location", "receives_stock"]
    list_filter = ["channel"]
    list_select_related = ["channel", "location"]


@admin.register(ConnectAttempt)
class ConnectAttemptAdmin(LookOnly):
    list_display = ["identity", "platform", "state", "user", "created_at", "expires_at"]
    list_filter = ["platform", "state"]
    search_fields = ["identity"]
    list_select_related = ["user"]
    exclude = ["secrets", "token"]


@admin.register(AppGrant)
class AppGrantAdmin(LookOnly):
    list_display = ["identity", "platform", "granted_at"]
    list_filter = ["platform"]
    search_fields = ["identity"]
    exclude = ["secrets"]


@admin.register(ChannelAccess)
class ChannelAccessAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Which users are limited to which channels."""

    list_display = ["user", "channel"]
    list_select_related = ["user", "channel"]
    autocomplete_fields = ["channel"]
