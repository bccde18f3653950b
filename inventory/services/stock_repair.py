"""Confirming and healing differences between the ledger and its sums (SPEC INV-3). The ledger is never changed."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from inventory.enums import Bucket
from inventory.models import Allocation, Movement, StockLevel
from inventory.queries.proof import ALLOCATION_COLUMNS, LEVEL_COLUMNS, Difference
from inventory.services.locks import Place, lock_levels
from inventory.signals import stock_changed
from inventory_sync.lib.quantities import ZERO

_BUCKET_OF = {"quantity": Bucket.ALLOCATED}


def confirm_differences(suspects: Iterable[Difference]) -> list[Difference]:
    """Those that still differ when looked at under the lock of their level: no posting is half seen."""
    confirmed: list[Difference] = []
    for place, owner_keys in _by_place(suspects).items():
        with transaction.atomic():
            _lock(place)
            for owner_key in owner_keys:
                confirmed += _differences_at(place, owner_key)
    return confirmed


def repair_differences(confirmed: Iterable[Difference]) -> list[Difference]:
    """Set the stored sums to the ledger's, one short transaction a place; answers those the constraints refuse."""
    left: list[Difference] = []
    for place, owner_keys in _by_place(confirmed).items():
        try:
            with transaction.atomic():
                _lock(place)
                for owner_key in sorted(owner_keys):
                    _heal(place, owner_key)
                stock_changed.send(
                    sender=StockLevel, product_ids=frozenset({place[0]}), location_ids=frozenset({place[1]})
                )
        except IntegrityError:
            left += [each for owner_key in owner_keys for each in _differences_at(place, owner_key)]
    return left


def _by_place(differences: Iterable[Difference]) -> dict[Place, set[str]]:
    places: dict[Place, set[str]] = defaultdict(set)
    for difference in differences:
        places[difference.product_id, difference.location_id].add(difference.owner_key)
    return places


def _lock(place: Place) -> None:
    StockLevel.objects.bulk_create([StockLevel(product_id=place[0], location_id=place[1])], ignore_conflicts=True)
    lock_levels([place])


def _ledger(place: Place, owner_key: str) -> dict[str, Decimal]:
    rows = Movement.objects.filter(product_id=place[0], location_id=place[1])
    if owner_key:
        rows = rows.filter(owner_key=owner_key)
    sums = dict(rows.order_by().values_list("bucket").annotate(total=Sum("quantity")))
    columns = ALLOCATION_COLUMNS if owner_key else LEVEL_COLUMNS
    return {name: sums.get(_BUCKET_OF.get(name, name), ZERO) for name in columns}


def _stored(place: Place, owner_key: str) -> dict[str, Decimal]:
    at = {"product_id": place[0], "location_id": place[1]}
    if owner_key:
        row = Allocation.objects.filter(**at, owner_key=owner_key).values(*ALLOCATION_COLUMNS).first()
        return dict(row) if row else dict.fromkeys(ALLOCATION_COLUMNS, ZERO)
    return dict(StockLevel.objects.filter(**at).values(*LEVEL_COLUMNS).get())


def _differences_at(place: Place, owner_key: str) -> list[Difference]:
    ledger, stored = _ledger(place, owner_key), _stored(place, owner_key)
    return [
        Difference(
            product_id=place[0],
            location_id=place[1],
            owner_key=owner_key,
            column=column,
            ledger=ledger[column],
            stored=stored[column],
        )
        for column in ledger
        if ledger[column] != stored[column]
    ]


def _heal(place: Place, owner_key: str) -> None:
    sums = _ledger(place, owner_key)
    at = {"product_id": place[0], "location_id": place[1]}
    if not owner_key:
        StockLevel.objects.filter(**at).update(**sums)
        return
    document = Movement.objects.filter(**at, owner_key=owner_key).order_by("-pk").values_list("posting__document_key")
    Allocation.objects.bulk_create(
        [Allocation(**at, owner_key=owner_key, document_key=next(iter(document[:1]), ("",))[0], quantity=ZERO)],
        ignore_conflicts=True,
    )
    Allocation.objects.filter(**at, owner_key=owner_key).update(**sums)
