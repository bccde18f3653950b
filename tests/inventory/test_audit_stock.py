"""`audit_stock` proves the sums, names each row that differs, and heals it (SPEC INV-3, NEW-12)."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from inventory.models import Allocation, Movement, StockLevel
from inventory.services import stock
from tests.factories.inventory import NOW, default_location, demand, stocked_product
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-3"), pytest.mark.req("NEW-12")]


def audit(*flags: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("audit_stock", *flags, stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error), error.returncode
    return out.getvalue(), 0


@pytest.fixture
def sold():
    product = stocked_product(10, sku="MUG-RED")
    stock.allocate_stock([demand("line:1", product, 4)], key="capture", document_key="order:1", at=NOW)
    return product


def test_clean_books_exit_zero(sold) -> None:
    assert audit() == ("Stock levels and allocations are the sums of the ledger.\n", 0)


def test_a_corrupted_level_is_named_and_healed(sold) -> None:
    StockLevel.objects.filter(product=sold).update(on_hand=12)

    text, code = audit()
    assert code == 1
    assert text == "MUG-RED at Main warehouse: on_hand is 12, the ledger says 10\n1 differences."

    text, code = audit("--repair")
    assert code == 0
    assert "1 repaired." in text
    assert StockLevel.objects.get(product=sold).on_hand == 10
    assert audit()[1] == 0


def test_a_missing_level_and_a_corrupted_allocation_are_healed(sold) -> None:
    StockLevel.objects.filter(product=sold).delete()
    Allocation.objects.update(quantity=Decimal(7))

    text, code = audit()
    assert code == 1
    assert "MUG-RED at Main warehouse (line:1): quantity is 7, the ledger says 4" in text
    assert "MUG-RED at Main warehouse: on_hand is 0, the ledger says 10" in text
    assert "MUG-RED at Main warehouse: allocated is 0, the ledger says 4" in text

    assert audit("--repair")[1] == 0
    level = StockLevel.objects.get(product=sold)
    assert (level.on_hand, level.allocated) == (10, 4)
    assert Allocation.objects.get().quantity == 4


def test_an_allocation_without_movements_is_named_and_emptied(sold) -> None:
    Allocation.objects.create(
        owner_key="ghost", document_key="order:9", product=sold, location=default_location(), quantity=2
    )

    text, code = audit()
    assert (code, text.splitlines()[0]) == (
        1,
        "MUG-RED at Main warehouse (ghost): quantity is 2, the ledger says 0",
    )
    assert audit("--repair")[1] == 0
    assert Allocation.objects.get(owner_key="ghost").quantity == 0


def test_a_reversal_that_is_no_mirror_is_named_and_stays(sold) -> None:
    stock.reverse_posting("capture", key="undo", at=NOW)
    Movement.objects.filter(posting__key="undo").update(quantity=Decimal(-3))

    text, code = audit("--repair")

    assert code == 1
    assert "undo is not the mirror of capture" in text


def test_a_ledger_that_cannot_be_right_is_not_forced_into_the_levels(sold) -> None:
    Movement.objects.filter(posting__kind="opening").update(quantity=Decimal(-1))

    text, code = audit("--repair")

    assert code == 1
    assert "on_hand is 10, the ledger says -1" in text
    assert StockLevel.objects.get(product=sold).on_hand == 10


def test_the_proof_of_clean_books_takes_three_statements(sold) -> None:
    with statements() as sql:
        audit()

    assert len(sql) == 3
