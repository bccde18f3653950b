"""Customers with contacts and addresses (SPEC INV-11)."""

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import AddressType, RecordStatus
from inventory.models.books import Account, PaymentTerm, PriceTier, SalesRepresentative, TaxRule
from inventory_sync.lib.money import CurrencyField
from inventory_sync.lib.text import fold, searchable


class Customer(models.Model):
    """A person or company. Names need not be unique; e-mail and channel links tell people apart."""

    name = models.CharField(_("name"), max_length=256)
    name_key = models.CharField(max_length=300, editable=False)
    company = models.CharField(_("company"), max_length=256, blank=True)
    email = models.EmailField(_("email"), blank=True, max_length=254)
    email_key = models.CharField(max_length=254, editable=False, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=RecordStatus.choices, default=RecordStatus.ACTIVE)
    currency = CurrencyField(_("currency"), blank=True)
    price_tier = models.ForeignKey(PriceTier, models.PROTECT, null=True, blank=True, related_name="+")
    terms = models.ForeignKey(PaymentTerm, models.PROTECT, null=True, blank=True, related_name="+")
    tax_rule = models.ForeignKey(TaxRule, models.PROTECT, null=True, blank=True, related_name="+")
    revenue_account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    sales_representative = models.ForeignKey(
        SalesRepresentative, models.PROTECT, null=True, blank=True, related_name="+"
    )
    discount = models.DecimalField(
        _("discount, percent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    tax_number = models.CharField(_("tax number"), max_length=50, blank=True)
    comments = models.TextField(_("comments"), blank=True, max_length=10000)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", editable=False
    )
    search = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["name_key"], name="customer_name_key"),
            models.Index(fields=["email_key"], name="customer_email_key"),
            models.Index(fields=["name", "id"], name="customer_name_id"),
        ]

    def __str__(self) -> str:
        return self.name

    def set_keys(self) -> None:
        """Derived columns; call before bulk writes."""
        self.name_key = fold(self.name)
        self.email_key = fold(self.email)
        self.search = searchable(self.name, self.company, self.email, self.phone)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)


class Contact(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=256)
    email = models.EmailField(_("email"), blank=True, max_length=254)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(is_default=True), name="contact_one_default")
        ]

    def __str__(self) -> str:
        return self.name


class AddressLines(models.Model):
    """The lines of an address, shared by customers and documents."""

    line_1 = models.CharField(_("line 1"), max_length=256, blank=True)
    line_2 = models.CharField(_("line 2"), max_length=256, blank=True)
    city = models.CharField(_("city"), max_length=256, blank=True)
    state = models.CharField(_("state"), max_length=256, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)

    class Meta:
        abstract = True

    def in_lines(self) -> list[str]:
        """As it is written on a parcel, without empty lines."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return [line for line in (self.line_1, self.line_2, town, self.state, self.country) if line]


class Address(AddressLines):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    type = models.CharField(_("type"), max_length=10, choices=AddressType.choices)
    is_default = models.BooleanField(_("default for its type"), default=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "type"], condition=Q(is_default=True), name="address_one_default_per_type"
            )
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.line_1, self.postcode, self.city, self.country) if part)
