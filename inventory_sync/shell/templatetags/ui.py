"""Tags and filters of every page, built in: templates need no `load`. The list is templates/components/README.md."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory_sync.lib.money import decimals, to_currency

register = template.Library()

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
_SIGNS = {"EUR": "€", "GBP": "£"}
"""Signs that mean one currency only; every other currency shows its code."""


def _decimal(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None


def _digits(number: Decimal) -> str:
    """Plain digits with a thin space between thousands, the locale's decimal mark and a real minus sign."""
    whole, _dot, fraction = f"{abs(number):f}".partition(".")
    text = f"{int(whole):,}".replace(",", THIN_SPACE)
    if fraction:
        text += str(formats.get_format("DECIMAL_SEPARATOR")) + fraction
    return MINUS + text if number < 0 else text


@register.filter
def qty(value: object) -> str:
    """Quantity or count without trailing zeros; nothing for None."""
    number = _decimal(value)
    if number is None:
        return ""
    normal = number.normalize()
    return _digits(normal or Decimal(0))


@register.filter
def signed(value: object) -> str:
    """Quantity with its sign, for changes: +5, −3, 0."""
    number = _decimal(value)
    if number is None:
        return ""
    return f"+{qty(number)}" if number > 0 else qty(number)


@register.filter
def money(value: object, currency: object = "") -> str:
    """Amount rounded to the currency's decimals, with its sign or code: `{{ total|money:sale.currency }}`."""
    number = _decimal(value)
    if number is None:
        return ""
    code = str(getattr(currency, "code", currency) or "")
    text = _digits(to_currency(number, code))
    return f"{text}{THIN_SPACE}{_SIGNS.get(code, code)}" if code else text


@register.filter
def amount(value: object, currency: object = "") -> str:
    """Amount in the currency's decimals without sign or code, where the head of the column names the currency."""
    number = _decimal(value)
    code = str(getattr(currency, "code", currency) or "")
    return "" if number is None else _digits(to_currency(number, code))


@register.filter
def unit_price(value: object, currency: object = "") -> str:
    """Price per unit: at least the currency's decimals, up to four where the price has them."""
    number = _decimal(value)
    if number is None:
        return ""
    code = str(getattr(currency, "code", currency) or "")
    rounded = to_currency(number, code)
    text = _digits(rounded if rounded == number else number.normalize())
    return f"{text}{THIN_SPACE}{_SIGNS.get(code, code)}" if code else text


@register.filter
def tone_of_number(value: object) -> str:
    """Class of a number cell: `neg` below zero, `zero` at zero."""
    number = _decimal(value)
    if number is None or number > 0:
        return ""
    return "neg" if number < 0 else "zero"


def _stamp(local: datetime, text: str) -> SafeString:
    zone = timezone.get_current_timezone_name()
    title = f"{local:%Y-%m-%d %H:%M:%S} {zone}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), title, text)


def _day(day: date, today: date) -> str:
    return date_format(day, "j M" if day.year == today.year else "j M Y")


@register.filter
def when(value: date | datetime | None) -> str:
    """Short date and time in the active zone, the exact time and the zone on hover; a plain date stays a date."""
    if value is None or value == "":
        return ""
    today = timezone.localdate()
    if not isinstance(value, datetime):
        return format_html('<time datetime="{0}" title="{0}">{1}</time>', value.isoformat(), _day(value, today))
    local = timezone.localtime(value)
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return _stamp(local, _("today %(time)s") % {"time": clock})
    return _stamp(local, f"{_day(local.date(), today)} {clock}")


@register.filter
def moment(value: datetime | None) -> str:
    """Like `when`, always with day and seconds: for logs and histories."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return _stamp(local, f"{_day(local.date(), timezone.localdate())} {local:%H:%M:%S}")


@register.filter
def ago(value: datetime | None) -> str:
    """How long since a moment, in its largest unit: “2 min ago”."""
    if not value:
        return ""
    seconds = int((timezone.now() - value).total_seconds())
    if seconds < 0:
        return when(value)
    return _stamp(timezone.localtime(value), _ago_words(seconds))


def _ago_words(seconds: int) -> str:
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return _("%(count)s min ago") % {"count": seconds // 60}
    if seconds < 86400:
        return _("%(count)s h ago") % {"count": seconds // 3600}
    days = seconds // 86400
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


@register.filter
def took(value: Any) -> str:
    """Length of time of a timedelta: “41 s”, “1 min 12 s”, “2 h 5 min”."""
    if value is None or value == "":
        return ""
    seconds = int(value.total_seconds())
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": seconds}
    if seconds < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": seconds // 60, "seconds": seconds % 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": seconds // 3600, "minutes": seconds % 3600 // 60}


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Icon of the sprite: `{% icon "box" %}`, `{% icon "box" "s" %}`; with a label it is read out, else hidden."""
    classes = f"i {size}".strip()
    target = f"{static('img/icons.svg')}#i-{name}"
    if label:
        markup = '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>'
        return format_html(markup, classes, label, target)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, target)


@register.filter(name="tone")
def tone_class(tone: object) -> str:
    """Class of a tone: ok, info, warn, bad, off, with or without the `is-` of `inventory.enums.Tone`."""
    return f"is-{str(tone).removeprefix('is-')}"


@register.simple_tag
def pill(tone: str, word: object) -> SafeString:
    """State of one thing: tone is ok, info, warn, bad or off; the word says it."""
    return format_html('<span class="pill {}">{}</span>', tone_class(tone), word)


