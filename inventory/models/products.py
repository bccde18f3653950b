"""What we sell (SPEC INV-1, INV-2)."""

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import DropShip, LengthUnit, ProductType, RecordStatus, WeightUnit
from inventory.models.books import Account, Brand, Category, Location, PriceTier, Supplier, Tag, TaxRule, Unit
from inventory_sync.lib.money import MoneyField
from inventory_sync.lib.text import fold, searchable

CUSTOM_FIELDS = 10


class Family(models.Model):
    """Groups variations by up to three options."""

    name = models.CharField(_("name"), max_length=256)
    name_key = models.CharField(max_length=300, unique=True, editable=False)
    option1_name = models.CharField(_("option 1"), max_length=100, blank=True)
    option2_name = models.CharField(_("option 2"), max_length=100, blank=True)
    option3_name = models.CharField(_("option 3"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("family")
        verbose_name_plural = _("families")
        constraints = [
            models.CheckConstraint(
                condition=(Q(option2_name="") | ~Q(option1_name="")) & (Q(option3_name="") | ~Q(option2_name="")),
                name="family_options_without_gap",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def option_names(self) -> list[str]:
        return [name for name in (self.option1_name, self.option2_name, self.option3_name) if name]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = fold(self.name)
        super().save(*args, **kwargs)


class Product(models.Model):
    """A thing or service with its own SKU; a variation when it belongs to a family."""

    sku = models.CharField(_("SKU"), max_length=255)
    sku_key = models.CharField(max_length=300, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=512)
    name_key = models.CharField(max_length=600, unique=True, editable=False)
    type = models.CharField(_("type"), max_length=16, choices=ProductType.choices, default=ProductType.STOCK)
    status = models.CharField(_("status"), max_length=12, choices=RecordStatus.choices, default=RecordStatus.ACTIVE)
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="variations")
    option1 = models.CharField(_("option 1"), max_length=255, blank=True)
    option2 = models.CharField(_("option 2"), max_length=255, blank=True)
    option3 = models.CharField(_("option 3"), max_length=255, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="products")
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="products")
    tags = models.ManyToManyField(Tag, blank=True, related_name="products")
    description = models.TextField(_("description"), blank=True, help_text=_("HTML; unsafe parts are removed."))
    barcode = models.CharField(_("barcode"), max_length=64, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    weight = models.DecimalField(
        _("weight"), max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    weight_unit = models.CharField(
        _("weight unit"), max_length=2, choices=WeightUnit.choices, default=WeightUnit.KILOGRAM
    )
    length = models.DecimalField(
        _("length"), max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    width = models.DecimalField(
        _("width"), max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    height = models.DecimalField(
        _("height"), max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    length_unit = models.CharField(
        _("length unit"), max_length=2, choices=LengthUnit.choices, default=LengthUnit.CENTIMETER
    )
    sale_tax_rule = models.ForeignKey(TaxRule, models.PROTECT, null=True, blank=True, related_name="+")
    revenue_account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    drop_ship = models.CharField(_("drop shipping"), max_length=10, choices=DropShip.choices, default=DropShip.NEVER)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="products")
    default_location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    auto_assembly = models.BooleanField(
        _("built when sold"), default=False, help_text=_("What its components allow counts as available.")
    )
    search = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["sku_key"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        permissions = [("import_product", "Import and export products")]
        indexes = [
            models.Index(fields=["category", "sku_key"], name="product_category_sku"),
            models.Index(fields=["brand", "sku_key"], name="product_brand_sku"),
            models.Index(fields=["id"], condition=Q(status="deprecated"), name="product_deprecated"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(sku_key=""), name="product_sku_not_empty"),
            models.UniqueConstraint(
                fields=["family", "option1", "option2", "option3"],
                condition=Q(family__isnull=False),
                name="variation_options_once_per_family",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    @property
    def is_stocked(self) -> bool:
        """Only stock products move in the ledger."""
        return self.type == ProductType.STOCK

    @property
    def is_drop_shipped(self) -> bool:
        """Its supplier always sends it to the customer, so sales of it hold no units (SPEC INV-8)."""
        return self.drop_ship == DropShip.ALWAYS and self.type != ProductType.SERVICE

    def set_keys(self) -> None:
        """Derived columns; call before bulk writes."""
        self.sku_key = fold(self.sku)
        self.name_key = fold(self.name)
        self.search = searchable(self.sku, self.name, self.barcode)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)


class ProductPrice(models.Model):
    """Price of a product in one tier, in the tier's currency and tax mode."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    tier = models.ForeignKey(PriceTier, models.PROTECT, related_name="+")
    amount = MoneyField(_("price"))

    class Meta:
        ordering = ["tier"]
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [models.UniqueConstraint(fields=["product", "tier"], name="price_once_per_tier")]

    def __str__(self) -> str:
        return str(self.amount)


class ProductImage(models.Model):
    """Ordered image: by public address, or a file of ours (never both)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    file = models.FileField(_("file"), upload_to="products/%Y/%m", max_length=300, blank=True)
    caption = models.CharField(_("caption"), max_length=255, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("image")
        verbose_name_plural = _("images")
        constraints = [models.CheckConstraint(condition=Q(url="") ^ Q(file=""), name="image_address_xor_file")]

    def __str__(self) -> str:
        return self.url or self.file.name or ""

    @property
    def address(self) -> str:
        """Where a browser with our pages open finds it."""
        return self.url or str(self.file.url)

    @property
    def public_address(self) -> str:
        """Where anybody finds it."""
        return self.url or f"{settings.PUBLIC_URL}{self.file.url}"


class CustomField(models.Model):
    """One of up to ten extra fields of a product."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="custom_fields")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=255)
    value = models.CharField(_("value"), max_length=1000, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [
            models.UniqueConstraint(fields=["product", "position"], name="custom_field_once_per_position"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=CUSTOM_FIELDS), name="custom_field_position_1_to_10"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
