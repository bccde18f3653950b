"""What bulk writing of families and products has in common. Private to these services."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.models import Family, Product
from inventory.services import audit

_ATTEMPTS = 5
Done = TypeVar("Done")


def retried(write: Callable[[], Done]) -> Done:
    """A unique key taken between our reading and our writing is found by the next attempt."""
    for _attempt in range(_ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError:
            continue
    with transaction.atomic():
        return write()


def added_entry(rows: Sequence[Family] | Sequence[Product], one: str, many: str) -> audit.Entry:
    """One entry for all that a call made: an entry each would be a third of a download's work."""
    first = rows[0]
    if len(rows) == 1:
        return audit.Entry(action=one, obj=first)
    words = ", ".join(row.sku if isinstance(row, Product) else row.name for row in rows)
    label = _("%(first)s and %(count)s more") % {"first": first, "count": len(rows) - 1}
    return audit.Entry(action=many, obj=first, label=label, changes={"added": (None, words)})
