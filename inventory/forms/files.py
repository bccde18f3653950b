"""Files that staff bring."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.services.adjustments import AdjustmentMode
from inventory.services.imports_documents import TRANSFERS
from inventory.services.imports_reorder import REORDER
from inventory.services.imports_stock import STOCK


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, at most 10 MB and 50 000 rows. The first row names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm", "class": "input"}),
        allow_empty_file=True,
    )

    def options(self) -> dict[str, Any]:
        return {}


class StockFileForm(FileForm):
    kind = forms.ChoiceField(
        label=_("What is in it"),
        choices=[
            (STOCK, _("Quantities on hand")),
            (TRANSFERS, _("Transfers between locations")),
            (REORDER, _("Reorder levels")),
        ],
        initial=STOCK,
    )
    mode = forms.ChoiceField(
        label=_("Meaning of the numbers"),
        choices=[
            (AdjustmentMode.SET_TO.value, _("Set on hand to")),
            (AdjustmentMode.CHANGE_BY.value, _("Change on hand by (−2 takes away)")),
        ],
        initial=AdjustmentMode.SET_TO.value,
        required=False,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Stays in the movements: counted, damaged, found …"),
    )
    field_order = ["kind", "mode", "reason", "file"]

    def options(self) -> dict[str, Any]:
        data = self.cleaned_data
        mode = data["mode"] or AdjustmentMode.SET_TO.value
        return {
            STOCK: {"mode": mode, "reason": data["reason"]},
            TRANSFERS: {"reason": data["reason"]},
        }.get(data["kind"], {})
