"""What the demo shop builds, buys and has others send: an assembled set, a drop-shipped kayak, reorder levels."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from inventory.enums import DropShip
from inventory.models import Category, Location, Product, Supplier, TaxRule, User
from inventory.services.bills import set_components
from inventory.services.books import save_entry
from inventory.services.products import ProductDetails, save_product
from inventory.services.purchases import PurchaseTerms, WantedLine, create_purchase, order_purchase
from inventory.services.reorder import ReorderChoice, set_reorder_levels

TENT, MAT, BAG = "ZE-2P", "IM-R42", "RS-HW45-TAN"
SET, KAYAK = "SET-WEEKEND", "KA-FALT"
_RETAIL = 1


def fill_stock(products: Mapping[str, Product], *, tax: TaxRule, place: Location, user: User, now: datetime) -> None:
    """`products` by SKU. The set and the kayak are in no store yet: they can be listed from here."""
    tents = save_entry(Supplier(), columns={"name": "Segelmacherei Brunsbüttel"}, user=user, now=now)
    boats = save_entry(
        Supplier(), columns={"name": "Faltboot-Werft Maschen", "email": "versand@werft.example"}, user=user, now=now
    )
    weekend = _product(
        SET,
        "Weekend set: tent for two and two mats",
        price="479.00",
        text="<p>For two nights by the water: the tent <em>Elbsand</em> and two mats that fill themselves.</p>",
        columns={"category": products[TENT].category, "sale_tax_rule": tax},
        user=user,
        now=now,
    )
    set_components(
        weekend.pk,
        [(products[TENT].pk, Decimal(1)), (products[MAT].pk, Decimal(2))],
        auto_assembly=True,
        user=user,
        now=now,
    )
    _product(
        KAYAK,
        "Folding kayak “Bille”, sent by its maker",
        price="1290.00",
        text="<p>Packs into a bag of 90 × 40 cm. The yard sends it to you directly.</p>",
        columns={
            "category": save_entry(Category(), columns={"name": "Boats"}, user=user, now=now),
            "sale_tax_rule": tax,
            "drop_ship": DropShip.ALWAYS,
            "supplier": boats,
        },
        user=user,
        now=now,
    )
    _reorder(products, supplier=tents, place=place, user=user, now=now)


def _product(
    sku: str, name: str, *, price: str, text: str, columns: Mapping[str, object], user: User, now: datetime
) -> Product:
    given = {"sku": sku, "name": name, "description": text, **columns}
    return save_product(
        None, columns=given, details=ProductDetails(prices={_RETAIL: Decimal(price)}), user=user, now=now
    )


def _reorder(
    products: Mapping[str, Product], *, supplier: Supplier, place: Location, user: User, now: datetime
) -> None:
    """Tents are low and on their way; backpacks are not low yet."""
    levels = ((TENT, "10", "24"), (BAG, "5", "20"))
    set_reorder_levels(
        [
            ReorderChoice(
                product_id=products[sku].pk, location_id=place.pk, level=Decimal(level), quantity=Decimal(up_to)
            )
            for sku, level, up_to in levels
        ],
        user=user,
        now=now,
    )
    terms = PurchaseTerms(supplier_id=supplier.pk, location_id=place.pk, expected_on=(now + timedelta(days=9)).date())
    line = WantedLine(product_id=products[TENT].pk, quantity=Decimal(12), unit_cost=Decimal("131.60"))
    purchase = create_purchase(terms, lines=[line], key="demo", user=user, now=now)
    order_purchase(purchase.pk, version=purchase.version, user=user, now=now)
