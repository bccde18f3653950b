"""A transfer as a form: from, to, which products, how many."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus
from inventory.forms.lines import LineForm, LineSet
from inventory.forms.parts import Version
from inventory.models import Location, Transfer
from inventory.services.transfers import TransferDraft

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


class _LineSet(LineSet):
    stock_only = gettext_lazy("This is no stock product.")

    @property
    def lines(self) -> dict[int, Decimal]:
        """Quantity by product id."""
        return {product.pk: row["quantity"] for product, row in self.rows}


TransferLineSet = forms.formset_factory(
    LineForm, formset=_LineSet, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
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
