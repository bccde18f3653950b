"""What the store changes after an order became a sale (A35)."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from orders.enums import IssueCode, Stage
from orders.models import Invoice, Sale
from orders.services.entries import accept_change
from orders.services.stages import authorize_stage
from tests.factories.channels import member
from tests.factories.remote import line, payment, remote_order, shipping_charge
from tests.orders.shop import NOW, Shop

D = Decimal


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """A sale with a filled draft pick, unpaid."""
    shop.product("TENT", on_hand=10)
    shop.product("ROPE", on_hand=10)
    shop.set_up(fulfillment_mode="no_pick")
    shop.notice(remote_order(line("TENT", 3, "25.00"), line("ROPE", 1), customer_note="Ring"))
    return shop


@pytest.mark.req("A35")
@pytest.mark.req("PAY-3")
def test_a_later_payment_arrives_on_the_sale_once(sold: Shop) -> None:
    paid = remote_order(
        line("TENT", 3, "25.00"), line("ROPE", 1), customer_note="Ring", payments=(payment("50.00"),), version="v2"
    )

    sold.notice(paid)
    sold.notice(paid, version="v2")
    sold.handle("100")

    sale = Sale.objects.get()
    assert [(each.amount, each.state) for each in sale.payments.all()] == [(D(50), "prepayment")]
    assert sold.row().remote_version == "v2"


@pytest.mark.req("A35")
def test_a_new_note_replaces_the_old_one_and_keeps_what_people_wrote(sold: Shop) -> None:
    Sale.objects.update(shipping_notes="Fragile!")

    sold.notice(remote_order(line("TENT", 3, "25.00"), line("ROPE", 1), customer_note="Ring twice"))

    sale = Sale.objects.get()
    assert (sale.comments, sale.shipping_notes) == ("Ring twice", "Fragile!\nRing twice")
    assert sold.row().customer_note == "Ring twice"


@pytest.mark.req("A35")
def test_edited_lines_apply_while_nothing_is_picked(sold: Shop) -> None:
    authorize = Sale.objects.get()
    assert authorize.order_state == "authorized"
    edited = remote_order(
        line("TENT", 5, "25.00"), line("MUG", 1), charges=[shipping_charge("7.00")], customer_note="Ring"
    )
    sold.product("MUG", on_hand=1)

    sold.notice(edited)

    sale = Sale.objects.get()
    assert (sale.total, sale.tax) == (edited.total, edited.total_tax)
    invoice = Invoice.objects.get(sale=sale)
    assert (invoice.total, invoice.tax) == (edited.total, edited.total_tax)
    assert [(each.sku, each.quantity) for each in sale.lines.all()] == [("TENT", D(5)), ("MUG", D(1))]
    assert sale.charges.get().amount == D(7)
    assert sold.held() == [("MUG", "Main warehouse", D(1)), ("TENT", "Main warehouse", D(5))]
    assert not sold.row().issues.exists()
    call_command("audit_stock")
    authorize_stage(sale.pk, stage=Stage.PICK, version=None, user=None, now=NOW)


@pytest.mark.req("A35")
def test_edited_lines_after_the_pick_become_a_difference_to_settle(sold: Shop) -> None:
    sale = Sale.objects.get()
    authorize_stage(sale.pk, stage=Stage.PICK, version=None, user=None, now=NOW)
    edited = remote_order(line("TENT", 1, "25.00"), line("MUG", 1), customer_note="Ring", payments=(payment("9.00"),))

    sold.notice(edited)
    sold.notice(edited)

    issue = sold.row().issues.get(code=IssueCode.CHANGED_IN_STORE)
    assert issue.detail.splitlines() == [
        "TENT: 3 × 25 = 75 + 14.25 → 1 × 25 = 25 + 4.75",
        "MUG: added, 1 × 10 = 10 + 1.9",
        "ROPE: removed",
        "Total: 107.1 → 47.6",
    ]
    assert [(each.sku, each.quantity) for each in Sale.objects.get().lines.all()] == [("TENT", D(3)), ("ROPE", D(1))]
    assert Sale.objects.get().total == D("107.10")
    assert sale.payments.get().amount == D(9)
    call_command("audit_stock")

    accept_change(sold.row(), user=member(), now=NOW)
    sold.notice(edited)
    assert not sold.row().issues.filter(code=IssueCode.CHANGED_IN_STORE).exists()


@pytest.mark.req("A35")
def test_a_change_that_is_taken_back_ends_the_difference(sold: Shop) -> None:
    authorize_stage(Sale.objects.get().pk, stage=Stage.PICK, version=None, user=None, now=NOW)
    sold.notice(remote_order(line("TENT", 1, "25.00"), customer_note="Ring"))

    sold.notice(remote_order(line("TENT", 3, "25.00"), line("ROPE", 1), customer_note="Ring", version="v9"))

    assert not sold.row().issues.filter(code=IssueCode.CHANGED_IN_STORE).exists()


@pytest.mark.req("A35")
def test_an_edit_that_does_not_add_up_is_never_applied(sold: Shop) -> None:
    sold.notice(remote_order(line("TENT", 1, "25.00"), customer_note="Ring", total=D("1.00")))

    assert Sale.objects.get().total == D("107.10")
    assert sold.row().issues.filter(code=IssueCode.CHANGED_IN_STORE).exists()
