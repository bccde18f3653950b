"""Admin for support: every model searchable; ledger, audit trail and outcomes are read only (SPEC APP-2)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import URLField
from django.http import HttpRequest

from inventory import models


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To be looked at: the product writes these rows itself."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


admin.site.register(models.User, UserAdmin)


@admin.register(models.LoginAttempt)
class LoginAttemptAdmin(ReadOnlyAdmin):
    list_display = ("key", "at")
    search_fields = ("key",)


@admin.register(models.Organization)
class OrganizationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "base_currency", "time_zone")
    search_fields = ("name",)
    autocomplete_fields = ("default_location", "default_sales_account", "default_terms")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.DocumentNumber)
class DocumentNumberAdmin(ReadOnlyAdmin):
    list_display = ("kind", "prefix", "next_number")
    search_fields = ("kind", "prefix")


class NamedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Books: name first, state last, between them what the book adds."""

    list_filter = ("status",)
    search_fields = ("name",)
    extra_columns: ClassVar[tuple[str, ...]] = ()
    extra_search: ClassVar[tuple[str, ...]] = ()

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("name", *self.extra_columns, "status")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("name", *self.extra_search)


for _model in (models.Brand, models.Category, models.Tag, models.Unit, models.Carrier):
    admin.site.register(_model, NamedAdmin)


@admin.register(models.PriceTier)
class PriceTierAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("number", "name", "currency", "includes_tax")
    search_fields = ("name",)


@admin.register(models.Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("code", "name", "account_class", "accepts_payments", "status")
    list_filter = ("account_class", "accepts_payments", "status")
    search_fields = ("code", "name")


class TaxComponentInline(admin.TabularInline):  # type: ignore[type-arg]
    model = models.TaxComponent
    extra = 0


@admin.register(models.TaxRule)
class TaxRuleAdmin(NamedAdmin):
    extra_columns = ("rate", "inclusive")
    autocomplete_fields = ("liability_account",)
    inlines = (TaxComponentInline,)


@admin.register(models.PaymentTerm)
class PaymentTermAdmin(NamedAdmin):
    extra_columns = ("method", "days", "is_default")


@admin.register(models.Location)
class LocationAdmin(NamedAdmin):
    extra_columns = ("code", "priority", "is_default")
    extra_search = ("code",)


@admin.register(models.SalesRepresentative)
class SalesRepresentativeAdmin(NamedAdmin):
    extra_columns = ("email",)
    extra_search = ("email",)


@admin.register(models.Supplier)
class SupplierAdmin(NamedAdmin):
    extra_columns = ("email", "phone")
    extra_search = ("email", "phone")


class ContactInline(admin.TabularInline):  # type: ignore[type-arg]
    model = models.Contact
    extra = 0


class AddressInline(admin.StackedInline):  # type: ignore[type-arg]
    model = models.Address
    extra = 0


@admin.register(models.Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "company", "email", "phone", "status")
    list_filter = ("status",)
    search_fields = ("search",)
    autocomplete_fields = ("price_tier", "terms", "tax_rule", "revenue_account", "sales_representative")
    inlines = (ContactInline, AddressInline)
    show_full_result_count = False


@admin.register(models.Family)
class FamilyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "option1_name", "option2_name", "option3_name")
    search_fields = ("name_key",)
    show_full_result_count = False


class ProductPriceInline(admin.TabularInline):  # type: ignore[type-arg]
    model = models.ProductPrice
    extra = 0


class ProductImageInline(admin.TabularInline):  # type: ignore[type-arg]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    model = models.ProductImage
    extra = 0


class CustomFieldInline(admin.TabularInline):  # type: ignore[type-arg]
    model = models.CustomField
    extra = 0


@admin.register(models.Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("sku", "name", "type", "status")
    list_filter = ("type", "status")
    search_fields = ("search",)
    autocomplete_fields = (
        "family", "category", "brand", "unit", "sale_tax_rule", "revenue_account", "supplier", "default_location",
        "tags",
    )  # fmt: skip
    inlines = (ProductPriceInline, ProductImageInline, CustomFieldInline)
    show_full_result_count = False


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
