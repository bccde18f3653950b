"""A pending order becomes exactly one sale (SPEC PND-2, PND-3, PND-5, CUS-3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.models import CustomerLink
from channels.remote import RemoteAddress, RemoteCustomer
from inventory.enums import AddressType
from inventory.models import Address, Allocation, Customer
from orders.enums import CapturedBy, CapturedState, IssueCode
from orders.errors import EntryRefused
from orders.models import CapturedOrder, Sale, SaleSource
from orders.services.bulk import process_selected
from orders.services.processing import CLAIM_SECONDS, process_many, process_order
from tests.factories.channels import member
from tests.factories.remote import line, remote_order
from tests.orders.shop import NOW, Shop

D = Decimal


@pytest.mark.req("PND-2")
@pytest.mark.req("A37")
@pytest.mark.req("INV-4")
@pytest.mark.parametrize("version", ["", "v1"])
def test_an_order_by_notice_or_poll_becomes_a_sale_by_itself(shop: Shop, version: str) -> None:
    tent = shop.product("TENT", on_hand=10)

    outcomes = shop.notice(remote_order(line("TENT", 3, "25.00"), pay=True), version=version)

    row = shop.row()
    assert [outcome.verdict for outcome in outcomes] == ["done"]
    assert row.state == CapturedState.SALE
    sale = row.sale
    assert sale is not None
    assert (sale.customer.name, sale.total, sale.customer_reference) == ("Wiebke Harmsen", D("95.20"), "100")
    assert (sale.shipping["city"], sale.billing["city"]) == ("Kiel", "Flensburg")
    assert [(each.sku, each.quantity, each.total) for each in sale.lines.all()] == [("TENT", D(3), D(75))]
    assert sale.payments.get().amount == D("95.20")
    assert shop.level(tent) == (D(10), D(3))  # net zero
    assert Allocation.objects.get().document_key == sale.document_key
    assert row.captured_by == ("poll" if version else "notice")
    call_command("audit_stock")


@pytest.mark.req("HIS-5")
@pytest.mark.req("PND-3")
def test_a_loaded_order_waits_for_process(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3))
    shop.capture(order, by=CapturedBy.LOADED)

    shop.notice(order)
    assert shop.row().state == CapturedState.PENDING
    sale = process_order(shop.row().pk, user=None, now=NOW)

    assert shop.row().sale == sale
    assert Sale.objects.count() == 1


@pytest.mark.req("PND-2")
def test_processing_twice_gives_the_same_sale(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    row = shop.capture(remote_order(line("TENT", 3)))

    first = process_order(row.pk, now=NOW)
    second = process_order(row.pk, now=NOW)

    assert first == second
    assert (Sale.objects.count(), SaleSource.objects.count()) == (1, 1)


@pytest.mark.req("PND-5")
@pytest.mark.req("SET-5")
def test_without_default_customer_an_order_is_blocked_and_resumes(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    shop.set_up(customer=None)

    shop.notice(remote_order(line("TENT", 3)))

    row = shop.row()
    assert (row.state, [issue.code for issue in row.issues.all()]) == ("blocked", [IssueCode.NO_CUSTOMER])
    assert shop.level(tent) == (D(10), D(3))
    with pytest.raises(EntryRefused, match="No default customer"):
        process_order(row.pk, now=NOW)
    assert Sale.objects.count() == 0

    shop.set_up(customer=shop.default_customer)
    shop.notice(remote_order(line("TENT", 3)))

    assert shop.row().state == CapturedState.SALE
    assert shop.level(tent) == (D(10), D(3))


@pytest.mark.req("PND-5")
@pytest.mark.req("SET-33")
def test_without_default_location_an_order_is_blocked_and_moves_when_one_is_chosen(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    shop.set_up(default_location=None)

    shop.notice(remote_order(line("TENT", 3)))

    assert [issue.code for issue in shop.row().issues.all()] == [IssueCode.NO_LOCATION]
    assert shop.held() == [("TENT", "Main warehouse", D(3))]

    shop.set_up(location=shop.second)
    shop.notice(remote_order(line("TENT", 3)))

    assert (shop.row().state, shop.row().location) == ("sale", shop.second)
    assert shop.held() == [("TENT", "Second", D(3))]
    call_command("audit_stock")


@pytest.mark.req("PND-5")
@pytest.mark.req("SET-32")
def test_an_unmapped_store_location_blocks(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)

    shop.notice(remote_order(line("TENT", 3), location_id="9"))

    row = shop.row()
    assert (row.state, [(issue.code, issue.key) for issue in row.issues.all()]) == (
        "blocked",
        [(IssueCode.LOCATION_UNMAPPED, "9")],
    )
    assert shop.channel.location_mappings.get().remote_key == "9"


@pytest.mark.req("CUS-3")
@pytest.mark.req("MPW-20")
@pytest.mark.req("A56")
def test_the_orders_own_customer_is_made_once_and_linked(shop: Shop) -> None:
    shop.notice(remote_order(id="1"), remote_order(id="2"))

    link = CustomerLink.objects.get()
    assert (link.remote_id, link.customer.name, link.customer.email) == ("c1", "Wiebke Harmsen", "wiebke@shop.example")
    assert {row.sale.customer for row in (shop.row("1"), shop.row("2")) if row.sale} == {link.customer}
    kinds = set(Address.objects.filter(customer=link.customer).values_list("type", "city"))
    assert kinds == {("billing", "Flensburg"), ("shipping", "Kiel")}


@pytest.mark.req("CUS-3")
@pytest.mark.req("SET-5")
def test_a_guest_is_found_by_email_and_one_without_a_name_is_the_default_customer(shop: Shop) -> None:
    known = Customer.objects.create(name="W. Harmsen", email="wiebke@shop.example")
    Address.objects.create(customer=shop.default_customer, type=AddressType.BILLING, city="Husum", is_default=True)

    shop.notice(
        remote_order(id="1", customer=RemoteCustomer(email="WIEBKE@shop.example")),
        remote_order(id="2", customer=RemoteCustomer(), billing=RemoteAddress(), shipping=None),
    )

    guest, nobody = shop.row("1").sale, shop.row("2").sale
    assert guest is not None
    assert nobody is not None
    assert guest.customer == known
    assert (nobody.customer, nobody.billing["city"]) == (shop.default_customer, "Husum")


@pytest.mark.req("MPW-3")
def test_billing_falls_back_to_shipping(shop: Shop) -> None:
    shop.notice(remote_order(billing=RemoteAddress()))

    sale = shop.row().sale
    assert sale is not None
    assert sale.billing["city"] == "Kiel"


@pytest.mark.req("LOG-5")
@pytest.mark.req("A3")
def test_an_order_that_has_a_sale_is_linked_and_not_captured_again(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3))
    shop.notice(order)
    sale = Sale.objects.get()
    CapturedOrder.objects.all().delete()  # as disconnecting does

    shop.notice(order)

    row = shop.row()
    assert (row.state, row.sale) == ("sale", sale)
    assert (Sale.objects.count(), SaleSource.objects.count()) == (1, 1)
    assert shop.level(tent) == (D(10), D(3))


@pytest.mark.req("LOG-5")
def test_a_sale_that_appears_during_processing_is_the_answer_not_an_error(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    row = shop.capture(remote_order(line("TENT", 3)))
    sale = process_order(shop.capture(remote_order(line("TENT", 3), id="other")).pk, now=NOW)
    SaleSource.objects.create(
        platform="bigcommerce", store_identity=shop.channel.store_identity, remote_id="100", sale=sale
    )

    assert process_order(row.pk, now=NOW) == sale

    assert (shop.row().state, shop.row().sale) == ("sale", sale)
    assert shop.level(tent) == (D(10), D(3))  # only what the sale holds
    call_command("audit_stock")


@pytest.mark.req("JOB-5")
def test_a_claim_that_ran_out_is_taken_over(shop: Shop) -> None:
    row = shop.capture(remote_order())
    CapturedOrder.objects.filter(pk=row.pk).update(
        state="processing", claim_token="gone", claimed_until=NOW + timedelta(seconds=CLAIM_SECONDS)
    )

    with pytest.raises(EntryRefused, match="being processed"):
        process_order(row.pk, now=NOW)
    sale = process_order(row.pk, now=NOW + timedelta(seconds=CLAIM_SECONDS + 1))

    assert shop.row().sale == sale


@pytest.mark.req("PND-3")
def test_one_refused_order_does_not_keep_the_others(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    good = shop.capture(remote_order(line("TENT", 1), id="1"))
    bad = shop.capture(remote_order(line("TENT", 1), id="2", total=D(1)))

    results = process_many([bad.pk, good.pk], user=None, now=NOW)

    assert [(each.number, each.sale is not None) for each in results] == [("1", True), ("2", False)]
    assert results[1].reason == "Order 2 is blocked: Totals differ."


@pytest.mark.req("PND-3")
@pytest.mark.req("GEN-3")
def test_many_orders_are_processed_as_an_activity(shop: Shop) -> None:
    from channels.registry import registry
    from inventory.models import Run

    shop.product("TENT", on_hand=100)
    ids = [shop.capture(remote_order(line("TENT", 1), id=str(number))).pk for number in range(30)]

    result = process_selected(ids, user=member("Operator"), now=NOW)

    (run,) = result.runs
    assert Sale.objects.count() == 0
    step = registry.run_steps["orders.process"]
    first = step(shop.channel, shop.store, run)  # type: ignore[arg-type]
    again = step(shop.channel, shop.store, run)  # type: ignore[arg-type]
    assert (len(first.outcomes), len(again.outcomes), first.finished, first.total) == (25, 25, False, 30)
    assert Sale.objects.count() == 25
    run.cursor = first.cursor
    last = step(shop.channel, shop.store, run)  # type: ignore[arg-type]
    assert (len(last.outcomes), last.finished) == (5, True)
    assert Sale.objects.count() == 30
    assert Run.objects.get().scope_key == shop.channel.scope_key
