"""What a product is built from, and the building of it (SPEC INV-7)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.enums import AssemblyState
from inventory.models.books import Location
from inventory.models.products import Product
from inventory_sync.lib.money import MoneyField
from inventory_sync.lib.quantities import QuantityField


class Component(models.Model):
    """One line of a bill of materials: so many of a component in one finished product.

    One level: a product that has components is nobody's component (`inventory.services.assembly` keeps it so).
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="components")
    component = models.ForeignKey(Product, models.PROTECT, related_name="used_in")
    quantity = QuantityField(_("quantity"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("component")
        verbose_name_plural = _("components")
        constraints = [
            models.UniqueConstraint(fields=["product", "component"], name="component_once_per_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="component_of_something"),
            models.CheckConstraint(condition=~Q(component=F("product")), name="component_not_of_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.component_id}"


class Assembly(models.Model):
    """An order to build a product at one location; done whole or not at all. `revision` ends its ledger keys.

    `document_key` names the sale it was made for (A9), `owner_key` its line; both empty for one by hand.
    """

    number = models.CharField(_("number"), max_length=50, unique=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="assemblies")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+")
    quantity = QuantityField(_("quantity"))
    state = models.CharField(_("state"), max_length=8, choices=AssemblyState.choices, default=AssemblyState.DRAFT)
    document_key = models.CharField(_("for"), max_length=100, blank=True, db_index=True)
    owner_key = models.CharField(max_length=100, blank=True)
    unit_cost = MoneyField(_("unit cost"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("built"), null=True, blank=True)
    revision = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("assembly")
        verbose_name_plural = _("assemblies")
        constraints = [
            models.UniqueConstraint(
                fields=["document_key", "owner_key"],
                condition=~Q(owner_key="") & ~Q(state=AssemblyState.VOIDED),
                name="assembly_once_per_owner",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="assembly_of_something"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def own_key(self) -> str:
        """Its own document key in the ledger."""
        return f"assembly:{self.number}"


class AssemblyLine(models.Model):
    """What one assembly takes of a component in all; a snapshot of the bill of materials."""

    assembly = models.ForeignKey(Assembly, models.CASCADE, related_name="lines")
    component = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = QuantityField(_("quantity"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("assembly line")
        verbose_name_plural = _("assembly lines")
        constraints = [
            models.UniqueConstraint(fields=["assembly", "component"], name="assembly_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="assembly_line_of_something"),
        ]

    def __str__(self) -> str:
        return str(self.quantity)
