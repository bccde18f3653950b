"""Documents done, undone and refused in any order: nothing is made or lost, and nothing breaks (SPEC INV-4, A55)."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command
from django.db import transaction

from inventory.enums import AssemblyState, PurchaseState
from inventory.models import (
    Assembly,
    AssemblyLine,
    AuditEntry,
    Movement,
    ProductCost,
    Purchase,
    PurchaseLine,
    Receipt,
    StockLevel,
    Supplier,
    Transfer,
)
from inventory.services import assembly, purchases, stock, transfers
from inventory.services.assembly import BuildOrder
from inventory.services.purchase_receipts import receive_purchase, undo_receipt
from inventory.services.purchases import PurchaseTerms, WantedLine
from inventory.services.transfers import TransferDraft
from inventory_sync.lib.errors import ProductError
from tests.factories.assembly import assembled
from tests.factories.inventory import LocationFactory, ProductFactory, default_location, demand
from tests.inventory.buying import NOW, WHO

STEPS = 100
COSTS = (None, Decimal(3), Decimal("7.5"))
_OPEN = (PurchaseState.ORDERED, PurchaseState.PARTLY)


class Shop:
    """Acts chosen by chance on documents chosen by chance."""

    def __init__(self, seed: int) -> None:
        self.by = Random(seed)
        self.supplier = Supplier.objects.create(name="Alpine")
        self.parts = [ProductFactory(), ProductFactory()]
        self.kit = assembled({self.parts[0]: 2, self.parts[1]: 1})
        self.places = [default_location(), LocationFactory()]
        self.number = 0
        self.done = 0
        self.sold: dict[int, Decimal] = defaultdict(Decimal)

    def try_one(self, act: Callable[[], None]) -> bool:
        """False where it was refused, or there is no such document yet."""
        try:
            act()
        except (ProductError, IndexError):
            return False
        self.done += 1
        return True

    def units(self) -> Decimal:
        return Decimal(self.by.randint(1, 8))

    def order(self) -> None:
        lines = [
            WantedLine(product_id=part.pk, quantity=self.units(), unit_cost=self.by.choice(COSTS))
            for part in self.parts[: self.by.randint(1, 2)]
        ]
        currency, rate = self.by.choice([("", Decimal(1)), ("USD", Decimal("0.92"))])
        terms = PurchaseTerms(
            supplier_id=self.supplier.pk, location_id=self.by.choice(self.places).pk, currency=currency, rate=rate
        )
        purchases.order_purchase(purchases.create_purchase(terms, lines=lines, **WHO).pk, version=None, **WHO)

    def receive(self) -> None:
        bought = self.by.choice(list(Purchase.objects.all()))
        units = {line.pk: Decimal(self.by.randint(0, 9)) for line in bought.lines.all()}
        self.number += 1
        receive_purchase(bought.pk, units=units, key=f"k{self.number}", version=None, **WHO)

    def unreceive(self) -> None:
        undo_receipt(self.by.choice(list(Receipt.objects.all())).pk, version=None, **WHO)

    def end(self) -> None:
        act = self.by.choice([purchases.close_rest, purchases.undo_ordering, purchases.void_purchase])
        act(self.by.choice(list(Purchase.objects.all())).pk, version=None, **WHO)

    def transfer(self) -> None:
        source, target = self.by.sample(self.places, 2)
        lines = {self.by.choice([*self.parts, self.kit]).pk: Decimal(self.by.randint(1, 3))}
        transfers.move_at_once(TransferDraft(source=source, target=target, note="", lines=lines), **WHO)

    def move_again(self) -> None:
        act = self.by.choice([transfers.undo_transfer, transfers.complete_transfer, transfers.void_transfer])
        act(self.by.choice(list(Transfer.objects.all())), **WHO)

    def build(self) -> None:
        self.number += 1
        order = BuildOrder(
            product_id=self.kit.pk, location_id=self.by.choice(self.places).pk, quantity=self.units(),
            owner_key=f"hand:{self.number}",
        )  # fmt: skip
        self.by.choice([assembly.build_assembly, assembly.draft_assembly])(order, **WHO)

    def build_again(self) -> None:
        act = self.by.choice([assembly.undo_assembly, assembly.complete_assembly, assembly.void_assembly])
        act(self.by.choice(list(Assembly.objects.all())), **WHO)

    def sell(self) -> None:
        self.number += 1
        product = self.by.choice([*self.parts, self.kit])
        wanted = [demand(f"line:{self.number}", product, self.units(), location=self.by.choice(self.places))]
        with transaction.atomic():
            for name, act in (("a", stock.allocate_stock), ("p", stock.pick_stock), ("s", stock.issue_stock)):
                act(wanted, key=f"{name}{self.number}", document_key=f"sale:{self.number}", at=NOW)
        self.sold[product.pk] += wanted[0].quantity

    def expected(self) -> dict[int, Decimal]:
        """On hand over all places, as the documents say."""
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for line in PurchaseLine.objects.all():
            sums[line.product_id] += line.received
        for built in Assembly.objects.filter(state=AssemblyState.DONE):
            sums[built.product_id] += built.quantity
        for line in AssemblyLine.objects.filter(assembly__state=AssemblyState.DONE):
            sums[line.component_id] -= line.quantity
        for pk, units in self.sold.items():
            sums[pk] -= units
        return {each.pk: sums[each.pk] for each in (*self.parts, self.kit)}

    def check(self) -> None:
        there: dict[int, Decimal] = dict.fromkeys([each.pk for each in (*self.parts, self.kit)], Decimal(0))
        coming: dict[int, Decimal] = dict(there)
        for level in StockLevel.objects.all():
            there[level.product_id] += level.on_hand
            coming[level.product_id] += level.on_order
        assert there == self.expected()
        for line in PurchaseLine.objects.filter(purchase__state__in=_OPEN):
            coming[line.product_id] -= line.outstanding
        assert not any(coming.values())


@pytest.mark.django_db
@pytest.mark.req("INV-4")
@pytest.mark.req("INV-6")
@pytest.mark.req("INV-7")
@pytest.mark.req("INV-9")
@pytest.mark.parametrize("seed", [1, 2])
def test_documents_in_any_order_keep_what_there_is(seed) -> None:
    shop = Shop(seed)
    acts: list[Callable[[], None]] = [
        shop.order, shop.order, shop.receive, shop.receive, shop.receive, shop.unreceive, shop.end, shop.transfer,
        shop.transfer, shop.move_again, shop.build, shop.build_again, shop.sell,
    ]  # fmt: skip
    for _step in range(STEPS):
        before = Movement.objects.count(), AuditEntry.objects.count()
        if not shop.try_one(shop.by.choice(acts)):
            assert (Movement.objects.count(), AuditEntry.objects.count()) == before
        shop.check()
    assert shop.done > STEPS / 4
    assert not ProductCost.objects.filter(average__lt=0).exists()
    call_command("audit_stock", stdout=StringIO())
