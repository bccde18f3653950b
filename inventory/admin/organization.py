"""Organization, users and reference books in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from inventory import models
from inventory.admin.bases import ReadOnlyAdmin

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
