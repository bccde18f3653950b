"""Purchase orders and what arrived of them in the admin, read only."""

from django.contrib import admin

from inventory import models
from inventory.admin.bases import ReadOnlyAdmin, ReadOnlyInline


class PurchaseLineInline(ReadOnlyInline):
    model = models.PurchaseLine


class ReceiptLineInline(ReadOnlyInline):
    model = models.ReceiptLine


@admin.register(models.Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    list_display = ("number", "supplier", "location", "state", "document_key", "expected_on", "created_at")
    list_filter = ("state", "location")
    list_select_related = ("supplier", "location")
    search_fields = ("number", "supplier_reference", "supplier__name", "document_key")
    inlines = (PurchaseLineInline,)


@admin.register(models.Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ("purchase", "number", "at", "carrier", "tracking_number", "is_undone")
    list_filter = ("is_undone",)
    list_select_related = ("purchase",)
    search_fields = ("purchase__number", "tracking_number", "key")
    inlines = (ReceiptLineInline,)
