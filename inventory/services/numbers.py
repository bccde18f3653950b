"""Numbers of documents, without gaps: a rolled back document gives its number back."""

from django.db import transaction
from django.db.models import F

from inventory.enums import DocumentKind
from inventory.models import DocumentNumber

PREFIXES = {
    DocumentKind.SALE: "SO-",
    DocumentKind.INVOICE: "INV-",
    DocumentKind.ADJUSTMENT: "ADJ-",
    DocumentKind.TRANSFER: "TR-",
    DocumentKind.STOCKTAKE: "ST-",
    DocumentKind.ASSEMBLY: "AS-",
    DocumentKind.PURCHASE: "PO-",
}


def next_number(kind: DocumentKind) -> str:
    """Take the next number. Call it last in the transaction that makes the document: the row stays locked until then.

    Two callers never get the same: the conditional UPDATE comes first, what is read afterwards is our own.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a document number belongs into the transaction of its document")
    if not _advance(kind):
        DocumentNumber.objects.bulk_create(
            [DocumentNumber(kind=kind, prefix=PREFIXES[kind], next_number=1)], ignore_conflicts=True
        )
        _advance(kind)
    row = DocumentNumber.objects.get(kind=kind)
    return f"{row.prefix}{row.next_number - 1}"


def _advance(kind: DocumentKind) -> bool:
    return bool(DocumentNumber.objects.filter(kind=kind).update(next_number=F("next_number") + 1))
