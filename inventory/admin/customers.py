"""Customers in the admin."""

from django.contrib import admin

from inventory import models


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
