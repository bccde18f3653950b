"""What several forms share."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import RecordStatus


def active_or(current: Model | None, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Active entries, and the one chosen now even if it is deprecated: saving must not lose it."""
    active = rows.filter(status=RecordStatus.ACTIVE)
    return active | rows.filter(pk=current.pk) if current is not None else active


def choose(field: Any, current: Model | None = None) -> None:
    """Give a choice field of a reference book its empty word and its active entries."""
    field.empty_label = _("None")
    if any(each.name == "status" for each in field.queryset.model._meta.fields):
        field.queryset = active_or(current, field.queryset)


def others_values(form: forms.BaseForm, saved: Mapping[str, Any]) -> list[str]:
    """What another person saved meanwhile, where it differs from what is typed here (SPEC APP-13)."""
    words = []
    for name, value in saved.items():
        if name not in form.fields or form.cleaned_data.get(name) == value:
            continue
        now = (getattr(value, "pk", None) and str(value)) or value
        words.append(_("%(field)s is now “%(value)s”") % {"field": form.fields[name].label, "value": now})
    return words


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model's fields and their validators; the service saves, and uniqueness is the database's to refuse."""

    def columns(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    def _post_clean(self) -> None:
        """The instance stays untouched, so that a refused save shows what is stored beside what was typed."""
        for name in set(self._meta.fields or ()) & self.cleaned_data.keys():
            column, value = self._meta.model._meta.get_field(name), self.cleaned_data[name]
            if value in (None, "") or column.is_relation:
                continue
            try:
                column.run_validators(value)
            except ValidationError as error:
                self.add_error(name, error)


class Version(forms.IntegerField):
    """Hidden number of the edit that the form shows."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)


class LinesField(forms.CharField):
    """One entry a line; empty lines do not count."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), required=False, **kwargs)

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]


class NamesField(forms.CharField):
    """Names with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("Commas between them."))
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> list[str]:
        return [name.strip() for name in str(super().clean(value)).split(",") if name.strip()]


def joined(names: Iterable[str]) -> str:
    return ", ".join(names)
