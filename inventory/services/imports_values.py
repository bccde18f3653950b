"""What a cell says: numbers as people of different countries write them, and text that must not act as a formula."""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from inventory_sync.lib.quantities import MAX
from inventory_sync.lib.text import clip

CLEAR = "-"
"""A cell with only this empties the field; an empty cell leaves it as it is."""
_ACTS = re.compile(r"'*[=+\-@\t\r]")
_SHIELDED = re.compile(r"'+[=+\-@\t\r]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPACES = re.compile(r"[\s'’]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_PLACES = 4
_NEXT_ADDRESS = re.compile(r"\s+(?=https?://)")


class CellProblem(Exception):
    """A cell cannot be understood; the text says why."""


def plain(text: str) -> str:
    """Text as files carry it: one kind of line break, no control characters, nothing around it."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def shielded(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe; `unshielded` takes it away again."""
    return f"'{text}" if _ACTS.match(text) else text


def unshielded(text: str) -> str:
    return text[1:] if _SHIELDED.match(text) else text


def number(text: str, *, decimal_comma: bool = False) -> Decimal:
    """“1 234.5”, “1.234,5”, “1,234.5”, “−3”. “1,234” alone says both, unless the file has decimal commas.

    Raises CellProblem with words.
    """
    bare = _SPACES.sub("", text).replace("\N{MINUS SIGN}", "-")
    if "," in bare and "." in bare:
        thousands = "," if bare.rindex(".") > bare.rindex(",") else "."
        bare = bare.replace(thousands, "").replace(",", ".")
    elif "," in bare:
        if bare.count(",") > 1:
            bare = bare.replace(",", "")
        elif not decimal_comma and re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", bare):
            raise CellProblem(
                _("“%(text)s” may be a thousand or a fraction. Write it without the comma, or with a point.")
                % {"text": text}
            )
        bare = bare.replace(",", ".")
    elif bare.count(".") > 1:
        bare = bare.replace(".", "")
    if not _NUMBER.fullmatch(bare):
        raise CellProblem(_("“%(text)s” is no number.") % {"text": clip(text, 60)})
    return _fitting(Decimal(bare), text)


def _fitting(value: Decimal, text: str) -> Decimal:
    if abs(value) > MAX:
        raise CellProblem(_("“%(text)s” is more than can be counted.") % {"text": text})
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _PLACES:
        raise CellProblem(_("“%(text)s” has more than four decimals.") % {"text": text})
    return value


def digits(value: Decimal | None) -> str:
    """A number without trailing zeros, with a point."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if value else "0"


def names(text: str) -> list[str]:
    """Names with commas between them; one that has a comma itself stands in quotation marks."""
    rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    return [name for row in rows for cell in row if (name := plain(cell))]


def joined(several: Iterable[str]) -> str:
    """The names sorted, so that `names` finds them again."""
    ordered = sorted(several, key=lambda name: (name.casefold(), name))
    return ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}"' if set(name) & set(',"\n') else name for name in ordered)


def addresses(text: str) -> list[str]:
    """Web addresses, one a line or with spaces between them."""
    return [part.strip() for part in _NEXT_ADDRESS.split(text.strip()) if part.strip()]
