"""Forms of the Catalog tab."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
