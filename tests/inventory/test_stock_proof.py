"""The nightly proof names what differs and puts it before people (SPEC INV-3, NEW-12)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from inventory.enums import Outcome
from inventory.models import Run, StockLevel
from inventory.queries.lists import last_proof_with_differences
from inventory.services import stock_proof
from inventory.services.stock_proof import prove_stock
from tests.factories.inventory import stocked_product

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@pytest.mark.req("INV-3")
@pytest.mark.req("JOB-1")
def test_a_clean_ledger_is_proved_and_a_corrupted_level_is_named_until_it_is_right():
    product = stocked_product(10)
    assert prove_stock(now=NOW).failed == 0
    assert last_proof_with_differences() is None

    StockLevel.objects.filter(product=product).update(on_hand=Decimal(11))
    run = prove_stock(now=NOW)
    item = run.items.get()
    assert (run.failed, item.outcome) == (1, Outcome.FAILED)
    assert product.sku in item.label
    assert "on_hand is 11, the ledger says 10" in item.reason
    assert last_proof_with_differences() == run
    assert StockLevel.objects.get(product=product).on_hand == 11

    StockLevel.objects.filter(product=product).update(on_hand=Decimal(10))
    prove_stock(now=NOW)
    assert last_proof_with_differences() is None


@pytest.mark.req("JOB-2")
def test_a_proof_that_is_cut_short_leaves_no_activity_that_never_ends(monkeypatch):
    def killed(_suspects):
        raise KeyboardInterrupt

    monkeypatch.setattr(stock_proof, "confirm_differences", killed)
    with pytest.raises(KeyboardInterrupt):
        prove_stock(now=NOW)
    assert not Run.objects.exists()
