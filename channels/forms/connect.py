"""Forms of connecting and disconnecting; the credential fields come from the platform."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.ports import ConnectWay
from channels.services.connect import GoLive

SINCE_NOW, ALSO_OPEN = "now", "open"


class CredentialsForm(forms.Form):
    """What one way of connecting asks for. Secrets are never sent back to the browser, but for sandbox stores.

    `known`: values to start with, such as those of a sandbox store.
    """

    def __init__(self, way: ConnectWay, *args: Any, known: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way = way
        for field in way.fields:
            prefill = (known or {}).get(field.name, "")
            self.fields[field.name] = forms.CharField(
                label=str(field.label),
                help_text=str(field.help_text),
                required=field.required,
                max_length=2000,
                initial=prefill,
                widget=_widget(is_secret=field.secret, is_known=bool(prefill)),
            )

    def credentials(self) -> dict[str, str]:
        return {field.name: self.cleaned_data[field.name].strip() for field in self.way.fields}

    def credential_fields(self) -> list[forms.BoundField]:
        return [self[field.name] for field in self.way.fields]

    def add_refusal(self, message: str, fields: dict[str, str]) -> None:
        """Each reason at its field; what belongs to none stands on top."""
        known = {name: text for name, text in fields.items() if name in self.fields}
        for name, text in known.items():
            self.add_error(name, text)
        if not known:
            self.add_error(None, message)


def _widget(*, is_secret: bool, is_known: bool) -> forms.Widget:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    return forms.PasswordInput(attrs=attrs, render_value=is_known) if is_secret else forms.TextInput(attrs=attrs)


class ConnectForm(CredentialsForm):
    """A new store: credentials, name, and how it goes live (SET-35)."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=200, help_text=_("How staff see this store. Empty: its own name.")
    )
    orders = forms.ChoiceField(
        label=_("Orders"),
        choices=[
            (SINCE_NOW, _("Only what happens from now on")),
            (ALSO_OPEN, _("Also orders that are still open, up to 90 days old")),
        ],
        initial=SINCE_NOW,
        widget=forms.RadioSelect,
    )
    read_only = forms.BooleanField(
        label=_("Read-only for now"),
        required=False,
        help_text=_("Orders are captured, nothing is written to the store until you switch this off in Setup."),
    )
    field_order = ["name"]

    def go_live(self) -> GoLive:
        data = self.cleaned_data
        return GoLive(
            name=data["name"].strip(), load_open_orders=data["orders"] == ALSO_OPEN, read_only=data["read_only"]
        )


class ChangeCredentialsForm(CredentialsForm):
    """New credentials of a connected store."""

    as_new = forms.BooleanField(
        label=_("Connect it as a new channel"),
        required=False,
        help_text=_("The other store gets its own catalog, setup and log. This channel stays as it is."),
    )

    def __init__(self, way: ConnectWay, *args: Any, offer_new: bool = False, **kwargs: Any) -> None:
        super().__init__(way, *args, **kwargs)
        if not offer_new:
            del self.fields["as_new"]


class DisconnectForm(forms.Form):
    """The store's name has to be typed."""

    confirm = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    forget = forms.BooleanField(
        label=_("Forget the store completely"),
        required=False,
        help_text=_("Its orders are then not recognized when it is connected again, and are captured a second time."),
    )

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["confirm"].label = _("Type “%(name)s” to confirm") % {"name": name}

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed.strip() != self.name.strip():
            raise forms.ValidationError(_("This is not the name of the store."))
        return typed
