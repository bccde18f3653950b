"""Pages of a list from the address: `?page=` and `?rows=`."""

from functools import cached_property
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SIZES = (50, 100, 250)
MOST_COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than 10 000 rows: a list of a million opens as fast as a short one."""

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        return rows.order_by()[: MOST_COUNTED + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def is_capped(self) -> bool:
        return self._counted > MOST_COUNTED

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """The asked page, or the nearest one there is."""
    asked = request.GET.get("rows", "")
    size = int(asked) if asked.isdecimal() and int(asked) in SIZES else SIZES[0]
    return CappedPaginator(rows, size).get_page(request.GET.get("page"))
