"""Adjustment form: which products, where, how many, why."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.forms.lines import NUMBER, LineForm, LineSet
from inventory.models import Location
from inventory.services.adjustments import AdjustmentLine, AdjustmentMode

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


class AdjustmentLineForm(LineForm):
    location = forms.ModelChoiceField(
        label=gettext_lazy("Location"), queryset=Location.objects.none(), required=False, empty_label=None
    )
    unit_cost = forms.DecimalField(
        label=gettext_lazy("Unit cost"),
        max_digits=15,
        decimal_places=4,
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs=NUMBER),
    )
    field_order = ("sku", "location", "quantity", "unit_cost")
    is_above_zero = False

    def __init__(self, *args: Any, locations: Sequence[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        field.queryset = Location.objects.filter(status=RecordStatus.ACTIVE)  # type: ignore[attr-defined]
        field.choices = [(place.pk, place.name) for place in locations]  # type: ignore[attr-defined]


class _LineSet(LineSet):
    is_once = False

    @property
    def lines(self) -> list[AdjustmentLine]:
        """What the service adjusts."""
        return [
            AdjustmentLine(
                product_id=product.pk,
                location_id=row["location"].pk,
                quantity=row["quantity"],
                unit_cost=row["unit_cost"],
            )
            for product, row in self.rows
        ]


AdjustmentLineSet = forms.formset_factory(
    AdjustmentLineForm, formset=_LineSet, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)
