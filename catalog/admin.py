"""Catalog in the admin, for support (SPEC APP-2). Links are made by downloads and broken by unlinking, never typed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.models import (
    CatalogConflict,
    CustomerConflict,
    CustomerLink,
    Drift,
    Listing,
    ListingItem,
    ProductBuffer,
    StoreHold,
)


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Searchable, never written here."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Listing)
class ListingAdmin(LookOnly):
    list_display = ("remote_name", "remote_id", "channel", "state", "seen_at")
    list_filter = ("state", "channel")
    list_select_related = ("channel",)
    search_fields = ("remote_name", "remote_id")


@admin.register(ListingItem)
class ListingItemAdmin(LookOnly):
    list_display = ("remote_sku", "remote_id", "product", "channel", "sync_stock", "pushed_quantity", "push_error")
    list_filter = ("sync_stock", "tracking", "channel")
    list_select_related = ("channel", "product")
    search_fields = ("remote_sku", "remote_id", "product__sku")


@admin.register(StoreHold)
class StoreHoldAdmin(LookOnly):
    list_display = ("product", "channel", "owner_key", "reason", "quantity")
    list_filter = ("reason", "channel")
    list_select_related = ("channel", "product")
    search_fields = ("owner_key", "product__sku")


@admin.register(ProductBuffer)
class ProductBufferAdmin(LookOnly):
    list_display = ("product", "channel", "quantity")
    list_filter = ("channel",)
    list_select_related = ("channel", "product")
    search_fields = ("product__sku",)


@admin.register(CustomerLink)
class CustomerLinkAdmin(LookOnly):
    list_display = ("remote_id", "customer", "channel")
    list_filter = ("channel",)
    list_select_related = ("channel", "customer")
    search_fields = ("remote_id", "customer__name")


@admin.register(CatalogConflict)
class CatalogConflictAdmin(LookOnly):
    list_display = ("remote_name", "sku", "kind", "product", "channel", "seen_at")
    list_filter = ("kind", "channel")
    list_select_related = ("channel", "product")
    search_fields = ("remote_name", "sku", "remote_id")


@admin.register(CustomerConflict)
class CustomerConflictAdmin(LookOnly):
    list_display = ("name", "email", "remote_id", "channel", "decision", "seen_at")
    list_filter = ("decision", "channel")
    list_select_related = ("channel",)
    search_fields = ("name", "email", "remote_id")


@admin.register(Drift)
class DriftAdmin(LookOnly):
    list_display = ("label", "kind", "field", "ours", "theirs", "cause", "channel", "seen_at")
    list_filter = ("kind", "cause", "channel")
    list_select_related = ("channel",)
    search_fields = ("label",)
