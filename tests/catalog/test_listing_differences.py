"""What an update would change at a store, field by field."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from catalog.services.differences import differences, only_changes
from channels.models import TaxMapping
from channels.remote import DesiredProduct, DesiredVariant, RemoteImage, RemoteOptionValue, RemoteProduct
from tests.factories.catalog import family, single, variant

TAXES = {
    "full": TaxMapping(remote_key="full", label="Full", rule_id=1),
    "also-full": TaxMapping(remote_key="also-full", label="Also full", rule_id=1),
    "reduced": TaxMapping(remote_key="reduced", label="Reduced", rule_id=2),
}


def ours(**more: Any) -> DesiredProduct:
    """As `theirs` has it, but for what is given; facts of the variant with `v_`."""
    of_variant = {name[2:]: more.pop(name) for name in list(more) if name.startswith("v_")}
    only = DesiredVariant(key="1", variant_id="v-A", **{"sku": "A", **of_variant})
    return DesiredProduct(key="p1", product_id="p-A", variants=(only,), **more)


def theirs(**more: Any) -> RemoteProduct:
    return single("A", "Chair", **more)


def found(desired: DesiredProduct, remote: RemoteProduct) -> list[tuple[str, str, str]]:
    return [(each.field, each.old, each.new) for each in differences(desired, remote, taxes=TAXES)]


@pytest.mark.parametrize(
    ("desired", "remote", "expected"),
    [
        (ours(name="Stool"), theirs(), [("name", "Chair", "Stool")]),
        (ours(name=" Chair "), theirs(), []),
        (ours(brand="Nord"), theirs(brand="Süd"), [("brand", "Süd", "Nord")]),
        (ours(tags=("b", "A")), theirs(tags=("a", "B")), []),
        (ours(tags=("a",)), theirs(tags=("a", "b")), [("tags", "a, b", "a")]),
        (ours(description="One"), theirs(description="<p>One</p>\n"), []),
        (ours(description="<p>One</p><p>Two</p>"), theirs(description="One\n\nTwo"), []),
        (
            ours(description="<p>One two</p>"),
            theirs(description="<p>One</p><p>two</p>"),
            [("description", "One two", "One two")],
        ),
        (ours(tax_key="full"), theirs(tax_key="also-full"), []),
        (ours(tax_key="reduced"), theirs(tax_key="full"), [("tax_key", "Full", "Reduced")]),
        (
            ours(custom_fields=(("Wood", "oak"),)),
            theirs(custom_fields=(("Wood", "ash"),)),
            [("custom_fields", "ash", "oak")],
        ),
        (ours(custom_fields=(("Wood", "oak"),)), theirs(custom_fields=(("Wood", "oak"), ("Oil", "no"))), []),
        (ours(images=(RemoteImage(url="https://a/b.png"),)), theirs(), [("images", "none", "1")]),
        (ours(images=(RemoteImage(url="https://a/b.png"),)), theirs(images=(RemoteImage(url="https://x/y.png"),)), []),
        (ours(v_price=Decimal("12.5")), theirs(price=Decimal("12.50")), []),
        (ours(v_price=Decimal("12.5")), theirs(price=Decimal(9)), [("price", "9.00", "12.50")]),
        (ours(v_sale_price=Decimal(0)), theirs(sale_price=None), []),
        (ours(v_sale_price=Decimal(0)), theirs(sale_price=Decimal(7)), [("sale_price", "7.00", "")]),
        (ours(v_weight=Decimal(1), weight_unit="kg"), theirs(weight=Decimal(1000), weight_unit="g"), []),
        (
            ours(v_weight=Decimal(2), weight_unit="kg"),
            theirs(weight=Decimal(1000), weight_unit="g"),
            [("weight", "1000 g", "2 kg")],
        ),
        (ours(v_length=Decimal(10), length_unit="mm"), theirs(length=Decimal(1), length_unit="cm"), []),
        (ours(v_barcode="4006381333931"), theirs(), [("barcode", "", "4006381333931")]),
        (ours(v_quantity=Decimal(3)), theirs(quantity=Decimal(5)), [("quantity", "5", "3")]),
        (ours(v_quantity=Decimal(3)), theirs(quantity=Decimal(5), tracking="none"), []),
        (ours(v_sku="B"), theirs(), [("sku", "A", "B")]),
    ],
)
@pytest.mark.req("LST-17")
def test_a_field_that_differs_is_named_with_old_and_new(
    desired: DesiredProduct, remote: RemoteProduct, expected: list[tuple[str, str, str]]
) -> None:
    assert found(desired, remote) == expected


def test_nothing_that_is_left_open_differs() -> None:
    remote = theirs(
        price=Decimal(5),
        sale_price=Decimal(4),
        weight=Decimal(1),
        barcode="1",
        brand="B",
        category="C",
        description="D",
        tags=("t",),
        custom_fields=(("a", "b"),),
        quantity=Decimal(9),
    )
    assert found(ours(), remote) == []
    assert only_changes(ours(), remote, taxes=TAXES) is None


def test_only_what_differs_is_sent() -> None:
    desired = ours(
        name="Stool",
        brand="Nord",
        custom_fields=(("Wood", "oak"), ("Oil", "yes")),
        v_price=Decimal(5),
        v_weight=Decimal(1),
    )
    remote = theirs(price=Decimal(4), weight=Decimal(1), brand="Nord", custom_fields=(("Wood", "oak"),))
    sent = only_changes(desired, remote, taxes=TAXES)
    assert sent is not None
    assert (sent.name, sent.brand, sent.custom_fields) == ("Stool", None, (("Oil", "yes"),))
    assert sent.variants == (DesiredVariant(key="1", variant_id="v-A", price=Decimal(5)),)


def test_a_quantity_alone_sends_no_content() -> None:
    assert only_changes(ours(v_quantity=Decimal(3)), theirs(quantity=Decimal(5)), taxes=TAXES) is None


def kin(key: str, sku: str, value: str, *, variant_id: str = "") -> DesiredVariant:
    return DesiredVariant(
        key=key,
        sku=sku,
        variant_id=variant_id,
        options=(RemoteOptionValue(name="Color", value=value),),
        price=Decimal(1),
    )


def test_variations_are_new_or_there_already() -> None:
    remote = family("Shirt", variant("S-1", "Red", price=Decimal(1)), variant("S-2", "Blue", price=Decimal(1)))
    desired = DesiredProduct(
        key="f1",
        product_id=remote.id,
        is_family=True,
        option_names=("Color",),
        variants=(kin("1", "S-1", "Red", variant_id="v-S-1-Red"), kin("2", "s-2", "Blue"), kin("3", "S-3", "Green")),
    )
    changes = differences(desired, remote, taxes=TAXES)
    assert [(each.field, each.sku, each.new) for each in changes] == [
        ("link", "s-2", "s-2 (Blue)"), ("sku", "s-2", "s-2"), ("variation", "S-3", "S-3 (Green)"),
    ]  # fmt: skip
    sent = only_changes(desired, remote, taxes=TAXES)
    assert sent is not None
    assert [(each.key, each.variant_id, each.sku) for each in sent.variants] == [
        ("2", "v-S-2-Blue", "s-2"),
        ("3", "", "S-3"),
    ]
    lost = replace(desired, variants=(kin("1", "S-1", "Red", variant_id="gone"),))
    assert [each.field for each in differences(lost, remote, taxes=TAXES)] == ["link"]


def test_a_sale_price_goes_with_its_price() -> None:
    sent = only_changes(ours(v_price=Decimal(5), v_sale_price=Decimal(4)), theirs(price=Decimal(5)), taxes=TAXES)
    assert sent is not None
    assert (sent.variants[0].price, sent.variants[0].sale_price) == (Decimal(5), Decimal(4))
