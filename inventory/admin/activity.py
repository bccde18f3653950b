"""Activities and the audit trail in the admin, read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from inventory import models
from inventory.admin.bases import ReadOnlyAdmin, ReadOnlyInline


class RunItemInline(ReadOnlyInline):
    model = models.RunItem
    fields = ("label", "outcome", "reason")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(outcome="failed")


@admin.register(models.Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("title", "scope_label", "state", "handled", "failed", "created_at", "started_by")
    list_filter = ("state", "kind")
    list_select_related = ("started_by",)
    search_fields = ("title", "scope_label", "kind")
    inlines = (RunItemInline,)


@admin.register(models.RunItem)
class RunItemAdmin(ReadOnlyAdmin):
    list_display = ("run", "label", "outcome", "reason")
    list_filter = ("outcome",)
    list_select_related = ("run",)
    search_fields = ("label", "key", "reason")


@admin.register(models.AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "action", "object_label")
    list_select_related = ("user",)
    search_fields = ("object_label", "object_key", "action")
