"""What the Pending and Log pages take from the address and from their buttons."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.enums import CapturedState
from orders.queries.captured import LOG_RESULTS, LOG_SORTS, PENDING_SORTS, LogFilter, PendingFilter

MOST_SELECTED = 250
"""Rows of the longest page."""


class PendingFilterForm(forms.Form):
    """An address with values that make no sense limits nothing."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("All")),
            ("ready", _("Ready")),
            (CapturedState.BLOCKED.value, _("Blocked")),
            ("loaded", _("Loaded by hand")),
        ],
    )
    captured = forms.ChoiceField(
        required=False, choices=[("", _("Any day")), ("today", _("Today")), ("week", _("Last 7 days"))]
    )
    sort = forms.CharField(required=False, max_length=20)

    def wanted(self) -> PendingFilter:
        self.is_valid()
        given = self.cleaned_data
        sort = given.get("sort", "")
        return PendingFilter(
            text=given.get("q", ""),
            state=given.get("state", ""),
            captured=given.get("captured", ""),
            sort=sort if sort.removeprefix("-") in PENDING_SORTS else "",
        )


class LogFilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=200)
    result = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("All")),
            ("sale", _("Sale created")),
            ("pending", _("In pending")),
            ("skipped", _("Skipped")),
            ("decision", _("Needs a decision")),
            ("unmatched", _("Line without product")),
            ("voided", _("Voided")),
            ("cancelled", _("Cancelled")),
        ],
    )
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)
    sort = forms.CharField(required=False, max_length=20)

    def wanted(self) -> LogFilter:
        self.is_valid()
        given = self.cleaned_data
        sort, result = given.get("sort", ""), given.get("result", "")
        return LogFilter(
            text=given.get("q", ""),
            result=result if result in LOG_RESULTS else "",
            first=given.get("first"),
            last=given.get("last"),
            sort=sort if sort.removeprefix("-") in LOG_SORTS else "",
        )


class SelectionForm(forms.Form):
    """Selected rows, or all that match the filters of the address."""

    all_matching = forms.CharField(required=False)
    selected = forms.TypedMultipleChoiceField(required=False, coerce=int)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        given = self.data.getlist("selected") if hasattr(self.data, "getlist") else []
        known = [value for value in given if value.isdecimal() and len(value) < 18][:MOST_SELECTED]
        self.fields["selected"].choices = [(value, value) for value in known]  # type: ignore[attr-defined]
