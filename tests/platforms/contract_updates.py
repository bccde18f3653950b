"""What every platform's adapter keeps when it changes products (see contract.py)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from channels.ports import Capability, Platform, PlatformSpec
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    RemoteImage,
    RemoteOptionValue,
    StockItem,
    StockUpdate,
)
from tests.platforms.conftest import Shopkeeper
from tests.platforms.wanted import WantedProducts


class UpdateContract(WantedProducts):
    # -- changing

    def test_only_what_is_given_changes(self, platform: Platform, keeper: Shopkeeper) -> None:
        wanted, before = self.made(platform, self.simple(keeper))
        variant = DesiredVariant(key="v1", variant_id=wanted.variants[0].variant_id, price=Decimal("21.5"))
        change = DesiredProduct(key="p1", product_id=wanted.product_id, variants=(variant,), name="Contract mug II")
        (result,) = platform.products.update([change])
        assert (result.key, result.error, result.product_id) == ("p1", "", wanted.product_id)
        after = self.read(platform, wanted.product_id)
        (old,) = before.variants
        expected = replace(
            before, name="Contract mug II", variants=(replace(old, price=Decimal("21.5")),), modified_at=None, url=""
        )
        assert replace(after, modified_at=None, url="") == expected

    def test_variations_change_each_for_itself(self, platform: Platform) -> None:
        wanted, _before = self.made(platform, self.family())
        first, second, third = wanted.variants
        change = replace(
            wanted,
            name=None,
            variants=(
                replace(first, price=Decimal("25.10")),
                replace(third, sku="CS-c2", sale_price=Decimal("20.00")),
            ),
        )
        assert [entry.error for entry in platform.products.update([change])] == [""]
        rows = {entry.id: entry for entry in self.read(platform, wanted.product_id).variants}
        assert rows[first.variant_id].price == Decimal("25.10")
        assert (rows[second.variant_id].price, rows[second.variant_id].sku) == (second.price, second.sku)
        assert (rows[third.variant_id].sku, rows[third.variant_id].sale_price) == ("CS-c2", Decimal(20))

    def test_a_sale_price_is_taken_away(self, platform: Platform, keeper: Shopkeeper) -> None:
        wanted, _before = self.made(platform, self.simple(keeper))
        variant = DesiredVariant(key="v1", variant_id=wanted.variants[0].variant_id, sale_price=Decimal(0))
        change = DesiredProduct(key="p1", product_id=wanted.product_id, variants=(variant,))
        assert platform.products.update([change])[0].error == ""
        assert self.read(platform, wanted.product_id).variants[0].sale_price is None

    def test_measures_come_in_the_stores_units(self, platform: Platform, keeper: Shopkeeper) -> None:
        wanted, before = self.made(platform, self.simple(keeper))
        assert (before.weight_unit, before.length_unit) == ("kg", "cm")
        old = wanted.variants[0]
        variant = DesiredVariant(key="v1", variant_id=old.variant_id, weight=Decimal(410), height=Decimal("98"))
        change = DesiredProduct(
            key="p1", product_id=wanted.product_id, variants=(variant,), weight_unit="g", length_unit="mm"
        )
        assert platform.products.update([change])[0].error == ""
        (found,) = self.read(platform, wanted.product_id).variants
        assert (found.weight, found.height) == (Decimal("0.41"), Decimal("9.8"))

    @pytest.mark.req("LST-17")
    def test_pictures_of_theirs_stay(self, platform: Platform, keeper: Shopkeeper) -> None:
        """Ours are added where they are asked for, once; nobody's are taken away."""
        ours = tuple(RemoteImage(url=f"{keeper.url}/_static/product-{number}.png") for number in (1, 2))
        wanted, before = self.made(platform, self.simple(keeper, images=ours[:1]))
        for images in ((), None, ours, ours):
            change = DesiredProduct(key="p1", product_id=wanted.product_id, images=images)
            assert platform.products.update([change])[0].error == ""
        after = self.read(platform, wanted.product_id)
        assert after.images[:1] == before.images
        assert len(after.images) == 2

    @pytest.mark.req("LST-17")
    def test_custom_fields_that_we_do_not_know_stay(self, platform: Platform, keeper: Shopkeeper) -> None:
        if not self.keeps_custom_fields:
            pytest.skip("the platform has no custom fields")
        fields = (("Volume", "0.4 l"), ("Color", "Blue"))
        wanted, _before = self.made(platform, self.simple(keeper, custom_fields=fields))
        change = DesiredProduct(
            key="p1", product_id=wanted.product_id, custom_fields=(("Volume", "0.5 l"), ("Origin", "Kiel"))
        )
        for _time in range(2):
            assert platform.products.update([change])[0].error == ""
        found = self.read(platform, wanted.product_id).custom_fields
        assert set(found) == {("Volume", "0.5 l"), ("Color", "Blue"), ("Origin", "Kiel")}

    @pytest.mark.req("LST-17")
    def test_everything_else_is_as_it_is_here(self, platform: Platform, keeper: Shopkeeper) -> None:
        wanted, before = self.made(platform, self.simple(keeper))
        variant = DesiredVariant(
            key="v1",
            variant_id=wanted.variants[0].variant_id,
            sku="CM-1b",
            barcode="4006381333931" if self.keeps_barcode else None,
            length=Decimal("13.5"),
        )
        change = DesiredProduct(
            key="p1",
            product_id=wanted.product_id,
            variants=(variant,),
            description="<p>Holds <em>more</em>.</p>",
            tags=("cup",),
            tax_key=self.another_tax_key,
        )
        assert platform.products.update([change])[0].error == ""
        after = self.read(platform, wanted.product_id)
        assert (after.description, after.tags) == ("<p>Holds <em>more</em>.</p>", ("cup",))
        assert (after.tax_key, after.category) == (self.another_tax_key, before.category)
        (found,) = after.variants
        assert (found.sku, found.length, found.width) == ("CM-1b", Decimal("13.5"), Decimal(9))
        assert not self.keeps_barcode or found.barcode == "4006381333931"

    def test_a_variations_sale_price_is_taken_away(self, platform: Platform) -> None:
        family = self.family()
        cheap = tuple(replace(variant, sale_price=Decimal("20.00")) for variant in family.variants)
        wanted, before = self.made(platform, replace(family, variants=cheap))
        assert {variant.sale_price for variant in before.variants} == {Decimal(20)}
        first = replace(wanted.variants[0], sale_price=Decimal(0))
        change = replace(wanted, variants=(first, *wanted.variants[1:]))
        assert platform.products.update([change])[0].error == ""
        rows = {variant.id: variant.sale_price for variant in self.read(platform, wanted.product_id).variants}
        assert [rows[variant.variant_id] for variant in wanted.variants] == [None, Decimal(20), Decimal(20)]

    @pytest.mark.req("A30")
    def test_a_new_variation_is_added_or_cleanly_refused(
        self, platform: Platform, spec: PlatformSpec, keeper: Shopkeeper
    ) -> None:
        wanted, before = self.made(platform, self.family())
        options = (RemoteOptionValue(name="Size", value="XL"), RemoteOptionValue(name="Color", value="Moss"))
        new = DesiredVariant(key="d", sku="CS-d", options=options, price=Decimal("29.90"))
        keeper.forget()
        change = replace(wanted, name="Contract shirt II", variants=(*wanted.variants, new))
        (result,) = platform.products.update([change])
        after = self.read(platform, wanted.product_id)
        if spec.can(Capability.ADDS_VARIATIONS):
            assert (result.error, after.name, len(after.variants)) == ("", "Contract shirt II", 4)
            (made,) = (variant for variant in after.variants if variant.id == result.variant_ids["d"])
            assert (made.sku, made.options, made.price) == ("CS-d", options, Decimal("29.9"))
            assert platform.products.update([change])[0].variant_ids["d"] == made.id
        else:
            assert result.error
            assert {method for method, _path in keeper.requests()} == {"GET"}
            assert after == before

    def test_levels_of_what_was_made_are_brought_by_the_stock_gateway(self, platform: Platform) -> None:
        """In a store with several locations a new product has none until then."""
        family = self.family()
        counted = tuple(replace(variant, quantity=Decimal(5)) for variant in family.variants)
        wanted, found = self.made(platform, replace(family, variants=counted))
        assert {variant.tracking for variant in found.variants} == {"variant"}
        place = next((entry.key for entry in platform.lists.locations()), "")
        updates = [
            StockUpdate(
                key=variant.key,
                product_id=wanted.product_id,
                variant_id=variant.variant_id,
                sku=variant.sku or "",
                tracking="variant",
                location_id=place,
                quantity=Decimal(7),
            )
            for variant in wanted.variants
        ]
        assert {result.error for result in platform.stock.push(updates)} == {""}
        items = [StockItem(product_id=wanted.product_id, variant_id=entry.variant_id) for entry in wanted.variants]
        levels = platform.stock.levels(items, location_id=place)
        assert {level.variant_id: level.quantity for level in levels} == {item.variant_id: 7 for item in items}
        assert {level.safety_stock for level in levels} == {Decimal(0)}

    def test_one_refused_product_does_not_keep_the_others(self, platform: Platform, keeper: Shopkeeper) -> None:
        listed = []
        for number in (1, 2, 3):
            product = self.simple(keeper, key=f"p{number}", name=f"Mug {number}", images=None)
            variant = replace(product.variants[0], sku=f"CM-{number}", barcode=None)
            listed.append(self.made(platform, replace(product, variants=(variant,)))[0])
        changes = []
        for product, sku in zip(listed, (None, self.sku, None), strict=True):
            variant = DesiredVariant(
                key="v1", variant_id=product.variants[0].variant_id, sku=sku, price=Decimal("5.50")
            )
            changes.append(DesiredProduct(key=product.key, product_id=product.product_id, variants=(variant,)))
        results = {entry.key: entry for entry in platform.products.update(changes)}
        assert [bool(results[f"p{number}"].error) for number in (1, 2, 3)] == [False, True, False]
        assert not results["p2"].gone
        prices = [self.read(platform, product.product_id).variants[0].price for product in listed]
        assert prices == [Decimal("5.5"), Decimal("19.9"), Decimal("5.5")]

    def test_what_is_gone_is_said_so(self, platform: Platform) -> None:
        change = DesiredProduct(key="p1", product_id=self.missing_id, name="Nobody")
        (result,) = platform.products.update([change])
        assert (result.key, result.gone, bool(result.error)) == ("p1", True, True)
        (hidden,) = platform.products.set_visible([self.missing_id], visible=False)
        assert (hidden.key, hidden.gone) == (self.missing_id, True)
