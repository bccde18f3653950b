"""Products that the contract of writing wants a store to have."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from channels.ports import Platform
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    RemoteImage,
    RemoteOptionValue,
    RemoteProduct,
)
from tests.platforms.conftest import Shopkeeper


class WantedProducts:
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

    @staticmethod
    def plain(sku: str) -> DesiredVariant:
        return DesiredVariant(key="v1", sku=sku, price=Decimal(5))
