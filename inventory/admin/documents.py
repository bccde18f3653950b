"""Transfers, stocktakes and uploaded files in the admin, read only: their services move stock."""

from django.contrib import admin

from inventory import models
from inventory.admin.bases import ReadOnlyAdmin, ReadOnlyInline


class TransferLineInline(ReadOnlyInline):
    model = models.TransferLine
    fields = ("product", "quantity")


@admin.register(models.Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("number", "source", "target", "state", "created_at", "done_at")
    list_filter = ("state",)
    list_select_related = ("source", "target")
    search_fields = ("number", "note")
    inlines = (TransferLineInline,)


@admin.register(models.Stocktake)
class StocktakeAdmin(ReadOnlyAdmin):
    list_display = ("number", "location", "scope", "state", "created_at", "done_at")
    list_filter = ("state",)
    list_select_related = ("location",)
    search_fields = ("number", "note")


@admin.register(models.StocktakeLine)
class StocktakeLineAdmin(ReadOnlyAdmin):
    list_display = ("stocktake", "product", "counted", "expected", "counted_at", "counted_by")
    list_select_related = ("stocktake", "product", "counted_by")
    search_fields = ("stocktake__number", "product__search")


@admin.register(models.ImportFile)
class ImportFileAdmin(ReadOnlyAdmin):
    """The bytes are not shown: they are what staff brought, with prices and quantities."""

    list_display = ("name", "run")
    list_select_related = ("run",)
    search_fields = ("name",)
    exclude = ("content",)
