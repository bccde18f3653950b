"""Customer form with its contacts and addresses."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import AddressType
from inventory.forms.parts import ServiceForm, Version, choose
from inventory.models import Address, Customer
from inventory.services.customers import AddressDraft, ContactDraft

SPARE = 2


class CustomerForm(ServiceForm):
    version = Version()

    class Meta:
        model = Customer
        fields = [
            "name", "company", "email", "phone", "status", "currency", "price_tier", "terms", "tax_rule",
            "revenue_account", "sales_representative", "discount", "tax_number", "comments",
        ]  # fmt: skip
        widgets = {"comments": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"currency": gettext_lazy("Code such as EUR. Empty: the base currency.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("price_tier", "terms", "tax_rule", "revenue_account", "sales_representative"):
            choose(self.fields[name], getattr(self.instance, name))
        if self.instance.pk:
            self.initial["version"] = self.instance.version

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].strip().upper()
        if code and not (len(code) == 3 and code.isalpha() and code.isascii()):
            raise forms.ValidationError(_("A currency code has three letters."))
        return code


class ContactForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=256, required=False)
    email = forms.EmailField(label=gettext_lazy("Email"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=50, required=False)
    is_default = forms.BooleanField(label=gettext_lazy("Default"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if (data.get("email") or data.get("phone")) and not data.get("name"):
            self.add_error("name", _("A contact needs a name."))
        return data

    def draft(self) -> ContactDraft:
        return ContactDraft(**self.cleaned_data)


class AddressForm(ServiceForm):
    class Meta:
        model = Address
        fields = ["type", "line_1", "line_2", "city", "state", "postcode", "country", "is_default"]
        help_texts = {"country": gettext_lazy("Two letters, such as DE.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].required = False

    def clean_country(self) -> str:
        code: str = self.cleaned_data["country"].strip().upper()
        if code and not (len(code) == 2 and code.isalpha() and code.isascii()):
            raise forms.ValidationError(_("A country code has two letters."))
        return code

    def draft(self) -> AddressDraft:
        data = dict(self.cleaned_data)
        return AddressDraft(**{**data, "type": AddressType(data["type"] or AddressType.BILLING)})


ContactSet = forms.formset_factory(ContactForm, extra=SPARE, max_num=50)
AddressSet = forms.formset_factory(AddressForm, extra=SPARE, max_num=50)
