"""One form class a reference book, made from its model; the organization and its numbering."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.forms.parts import ServiceForm, Version, choose
from inventory.models import DocumentNumber, Organization, TaxComponent
from inventory_sync.lib.text import fold

CURRENCY_FIELDS = ("currency", "base_currency")


class EntryForm(ServiceForm):
    """Base of all books: the service saves, uniqueness is the database's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                choose(field, getattr(self.instance, name))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "name" in data and not fold(data["name"]):
            self.add_error("name", _("Enter a name."))
        for name in CURRENCY_FIELDS:
            code = str(data.get(name) or "").strip().upper()
            if code and not (len(code) == 3 and code.isalpha() and code.isascii()):
                self.add_error(name, _("A currency code has three letters."))
            elif name in data:
                data[name] = code
        return data


class ComponentForm(ServiceForm):
    class Meta:
        model = TaxComponent
        fields = ["name", "rate", "compound"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("name") and data.get("rate") is None and "rate" not in self.errors:
            self.add_error("rate", _("Enter a rate."))
        if data.get("rate") is not None and not data.get("name"):
            self.add_error("name", _("Enter a name."))
        return data


ComponentSet = forms.formset_factory(ComponentForm, extra=2, max_num=20, absolute_max=20)


class OrganizationForm(EntryForm):
    version = Version()
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=lambda: [(zone, zone) for zone in sorted(available_timezones())]
    )

    class Meta:
        model = Organization
        fields = [
            "name", "address", "country", "time_zone", "base_currency", "default_location", "default_sales_account",
            "default_terms", "max_connections",
        ]  # fmt: skip
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version


class NumberingForm(ServiceForm):
    class Meta:
        model = DocumentNumber
        fields = ["prefix", "next_number"]
        help_texts = {"prefix": gettext_lazy("Stands before the number, such as SO-.")}
