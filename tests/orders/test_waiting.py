"""Orders that are not captured yet: waiting for the condition, skipped for a tax class (A52, TAX-6, A19)."""

from decimal import Decimal

import pytest

from catalog.models import StoreHold
from channels.signals import mapping_changed, settings_changed
from orders.enums import CapturedState, IssueCode
from orders.models import CapturedOrder, OrderIssue, Sale
from orders.queries.captured import skipped_by_tax
from tests.factories.remote import CANCELLED, CREATED, INCOMPLETE, line, remote_order
from tests.orders.shop import Shop, map_payment, map_tax

D = Decimal


def holds() -> list[tuple[str, Decimal]]:
    return sorted(StoreHold.objects.values_list("product__sku", "quantity"))


@pytest.mark.req("A52")
@pytest.mark.req("CAP-3")
def test_units_of_an_unpaid_order_are_held_until_it_is_captured(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    unpaid = remote_order(line("TENT", 3), line("TENT", 1, id="b"), milestones=CREATED)

    shop.notice(unpaid)
    shop.notice(unpaid)

    assert (shop.row().state, holds()) == ("waiting", [("TENT", D(4))])
    assert shop.level(tent) == (D(10), D(0))

    shop.notice(remote_order(line("TENT", 3), line("TENT", 1, id="b")))

    assert (shop.row().state, holds()) == ("sale", [])
    assert shop.level(tent) == (D(10), D(4))


@pytest.mark.req("A52")
def test_a_waiting_order_that_changes_changes_its_holds(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    shop.product("ROPE", on_hand=10)
    shop.notice(remote_order(line("TENT", 3), milestones=CREATED))

    shop.notice(remote_order(line("TENT", 1), line("ROPE", 2), milestones=CREATED))

    assert holds() == [("ROPE", D(2)), ("TENT", D(1))]


@pytest.mark.req("A52")
@pytest.mark.req("CAN-1")
@pytest.mark.parametrize("gone", [CANCELLED, INCOMPLETE, None])
def test_a_waiting_order_that_is_cancelled_or_vanishes_leaves_nothing(shop: Shop, gone: object) -> None:
    shop.product("TENT", on_hand=10)
    shop.notice(remote_order(line("TENT", 3), milestones=CREATED))

    if gone is None:
        shop.store.orders_there.clear()
        shop.handle("100")
    else:
        shop.notice(remote_order(line("TENT", 3), milestones=gone))

    assert (CapturedOrder.objects.count(), holds(), Sale.objects.count()) == (0, [], 0)


@pytest.mark.req("TAX-6")
@pytest.mark.req("A19")
def test_an_unmapped_tax_class_skips_visibly_holds_units_and_resumes_by_itself(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3, tax_key="5"))

    shop.notice(order)

    row = shop.row()
    assert (row.state, holds(), Sale.objects.count()) == ("skipped", [("TENT", D(3))], 0)
    assert [(issue.code, issue.key) for issue in row.issues.all()] == [(IssueCode.TAX_UNMAPPED, "5")]
    assert shop.channel.tax_mappings.get(remote_key="5").rule is None
    assert shop.level(tent) == (D(10), D(0))
    assert dict(skipped_by_tax(shop.channel)) == {"5": 1}

    map_tax(shop, "5")
    mapping_changed.send(sender=None, channel=shop.channel, kind="tax", remote_keys=frozenset({"5"}))
    assert shop.marked() == ["100"]
    shop.handle("100")

    assert (shop.row().state, holds()) == ("sale", [])
    assert shop.level(tent) == (D(10), D(3))
    assert OrderIssue.objects.count() == 0


@pytest.mark.req("TAX-6")
def test_the_tax_class_of_a_charge_counts_too_and_the_label_is_the_stores(shop: Shop) -> None:
    from channels.remote import RemoteCharge
    from tests.factories.channels import TaxMappingFactory

    TaxMappingFactory(channel=shop.channel, remote_key="7", label="Reduced rate")
    charge = RemoteCharge(kind="shipping", label="Parcel", amount=D(5), tax=D("0.35"), tax_key="7")

    shop.notice(remote_order(line("TENT", 1), charges=[charge]))

    assert [(issue.key, issue.label) for issue in shop.row().issues.all()] == [("7", "Reduced rate")]
    assert shop.channel.tax_mappings.get(remote_key="7").label == "Reduced rate"


@pytest.mark.req("TAX-6")
@pytest.mark.req("CAN-1")
def test_a_skipped_order_that_is_cancelled_lets_its_units_go(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    shop.notice(remote_order(line("TENT", 3, tax_key="5")))

    shop.notice(remote_order(line("TENT", 3, tax_key="5"), milestones=CANCELLED))

    assert (shop.row().state, holds()) == ("cancelled", [])


@pytest.mark.req("SET-1")
@pytest.mark.req("PND-5")
@pytest.mark.parametrize(
    ("facts", "settings", "changed"),
    [
        ({"milestones": CREATED}, {}, "capture_when"),
        ({}, {"customer": None}, "customer"),
        ({"location_id": "9"}, {}, "location"),
    ],
)
def test_orders_that_wait_for_setup_are_read_again_when_it_changes(
    shop: Shop, facts: dict[str, object], settings: dict[str, object], changed: str
) -> None:
    shop.set_up(**settings)
    shop.notice(remote_order(**facts))

    settings_changed.send(sender=None, channel=shop.channel, changed=frozenset({"buffer"}))
    assert shop.marked() == []
    settings_changed.send(sender=None, channel=shop.channel, changed=frozenset({changed}))

    assert shop.marked() == ["100"]


@pytest.mark.req("PAY-3")
@pytest.mark.req("PAY-1")
def test_a_payment_method_mapped_later_pays_the_sale(shop: Shop) -> None:
    from tests.factories.remote import payment

    order = remote_order(payments=(payment("20.00", method_key="voucher", method_label="Voucher"),))
    shop.notice(order)
    sale = shop.row().sale
    assert sale is not None
    assert sale.payments.count() == 0

    map_payment(shop, "voucher")
    mapping_changed.send(sender=None, channel=shop.channel, kind="payment", remote_keys=frozenset({"voucher"}))
    assert shop.marked() == ["100"]
    shop.handle("100")
    shop.handle("100")

    assert [(each.amount, each.account) for each in sale.payments.all()] == [(D(20), shop.bank)]
    assert not shop.row().issues.filter(code=IssueCode.PAYMENT_UNMAPPED).exists()


def test_an_order_a_poll_saw_unchanged_costs_no_call(shop: Shop) -> None:
    shop.notice(remote_order())
    shop.store.calls.clear()

    outcomes = shop.handle("100", version="v1")

    assert ([outcome.verdict for outcome in outcomes], shop.store.calls) == (["nothing"], [])
    assert shop.row().state == CapturedState.SALE
