"""The kinds of files that staff may bring, and where their previews are shown."""

from inventory.services import imports, stocktake_posting
from inventory.services.imports_documents import CountImport, TransferImport
from inventory.services.imports_products import ProductImport
from inventory.services.imports_reorder import ReorderImport
from inventory.services.imports_stock import StockImport


def connect(*, page: str) -> None:
    """Idempotent; at start. `page` is the URL name of a preview."""
    for kind in (ProductImport(), StockImport(), TransferImport(), CountImport(), ReorderImport()):
        imports.register(kind, page=page)
    stocktake_posting.connect()
