"""Reorder levels of one product, a row a location."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from inventory.forms.assembly import Quantity
from inventory.models import Location, Product
from inventory.services.reorder import ReorderChoice


class ReorderForm(forms.Form):
    """Fields `level_7` and `upto_7` for location 7."""

    fingerprint = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(self, *args: Any, product: Product, locations: Iterable[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        self.locations = list(locations)
        for location in self.locations:
            names = {"location": location.name}
            self.fields[f"level_{location.pk}"] = Quantity(
                label=gettext_lazy("Reorder level at %(location)s") % names, required=False
            )
            self.fields[f"upto_{location.pk}"] = Quantity(
                label=gettext_lazy("Order up to at %(location)s") % names, required=False
            )

    def cells(self, location: Location) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"level_{location.pk}"], self[f"upto_{location.pk}"]

    def choices(self) -> list[ReorderChoice]:
        return [
            ReorderChoice(
                product_id=self.product.pk,
                location_id=location.pk,
                level=self.cleaned_data[f"level_{location.pk}"],
                quantity=self.cleaned_data[f"upto_{location.pk}"],
            )
            for location in self.locations
        ]
