"""Purchase orders: what moves, what is refused, what happens once (SPEC INV-9)."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from inventory.enums import PurchaseState, RecordStatus
from inventory.models import (
    AuditEntry,
    Location,
    Movement,
    Product,
    ProductCost,
    Purchase,
    Receipt,
    Supplier,
)
from inventory.services.purchase_receipts import undo_receipt
from inventory.services.purchases import (
    PurchaseChanged,
    PurchaseRefused,
    PurchaseTerms,
    WantedLine,
    close_rest,
    create_purchase,
    edit_purchase,
    note_answer,
    order_purchase,
    undo_ordering,
    void_purchase,
)
from tests.factories.inventory import LocationFactory, ServiceFactory, put_on_hand
from tests.inventory.buying import WHO, D, arrive, draft, level, ordered, rows, state

pytestmark = pytest.mark.django_db


@pytest.mark.req("INV-9")
def test_ordering_raises_on_order_and_receiving_in_parts_raises_on_hand(
    supplier: Supplier, place: Location, tent: Product, rope: Product
) -> None:
    purchase = draft(supplier, place, (tent, 10, "40.00"), (rope, 5, "3.50"))
    assert (purchase.number, purchase.state) == ("PO-1", PurchaseState.DRAFT)
    assert (level(tent, place), rows()) == ((D(0), D(0)), (0, 0))

    order_purchase(purchase.pk, version=0, **WHO)
    assert (level(tent, place), level(rope, place)) == ((D(0), D(10)), (D(0), D(5)))
    assert state(purchase) == PurchaseState.ORDERED

    arrive(purchase, 4)
    assert (level(tent, place), level(rope, place), state(purchase)) == (
        (D(4), D(6)),
        (D(0), D(5)),
        PurchaseState.PARTLY,
    )
    arrive(purchase, 6, 5)
    assert (level(tent, place), level(rope, place)) == ((D(10), D(0)), (D(5), D(0)))
    assert state(purchase) == PurchaseState.RECEIVED
    assert [receipt.number for receipt in purchase.receipts.all()] == [1, 2]
    assert {movement.posting.document_key for movement in Movement.objects.all()} == {"purchase:PO-1"}
    call_command("audit_stock")


@pytest.mark.req("INV-9")
@pytest.mark.req("INV-13")
def test_the_cost_in_base_currency_moves_the_average(supplier: Supplier, place: Location, tent: Product) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40.00"), currency="USD", rate=D("0.9"))
    arrive(purchase, 10)
    assert ProductCost.objects.get(product=tent).average == D("36.0000")

    arrive(ordered(supplier, place, (tent, 10, "46.00")), 10)
    assert ProductCost.objects.get(product=tent).average == D("41.0000")
    assert [line.unit_cost for receipt in Receipt.objects.all() for line in receipt.lines.all()] == [36, 46]


@pytest.mark.req("INV-9")
def test_more_than_ordered_is_refused_in_words_and_nothing_moves(
    supplier: Supplier, place: Location, tent: Product, rope: Product
) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"), (rope, 5, "3"))
    arrive(purchase, 4)
    before = rows()

    with pytest.raises(PurchaseRefused) as refused:
        arrive(purchase, 7, 1)
    assert refused.value.message == (
        "More than was ordered: TENT: 7 entered, 6 still on order. Nothing was received. "
        "Put what came on top on an order of its own."
    )
    with pytest.raises(PurchaseRefused, match="Enter how many arrived"):
        arrive(purchase, 0, 0)
    with pytest.raises(PurchaseRefused, match="not below zero"):
        arrive(purchase, -1)
    assert (rows(), level(tent, place), level(rope, place)) == (before, (D(4), D(6)), (D(0), D(5)))
    assert purchase.receipts.count() == 1


@pytest.mark.req("INV-9")
def test_the_same_form_sent_twice_receives_once(supplier: Supplier, place: Location, tent: Product) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"))
    version = Purchase.objects.get(pk=purchase.pk).version

    first = arrive(purchase, 4, key="form:a", version=version)
    again = arrive(purchase, 4, key="form:a", version=version)

    assert (first, level(tent, place)) == (again, (D(4), D(6)))


def test_the_same_form_sent_twice_drafts_once(supplier: Supplier, place: Location, tent: Product) -> None:
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=place.pk)
    lines = [WantedLine(product_id=tent.pk, quantity=D(3))]
    first = create_purchase(terms, lines=lines, key="form:1", **WHO)

    assert create_purchase(terms, lines=lines, key="form:1", **WHO) == first
    assert Purchase.objects.count() == 1


@pytest.mark.req("APP-13")
def test_a_change_on_an_old_version_is_refused(supplier: Supplier, place: Location, tent: Product) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"))
    arrive(purchase, 1)
    before = rows()

    with pytest.raises(PurchaseChanged):
        arrive(purchase, 1, key="other", version=purchase.version)
    assert (rows(), level(tent, place)) == (before, (D(1), D(9)))


@pytest.mark.req("INV-9")
def test_undoing_a_receipt_takes_the_goods_back_by_mirror_rows(
    supplier: Supplier, place: Location, tent: Product
) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"))
    receipt = arrive(purchase, 10)
    count = Movement.objects.count()

    for _twice in range(2):
        undo_receipt(receipt.pk, version=None, **WHO)
        assert (level(tent, place), state(purchase)) == ((D(0), D(10)), PurchaseState.ORDERED)
    assert Movement.objects.count() == count + 2
    arrive(purchase, 3)
    assert (level(tent, place), state(purchase)) == ((D(3), D(7)), PurchaseState.PARTLY)
    call_command("audit_stock")


@pytest.mark.req("INV-9")
def test_a_receipt_whose_goods_are_gone_stays(supplier: Supplier, place: Location, tent: Product) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"))
    receipt = arrive(purchase, 10)
    put_on_hand({tent: -8}, location=place)
    before = rows()

    with pytest.raises(PurchaseRefused) as refused:
        undo_receipt(receipt.pk, version=None, **WHO)
    assert refused.value.message.startswith(
        "This receipt cannot be undone: its goods were picked, sold or used since. Not enough stock. TENT at"
    )
    assert (rows(), level(tent, place), state(purchase)) == (before, (D(2), D(0)), PurchaseState.RECEIVED)
    assert not Receipt.objects.get(pk=receipt.pk).is_undone


@pytest.mark.req("INV-9")
def test_undoing_the_order_releases_what_is_on_order(supplier: Supplier, place: Location, tent: Product) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"))
    undo_ordering(purchase.pk, version=None, **WHO)
    assert (level(tent, place), state(purchase)) == ((D(0), D(0)), PurchaseState.DRAFT)

    order_purchase(purchase.pk, version=None, **WHO)
    assert level(tent, place) == (D(0), D(10))
    receipt = arrive(purchase, 1)
    with pytest.raises(PurchaseRefused, match="Part of PO-1 has arrived: undo that receipt first"):
        undo_ordering(purchase.pk, version=None, **WHO)
    with pytest.raises(PurchaseRefused, match="Part of PO-1 has arrived"):
        void_purchase(purchase.pk, version=None, **WHO)
    undo_receipt(receipt.pk, version=None, **WHO)
    void_purchase(purchase.pk, version=None, **WHO)
    assert (level(tent, place), state(purchase)) == ((D(0), D(0)), PurchaseState.VOIDED)
    call_command("audit_stock")


@pytest.mark.req("INV-9")
def test_a_short_delivery_is_closed_and_can_still_be_taken_back(
    supplier: Supplier, place: Location, tent: Product, rope: Product
) -> None:
    purchase = ordered(supplier, place, (tent, 10, "40"), (rope, 5, "3"))
    with pytest.raises(PurchaseRefused, match="nothing has arrived"):
        close_rest(purchase.pk, version=None, **WHO)
    receipt = arrive(purchase, 7)

    close_rest(purchase.pk, version=None, **WHO)
    assert (level(tent, place), level(rope, place)) == ((D(7), D(0)), (D(0), D(0)))
    assert state(purchase) == PurchaseState.RECEIVED
    assert [(line.received, line.closed, line.outstanding) for line in purchase.lines.all()] == [(7, 3, 0), (0, 5, 0)]
    with pytest.raises(PurchaseRefused, match="has arrived"):
        arrive(purchase, 1)

    undo_receipt(receipt.pk, version=None, **WHO)
    assert (level(tent, place), state(purchase)) == ((D(0), D(7)), PurchaseState.ORDERED)
    undo_ordering(purchase.pk, version=None, **WHO)
    assert (level(tent, place), [line.closed for line in purchase.lines.all()]) == ((D(0), D(0)), [0, 0])
    call_command("audit_stock")


def test_a_draft_is_edited_and_an_ordered_one_only_noted(
    supplier: Supplier, place: Location, tent: Product, rope: Product
) -> None:
    purchase = draft(supplier, place, (tent, 10, "40"))
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=place.pk, note="by rail")
    wanted = [WantedLine(product_id=rope.pk, quantity=D(2), unit_cost=D("3.5"))]
    edit_purchase(purchase.pk, terms=terms, lines=wanted, version=0, **WHO)
    assert [(line.product, line.quantity, line.unit_cost) for line in purchase.lines.all()] == [(rope, 2, D("3.5"))]
    entry = AuditEntry.objects.filter(object_key=f"purchase:{purchase.pk}").first()
    assert entry is not None
    assert entry.changes == {"note": ["", "by rail"], "ROPE": [None, "2 × 3.5000"]}

    order_purchase(purchase.pk, version=1, **WHO)
    with pytest.raises(PurchaseRefused, match="is ordered and nothing has arrived"):
        edit_purchase(purchase.pk, terms=terms, lines=wanted, version=None, **WHO)
    noted = note_answer(
        purchase.pk, expected_on=date(2026, 3, 20), supplier_reference="A-77", note="", version=2, **WHO
    )
    assert (noted.expected_on, noted.supplier_reference, noted.note) == (date(2026, 3, 20), "A-77", "")


def test_nonsense_is_refused(supplier: Supplier, place: Location, tent: Product) -> None:
    service = ServiceFactory(sku="WORK")
    gone = LocationFactory(status=RecordStatus.DEPRECATED)
    for lines, where, words in (
        ([], place, "at least one product"),
        ([(tent, 0, None)], place, "above zero"),
        ([(tent, 1, "-1")], place, "not below zero"),
        ([(tent, 1, None), (tent, 2, None)], place, "twice: TENT"),
        ([(service, 1, None)], place, "not WORK"),
        ([(tent, 1, None)], gone, "active location"),
        ([(tent, 1, None)], None, "active location"),
    ):
        with pytest.raises(PurchaseRefused, match=words):
            draft(supplier, where, *lines)
    with pytest.raises(PurchaseRefused, match="exchange rate"):
        draft(supplier, place, (tent, 1, None), currency="USD", rate=D(0))
    assert (Purchase.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.req("INV-9")
def test_a_line_that_arrived_once_is_changed_but_stays(
    supplier: Supplier, place: Location, tent: Product, rope: Product
) -> None:
    purchase = ordered(supplier, place, (tent, 10, "4"))
    undo_receipt(arrive(purchase, 4).pk, version=None, **WHO)
    undo_ordering(purchase.pk, version=None, **WHO)
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=place.pk)

    other = [WantedLine(product_id=rope.pk, quantity=D(2))]
    with pytest.raises(PurchaseRefused, match="TENT arrived once, so it stays on PO-1"):
        edit_purchase(purchase.pk, terms=terms, lines=other, version=None, **WHO)
    assert [(line.product.sku, line.quantity) for line in purchase.lines.all()] == [("TENT", 10)]

    both = [*other, WantedLine(product_id=tent.pk, quantity=D(3), unit_cost=D("4.5"))]
    edit_purchase(purchase.pk, terms=terms, lines=both, version=None, **WHO)
    assert [(line.product.sku, line.quantity, line.unit_cost) for line in purchase.lines.all()] == [
        ("TENT", 3, D("4.5")),
        ("ROPE", 2, None),
    ]
    order_purchase(purchase.pk, version=None, **WHO)
    arrive(purchase, 3, 2, key="again")
    assert (level(tent, place), level(rope, place)) == ((3, 0), (2, 0))
    call_command("audit_stock")


@pytest.mark.parametrize(
    ("cost", "terms"),
    [
        ("999999999999999.9999", {}),
        ("1", {"currency": "USD", "rate": D("9999999999.99999999")}),
        ("99999999999", {"currency": "USD", "rate": D(7)}),
    ],
)
def test_amounts_that_cannot_be_kept_are_refused(
    supplier: Supplier, place: Location, tent: Product, cost: str, terms: dict[str, Any]
) -> None:
    with pytest.raises(PurchaseRefused, match=r"unit cost is more|exchange rate"):
        draft(supplier, place, (tent, 1, cost), **terms)
    assert not Purchase.objects.exists()
