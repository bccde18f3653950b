"""Forms of the shell's own pages: first run, log-in, account, users."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inventory.models import User
from inventory_sync.shell import members, throttle

_CURRENCIES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
    "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
).split()
"""ISO 4217 codes of currencies that people pay with."""


@cache
def time_zones() -> list[tuple[str, str]]:
    """IANA zones by place; UTC first."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places)]


def _password_field(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, widget=widget, help_text=help_text, max_length=200)


def _check_password(form: forms.Form, name: str, user: User) -> None:
    password = form.cleaned_data.get(name)
    if not password:
        return
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        form.add_error(name, error)


class FirstRunForm(forms.Form):
    """The organization and its first administrator (SPEC INV-17)."""

    name = forms.CharField(
        label=_("Name of the organization"), max_length=256, help_text=_("Shown in the menu and on documents.")
    )
    address = forms.CharField(
        label=_("Address"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=_("Country"),
        required=False,
        max_length=2,
        help_text=_("Two letters, such as DE, US or AU."),
        error_messages={"invalid": _("Enter the country’s two letters, such as DE.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        initial="UTC",
        widget=forms.Select(attrs={"data-guess-zone": ""}),
        help_text=_("Days and times of documents follow it."),
    )
    base_currency = forms.ChoiceField(
        label=_("Base currency"),
        choices=[(code, code) for code in _CURRENCIES],
        initial="EUR",
        help_text=_("Price tiers without a currency of their own are in this one."),
    )
    full_name = forms.CharField(label=_("Your name"), max_length=150, required=False)
    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    email = forms.EmailField(label=_("Email"), required=False, help_text=_("For resetting a forgotten password."))
    password = _password_field(_("Password"), _("At least 10 characters, not only digits."))
    password_again = _password_field(_("Password again"))

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_username(self) -> str:
        return members.valid_username(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("password") and data.get("password") != data.get("password_again"):
            self.add_error("password_again", _("The two passwords differ."))
        _check_password(self, "password", User(username=data.get("username", ""), email=data.get("email", "")))
        return data


class LogInForm(AuthenticationForm):
    """Django's, slowed down after repeated failures."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("User name or password is wrong. Mind capital letters."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        who: dict[str, Any] = {"purpose": "login", "name": name, "address": throttle.client_address(self._visit())}
        refuse_when_too_many(throttle.minutes_to_wait(**who, now=timezone.now()))
        data: dict[str, Any] = super().clean()
        throttle.forgive(**who, now=timezone.now())
        return data

    def _visit(self) -> HttpRequest:
        assert self.request is not None  # noqa: S101 (the view always gives it)
        return self.request


def refuse_when_too_many(minutes: int) -> None:
    if minutes:
        message = ngettext(
            "Too many attempts. Wait %(count)s minute, then try again.",
            "Too many attempts. Wait %(count)s minutes, then try again.",
            minutes,
        )
        raise ValidationError(message % {"count": minutes}, code="throttled")


class ForgottenPasswordForm(PasswordResetForm):
    """Django's, slowed down so that it cannot be used to flood a mailbox."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = ""

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("email", "")
        refuse_when_too_many(
            throttle.minutes_to_wait(purpose="reset", name=name, address=self.address, now=timezone.now())
        )
        return self.cleaned_data


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """What every user may change about themselves."""

    email = forms.EmailField(label=_("Email"), required=False, help_text=_("For resetting a forgotten password."))
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("The organization’s")), *time_zones()],
        help_text=_("Times on every page are shown in it."),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "time_zone", "theme"]


class MemberForm(forms.Form):
    """A user as a manager sees them: role, platforms, channels."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("Email"), required=False, help_text=_("For resetting a forgotten password."))
    password = _password_field(_("Password"), _("At least 10 characters, not only digits."))
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    platforms = forms.MultipleChoiceField(
        label=_("Platforms"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The user sees only channels on these platforms."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Only these channels"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all channels of the platforms above."),
    )

    def __init__(self, *args: Any, member: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        choices = members.choices()
        self._choose("role", choices.roles)
        self._choose("platforms", choices.platforms)
        self._choose("channels", choices.channels)
        if member:
            del self.fields["password"]
            self.fields["username"].disabled = True

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if not choices and not field.required:
            del self.fields[name]
        elif isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        return name if self.member else members.valid_username(name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.member:
            _check_password(self, "password", User(username=data.get("username", ""), email=data.get("email", "")))
        return data


class MemberPasswordForm(forms.Form):
    """A manager gives a user a new password."""

    password = _password_field(_("New password"), _("The user is logged out everywhere and logs in with it."))

    def __init__(self, member: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "new_%s", **kwargs})
        self.member = member

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        _check_password(self, "password", self.member)
        return data
