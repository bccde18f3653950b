"""Stocktakes as forms: what is counted, one count, the end."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.models import Brand, Category, Location, Product
from inventory.services.stocktake_posting import Uncounted
from inventory.services.stocktakes import Scope
from inventory_sync.lib.text import fold


def _locations() -> Any:
    return Location.objects.filter(status=RecordStatus.ACTIVE)


class StocktakeForm(forms.Form):
    location = forms.ModelChoiceField(label=gettext_lazy("Location"), queryset=Location.objects.none())
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.all(),
        required=False,
        empty_label=gettext_lazy("All"),
    )
    brand = forms.ModelChoiceField(
        label=gettext_lazy("Brand"), queryset=Brand.objects.all(), required=False, empty_label=gettext_lazy("All")
    )
    skus = forms.CharField(
        label=gettext_lazy("Only these products"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=gettext_lazy("SKUs, one a line. Empty: all that were ever at the location, as chosen above."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        field.queryset = _locations()  # type: ignore[attr-defined]
        if not self.is_bound:
            field.initial = _locations().filter(is_default=True).first()

    def clean_skus(self) -> list[int]:
        skus = [line.strip() for line in self.cleaned_data["skus"].splitlines() if line.strip()]
        found = Product.objects.in_bulk([fold(sku) for sku in skus], field_name="sku_key")
        missing = [sku for sku in skus if fold(sku) not in found]
        if missing:
            raise forms.ValidationError(_("There is no product with SKU %(skus)s.") % {"skus": ", ".join(missing[:5])})
        services = [product.sku for product in found.values() if not product.is_stocked]
        if services:
            raise forms.ValidationError(_("No stock product: %(skus)s.") % {"skus": ", ".join(services[:5])})
        return [product.pk for product in found.values()]

    def scope(self) -> Scope:
        data = self.cleaned_data
        names = [str(data[name]) for name in ("category", "brand") if data[name]]
        if data["skus"]:
            label = _("%(n)s chosen products") % {"n": len(data["skus"])}
            return Scope(product_ids=data["skus"], label=label)
        return Scope(
            category_id=data["category"].pk if data["category"] else None,
            brand_id=data["brand"].pk if data["brand"] else None,
            label=", ".join(names) or _("All products"),
        )


class ScanForm(forms.Form):
    """One product on the counting page. An empty quantity counts one."""

    code = forms.CharField(
        label=gettext_lazy("SKU or barcode"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "enterkeyhint": "done"}),
    )
    quantity = forms.DecimalField(
        label=gettext_lazy("How many"),
        max_digits=15,
        decimal_places=4,
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "placeholder": "1"}),
    )

    def number(self) -> Decimal:
        quantity = self.cleaned_data["quantity"]
        return Decimal(1) if quantity is None else quantity


class CountForm(forms.Form):
    """The counted number of one line; `seen` is what the person saw before."""

    counted = forms.DecimalField(max_digits=15, decimal_places=4, min_value=0, required=False)
    seen = forms.DecimalField(max_digits=15, decimal_places=4, required=False)


class FinishForm(forms.Form):
    uncounted = forms.ChoiceField(
        label=gettext_lazy("Products that nobody counted"),
        choices=[
            (Uncounted.LEAVE.value, gettext_lazy("Leave their stock as it is")),
            (Uncounted.ZERO.value, gettext_lazy("Count them as none: their on hand becomes zero")),
        ],
        initial=Uncounted.LEAVE.value,
        widget=forms.RadioSelect,
    )

    def choice(self) -> Uncounted:
        return Uncounted(self.cleaned_data["uncounted"])
