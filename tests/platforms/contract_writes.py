"""What every platform's adapter keeps when it writes products (see contract.py)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from channels.errors import TemporarilyUnavailable
from channels.ports import Capability, Platform, PlatformSpec
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    RemoteImage,
    RemoteOptionValue,
)
from tests.platforms.conftest import Shopkeeper
from tests.platforms.wanted import WantedProducts

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\xff" * 200


class WriteContract(WantedProducts):
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
