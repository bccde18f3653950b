"""Forms of bills of materials and of building by hand."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.forms.parts import Version
from inventory.models import Component, Location, Product
from inventory_sync.lib.text import fold

SPARE_ROWS = 3
MOST_ROWS = 100


class Quantity(forms.DecimalField):
    """Up to four decimals, typed."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num"})
        super().__init__(max_digits=15, decimal_places=4, widget=widget, **kwargs)


class BillForm(forms.Form):
    version = Version()
    auto_assembly = forms.BooleanField(
        label=gettext_lazy("Build when sold"),
        required=False,
        help_text=gettext_lazy(
            "What the components allow counts as available in the stores, and orders build what is missing at their "
            "location. Switched off, it is only built by hand."
        ),
    )


class ComponentForm(forms.Form):
    sku = forms.CharField(label=gettext_lazy("SKU of the component"), max_length=255, required=False)
    quantity = Quantity(label=gettext_lazy("Units in one"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("sku") and data.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("How many are in one?"))
        if data.get("quantity") is not None and not data.get("sku"):
            self.add_error("sku", _("Which product?"))
        return data


class _Components(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows; one without a SKU does not count, which takes a component off."""

    def clean(self) -> None:
        filled = [form for form in self.forms if form.cleaned_data.get("sku")] if not any(self.errors) else []
        by_key = Product.objects.in_bulk([fold(form.cleaned_data["sku"]) for form in filled], field_name="sku_key")
        self.components: list[tuple[int, Decimal]] = []
        for form in filled:
            product = by_key.get(fold(form.cleaned_data["sku"]))
            if product is None:
                form.add_error("sku", _("There is no product with this SKU."))
                continue
            self.components.append((product.pk, form.cleaned_data["quantity"]))


ComponentSet = forms.formset_factory(
    ComponentForm, formset=_Components, extra=SPARE_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def rows_of(bill: Sequence[Component]) -> list[dict[str, Any]]:
    """What the form shows of a saved bill of materials."""
    return [{"sku": row.component.sku, "quantity": f"{row.quantity.normalize():f}"} for row in bill]


class BuildForm(forms.Form):
    """`key` makes one press of *Build* one assembly."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput, required=False)
    sku = forms.CharField(
        label=gettext_lazy("Product"), max_length=255, help_text=gettext_lazy("SKU of what is to be built.")
    )
    location = forms.ModelChoiceField(
        label=gettext_lazy("Location"),
        queryset=Location.objects.filter(status=RecordStatus.ACTIVE),
        empty_label=None,
        help_text=gettext_lazy("All components are taken here."),
    )
    quantity = Quantity(label=gettext_lazy("Units to build"), min_value=Decimal("0.0001"))
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)

    product: Product

    def clean_sku(self) -> str:
        typed: str = self.cleaned_data["sku"]
        product = Product.objects.filter(sku_key=fold(typed)).first()
        if product is None:
            raise forms.ValidationError(_("There is no product with this SKU."))
        if not product.components.exists():
            raise forms.ValidationError(_("It has no components. Add them on its page first."))
        self.product = product
        return typed
