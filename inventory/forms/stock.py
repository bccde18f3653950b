"""Adjustment form: which products, where, how many, why."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.models import Location, Product
from inventory.services.adjustments import AdjustmentLine, AdjustmentMode
from inventory_sync.lib.text import fold

ROWS = 5
MOST_ROWS = 100


class AdjustmentForm(forms.Form):
    mode = forms.ChoiceField(
        label=gettext_lazy("Meaning of the numbers"),
        choices=[
            (AdjustmentMode.SET_TO.value, gettext_lazy("Set on hand to")),
            (AdjustmentMode.CHANGE_BY.value, gettext_lazy("Change on hand by (−2 takes away)")),
        ],
        initial=AdjustmentMode.SET_TO.value,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("Stays in the movements: counted, damaged, found …"),
    )

    def chosen_mode(self) -> AdjustmentMode:
        return AdjustmentMode(self.cleaned_data["mode"])


class AdjustmentLineForm(forms.Form):
    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=255, required=False)
    location = forms.ModelChoiceField(
        label=gettext_lazy("Location"), queryset=Location.objects.none(), required=False, empty_label=None
    )
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"),
        max_digits=15,
        decimal_places=4,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )

    unit_cost = forms.DecimalField(
        label=gettext_lazy("Unit cost"),
        max_digits=15,
        decimal_places=4,
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )

    def __init__(self, *args: Any, locations: Sequence[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        field.queryset = Location.objects.filter(status=RecordStatus.ACTIVE)  # type: ignore[attr-defined]
        field.choices = [(place.pk, place.name) for place in locations]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("sku") and data.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("Enter a number."))
        if data.get("quantity") is not None and not data.get("sku"):
            self.add_error("sku", _("Which product?"))
        return data


class _LineSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows; empty ones do not count, and every SKU must be a product."""

    def clean(self) -> None:
        filled = [form for form in self.forms if form.cleaned_data.get("sku")] if not any(self.errors) else []
        by_key = Product.objects.in_bulk([fold(form.cleaned_data["sku"]) for form in filled], field_name="sku_key")
        self.lines: list[AdjustmentLine] = []
        for form in filled:
            product = by_key.get(fold(form.cleaned_data["sku"]))
            if product is None:
                form.add_error("sku", _("There is no product with this SKU."))
                continue
            self.lines.append(
                AdjustmentLine(
                    product_id=product.pk,
                    location_id=form.cleaned_data["location"].pk,
                    quantity=form.cleaned_data["quantity"],
                    unit_cost=form.cleaned_data["unit_cost"],
                )
            )
        if not any(self.errors) and not self.lines:
            raise forms.ValidationError(_("Enter at least one product."))


AdjustmentLineSet = forms.formset_factory(
    AdjustmentLineForm, formset=_LineSet, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)
