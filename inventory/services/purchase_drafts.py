"""Purchase orders that are drafted for somebody: for a sale's customer (INV-8), or from the low-stock list (INV-18)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.enums import PurchaseState
from inventory.models import Product, Purchase, PurchaseLine, ReorderLevel, StockLevel, User
from inventory.services import audit
from inventory.services.purchases import PurchaseRefused, WantedLine, claim_purchase, insert_purchase
from inventory_sync.lib.quantities import ZERO

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What came of a wish. `without_supplier`: SKUs that nobody is known to sell."""

    purchases: Sequence[Purchase]
    without_supplier: Sequence[str] = ()


def draft_for(
    document_key: str,
    *,
    wanted: Mapping[int, Sequence[WantedLine]],
    ship_to: Mapping[str, str],
    user: User | None,
    now: datetime,
) -> list[Purchase]:
    """One draft a supplier that he sends to the customer of a document, whoever asks how often (L8).

    `wanted`: lines with their owner by supplier id. A draft that exists gets the lines it lacks; an order that the
    supplier has already stays as it is. Call it in the document's transaction.
    """
    return [
        _draft(document_key, supplier_id, wanted[supplier_id], ship_to=ship_to, user=user, now=now)
        for supplier_id in sorted(wanted)
    ]


def owned_lines(document_key: str) -> dict[str, PurchaseLine]:
    """Lines of purchase orders that are not void, by the owner they are sent for."""
    lines = PurchaseLine.objects.filter(purchase__document_key=document_key).exclude(
        purchase__state=PurchaseState.VOIDED
    )
    return {line.owner_key: line for line in lines.select_related("purchase__supplier")}


def draft_from_reorder(
    places: Iterable[tuple[int, int]], *, key: str = "", user: User | None, now: datetime
) -> Drafted:
    """One draft for each supplier and location of these (product id, location id), filled up to the reorder quantity.

    `key` makes it happen once. Raises PurchaseRefused where nothing of it can be ordered.
    """
    wanted = sorted(set(places))
    products = Product.objects.in_bulk({product_id for product_id, _place in wanted})
    needs = _needs(wanted)
    grouped: dict[tuple[int, int], list[WantedLine]] = defaultdict(list)
    for product_id, location_id in wanted:
        product = products.get(product_id)
        if product is not None and product.supplier_id is not None and product.is_stocked:
            line = WantedLine(product_id=product_id, quantity=needs[product_id, location_id])
            grouped[product.supplier_id, location_id].append(line)
    without = sorted(product.sku for product in products.values() if product.supplier_id is None)
    if not grouped:
        raise PurchaseRefused(_("None of these products has a supplier. Choose one on the product first."))
    with transaction.atomic():
        made = [
            _reorder(supplier_id, location_id, lines, key=key, user=user, now=now)
            for (supplier_id, location_id), lines in sorted(grouped.items())
        ]
    return Drafted(purchases=made, without_supplier=without)


def _reorder(
    supplier_id: int, location_id: int, lines: Sequence[WantedLine], *, key: str, user: User | None, now: datetime
) -> Purchase:
    own_key = f"{key}/{supplier_id}/{location_id}" if key else ""
    known = Purchase.objects.filter(request_key=own_key).first() if own_key else None
    if known is not None:
        return known
    last = _last_terms(supplier_id)
    columns = last | {"supplier_id": supplier_id, "location_id": location_id, "request_key": own_key}
    return insert_purchase(columns, lines=_priced(supplier_id, last, lines), user=user, now=now)


def _needs(places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Decimal]:
    """How many to order: up to the reorder quantity, else to one above the level; at least one."""
    product_ids = {product_id for product_id, _place in places}
    levels = {(row.product_id, row.location_id): row for row in ReorderLevel.objects.filter(product_id__in=product_ids)}
    stock = {(row.product_id, row.location_id): row for row in StockLevel.objects.filter(product_id__in=product_ids)}
    needs = {}
    for place in places:
        level, there = levels.get(place), stock.get(place)
        target = (level.quantity or level.level + ONE) if level else ONE
        coming = there.on_hand - there.allocated + there.on_order if there else ZERO
        needs[place] = max(ONE, target - coming)
    return needs


def _draft(
    document_key: str,
    supplier_id: int,
    lines: Sequence[WantedLine],
    *,
    ship_to: Mapping[str, str],
    user: User | None,
    now: datetime,
) -> Purchase:
    last = _last_terms(supplier_id)
    columns = last | {"supplier_id": supplier_id, "document_key": document_key, "ship_to": dict(ship_to)}
    try:
        with transaction.atomic():
            return insert_purchase(columns, lines=_priced(supplier_id, last, lines), user=user, now=now)
    except IntegrityError:
        rows = Purchase.objects.filter(document_key=document_key, supplier_id=supplier_id)
        found = rows.exclude(state=PurchaseState.VOIDED).first()
        if found is None:
            raise
    if found.state == PurchaseState.DRAFT:
        _complete(found, lines, user=user, now=now)
    return found


def _complete(purchase: Purchase, lines: Sequence[WantedLine], *, user: User | None, now: datetime) -> None:
    """Add what a draft lacks."""
    known = set(purchase.lines.values_list("owner_key", flat=True))
    missing = [line for line in lines if line.owner_key not in known]
    if not missing:
        return
    claim_purchase(purchase.pk, version=None, states=(PurchaseState.DRAFT,))
    PurchaseLine.objects.bulk_create(
        (
            PurchaseLine(
                purchase=purchase, product_id=line.product_id, quantity=line.quantity, owner_key=line.owner_key
            )
            for line in missing
        ),
        ignore_conflicts=True,
    )
    audit.record(user=user, action="purchase.completed", obj=purchase, now=now)


def _last_terms(supplier_id: int) -> dict[str, object]:
    """Currency and rate of the last order from this supplier: what the next draft starts with."""
    rows = Purchase.objects.filter(supplier_id=supplier_id).exclude(state=PurchaseState.VOIDED)
    last = rows.order_by("-pk").values_list("currency", "rate").first()
    return {"currency": last[0], "rate": last[1]} if last else {"currency": "", "rate": ONE}


def _priced(supplier_id: int, terms: Mapping[str, object], lines: Sequence[WantedLine]) -> list[WantedLine]:
    """The same lines at the price that this supplier last took in this currency."""
    rows = PurchaseLine.objects.filter(
        product_id__in=[line.product_id for line in lines],
        purchase__supplier_id=supplier_id,
        purchase__currency=terms["currency"],
        unit_cost__isnull=False,
    ).exclude(purchase__state=PurchaseState.VOIDED)
    costs = dict(rows.order_by("pk").values_list("product_id", "unit_cost"))
    return [
        WantedLine(
            product_id=line.product_id,
            quantity=line.quantity,
            unit_cost=costs.get(line.product_id),
            owner_key=line.owner_key,
        )
        for line in lines
    ]
