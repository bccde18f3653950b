"""How one posting is written: movements, and the sums they change, in a constant number of statements.

Private to `inventory.services.stock`. Correct because of unique keys and named CHECK constraints, not of locks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from inventory.enums import Bucket, ProductType
from inventory.models import Allocation, Movement, StockLevel, StockPosting
from inventory.services.costs import price_lines
from inventory.services.locks import Place, lock_levels
from inventory.services.stock_lines import Act, Held, Line
from inventory.services.stock_refusals import AlreadyReversed, HoldingsMoved, StockNotHeld, refusal
from inventory.signals import stock_changed
from inventory_sync.lib.quantities import ZERO, QuantityField


def write_posting(act: Act, *, lines: Sequence[Line]) -> StockPosting:
    """Write all of it or nothing. A posting that has the key already is returned as it is."""
    moved = [line for line in lines if line.quantity]
    with transaction.atomic():
        posting = _claim(act)
        if posting is None:
            return StockPosting.objects.get(key=act.key)
        try:
            with transaction.atomic():
                _write(act, posting, moved)
        except IntegrityError as error:
            raise refusal(error, changes=_sums(moved)) from error
        _tell(moved)
    return posting


def _claim(act: Act) -> StockPosting | None:
    """The new posting, or None where its key is taken."""
    try:
        with transaction.atomic():
            return StockPosting.objects.create(
                key=act.key,
                kind=act.kind,
                document_key=act.document_key,
                at=act.at,
                user=act.user,
                note=act.note,
                reverses=act.reverses,
            )
    except IntegrityError as error:
        if act.reverses is not None and not StockPosting.objects.filter(key=act.key).exists():
            raise AlreadyReversed.of(act.reverses) from error
        return None


def _write(act: Act, posting: StockPosting, lines: Sequence[Line]) -> None:
    levels = _levels_of(lines)
    lines = price_lines(lines, kind=act.kind, mirrors=act.reverses is not None)
    Movement.objects.bulk_create(
        Movement(
            posting=posting,
            product_id=line.product_id,
            location_id=line.location_id,
            bucket=line.bucket,
            quantity=line.quantity,
            owner_key=line.owner_key,
            unit_cost=line.unit_cost,
        )
        for line in lines
    )
    _add_to_levels(levels, lines)
    _add_to_allocations(act, lines)


def _levels_of(lines: Sequence[Line]) -> dict[Place, StockLevel]:
    """Locked levels of all places of the lines; those that are missing are made, with zeros."""
    places = {line.place for line in lines}
    levels = lock_levels(places)
    missing = sorted(places - levels.keys())
    if missing:
        StockLevel.objects.bulk_create(
            (StockLevel(product_id=product_id, location_id=location_id) for product_id, location_id in missing),
            ignore_conflicts=True,
        )
        levels = lock_levels(places)
    unstocked = sorted({level.product.sku for level in levels.values() if level.product.type != ProductType.STOCK})
    if unstocked:
        raise ValueError(f"only stock products move in the ledger, not {', '.join(unstocked)}")
    return levels


def _sums(lines: Iterable[Line]) -> dict[Place, dict[Bucket, Decimal]]:
    sums: dict[Place, dict[Bucket, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in lines:
        sums[line.place][line.bucket] += line.quantity
    return sums


def _add_to_levels(levels: Mapping[Place, StockLevel], lines: Sequence[Line]) -> None:
    additions: dict[str, dict[int, Decimal]] = defaultdict(dict)
    for place, sums in _sums(lines).items():
        for bucket, quantity in sums.items():
            if quantity:
                additions[bucket.value][levels[place].pk] = quantity
    pks = {pk for by_pk in additions.values() for pk in by_pk}
    if pks:
        StockLevel.objects.filter(pk__in=pks).update(**_added(additions))


def _add_to_allocations(act: Act, lines: Sequence[Line]) -> None:
    """Allocated and picked units per owner. Rows that only lose units must exist, else nobody holds these."""
    additions: dict[str, dict[Held, Decimal]] = {"quantity": defaultdict(Decimal), "picked": defaultdict(Decimal)}
    for line in lines:
        if line.owner_key:
            additions["quantity" if line.bucket == Bucket.ALLOCATED else "picked"][line.held] += line.quantity
    helds = {held for by_held in additions.values() for held in by_held}
    if not helds:
        return
    pks = {held: pk for held, pk in _pks_of(act, additions["quantity"], helds).items() if held in helds}
    if helds - pks.keys():
        raise StockNotHeld.of(helds - pks.keys())
    by_pk = {
        column: {pks[held]: quantity for held, quantity in by_held.items() if quantity}
        for column, by_held in additions.items()
    }
    rows = Allocation.objects.filter(pk__in=pks.values())
    if act.expected:
        rows = rows.filter(
            quantity=_cases({pk: act.expected.get(held, ZERO) for held, pk in pks.items()}, otherwise=F("quantity"))
        )
    if rows.update(**_added(by_pk)) != len(pks):
        raise HoldingsMoved(_("Somebody else is changing the same stock. Try again."))


def _pks_of(act: Act, allocated: Mapping[Held, Decimal], helds: Iterable[Held]) -> dict[Held, int]:
    """Primary keys of allocations; those that gain units are made if needed and show the document from now on."""
    gaining = sorted(held for held, quantity in allocated.items() if quantity > 0)
    if gaining:
        made = Allocation.objects.bulk_create(
            (
                Allocation(
                    owner_key=owner_key,
                    product_id=product_id,
                    location_id=location_id,
                    quantity=ZERO,
                    document_key=act.document_key,
                )
                for owner_key, product_id, location_id in gaining
            ),
            update_conflicts=True,
            unique_fields=["owner_key", "product", "location"],
            update_fields=["document_key"],
        )
        pks = {held: row.pk for held, row in zip(gaining, made, strict=True)}
    else:
        pks = {}
    others = set(helds) - pks.keys()
    if others:
        rows = Allocation.objects.filter(owner_key__in={owner_key for owner_key, _product, _location in others})
        found = rows.select_for_update().order_by("pk").values_list("owner_key", "product_id", "location_id", "pk")
        pks.update({(owner, product, location): pk for owner, product, location, pk in found})
    return pks


def _added(additions: Mapping[str, Mapping[int, Decimal]]) -> dict[str, models.expressions.Combinable]:
    return {
        column: F(column) + _cases(by_pk, otherwise=Value(ZERO, output_field=QuantityField()))
        for column, by_pk in additions.items()
        if by_pk
    }


def _cases(by_pk: Mapping[int, Decimal], *, otherwise: models.expressions.Combinable) -> Case:
    return Case(
        *(When(pk=pk, then=Value(quantity, output_field=QuantityField())) for pk, quantity in sorted(by_pk.items())),
        default=otherwise,
        output_field=QuantityField(),
    )


def _tell(lines: Sequence[Line]) -> None:
    """Signal the places whose availability (on hand less allocated) changed; a shipment changes none."""
    changed = [
        place
        for place, sums in _sums(lines).items()
        if sums.get(Bucket.ON_HAND, ZERO) != sums.get(Bucket.ALLOCATED, ZERO)
    ]
    if changed:
        stock_changed.send(
            sender=StockPosting,
            product_ids=frozenset(product_id for product_id, _location in changed),
            location_ids=frozenset(location_id for _product, location_id in changed),
        )
