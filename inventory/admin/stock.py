"""The ledger and its sums in the admin, read only."""

from django.contrib import admin

from inventory import models
from inventory.admin.bases import ReadOnlyAdmin, ReadOnlyInline


class MovementInline(ReadOnlyInline):
    model = models.Movement
    fields = ("product", "location", "bucket", "quantity", "owner_key", "unit_cost")


@admin.register(models.StockPosting)
class StockPostingAdmin(ReadOnlyAdmin):
    list_display = ("key", "kind", "document_key", "at", "user")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("key", "document_key", "note")
    inlines = (MovementInline,)


@admin.register(models.Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ("posting", "product", "location", "bucket", "quantity", "owner_key")
    list_filter = ("bucket",)
    list_select_related = ("posting", "product", "location")
    search_fields = ("product__search", "owner_key", "posting__key", "posting__document_key")


@admin.register(models.StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    list_display = ("product", "location", "on_hand", "allocated", "on_order", "picked")
    list_filter = ("location",)
    list_select_related = ("product", "location")
    search_fields = ("product__search",)


@admin.register(models.Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    list_display = ("owner_key", "document_key", "product", "location", "quantity", "picked")
    list_select_related = ("product", "location")
    search_fields = ("owner_key", "document_key", "product__search")
