"""Forms of the Catalog and Bulk listing tabs."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.services.buffers import MOST, BufferChoice
from catalog.services.opening import opening_location
from channels.models import Channel

TAKE, LEAVE = "take", "leave"


class OpeningStockForm(forms.Form):
    """A27: asked once, with totals, and nothing is chosen beforehand."""

    opening = forms.ChoiceField(
        label=gettext_lazy("Opening stock of new products"),
        widget=forms.RadioSelect,
        choices=[(TAKE, ""), (LEAVE, "")],
        error_messages={"required": gettext_lazy("Choose one of the two.")},
        help_text=gettext_lazy("Products that exist here already keep their stock in either case."),
    )

    def __init__(self, channel: Channel, data: Any = None, *, units: str) -> None:
        super().__init__(data)
        location = opening_location(channel).name
        take = _("Take the store’s quantity: %(units)s units into %(location)s")
        field = self.fields["opening"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (TAKE, take % {"units": units, "location": location}),
                (LEAVE, _("Start at zero: stock is entered here")),
            ]


class BufferField(forms.IntegerField):
    """Units kept back, with the limits of the model."""

    def __init__(self, **options: Any) -> None:
        given = {"label": gettext_lazy("Units kept back"), "min_value": 0, "max_value": MOST, "required": False}
        super().__init__(**{**given, **options})
        self.widget.attrs["inputmode"] = "numeric"


class BufferForm(forms.Form):
    """BUF-2 for selected products: a number of their own, or the channel's again."""

    mode = forms.ChoiceField(
        label=gettext_lazy("Product level setting"),
        widget=forms.RadioSelect,
        choices=[
            ("set", gettext_lazy("Turn on, with this number of units")),
            ("remove", gettext_lazy("Remove, the channel’s buffer counts again")),
        ],
        initial="set",
    )
    quantity = BufferField(help_text=gettext_lazy("0 exempts them from the channel’s buffer."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("mode") == "set" and data.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("Enter a number of units, 0 or more."))
        return data

    @property
    def value(self) -> int | None:
        """None removes the setting."""
        return self.cleaned_data["quantity"] if self.cleaned_data["mode"] == "set" else None


class StockForm(forms.Form):
    """BUF-5 and LST-2 in the product dialog; only the fields that are shown are there."""

    send = forms.BooleanField(label=gettext_lazy("Send stock levels"), required=False)
    own_buffer = forms.BooleanField(label=gettext_lazy("Use product level buffer inventory"), required=False)
    buffer = BufferField(label=gettext_lazy("Buffer"))

    def __init__(self, data: Any = None, *, has_send: bool, has_buffer: bool, **options: Any) -> None:
        super().__init__(data, **options)
        if not has_send:
            del self.fields["send"]
        if not has_buffer:
            del self.fields["own_buffer"], self.fields["buffer"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("own_buffer") and data.get("buffer") is None and "buffer" not in self.errors:
            self.add_error("buffer", _("Enter a number of units, 0 or more."))
        return data


class BulkForm(forms.Form):
    """What to do with the chosen products: action, visibility of new ones (A57), buffers (BUF-6)."""

    action = forms.ChoiceField(
        label=gettext_lazy("Action"),
        widget=forms.RadioSelect,
        choices=[
            ("list", gettext_lazy("List or update")),
            ("hide", gettext_lazy("Hide")),
            ("show", gettext_lazy("Show again")),
            ("unlink", gettext_lazy("Unlink")),
            ("remove", gettext_lazy("Unlist (remove from store)")),
        ],
        initial="list",
    )
    visible = forms.BooleanField(label=gettext_lazy("Show new products in the store at once"), required=False)
    buffer_mode = forms.ChoiceField(
        label=gettext_lazy("Buffer of the chosen products"),
        choices=[
            ("keep", gettext_lazy("Don’t update existing setting")),
            ("set", gettext_lazy("Turn on product level setting")),
            ("remove", gettext_lazy("Remove product level setting")),
        ],
        initial="keep",
        required=False,
    )
    buffer = BufferField()

    def __init__(self, channel: Channel, data: Any = None, *, allowed: list[str]) -> None:
        super().__init__(data, initial={"visible": not channel.settings.list_as_draft})
        action = self.fields["action"]
        if isinstance(action, forms.ChoiceField):
            action.choices = [choice for choice in list(BulkForm.base_fields["action"].choices) if choice[0] in allowed]  # type: ignore[attr-defined]
            action.initial = allowed[0] if allowed else None
        if not channel.settings.use_buffer:
            del self.fields["buffer_mode"], self.fields["buffer"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("buffer_mode") == "set" and data.get("buffer") is None and "buffer" not in self.errors:
            self.add_error("buffer", _("Enter a number of units, 0 or more."))
        return data

    @property
    def choice(self) -> BufferChoice:
        """BUF-6; applied on List."""
        mode = self.cleaned_data.get("buffer_mode")
        if mode == "set":
            return BufferChoice(mode="set", quantity=self.cleaned_data["buffer"])
        return BufferChoice(mode="remove" if mode == "remove" else "keep")
