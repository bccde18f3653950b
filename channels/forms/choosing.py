"""Fields of Setup that choose from our books: customers by typing, rows of books, and one line a mapping."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from inventory.enums import RecordStatus
from inventory.models import Customer
from inventory_sync.lib.text import fold

_NUMBER = re.compile(r"\(#(\d+)\)\s*$")


def customer_label(customer: Customer) -> str:
    """How a customer is chosen by typing: the number tells namesakes apart."""
    return f"{customer.name} (#{customer.pk})"


class BookField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A row of a reference book. A deprecated one stays chosen but cannot be saved again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, required=kwargs.pop("required", False), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return with_status(obj)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if getattr(found, "status", RecordStatus.ACTIVE) != RecordStatus.ACTIVE:
            raise forms.ValidationError(deprecated(found))
        return found


def with_status(row: Any) -> str:
    is_active = getattr(row, "status", RecordStatus.ACTIVE) == RecordStatus.ACTIVE
    return str(row) if is_active else _("%(name)s (deprecated)") % {"name": row}


def deprecated(row: Any) -> str:
    return _("%(name)s is deprecated. Choose another one or leave it empty.") % {"name": row}


@dataclass(frozen=True, kw_only=True)
class MappingRow:
    """A line of a mapping table."""

    row: Any
    field: forms.BoundField
    is_mapped: bool


class MappingField(forms.TypedChoiceField):
    """Ours for one name of the store; primary key or None. Deprecated rows are offered only where they are chosen."""

    def __init__(self, chosen: Any, book: Sequence[Any], empty: str, *, label: str) -> None:
        offered = [row for row in book if row.status == RecordStatus.ACTIVE or row == chosen]
        super().__init__(
            label=label,
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", empty), *((str(row.pk), with_status(row)) for row in offered)],
            initial=str(chosen.pk) if chosen else "",
            widget=forms.Select(attrs={"class": "select", "aria-label": label}),
        )
        self._deprecated = {row.pk: row for row in offered if row.status != RecordStatus.ACTIVE}

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if found in self._deprecated:
            raise forms.ValidationError(deprecated(self._deprecated[found]))
        return found


def find_customer(text: str) -> Customer:
    """The one active customer meant: “Name (#12)”, an email, or a name that only one has. Raises ValidationError."""
    active = Customer.objects.filter(status=RecordStatus.ACTIVE)
    number = _NUMBER.search(text)
    if number:
        found = list(active.filter(pk=int(number[1]))[:2])
    else:
        key = fold(text)
        found = list(active.filter(email_key=key)[:3]) or list(active.filter(name_key=key)[:3])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(customer_label(customer) for customer in found)
        raise forms.ValidationError(_("Several customers are called so: %(names)s.") % {"names": names})
    raise forms.ValidationError(_("No active customer is called “%(text)s”.") % {"text": text})


def waiting_rows(rows: Iterable[MappingRow], waiting: Mapping[str, int]) -> int:
    """Orders that wait for rows which are not mapped."""
    return sum(waiting.get(row.row.remote_key, 0) for row in rows if not row.is_mapped)
