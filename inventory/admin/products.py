"""Products, families and what they are built from in the admin."""

from django.contrib import admin
from django.db.models import URLField

from inventory import models
from inventory.admin.bases import ReadOnlyAdmin, ReadOnlyInline


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
    readonly_fields = ("file",)  # the product's page looks at files before it keeps them
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


@admin.register(models.Component)
class ComponentAdmin(ReadOnlyAdmin):
    """Bills of materials are changed on the product's page: one level only is a rule of the service."""

    list_display = ("product", "component", "quantity")
    list_select_related = ("product", "component")
    search_fields = ("product__search", "component__search")


@admin.register(models.ProductCost)
class ProductCostAdmin(ReadOnlyAdmin):
    list_display = ("product", "average")
    list_select_related = ("product",)
    search_fields = ("product__search",)


@admin.register(models.ReorderLevel)
class ReorderLevelAdmin(ReadOnlyAdmin):
    list_display = ("product", "location", "level", "quantity")
    list_filter = ("location",)
    list_select_related = ("product", "location")
    search_fields = ("product__search",)


class AssemblyLineInline(ReadOnlyInline):
    model = models.AssemblyLine
    fields = ("component", "quantity")


@admin.register(models.Assembly)
class AssemblyAdmin(ReadOnlyAdmin):
    list_display = ("number", "product", "location", "quantity", "state", "created_at")
    list_filter = ("state", "location")
    list_select_related = ("product", "location")
    search_fields = ("number", "product__search", "document_key")
    inlines = (AssemblyLineInline,)