@register.simple_tag
def dot(tone: str, word: object, hidden: bool = False) -> SafeString:
    """Shape before a word; `hidden=True` leaves the word to screen readers."""
    if hidden:
        return format_html('<span class="dot {}"><span class="vh">{}</span></span>', tone_class(tone), word)
    return format_html('<span class="dot {}">{}</span>', tone_class(tone), word)


@register.simple_tag(takes_context=True)
def sort_header(context: Context, key: str, label: str, classes: str = "", default: str = "") -> SafeString:
    """Head cell that sorts by `?sort=` (`-` turns it): `{% sort_header "sku" _("Product") "main" default="sku" %}`.

    `default` is the order of the list when the address names none.
    """
    query = context["request"].GET
    current = query.get("sort") or default
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    params = query.copy()
    params.pop("page", None)
    params["sort"] = f"-{key}" if direction == "ascending" else key
    markup = '<th scope="col" role="columnheader" aria-sort="{}" class="{}"><a href="?{}">{}</a></th>'
    return format_html(markup, direction, classes, params.urlencode(), label)


@register.simple_tag(takes_context=True)
def hidden_params(context: Context, *left_out: str) -> SafeString:
    """The address's parameters as hidden inputs, but for `left_out` and the page: a small form keeps the filters."""
    query = context["request"].GET
    parts = [
        format_html('<input type="hidden" name="{}" value="{}">', name, value)
        for name, values in query.lists()
        if name != "page" and name not in left_out
        for value in values
    ]
    return SafeString("".join(parts))


@register.inclusion_tag("components/_pager.html", takes_context=True)
def pager(context: Context, page: Any, sizes: str = "50 100 250") -> dict[str, Any]:
    """Range, total, page size (`?rows=`) and pages (`?page=`) under a list; `page` is a page of a Django paginator."""
    return {
        "request": context["request"],
        "page": page,
        "sizes": [int(size) for size in sizes.split()],
        "pages": list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
        "ellipsis": page.paginator.ELLIPSIS,
    }


@register.inclusion_tag("components/_empty.html")
def empty(
    icon_name: str, title: str, text: str = "", url: str = "", label: str = "", primary: bool = True
) -> dict[str, Any]:
    """What would be here, and the action that fills it: `{% empty "products" title text url label %}`."""
    return {"icon_name": icon_name, "title": title, "text": text, "url": url, "label": label, "primary": primary}


def _widget_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.CheckboxInput):
        return ""
    if isinstance(widget, forms.Textarea):
        return "area"
    if isinstance(widget, forms.Select):
        return "select"
    numeric = isinstance(field.field, forms.IntegerField) and widget.input_type in {"number", "text"}
    return "input num" if numeric else "input"


def _field_context(field: BoundField, extra: Mapping[str, Any]) -> dict[str, Any]:
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    classes = f"{widget.attrs.get('class', '')} {_widget_class(field)}".strip()
    if classes:
        attrs["class"] = classes
    described = [f"{field.auto_id}_helptext"] if field.help_text and not extra.get("bare") else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
    grouped = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    if described and not grouped:
        attrs["aria-describedby"] = " ".join(described)
    elif field.help_text and extra.get("bare"):
        attrs["aria-describedby"] = " "  # else Django names a help text that is not shown
        attrs["title"] = field.help_text
    if isinstance(widget, forms.CheckboxInput) and extra.get("switch"):
        attrs["role"] = "switch"
    return {
        "field": field,
        "control": field.as_widget(attrs=attrs),
        "described": " ".join(described),
        "is_check": isinstance(widget, forms.CheckboxInput),
        "is_group": grouped,
        **extra,
    }


@register.inclusion_tag("components/_field.html", name="field")
def field_tag(bound: BoundField, switch: bool = False) -> dict[str, Any]:
    """Label, control, help and errors of one form field; `switch=True` shows a checkbox as a switch."""
    return _field_context(bound, {"switch": switch})


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Only the control of a form field, dressed and tied to its error, for cells that show the label elsewhere."""
    return SafeString(_field_context(bound, {"bare": True})["control"])


@register.inclusion_tag("components/_option.html")
def option(bound: BoundField, sub: bool = False, depends: str = "", reason: str = "") -> dict[str, Any]:
    """One setting as a row: label and help beside the control.

    `sub` indents it under the option before; `depends="field=value|value"` shows it only while that field holds one
    of the values (`field=on` for a switch); `reason` says why a disabled option cannot be changed.
    """
    return _field_context(bound, {"sub": sub, "depends": depends, "reason": reason, "switch": True})


@register.simple_tag
def currency_decimals(currency: str) -> int:
    """Decimals of a currency, for the `step` of an amount."""
    return decimals(currency)


@register.filter
def action_words(action: str) -> str:
    """What was done, as the audit trail says it: `purchase.receipt_undone` is “Purchase: receipt undone”."""
    subject, dot, what = action.partition(".")
    is_name = bool(dot) and " " not in action
    return capfirst(f"{field_words(subject)}: {field_words(what.replace('.', ' '))}" if is_name else action)


@register.filter
def field_words(name: str) -> str:
    """Name of a column as staff read it: “sale tax rule”."""
    return name.replace("_", " ")


@register.filter
def in_words(value: Any) -> str:
    """A stored value as staff read it: yes and no, lists with semicolons, “empty” for nothing."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return "; ".join(in_words(item) for item in value) or _("empty")
    return _("empty") if value is None or value == "" else str(value)


@register.filter
def get_item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Value of a mapping under a variable key, or nothing."""
    return mapping.get(key, "")
