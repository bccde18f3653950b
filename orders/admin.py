"""Admin for support: orders, sales and their parts to look at; the product writes them itself (SPEC APP-2)."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from inventory.admin import ReadOnlyAdmin, ReadOnlyInline
from orders import models
from orders.services.entries import read_again


class CapturedLineInline(ReadOnlyInline):
    model = models.CapturedLine
    exclude = ("note",)


class CapturedChargeInline(ReadOnlyInline):
    model = models.CapturedCharge


class CapturedPaymentInline(ReadOnlyInline):
    model = models.CapturedPayment


class OrderIssueInline(ReadOnlyInline):
    model = models.OrderIssue


@admin.register(models.CapturedOrder)
class CapturedOrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "channel", "state", "customer_name", "total", "currency", "placed_at", "sale")
    list_filter = ("state", "captured_by", "channel")
    list_select_related = ("channel", "sale")
    search_fields = ("number", "remote_id", "search", "sale__number")
    inlines = [CapturedLineInline, CapturedChargeInline, CapturedPaymentInline, OrderIssueInline]
    actions = ["read_again"]

    @admin.action(description=lazy("Read these orders from their stores again"), permissions=["view"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[models.CapturedOrder]) -> None:
        orders = list(queryset)
        for order in orders:
            read_again(order)
        messages.success(request, _("%(count)s orders are read again.") % {"count": len(orders)})


@admin.register(models.OrderIssue)
class OrderIssueAdmin(ReadOnlyAdmin):
    list_display = ("code", "label", "order")
    list_filter = ("code",)
    list_select_related = ("order",)
    search_fields = ("key", "label", "order__number")


class SaleLineInline(ReadOnlyInline):
    model = models.SaleLine


class SaleChargeInline(ReadOnlyInline):
    model = models.SaleCharge


class PaymentInline(ReadOnlyInline):
    model = models.Payment


class FulfillmentInline(ReadOnlyInline):
    model = models.Fulfillment


class InvoiceInline(ReadOnlyInline):
    model = models.Invoice


class SaleSourceInline(ReadOnlyInline):
    model = models.SaleSource


@admin.register(models.Sale)
class SaleAdmin(ReadOnlyAdmin):
    list_display = ("number", "customer", "status", "total", "currency", "sale_date", "source_label")
    list_filter = ("status", "type")
    list_select_related = ("customer",)
    search_fields = ("number", "search", "customer__name", "customer_reference")
    inlines = [SaleLineInline, SaleChargeInline, PaymentInline, FulfillmentInline, InvoiceInline, SaleSourceInline]


@admin.register(models.SaleSource)
class SaleSourceAdmin(ReadOnlyAdmin):
    list_display = ("platform", "store_identity", "remote_id", "number", "sale", "active")
    list_filter = ("platform", "active")
    list_select_related = ("sale",)
    search_fields = ("remote_id", "number", "sale__number", "store_identity")


class FulfillmentLineInline(ReadOnlyInline):
    model = models.FulfillmentLine


@admin.register(models.Fulfillment)
class FulfillmentAdmin(ReadOnlyAdmin):
    list_display = ("sale", "number", "pick_state", "pack_state", "ship_state", "carrier", "tracking_number")
    list_filter = ("pick_state", "ship_state")
    list_select_related = ("sale",)
    search_fields = ("sale__number", "tracking_number")
    inlines = [FulfillmentLineInline]


@admin.register(models.Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("number", "sale", "state", "total", "paid", "currency", "invoice_date", "due_date")
    list_filter = ("state",)
    list_select_related = ("sale",)
    search_fields = ("number", "sale__number")


@admin.register(models.Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("sale", "amount", "account", "state", "paid_at", "reference")
    list_filter = ("state",)
    list_select_related = ("sale", "account")
    search_fields = ("sale__number", "reference")
