"""Forms of purchase orders: what is ordered, what the supplier answered, what arrived."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.forms.lines import NUMBER, LineForm, LineSet
from inventory.models import Location, Purchase, PurchaseLine, Supplier
from inventory.services.purchases import PurchaseTerms, WantedLine
from inventory_sync.lib.money import to_currency

ROWS = 5
MOST_ROWS = 200
_DATE = {"type": "date"}


class VersionForm(forms.Form):
    """The version that the person saw (SPEC APP-13)."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AnswerForm(VersionForm):
    """What changes while the order is with the supplier."""

    expected_on = forms.DateField(
        label=gettext_lazy("Expected on"), required=False, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    supplier_reference = forms.CharField(
        label=gettext_lazy("Supplier’s number"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Under which the supplier keeps this order."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class PurchaseForm(AnswerForm):
    """Header of a draft. What goes to a customer keeps its supplier and has no location."""

    key = forms.CharField(max_length=90, required=False, widget=forms.HiddenInput)
    supplier = forms.ModelChoiceField(
        label=gettext_lazy("Supplier"), queryset=Supplier.objects.none(), empty_label=gettext_lazy("Choose a supplier")
    )
    location = forms.ModelChoiceField(
        label=gettext_lazy("Location"),
        queryset=Location.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("Where the goods arrive."),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        required=False,
        help_text=gettext_lazy("Code such as USD. Empty: the base currency."),
    )
    rate = forms.DecimalField(
        label=gettext_lazy("Exchange rate"),
        max_digits=18,
        decimal_places=8,
        required=False,
        min_value=Decimal("0.00000001"),
        help_text=gettext_lazy("Base currency for one unit of it; the average cost is kept in the base currency."),
        widget=forms.TextInput(attrs=NUMBER),
    )
    field_order = (
        "supplier", "location", "currency", "rate", "expected_on", "supplier_reference", "note",
    )  # fmt: skip

    def __init__(self, *args: Any, purchase: Purchase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purchase = purchase
        suppliers, places = (
            Supplier.objects.filter(status=RecordStatus.ACTIVE),
            Location.objects.filter(status="active"),
        )
        if purchase is not None:
            suppliers = suppliers | Supplier.objects.filter(pk=purchase.supplier_id)
        self.fields["supplier"].queryset = suppliers  # type: ignore[attr-defined]
        self.fields["location"].queryset = places  # type: ignore[attr-defined]
        if purchase is not None and purchase.is_drop_ship:
            del self.fields["supplier"], self.fields["location"]

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].strip().upper()
        if code and not (len(code) == 3 and code.isalpha() and code.isascii()):
            raise forms.ValidationError(_("A currency code has three letters."))
        return code

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("currency") and not data.get("rate") and "rate" not in self.errors:
            self.add_error("rate", _("Enter the exchange rate of this currency."))
        return data

    def terms(self) -> PurchaseTerms:
        given, drop = self.cleaned_data, self.purchase if self.purchase and self.purchase.is_drop_ship else None
        return PurchaseTerms(
            supplier_id=drop.supplier_id if drop else given["supplier"].pk,
            location_id=None if drop else given["location"].pk,
            currency=given["currency"],
            rate=given["rate"] or Decimal(1),
            expected_on=given["expected_on"],
            supplier_reference=given["supplier_reference"],
            note=given["note"],
        )


def cost_as_typed(line: PurchaseLine) -> str:
    """With the decimals of its currency, or all that it has where these are more."""
    cost = line.unit_cost
    if cost is None:
        return ""
    rounded = to_currency(cost, line.purchase.currency)
    return str(rounded) if rounded == cost else f"{cost.normalize():f}"


class PurchaseLineForm(LineForm):
    unit_cost = forms.DecimalField(
        label=gettext_lazy("Unit cost"),
        max_digits=19,
        decimal_places=4,
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs=NUMBER),
    )


class _LineSet(LineSet):
    stock_only = gettext_lazy("Only stock products are received.")

    @property
    def wanted(self) -> list[WantedLine]:
        """What is to be ordered."""
        return [
            WantedLine(product_id=product.pk, quantity=row["quantity"], unit_cost=row["unit_cost"])
            for product, row in self.rows
        ]


PurchaseLineSet = forms.formset_factory(
    PurchaseLineForm, formset=_LineSet, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


class PricesForm(forms.Form):
    """Only the prices of what goes to a customer; the sale says the rest."""

    def __init__(self, *args: Any, lines: Sequence[PurchaseLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"cost-{line.pk}"] = forms.DecimalField(
                label=_("Unit cost of %(sku)s") % {"sku": line.product.sku},
                max_digits=19,
                decimal_places=4,
                min_value=0,
                required=False,
                initial=cost_as_typed(line),
                widget=forms.TextInput(attrs=NUMBER),
            )

    def rows(self) -> list[tuple[PurchaseLine, forms.BoundField]]:
        return [(line, self[f"cost-{line.pk}"]) for line in self.lines]

    def wanted(self) -> list[WantedLine]:
        return [
            WantedLine(
                product_id=line.product_id,
                quantity=line.quantity,
                unit_cost=self.cleaned_data[f"cost-{line.pk}"],
                owner_key=line.owner_key,
            )
            for line in self.lines
        ]


class ArrivalForm(VersionForm):
    """How many arrived of each line. `is_dispatch`: how many the supplier sent, with carrier and tracking number."""

    key = forms.CharField(max_length=80, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: Sequence[PurchaseLine], is_dispatch: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if line.outstanding]
        for line in self.lines:
            self.fields[f"units-{line.pk}"] = forms.DecimalField(
                label=(_("Sent of %(sku)s") if is_dispatch else _("Arrived of %(sku)s")) % {"sku": line.product.sku},
                max_digits=15,
                decimal_places=4,
                min_value=0,
                required=False,
                initial=f"{line.outstanding.normalize():f}",
                widget=forms.TextInput(attrs=NUMBER),
            )
        if is_dispatch:
            self.fields["carrier"] = forms.CharField(label=_("Carrier"), max_length=200, required=False)
            self.fields["tracking_number"] = forms.CharField(label=_("Tracking number"), max_length=200, required=False)

    def rows(self) -> list[tuple[PurchaseLine, forms.BoundField]]:
        return [(line, self[f"units-{line.pk}"]) for line in self.lines]

    def units(self) -> dict[int, Decimal]:
        return {line.pk: self.cleaned_data[f"units-{line.pk}"] or Decimal(0) for line in self.lines}
