"""Two people edit the same thing: the second save is refused, nothing is overwritten silently (SPEC APP-13)."""

from typing import Self

from django.db.models import Model
from django.utils.translation import gettext as _

from inventory_sync.lib.errors import ProductError


class EditedMeanwhile(ProductError):
    """Somebody saved the same thing after the form was opened. What was typed is kept in the form."""

    @classmethod
    def of(cls, obj: Model) -> Self:
        return cls(
            _("Somebody changed “%(thing)s” after you opened it. Your input is still here: compare and save again.")
            % {"thing": obj}
        )
