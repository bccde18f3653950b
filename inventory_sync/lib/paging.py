"""Pages of a list from the address: `?page=` and `?rows=`."""

from functools import cached_property
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, QuerySet, Window
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


class KeyPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of primary keys of a wholly ordered query, with the true total; the caller reads the rows of its page.

    Keys come from an index where there is one, and pages of the second half are counted from the end: the last page is
    as fast as the first. `one_pass`: the condition costs more than the rows it finds, so that total and page come from
    one reading.
    """

    def __init__(self, rows: QuerySet[Row], per_page: int, *, one_pass: bool = False) -> None:
        super().__init__(rows, per_page)
        self.rows = rows
        self.one_pass = one_pass
        self._read: tuple[int, list[int]] | None = None

    @cached_property
    def count(self) -> int:
        return self.rows.order_by().count()

    def get_page(self, number: object) -> "Page[int]":
        asked = int(number) if isinstance(number, str) and number.isdecimal() and len(number) < 10 else 1
        if self.one_pass and asked > 0:
            start = (asked - 1) * self.per_page
            found = self.rows.annotate(of_all=Window(Count("*"))).values_list("pk", "of_all")
            keys = list(found[start : start + self.per_page])
            if keys:
                self.__dict__["count"] = keys[0][1]
                self._read = asked, [pk for pk, _total in keys]
            elif asked == 1:
                self.__dict__["count"] = 0
        return super().get_page(number)  # type: ignore[arg-type]

    def page(self, number: int | str) -> "Page[int]":
        number = self.validate_number(number)
        if self._read and self._read[0] == number:
            return Page(self._read[1], number, self)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        if end > self.count // 2:
            keys = [*self.rows.reverse().values_list("pk", flat=True)[self.count - end : self.count - start]][::-1]
        else:
            keys = [*self.rows.values_list("pk", flat=True)[start:end]]
        return Page(keys, number, self)


def page_size(request: HttpRequest) -> int:
    """Rows of a page as the address asks for them, else the smallest size."""
    asked = request.GET.get("rows", "")
    return int(asked) if asked.isdecimal() and int(asked) in SIZES else SIZES[0]


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """The asked page, or the nearest one there is."""
    return CappedPaginator(rows, page_size(request)).get_page(request.GET.get("page"))
