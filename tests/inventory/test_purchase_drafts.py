"""Purchase orders drafted for a sale's customer or from the low-stock list (SPEC INV-8, INV-9, INV-18)."""

import pytest

from inventory import documents
from inventory.enums import PurchaseState
from inventory.models import Location, Product, ReorderLevel, StockPosting, Supplier
from inventory.services.purchase_drafts import draft_for, draft_from_reorder
from inventory.services.purchase_receipts import Arrived, receive_purchase, record_dispatch
from inventory.services.purchases import PurchaseRefused, PurchaseTerms, WantedLine, edit_purchase, order_purchase
from inventory.signals import purchase_received
from tests.factories.inventory import LocationFactory, ProductFactory, put_on_hand
from tests.inventory.buying import WHO, D, ordered, rows, state

pytestmark = pytest.mark.django_db


@pytest.mark.req("INV-8")
@pytest.mark.req("A61")
def test_what_goes_to_a_customer_moves_nothing_here(supplier: Supplier, place: Location, tent: Product) -> None:
    wanted = {supplier.pk: [WantedLine(product_id=tent.pk, quantity=D(2), owner_key="order-line:1")]}
    heard: list[tuple[int, int]] = []

    def hear(sender: object, *, purchase_id: int, receipt_id: int, **_more: object) -> None:
        heard.append((purchase_id, receipt_id))

    (purchase,) = draft_for("adjustment:9", wanted=wanted, ship_to={"city": "Kiel"}, **WHO)
    assert draft_for("adjustment:9", wanted=wanted, ship_to={}, **WHO) == [purchase]
    assert (purchase.location, purchase.ship_to, purchase.lines.count()) == (None, {"city": "Kiel"}, 1)
    line = purchase.lines.get()
    order_purchase(purchase.pk, version=None, **WHO)
    with pytest.raises(PurchaseRefused, match="goes to a customer and never arrives here"):
        receive_purchase(purchase.pk, units={line.pk: D(2)}, key="a", version=None, **WHO)

    purchase_received.connect(hear)
    try:
        receipt = record_dispatch(
            purchase.pk,
            arrived=Arrived(units={line.pk: D(2)}, carrier="DHL", tracking_number="JJD01"),
            key="b",
            version=None,
            **WHO,
        )
    finally:
        purchase_received.disconnect(hear)
    assert (heard, rows(), state(purchase)) == ([(purchase.pk, receipt.pk)], (0, 0), PurchaseState.RECEIVED)
    assert (receipt.carrier, receipt.tracking_number, receipt.posting_key) == ("DHL", "JJD01", "")


def test_a_drop_shipment_keeps_its_goods_and_takes_prices(supplier: Supplier, place: Location, tent: Product) -> None:
    wanted = WantedLine(product_id=tent.pk, quantity=D(2), owner_key="order-line:1")
    (purchase,) = draft_for("adjustment:9", wanted={supplier.pk: [wanted]}, ship_to={}, **WHO)
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=None)

    more = WantedLine(product_id=tent.pk, quantity=D(3), owner_key="order-line:1")
    with pytest.raises(PurchaseRefused, match="only prices and terms"):
        edit_purchase(purchase.pk, terms=terms, lines=[more], version=None, **WHO)
    priced = WantedLine(product_id=tent.pk, quantity=D(2), unit_cost=D(31), owner_key="order-line:1")
    edit_purchase(purchase.pk, terms=terms, lines=[priced], version=None, **WHO)
    assert [(line.quantity, line.unit_cost) for line in purchase.lines.all()] == [(2, 31)]

    other = WantedLine(product_id=tent.pk, quantity=D(1), owner_key="order-line:2")
    (next_one,) = draft_for("adjustment:10", wanted={supplier.pk: [other]}, ship_to={}, **WHO)
    assert next_one.lines.get().unit_cost == 31, "starts with the price he last took"


@pytest.mark.req("INV-9")
@pytest.mark.req("INV-18")
def test_low_stock_becomes_one_draft_a_supplier_and_location(
    supplier: Supplier, place: Location, tent: Product, rope: Product
) -> None:
    other, second = Supplier.objects.create(name="Other"), LocationFactory(name="Second")
    lamp, odd = ProductFactory(sku="LAMP", supplier=other), ProductFactory(sku="ODD")
    Product.objects.filter(pk__in=[tent.pk, rope.pk]).update(supplier=supplier)
    put_on_hand({tent: 2, rope: 1}, location=place)
    for product, where, at, up_to in (
        (tent, place, 5, 20), (rope, place, 3, None), (tent, second, 1, 4), (lamp, place, 0, None),
    ):  # fmt: skip
        ReorderLevel.objects.create(product=product, location=where, level=at, quantity=up_to)
    ordered(supplier, place, (tent, 3, "40"))
    places = [(tent.pk, place.pk), (rope.pk, place.pk), (tent.pk, second.pk), (lamp.pk, place.pk), (odd.pk, place.pk)]

    made = draft_from_reorder(places, key="low:1", **WHO)
    again = draft_from_reorder(places, key="low:1", **WHO)

    assert made.without_supplier == ["ODD"]
    assert again.purchases == made.purchases
    assert sorted(
        (str(each.supplier), str(each.location), line.product.sku, line.quantity, line.unit_cost)
        for each in made.purchases
        for line in each.lines.all()
    ) == [
        ("Alpine Wholesale", str(place), "ROPE", D(3), None),
        ("Alpine Wholesale", str(place), "TENT", D(15), D(40)),
        ("Alpine Wholesale", "Second", "TENT", D(4), D(40)),
        ("Other", str(place), "LAMP", D(1), None),
    ]
    with pytest.raises(PurchaseRefused, match="None of these products has a supplier"):
        draft_from_reorder([(odd.pk, place.pk)], **WHO)


def test_movements_name_the_purchase_order(supplier: Supplier, place: Location, tent: Product) -> None:
    purchase = ordered(supplier, place, (tent, 1, "40"))
    key = StockPosting.objects.get().document_key
    assert documents.resolve([key])[key].label == purchase.number
