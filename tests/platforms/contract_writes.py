"""What every platform's adapter keeps when it writes products (see contract.py)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from channels.errors import TemporarilyUnavailable
from channels.ports import Capability, Platform, PlatformSpec
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    RemoteImage,
    RemoteOptionValue,
    RemoteProduct,
    StockItem,
    StockUpdate,
)
from tests.platforms.conftest import Shopkeeper

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\xff" * 200


class WriteContract:
    sku = "ZH-Y10"
    variant_sku = "SH-MER180-S-MOSS"
    """Of a family of the demo store."""
    missing_id = "999999"
    a_tax_key = "0"
    """A tax class of the store."""
    another_tax_key = "1"
    keeps_brand = True
    keeps_custom_fields = True
    keeps_barcode = True

    def number_of_products(self, platform: Platform) -> int:
        total, cursor = 0, ""
        while True:
            page = platform.products.page(cursor=cursor)
            total += len(page.products)
            if not (cursor := page.next_cursor):
                return total

    # -- what is wanted

    def simple(self, keeper: Shopkeeper, **changes: Any) -> DesiredProduct:
        variant = DesiredVariant(
            key="v1",
            sku="CM-1",
            price=Decimal("19.90"),
            sale_price=Decimal("17.45"),
            weight=Decimal("0.35"),
            length=Decimal("12.5"),
            width=Decimal("9"),
            height=Decimal("10.25"),
            barcode="4006381333962" if self.keeps_barcode else None,
        )
        product = DesiredProduct(
            key="p1",
            variants=(variant,),
            name="Contract mug “Förde” & Co",
            description="<p>Holds <strong>0.4 l</strong>.</p>",
            category="Contract goods",
            brand="Nordhafen" if self.keeps_brand else None,
            tags=("mug", "enamel"),
            images=(RemoteImage(url=f"{keeper.url}/_static/product-1.png", caption="A mug"),),
            custom_fields=(("Volume", "0.4 l"),) if self.keeps_custom_fields else None,
            tax_key=self.a_tax_key,
            is_visible=True,
        )
        return replace(product, **changes)

    def family(self) -> DesiredProduct:
        def one(key: str, size: str, color: str, price: str) -> DesiredVariant:
            options = (RemoteOptionValue(name="Size", value=size), RemoteOptionValue(name="Color", value=color))
            return DesiredVariant(
                key=key, sku=f"CS-{key}", options=options, price=Decimal(price), weight=Decimal("0.2"), barcode=None
            )

        variants = (one("a", "S", "Navy", "24.90"), one("b", "S", "Sand", "24.90"), one("c", "M", "Navy", "26.90"))
        return DesiredProduct(
            key="f1",
            is_family=True,
            option_names=("Size", "Color"),
            variants=variants,
            name="Contract shirt",
            description="<p>Wool.</p>",
            tax_key=self.a_tax_key,
            is_visible=True,
        )

    def made(self, platform: Platform, product: DesiredProduct) -> tuple[DesiredProduct, RemoteProduct]:
        """The product as it is listed now, and what the store has."""
        (result,) = platform.products.create([product])
        assert (result.key, result.error, result.gone) == (product.key, "", False)
        assert result.product_id
        assert set(result.variant_ids) == {variant.key for variant in product.variants}
        variants = tuple(replace(entry, variant_id=result.variant_ids[entry.key]) for entry in product.variants)
        return replace(product, product_id=result.product_id, variants=variants), self.read(platform, result.product_id)

    def read(self, platform: Platform, number: str) -> RemoteProduct:
        return platform.products.get_many([number])[0]

    # -- creating

    def test_a_picture_that_is_a_file(self, platform: Platform, spec: PlatformSpec, keeper: Shopkeeper) -> None:
        """Either the store takes it, or it says that it loads pictures itself and takes the rest."""
        picture = RemoteImage(data=PNG, name="mug.png", caption="A mug")
        (result,) = platform.products.create([self.simple(keeper, images=(picture,))])
        found = self.read(platform, result.product_id)
        assert (result.error == "", len(found.images)) == ((True, 1) if spec.can(Capability.IMAGE_DATA) else (False, 0))
        assert found.variants[0].sku == "CM-1"

    def test_a_family_may_have_many_options_and_variations(self, platform: Platform) -> None:
        names = ("Size", "Color", "Sleeve", "Fabric")
        values = [
            (size, color, sleeve, fabric)
            for size in range(8)
            for color in range(9)
            for sleeve in range(3)
            for fabric in "ab"
        ]
        variants = tuple(
            DesiredVariant(
                key=f"v{index}",
                sku=f"CB-{index}",
                options=tuple(
                    RemoteOptionValue(name=name, value=f"{name} {value}")
                    for name, value in zip(names, entry, strict=True)
                ),
                price=Decimal(10),
            )
            for index, entry in enumerate(values)
        )
        wanted, found = self.made(platform, replace(self.family(), option_names=names, variants=variants))
        assert (len(found.variants), found.option_names) == (len(values), names)
        rows = {entry.id: (entry.sku, entry.options) for entry in found.variants}
        assert rows == {entry.variant_id: (entry.sku, entry.options) for entry in wanted.variants}

    def test_a_simple_product_is_made_as_wanted(self, platform: Platform, keeper: Shopkeeper) -> None:
        wanted, found = self.made(platform, self.simple(keeper))
        assert (found.name, found.description, found.category) == (wanted.name, wanted.description, "Contract goods")
        assert (found.is_family, found.is_visible, found.tax_key) == (False, True, self.a_tax_key)
        assert set(found.tags) == {"mug", "enamel"}
        assert len(found.images) == 1
        assert not self.keeps_brand or found.brand == "Nordhafen"
        assert not self.keeps_custom_fields or found.custom_fields == (("Volume", "0.4 l"),)
        (variant,) = found.variants
        assert variant.id == wanted.variants[0].variant_id
        assert (variant.sku, variant.price, variant.sale_price) == ("CM-1", Decimal("19.90"), Decimal("17.45"))
        assert (variant.weight, variant.length, variant.width, variant.height) == (
            Decimal("0.35"),
            Decimal("12.5"),
            Decimal(9),
            Decimal("10.25"),
        )
        assert not self.keeps_barcode or variant.barcode == "4006381333962"

    def test_a_family_is_made_with_all_its_variations(self, platform: Platform) -> None:
        wanted, found = self.made(platform, self.family())
        assert (found.name, found.is_family, found.option_names) == ("Contract shirt", True, ("Size", "Color"))
        rows = {entry.id: entry for entry in found.variants}
        assert len(rows) == 3
        for variant in wanted.variants:
            entry = rows[variant.variant_id]
            assert (entry.sku, entry.price, entry.options) == (variant.sku, variant.price, variant.options)

    def test_a_hidden_product_is_made_hidden(self, platform: Platform, keeper: Shopkeeper) -> None:
        _wanted, found = self.made(platform, self.simple(keeper, is_visible=False))
        assert not found.is_visible

    def test_a_category_is_made_once(self, platform: Platform, keeper: Shopkeeper) -> None:
        second = self.simple(keeper, key="p2", name="Second mug")
        second = replace(second, variants=(replace(second.variants[0], sku="CM-2", barcode=None),))
        results = platform.products.create([self.simple(keeper), second])
        assert [entry.error for entry in results] == ["", ""]
        assert {self.read(platform, entry.product_id).category for entry in results} == {"Contract goods"}

    def test_making_it_again_makes_no_second_one(self, platform: Platform, keeper: Shopkeeper) -> None:
        before = self.number_of_products(platform)
        for product in (self.simple(keeper), self.family()):
            wanted, found = self.made(platform, product)
            again, same = self.made(platform, product)
            assert (again, same.variants) == (wanted, found.variants)
            assert len(same.images) == len(found.images)
        assert self.number_of_products(platform) == before + 2

    def test_a_creation_whose_answer_was_lost_is_found_again(self, platform: Platform, keeper: Shopkeeper) -> None:
        before = self.number_of_products(platform)
        keeper.fault("drop_after", method="POST", times=1)
        with pytest.raises(TemporarilyUnavailable):
            platform.products.create([self.simple(keeper, category=None)])
        wanted, _found = self.made(platform, self.simple(keeper, category=None))
        assert wanted.product_id
        assert self.number_of_products(platform) == before + 1

    def test_what_was_just_looked_for_is_not_looked_for_again(self, platform: Platform, keeper: Shopkeeper) -> None:
        platform.products.create([self.simple(keeper, key="p0", name="First", variants=(self.plain("CM-0"),))])
        keeper.forget()
        products = [
            self.simple(
                keeper, images=None, key=f"p{number}", name=f"Mug {number}", variants=(self.plain(f"CM-{number}"),)
            )
            for number in (1, 2)
        ]
        results = platform.products.create(products, look_first=False)
        assert [entry.error for entry in results] == ["", ""]
        assert {method for method, _path in keeper.requests()} == {"POST"}
        known = platform.products.get_many([entry.product_id for entry in results])
        keeper.forget()
        changes = [
            DesiredProduct(key=entry.key, product_id=entry.product_id, name=f"{entry.key} II", tags=("mug",))
            for entry in results
        ]
        assert [entry.error for entry in platform.products.update(changes, known=known)] == ["", ""]
        assert {method for method, _path in keeper.requests()} <= {"PUT", "POST"}
        assert [self.read(platform, entry.product_id).name for entry in results] == ["p1 II", "p2 II"]

    def test_a_doubled_sku_that_nobody_looked_for_is_the_stores_refusal(
        self, platform: Platform, keeper: Shopkeeper
    ) -> None:
        products = [
            self.simple(keeper, key=key, name=f"Mug {key}", images=None, variants=(self.plain("CM-1"),)) for key in "ab"
        ]
        results = {entry.key: entry for entry in platform.products.create(products, look_first=False)}
        assert (results["a"].error, bool(results["b"].error), results["b"].product_id) == ("", True, "")

    def test_it_says_at_which_level_it_counts_what_was_made(self, platform: Platform, keeper: Shopkeeper) -> None:
        counted = DesiredVariant(key="v1", sku="CM-1", price=Decimal(5), quantity=Decimal(3))
        family = self.family()
        variants = tuple(replace(variant, quantity=Decimal(5)) for variant in family.variants)
        products = [
            self.simple(keeper, variants=(counted,)),
            self.simple(keeper, key="p2", name="Second mug", variants=(self.plain("CM-2"),)),
            replace(family, variants=variants),
        ]
        for _time in range(2):
            results = {entry.key: entry.tracking for entry in platform.products.create(products)}
            found = {
                entry.key: self.read(platform, entry.product_id).variants[0].tracking
                for entry in platform.products.create(products)
            }
            assert results == found
            assert (results["p2"], results["f1"]) == ("none", "variant")

    @staticmethod
    def plain(sku: str) -> DesiredVariant:
        return DesiredVariant(key="v1", sku=sku, price=Decimal(5))

    def test_nothing_to_write_asks_nobody(self, platform: Platform, keeper: Shopkeeper) -> None:
        keeper.forget()
        assert platform.products.create([]) == platform.products.update([]) == ()
        assert platform.products.set_visible([], visible=True) == platform.products.delete([]) == ()
        assert platform.products.find([]) == platform.products.find([""]) == ()
        assert keeper.requests() == []

    # -- finding

    def test_products_are_found_by_their_skus(self, platform: Platform) -> None:
        found = platform.products.find([self.sku, self.variant_sku, "NO-SUCH-SKU"])
        skus = [{variant.sku for variant in product.variants} for product in found]
        assert len(found) == 2
        assert any(self.sku in entry for entry in skus)
        assert any(self.variant_sku in entry for entry in skus)
        assert platform.products.find(["NO-SUCH-SKU"]) == ()

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

    # -- showing, hiding, deleting

    def test_hiding_and_showing_changes_nothing_else(self, platform: Platform, keeper: Shopkeeper) -> None:
        wanted, before = self.made(platform, self.simple(keeper))
        for visible in (False, False, True):
            (result,) = platform.products.set_visible([wanted.product_id], visible=visible)
            assert (result.key, result.error, result.gone) == (wanted.product_id, "", False)
            after = self.read(platform, wanted.product_id)
            assert replace(after, modified_at=None, url="") == replace(
                before, is_visible=visible, modified_at=None, url=""
            )

    def test_deleting_twice_is_deleting_once(self, platform: Platform, keeper: Shopkeeper) -> None:
        before = self.number_of_products(platform)
        ids = [self.made(platform, product)[0].product_id for product in (self.simple(keeper), self.family())]
        for _time in range(2):
            results = platform.products.delete(ids)
            assert {entry.key: entry.error for entry in results} == dict.fromkeys(ids, "")
            assert platform.products.get_many(ids) == ()
        assert self.number_of_products(platform) == before
        assert platform.products.find(["CM-1", "CS-a"]) == ()
