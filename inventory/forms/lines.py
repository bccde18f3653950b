"""Rows of a document in a form: a product by its SKU, and how many."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Product
from inventory_sync.lib.text import fold

NUMBER = {"inputmode": "decimal", "class": "num"}


class LineForm(forms.Form):
    """A row; it counts once it has a SKU. `is_above_zero`: whether a quantity has to be."""

    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=255, required=False)
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"),
        max_digits=15,
        decimal_places=4,
        required=False,
        widget=forms.TextInput(attrs=NUMBER),
    )
    is_above_zero = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        quantity = data.get("quantity")
        is_missing = quantity is None or (self.is_above_zero and quantity <= 0)
        if data.get("sku") and "quantity" not in self.errors and is_missing:
            words = _("Enter a number above zero.") if self.is_above_zero else _("Enter a number.")
            self.add_error("quantity", words)
        if not data.get("sku") and (quantity is not None or data.get("unit_cost") is not None):
            self.add_error("sku", _("Which product?"))
        return data


class LineSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows; empty ones do not count, every SKU is a product. `rows` are the good ones: product and what was typed."""

    rows: list[tuple[Product, dict[str, Any]]]

    stock_only: str | Promise = ""
    """Why another kind of product is refused; empty: none is."""
    is_once = True
    """Whether a product may stand in one row only."""

    def clean(self) -> None:
        filled = [form for form in self.forms if form.cleaned_data.get("sku")] if not any(self.errors) else []
        by_key = Product.objects.in_bulk([fold(form.cleaned_data["sku"]) for form in filled], field_name="sku_key")
        self.rows = []
        seen: set[int] = set()
        for form in filled:
            product = by_key.get(fold(form.cleaned_data["sku"]))
            words = self._refusal(product, seen)
            if product is None or words:
                form.add_error("sku", words)
                continue
            seen.add(product.pk)
            self.rows.append((product, form.cleaned_data))
        if not any(self.errors) and not self.rows:
            raise forms.ValidationError(_("Enter at least one product."))

    def _refusal(self, product: Product | None, seen: set[int]) -> str | Promise:
        if product is None:
            return _("There is no product with this SKU.")
        if self.stock_only and not product.is_stocked:
            return self.stock_only
        return _("This product is there twice.") if self.is_once and product.pk in seen else ""
