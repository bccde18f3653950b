"""A transfer as a form: from, to, which products, how many."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.forms.parts import Version
from inventory.models import Location, Product, Transfer
from inventory.services.transfers import TransferDraft
from inventory_sync.lib.text import fold

ROWS = 5
MOST_ROWS = 500


def _locations() -> Any:
    return Location.objects.filter(status=RecordStatus.ACTIVE)


class TransferForm(forms.Form):
    source = forms.ModelChoiceField(label=gettext_lazy("From"), queryset=Location.objects.none())
    target = forms.ModelChoiceField(label=gettext_lazy("To"), queryset=Location.objects.none())
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)
    version = Version()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "target"):
            self.fields[name].queryset = _locations()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("source") and data.get("source") == data.get("target"):
            self.add_error("target", _("Choose two different locations."))
        return data

    def draft(self, lines: dict[int, Decimal]) -> TransferDraft:
        data = self.cleaned_data
        return TransferDraft(source=data["source"], target=data["target"], note=data["note"], lines=lines)


class TransferLineForm(forms.Form):
    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=255, required=False)
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"),
        max_digits=15,
        decimal_places=4,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        quantity = data.get("quantity")
        if data.get("sku") and "quantity" not in self.errors and (quantity is None or quantity <= 0):
            self.add_error("quantity", _("Enter a number above zero."))
        if quantity is not None and not data.get("sku"):
            self.add_error("sku", _("Which product?"))
        return data


class _LineSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows; empty ones do not count, every SKU is a stock product and there once."""

    def clean(self) -> None:
        filled = [form for form in self.forms if form.cleaned_data.get("sku")] if not any(self.errors) else []
        by_key = Product.objects.in_bulk([fold(form.cleaned_data["sku"]) for form in filled], field_name="sku_key")
        self.lines: dict[int, Decimal] = {}
        for form in filled:
            product = by_key.get(fold(form.cleaned_data["sku"]))
            if product is None:
                form.add_error("sku", _("There is no product with this SKU."))
            elif not product.is_stocked:
                form.add_error("sku", _("This is no stock product."))
            elif product.pk in self.lines:
                form.add_error("sku", _("This product is there twice."))
            else:
                self.lines[product.pk] = form.cleaned_data["quantity"]
        if not any(self.errors) and not self.lines:
            raise forms.ValidationError(_("Enter at least one product."))


TransferLineSet = forms.formset_factory(
    TransferLineForm, formset=_LineSet, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def transfer_initial(transfer: Transfer) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a saved draft shows in its form."""
    head = {
        "source": transfer.source_id,
        "target": transfer.target_id,
        "note": transfer.note,
        "version": transfer.version,
    }
    lines = transfer.lines.select_related("product").order_by("pk")
    return head, [{"sku": line.product.sku, "quantity": f"{line.quantity.normalize():f}"} for line in lines]
