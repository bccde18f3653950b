"""Pages of a list from the address: `?page=` and `?rows=`."""

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SIZES = (50, 100, 250)


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """The asked page, or the nearest one there is."""
    asked = request.GET.get("rows", "")
    size = int(asked) if asked.isdecimal() and int(asked) in SIZES else SIZES[0]
    return Paginator(rows, size).get_page(request.GET.get("page"))
