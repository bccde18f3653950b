"""Average cost and cost of goods sold (SPEC INV-13), to the fourth decimal."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from inventory import queries
from inventory.enums import Bucket, PostingKind
from inventory.models import Movement, ProductCost
from inventory.services import stock
from inventory.signals import stock_changed
from tests.factories.inventory import NOW, LocationFactory, ProductFactory, default_location, demand, stocked_product
from tests.inventory.test_on_order import act, change, parts
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-13")]
D = Decimal


def bring(product, quantity, cost=None, *, key, kind=PostingKind.OPENING, location=None):
    return stock.change_stock([change(product, quantity, cost, location)], kind=kind, **act(key))


def receive(product, quantity, cost, *, key, location=None):
    stock.change_on_order([change(product, quantity, location=location)], **act(f"{key}/o"))
    return stock.receive_stock([change(product, quantity, cost, location)], **act(key))


def average(product) -> Decimal | None:
    return queries.average_costs([product.pk]).get(product.pk)


def ship(product, quantity, *, key) -> None:
    wanted = [demand(f"line:{key}", product, quantity)]
    stock.allocate_stock(wanted, **act(f"{key}/a"))
    stock.pick_stock(wanted, **act(f"{key}/p"))
    stock.issue_stock(wanted, **act(key))


def test_receipts_move_the_average_and_a_shipment_carries_it() -> None:
    product = ProductFactory()
    receive(product, 10, "2.00", key="r1")
    assert average(product) == D("2")
    receive(product, 20, "3.50", key="r2")
    assert average(product) == D("3")

    ship(product, 7, key="s")

    assert queries.cost_of(["s", "r2", "unknown"]) == {"s": D("21"), "r2": D("-70"), "unknown": D("0")}
    assert average(product) == D("3")
    receive(product, 1, "3.3333", key="r3")
    assert average(product) == D("3.0139")  # (23 × 3 + 3.3333) ÷ 24 = 3.01388…


def test_the_average_is_over_all_locations() -> None:
    product, elsewhere = ProductFactory(), LocationFactory()
    receive(product, 1, "2", key="r1")
    receive(product, 3, "4", key="r2", location=elsewhere)
    assert average(product) == D("3.5")


def test_with_nothing_on_hand_the_next_receipt_sets_the_average() -> None:
    product = ProductFactory()
    receive(product, 4, "2", key="r1")
    ship(product, 4, key="s")
    assert average(product) == D("2")
    receive(product, 5, "9.99", key="r2")
    assert average(product) == D("9.99")


def test_without_a_known_cost_nothing_is_claimed() -> None:
    product = stocked_product(4)
    ship(product, 1, key="s")

    assert average(product) is None
    assert not ProductCost.objects.exists()
    assert Movement.objects.filter(posting__key="s", bucket=Bucket.ON_HAND).get().unit_cost is None
    assert queries.cost_of(["s"]) == {"s": D(0)}

    receive(product, 1, "6", key="r")
    assert average(product) == D("6"), "units of unknown cost take the first one known"


def test_units_without_a_cost_leave_the_average_alone() -> None:
    product = ProductFactory()
    bring(product, 10, "2", key="opening")
    bring(product, 5, key="found", kind=PostingKind.ADJUSTMENT)
    bring(product, 3, key="back", kind=PostingKind.RESTOCK)
    assert average(product) == D("2")
    bring(product, 2, "12", key="counted", kind=PostingKind.ADJUSTMENT)
    assert average(product) == D("3")  # (18 × 2 + 2 × 12) ÷ 20


def test_a_free_receipt_lowers_the_average() -> None:
    product = ProductFactory()
    receive(product, 2, "5", key="r1")
    receive(product, 8, "0", key="r2")
    assert average(product) == D("1")


def test_going_out_by_adjustment_carries_the_average_whatever_was_said() -> None:
    product = ProductFactory()
    bring(product, 10, "2", key="opening")
    bring(product, -4, "99", key="broken", kind=PostingKind.ADJUSTMENT)
    assert queries.cost_of(["broken"]) == {"broken": D("8")}
    assert average(product) == D("2")


def test_a_transfer_keeps_its_worth_there_and_back() -> None:
    product, elsewhere = ProductFactory(), LocationFactory()
    bring(product, 10, "2", key="opening")
    changes = [change(product, -6), change(product, 6, location=elsewhere)]

    stock.change_stock(changes, kind=PostingKind.TRANSFER, **act("move"))
    stock.reverse_posting("move", key="back", at=NOW)

    for key in ("move", "back"):
        rows = Movement.objects.filter(posting__key=key).values_list("unit_cost", flat=True)
        assert list(rows) == [D("2"), D("2")]
    assert queries.cost_of(["move"]) == {"move": D(0)}
    assert (average(product), ProductCost.objects.get().version) == (D("2"), 1)


def test_a_built_product_costs_what_its_parts_carry() -> None:
    kit, pole, cloth = (ProductFactory() for _ in range(3))
    receive(pole, 10, "1.10", key="r1")
    receive(cloth, 10, "4.00", key="r2")
    bring(kit, 1, "10", key="old")

    stock.assemble_stock(
        **parts(kit), quantity=D(3), components={pole.pk: D(8), cloth.pk: D(3)}, **act("build", "assembly:AS-1")
    )

    built = Movement.objects.get(posting__key="build", product=kit)
    assert built.unit_cost == D("6.9333")  # (8 × 1.10 + 3 × 4) ÷ 3
    assert average(kit) == D("7.7")  # (10 + 3 × 6.9333) ÷ 4 = 7.699975
    assert (average(pole), average(cloth)) == (D("1.1"), D("4"))

    stock.reverse_posting("build", key="undo", at=NOW)
    assert average(kit) == D("10.0001")  # 4 × 7.7 − 3 × 6.9333: the average is kept to the fourth decimal
    assert (average(pole), average(cloth)) == (D("1.1"), D("4"))


def test_a_part_of_unknown_cost_leaves_the_built_product_without_one() -> None:
    kit, known, unknown = ProductFactory(), ProductFactory(), stocked_product(5)
    receive(known, 5, "2", key="r")
    components = {known.pk: D(1), unknown.pk: D(1)}
    stock.assemble_stock(**parts(kit), quantity=D(1), components=components, **act("build"))

    assert average(kit) is None
    assert Movement.objects.get(posting__key="build", product=known).unit_cost == D("2")


def test_an_undone_receipt_leaves_the_average() -> None:
    product = ProductFactory()
    receive(product, 10, "2", key="r1")
    receive(product, 10, "4", key="r2")
    assert average(product) == D("3")

    stock.reverse_posting("r2", key="r2/undo", at=NOW)
    assert average(product) == D("2")
    stock.reverse_posting("r1", key="r1/undo", at=NOW)
    assert average(product) == D("2"), "nothing is on hand: the last one known stays"
    receive(product, 1, "7", key="r3")
    assert average(product) == D("7")


def test_an_undone_shipment_comes_back_at_the_cost_it_left_with() -> None:
    product = ProductFactory()
    receive(product, 10, "2", key="r1")
    ship(product, 5, key="s")
    receive(product, 5, "4", key="r2")
    assert average(product) == D("3")

    stock.reverse_posting("s", key="s/undo", at=NOW)

    assert average(product) == D("2.6667")  # (10 × 3 + 5 × 2) ÷ 15
    assert queries.cost_of(["s", "s/undo"]) == {"s": D("10"), "s/undo": D("-10")}


def test_more_worth_than_there_is_does_not_leave() -> None:
    product = ProductFactory()
    receive(product, 10, "2", key="r1")
    receive(product, 10, "8", key="r2")
    ship(product, 9, key="s")
    stock.reverse_posting("r2", key="r2/undo", at=NOW)  # 11 × 5 − 10 × 8 is less than nothing
    assert average(product) == D("5")
    call_command("audit_stock")


@pytest.mark.parametrize("lines", [1, 30])
def test_statements_do_not_grow_with_the_lines(lines, monkeypatch) -> None:
    monkeypatch.setattr(stock_changed, "receivers", [])
    products = [ProductFactory() for _ in range(lines)]
    kit = ProductFactory()
    default_location()
    counts = []

    def counted(call, *args, **kwargs) -> None:
        with statements() as sql:
            call(*args, **kwargs)
        counts.append(len(sql))

    changes = [change(product, 9, "2.5") for product in products]
    counted(stock.change_on_order, [change(product, 18) for product in products], **act("o"))
    counted(stock.receive_stock, changes, **act("first"))
    counted(stock.receive_stock, changes, **act("second"))
    components = {product.pk: D(1) for product in products}
    counted(stock.assemble_stock, **parts(kit), quantity=D(1), components=components, **act("build"))
    counted(stock.reverse_posting, "build", key="unbuild", at=NOW)

    assert counts == [6, 8, 7, 10, 9]


def test_an_adjustment_up_may_say_its_cost(staff) -> None:
    product, other = ProductFactory(sku="TENT"), ProductFactory(sku="POLE")
    bring(other, 10, "2", key="opening")
    data = {"mode": "set_to", "reason": "counted", "form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    for number, (sku, quantity) in enumerate((("TENT", "4"), ("POLE", "9"))):
        place = str(default_location().pk)
        data |= {f"form-{number}-sku": sku, f"form-{number}-location": place, f"form-{number}-quantity": quantity}
        data[f"form-{number}-unit_cost"] = "3.5"

    preview = staff.post(reverse("inventory:adjust"), {**data, "preview": "1"}).content.decode()
    assert preview.count("at 3.5 each") == 1
    fingerprint = preview.partition('name="fingerprint" value="')[2].partition('"')[0]
    staff.post(reverse("inventory:adjust"), {**data, "apply": "1", "fingerprint": fingerprint, "key": "adjustment:k"})

    assert (average(product), average(other)) == (D("3.5"), D("2"))
    assert Movement.objects.get(posting__key="adjustment:k", product=other).unit_cost == D("2"), (
        "what goes out carries the average"
    )
