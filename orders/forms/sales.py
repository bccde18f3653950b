"""Forms of the sale page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.enums import RecordStatus
from inventory.models import Account


class VersionForm(forms.Form):
    """The version of the sale that the person saw (SPEC APP-13)."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ShipmentForm(VersionForm):
    carrier = forms.CharField(label=_("Carrier"), max_length=200, required=False)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=200, required=False)


class UndoForm(VersionForm):
    """`cancel_purchases`: the suppliers know that their orders end."""

    cancel_purchases = forms.BooleanField(required=False)


class LineForm(VersionForm):
    """Who sends a line (SPEC INV-8)."""

    by_supplier = forms.BooleanField(required=False)


class VoidForm(UndoForm):
    return_goods = forms.BooleanField(required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class PaymentForm(VersionForm):
    account = forms.ModelChoiceField(label=_("Account"), queryset=Account.objects.none())
    amount = forms.DecimalField(label=_("Amount"), max_digits=19, decimal_places=4)
    paid_on = forms.DateField(label=_("Received"), widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(label=_("Reference"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = Account.objects.filter(accepts_payments=True, status=RecordStatus.ACTIVE)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
