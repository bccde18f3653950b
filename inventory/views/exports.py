"""Products and stock as files, with the filters of the list they come from (SPEC INV-6)."""

from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from inventory.enums import ProductType, RecordStatus
from inventory.queries import lists
from inventory.services import exports
from inventory.services.products_as_cells import Cells, Column
from inventory.views import parameters, products, stock
from inventory_sync.lib.access import requires


@requires("inventory.import_product", "inventory.view_product")
@require_safe
def export_products(request: HttpRequest) -> StreamingHttpResponse:
    filters = {
        "q": parameters.text(request),
        "type": parameters.choice(request, "type", ProductType.values),
        "status": parameters.choice(request, "status", RecordStatus.values),
        **{name: parameters.identifier(request, name) for name in ("category", "brand", "tag", "family")},
    }
    rows = lists.product_rows(filters, order=parameters.order(request, products.ORDERS, default="sku"))
    return _file(request, "products", exports.product_table(rows))


@requires("inventory.view_stocklevel")
@require_safe
def export_stock(request: HttpRequest) -> StreamingHttpResponse:
    filters = {
        "q": parameters.text(request),
        "location": parameters.identifier(request, "location"),
        "state": parameters.choice(request, "state", stock.STATES),
    }
    rows = lists.level_rows(filters, order=parameters.order(request, stock.ORDERS, default="sku"))
    return _file(request, "stock", exports.stock_table(rows))


def _file(request: HttpRequest, name: str, table: tuple[Sequence[Column], Iterable[Cells]]) -> StreamingHttpResponse:
    form = parameters.choice(request, "format", exports.TYPES) or exports.CSV
    pieces: Iterator[bytes] = exports.table_file(*table, form=form)
    answer = StreamingHttpResponse(pieces, content_type=exports.TYPES[form])
    today = timezone.localdate().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="{name}-{today}.{form}"'
    return answer
