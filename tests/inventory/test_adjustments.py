"""Adjustments by staff: what was previewed is what is applied (SPEC INV-3, INV-6)."""

from decimal import Decimal

import pytest

from inventory.models import AuditEntry, StockLevel, StockPosting
from inventory.services import adjustments, stock
from inventory.services.adjustments import AdjustmentLine, AdjustmentMode
from tests.factories.inventory import NOW, ServiceFactory, default_location, demand, put_on_hand, stocked_product

pytestmark = pytest.mark.django_db


def line(product, quantity) -> AdjustmentLine:
    return AdjustmentLine(product_id=product.pk, location_id=default_location().pk, quantity=Decimal(quantity))


def apply(lines, plan, *, mode=AdjustmentMode.SET_TO, key="adjust:1"):
    return adjustments.apply_adjustment(
        lines, mode=mode, fingerprint=plan.fingerprint, reason="Counted", key=key, user=None, now=NOW
    )


@pytest.mark.req("INV-3")
@pytest.mark.parametrize(("mode", "number", "new"), [(AdjustmentMode.SET_TO, 7, 7), (AdjustmentMode.CHANGE_BY, -2, 8)])
def test_preview_then_apply_once(mode, number, new) -> None:
    product = stocked_product(10)
    lines = [line(product, number)]

    plan = adjustments.plan_adjustment(lines, mode=mode)
    assert [(each.old, each.new, each.problem) for each in plan.changes] == [(10, new, "")]
    assert StockLevel.objects.get().on_hand == 10
    posting = apply(lines, plan, mode=mode)
    again = apply(lines, plan, mode=mode)

    assert posting == again
    assert (posting.document_key, posting.note) == ("adjustment:ADJ-1", "Counted")
    assert StockLevel.objects.get().on_hand == new
    assert AuditEntry.objects.get().changes == {"on hand at Main warehouse": ["10", str(new)]}


@pytest.mark.req("INV-6")
def test_stock_that_moved_since_the_preview_is_not_overwritten() -> None:
    product = stocked_product(10)
    lines = [line(product, 7)]
    plan = adjustments.plan_adjustment(lines, mode=AdjustmentMode.SET_TO)
    put_on_hand({product: 1})

    with pytest.raises(adjustments.StockMovedMeanwhile):
        apply(lines, plan)

    assert StockLevel.objects.get().on_hand == 11
    assert not StockPosting.objects.filter(key="adjust:1").exists()
    assert not AuditEntry.objects.exists()


def test_below_zero_below_picked_and_services_are_refused_in_words() -> None:
    product, service = stocked_product(10, sku="MUG"), ServiceFactory(sku="WRAP")
    stock.allocate_stock([demand("line:1", product, 4)], key="a", document_key="order:1", at=NOW)
    stock.pick_stock([demand("line:1", product, 4)], key="p", document_key="order:1", at=NOW)

    def problem(each: AdjustmentLine) -> str:
        plan = adjustments.plan_adjustment([each], mode=AdjustmentMode.SET_TO)
        assert not plan.is_applicable
        return plan.changes[0].problem

    assert problem(line(product, -1)) == "On hand of MUG would be below zero."
    assert problem(line(product, 3)) == "4 of MUG are picked for sales: on hand cannot be less."
    assert problem(line(service, 3)) == "WRAP is no stock product."
    lines = [line(product, 3)]
    plan = adjustments.plan_adjustment(lines, mode=AdjustmentMode.SET_TO)
    with pytest.raises(adjustments.AdjustmentRefused):
        apply(lines, plan)
    assert StockLevel.objects.get().on_hand == 10
