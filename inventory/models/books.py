"""Reference books staff can edit (SPEC INV-10)."""

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import AccountClass, RecordStatus, TermMethod, TierNumber
from inventory_sync.lib.money import CurrencyField
from inventory_sync.lib.text import fold


class NamedRecord(models.Model):
    """A name that is unique regardless of case, and a status."""

    name = models.CharField(_("name"), max_length=256)
    name_key = models.CharField(max_length=300, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=12, choices=RecordStatus.choices, default=RecordStatus.ACTIVE)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name_key = fold(self.name)
        super().clean()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = fold(self.name)
        super().save(*args, **kwargs)


class PriceTier(models.Model):
    """One of ten renameable price lists; its prices carry the tier's currency and tax mode (SPEC INV-19)."""

    number = models.PositiveSmallIntegerField(primary_key=True, choices=TierNumber.choices)
    name = models.CharField(_("name"), max_length=100, unique=True)
    currency = CurrencyField(_("currency"), blank=True, help_text=_("Empty: the base currency."))
    includes_tax = models.BooleanField(_("prices include tax"), default=False)

    class Meta:
        ordering = ["number"]
        verbose_name = _("price tier")
        verbose_name_plural = _("price tiers")

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """Row of the chart of accounts."""

    code = models.CharField(_("code"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=256)
    account_class = models.CharField(_("class"), max_length=12, choices=AccountClass.choices)
    accepts_payments = models.BooleanField(_("accepts payments"), default=False)
    status = models.CharField(_("status"), max_length=12, choices=RecordStatus.choices, default=RecordStatus.ACTIVE)

    class Meta:
        ordering = ["code"]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class TaxRule(NamedRecord):
    """Name under which a store's tax amounts are kept; the rate is used only when somebody recalculates."""

    rate = models.DecimalField(
        _("rate, percent"),
        max_digits=9,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1000))],
    )
    inclusive = models.BooleanField(_("prices include this tax"), default=False)
    liability_account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(NamedRecord.Meta):
        verbose_name = _("tax rule")
        verbose_name_plural = _("tax rules")


class TaxComponent(models.Model):
    """Part of a tax rule, such as state and city."""

    rule = models.ForeignKey(TaxRule, models.CASCADE, related_name="components")
    name = models.CharField(_("name"), max_length=100)
    rate = models.DecimalField(_("rate, percent"), max_digits=9, decimal_places=4)
    compound = models.BooleanField(_("on top of the others"), default=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("tax component")
        verbose_name_plural = _("tax components")
        constraints = [models.UniqueConstraint(fields=["rule", "name"], name="tax_component_once_per_rule")]

    def __str__(self) -> str:
        return self.name


class PaymentTerm(NamedRecord):
    """How long a customer may take; at most one is the default."""

    method = models.CharField(_("method"), max_length=20, choices=TermMethod.choices, default=TermMethod.NUMBER_OF_DAYS)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta(NamedRecord.Meta):
        verbose_name = _("payment term")
        verbose_name_plural = _("payment terms")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="payment_term_one_default"
            )
        ]


class Location(NamedRecord):
    """Where stock lies; exactly one is the default. `priority` orders where a sale looks first."""

    code = models.CharField(_("code"), max_length=50, blank=True)
    address = models.TextField(_("address"), blank=True, max_length=1000)
    is_default = models.BooleanField(_("default"), default=False)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100, help_text=_("Lower comes first."))

    class Meta:
        ordering = ["priority", "pk"]
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="location_one_default"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(status=RecordStatus.ACTIVE), name="location_default_is_active"
            ),
        ]


class SalesRepresentative(NamedRecord):
    email = models.EmailField(_("email"), blank=True)

    class Meta(NamedRecord.Meta):
        verbose_name = _("sales representative")
        verbose_name_plural = _("sales representatives")


class Carrier(NamedRecord):
    tracking_url = models.CharField(
        _("tracking address"), max_length=500, blank=True, help_text=_("{number} stands for the tracking number.")
    )

    class Meta(NamedRecord.Meta):
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")


class Supplier(NamedRecord):
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)

    class Meta(NamedRecord.Meta):
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")


class Brand(NamedRecord):
    class Meta(NamedRecord.Meta):
        verbose_name = _("brand")
        verbose_name_plural = _("brands")


class Category(NamedRecord):
    """One flat level."""

    class Meta(NamedRecord.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")


class Tag(NamedRecord):
    class Meta(NamedRecord.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")


class Unit(NamedRecord):
    """Unit of measure, such as piece or box."""

    class Meta(NamedRecord.Meta):
        verbose_name = _("unit")
        verbose_name_plural = _("units")
