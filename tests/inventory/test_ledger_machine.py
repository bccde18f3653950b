"""Random acts on stock, right and wrong, once and twice: the sums always equal the ledger.

At least a thousand acts a run, in examples short enough to be shrunk; `LEDGER_EXAMPLES=200` looks longer.
"""

import os
from collections import defaultdict
from decimal import Decimal
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from inventory.enums import Bucket, PostingKind
from inventory.models import Allocation, Movement, StockLevel, StockPosting
from inventory.services import stock
from inventory_sync.lib.errors import ProductError
from tests.factories.inventory import NOW, LocationFactory, ProductFactory, default_location

STEPS = 60
EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "30"))
OWNERS = st.sampled_from([f"line:{n}" for n in range(4)])
UNITS = st.decimals(min_value="0.1", max_value=6, places=1)
COSTS = st.sampled_from([None, 0, 2, 7])
SPOT = st.tuples(st.integers(0, 1), st.integers(0, 1))


class Ledger(RuleBasedStateMachine):
    postings = Bundle("postings")
    acts = 0
    """Over all examples of a run."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.numbers = count(1)
        self.products = [ProductFactory() for _ in range(2)]
        self.kit = ProductFactory()
        self.locations = [default_location(), LocationFactory()]
        self.seen: dict[int, tuple] = {}

    def _demand(self, owner: str, spot: tuple[int, int], units: Decimal) -> stock.Demand:
        product, location = self.products[spot[0]], self.locations[spot[1]]
        return stock.Demand(owner_key=owner, product_id=product.pk, location_id=location.pk, quantity=units)

    def _head(self) -> dict[str, object]:
        number = next(self.numbers)
        Ledger.acts += 1
        return {"key": f"act:{number}", "document_key": f"order:{number}", "at": NOW}

    def _try(self, call, *args, **kwargs):
        """Twice each time: the second must change nothing. A refusal must change nothing either."""
        before = self._dump()
        try:
            posting = call(*args, **kwargs)
        except ProductError:
            assert self._dump() == before
            return multiple()
        after = self._dump()
        assert call(*args, **kwargs) == posting
        assert self._dump() == after
        return posting.key if posting else multiple()

    def _dump(self) -> tuple:
        return (
            tuple(StockLevel.objects.order_by("pk").values_list("on_hand", "allocated", "on_order", "picked")),
            tuple(Allocation.objects.order_by("pk").values_list("owner_key", "quantity", "picked")),
            Movement.objects.count(),
            StockPosting.objects.count(),
        )

    @rule(target=postings, owner=OWNERS, spot=SPOT, units=UNITS)
    def allocate(self, owner, spot, units):
        return self._try(stock.allocate_stock, [self._demand(owner, spot, units)], **self._head())

    @rule(target=postings, owner=OWNERS, spots=st.lists(st.tuples(SPOT, UNITS), max_size=3))
    def reallocate(self, owner, spots):
        demands = [self._demand(owner, spot, units) for spot, units in spots]
        return self._try(stock.reallocate_stock, demands or [self._demand(owner, (0, 0), Decimal(0))], **self._head())

    @rule(target=postings, owners=st.lists(OWNERS, min_size=1, max_size=2, unique=True))
    def release(self, owners):
        return self._try(stock.release_stock, owners, **self._head())

    @rule(target=postings, owner=OWNERS, spot=SPOT, units=UNITS)
    def pick(self, owner, spot, units):
        return self._try(stock.pick_stock, [self._demand(owner, spot, units)], **self._head())

    @rule(target=postings, owner=OWNERS, whole=st.booleans(), spot=SPOT, units=UNITS)
    def issue(self, owner, whole, spot, units):
        picked = Allocation.objects.filter(owner_key=owner, picked__gt=0)
        demands = [
            stock.Demand(owner_key=owner, product_id=a.product_id, location_id=a.location_id, quantity=a.picked)
            for a in picked
        ]
        if not whole or not demands:
            demands = [self._demand(owner, spot, units)]
        return self._try(stock.issue_stock, demands, **self._head())

    @rule(target=postings, spot=SPOT, units=st.decimals(min_value=-6, max_value=9, places=1))
    def adjust(self, spot, units):
        product, location = self.products[spot[0]], self.locations[spot[1]]
        change = stock.StockChange(product_id=product.pk, location_id=location.pk, quantity=units)
        return self._try(stock.change_stock, [change], kind=PostingKind.ADJUSTMENT, **self._head())

    def _change(self, spot: tuple[int, int], units: Decimal, cost: int | None = None) -> stock.StockChange:
        product, location = self.products[spot[0]], self.locations[spot[1]]
        unit_cost = None if cost is None else Decimal(cost)
        return stock.StockChange(product_id=product.pk, location_id=location.pk, quantity=units, unit_cost=unit_cost)

    @rule(target=postings, spot=SPOT, units=st.decimals(min_value=-4, max_value=9, places=1))
    def order(self, spot, units):
        return self._try(stock.change_on_order, [self._change(spot, units)], **self._head())

    @rule(target=postings, spots=st.lists(st.tuples(SPOT, UNITS), min_size=1, max_size=3), cost=COSTS)
    def receive(self, spots, cost):
        return self._try(stock.receive_stock, [self._change(*each, cost) for each in spots], **self._head())

    @rule(target=postings, product=st.integers(0, 1), source=st.integers(0, 1), units=UNITS)
    def transfer(self, product, source, units):
        changes = [self._change((product, source), -units), self._change((product, 1 - source), units)]
        return self._try(stock.change_stock, changes, kind=PostingKind.TRANSFER, **self._head())

    @rule(target=postings, location=st.integers(0, 1), units=UNITS, each=st.lists(UNITS, min_size=1, max_size=2))
    def assemble(self, location, units, each):
        place = self.locations[location].pk
        before = self._on_hand_at(place)
        components = {product.pk: units * q for product, q in zip(self.products, each, strict=False)}
        posting = self._try(
            stock.assemble_stock,
            product_id=self.kit.pk,
            location_id=place,
            quantity=units,
            components=components,
            **self._head(),
        )
        if isinstance(posting, str):
            after = self._on_hand_at(place)
            changed = {pk: after[pk] - before[pk] for pk in after if after[pk] != before[pk]}
            assert changed == {self.kit.pk: units, **{pk: -taken for pk, taken in components.items()}}
        return posting

    def _on_hand_at(self, place: int) -> dict[int, Decimal]:
        levels = dict(StockLevel.objects.filter(location=place).values_list("product_id", "on_hand"))
        return defaultdict(Decimal, levels)

    @rule(target=postings, key=consumes(postings))
    def reverse(self, key):
        undone = self._try(stock.reverse_posting, key, key=f"{key}/undo", at=NOW)
        if isinstance(undone, str):
            mine, theirs = (
                sorted(Movement.objects.filter(posting__key=k).values_list("product", "location", "bucket", "quantity"))
                for k in (key, undone)
            )
            assert sorted((p, place, bucket, -quantity) for p, place, bucket, quantity in mine) == theirs
        return undone

    @invariant()
    def levels_and_allocations_are_the_sums_of_the_ledger(self):
        ledger: dict[tuple, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        rows = Movement.objects.order_by().values_list("product_id", "location_id", "bucket")
        for product, location, bucket, total in rows.annotate(total=Sum("quantity")):
            ledger[product, location][bucket] = total
        for level in StockLevel.objects.all():
            sums = ledger[level.product_id, level.location_id]
            assert level.on_hand == sums[Bucket.ON_HAND]
            assert level.allocated == sums[Bucket.ALLOCATED]
            assert level.picked == sums[Bucket.PICKED]
            assert level.on_order == sums[Bucket.ON_ORDER] >= 0
            held = Allocation.objects.filter(product=level.product_id, location=level.location_id)
            totals = held.aggregate(quantity=Sum("quantity"), picked=Sum("picked"))
            assert (totals["quantity"] or 0, totals["picked"] or 0) == (level.allocated, level.picked)
            assert 0 <= level.picked <= level.on_hand

    @invariant()
    def rows_of_the_ledger_never_change(self):
        now = {row[0]: row for row in Movement.objects.values_list("pk", "posting", "bucket", "quantity", "owner_key")}
        assert all(now.get(pk) == row for pk, row in self.seen.items())
        self.seen = now

    def teardown(self) -> None:
        try:
            call_command("audit_stock", stdout=StringIO())
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)


@pytest.mark.django_db
@pytest.mark.req("INV-3")
@pytest.mark.req("INV-4")
def test_any_sequence_of_acts() -> None:
    Ledger.acts = 0
    profile = settings(
        stateful_step_count=STEPS,
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Ledger, settings=profile)
    assert Ledger.acts >= 1000
