"""Products as rows of a file: the same texts in exports and in previews of imports, so that one undoes the other."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inventory.models import CustomField, PriceTier, Product, ProductImage, ProductPrice
from inventory.models.products import CUSTOM_FIELDS
from inventory.services.imports_values import digits, joined, plain

Cells = dict[str, str]
"""Column key → text; empty where the product has nothing."""

RELATIONS = ("category", "brand", "unit", "sale_tax_rule", "supplier", "default_location")
"""Reference books that a cell names."""
TEXTS = ("sku", "name", "option1", "option2", "option3", "description", "barcode")
CHOICES = ("type", "status", "weight_unit", "length_unit", "drop_ship")
NUMBERS = ("weight", "length", "width", "height")
RELATED = ("family", "revenue_account", *RELATIONS)
PRICE = "price:"
_HEADS = {
    "sku": "SKU", "name": "Name", "type": "Type", "status": "Status", "family": "Family",
    "option1_name": "Option 1 name", "option1": "Option 1", "option2_name": "Option 2 name", "option2": "Option 2",
    "option3_name": "Option 3 name", "option3": "Option 3", "category": "Category", "brand": "Brand", "tags": "Tags",
    "barcode": "Barcode", "unit": "Unit", "weight": "Weight", "weight_unit": "Weight unit", "length": "Length",
    "width": "Width", "height": "Height", "length_unit": "Length unit", "sale_tax_rule": "Tax rule",
    "revenue_account": "Revenue account", "drop_ship": "Drop shipping", "supplier": "Supplier",
    "default_location": "Default location", "images": "Images", "description": "Description",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """`head` stands in files and previews and is never translated: a file goes from one person to another."""

    key: str
    head: str
    is_number: bool = False


def product_columns(*, only_used: bool = False) -> list[Column]:
    """All columns of a product file; `only_used` leaves out price tiers and custom fields that no product has."""
    tiers = PriceTier.objects.order_by("number")
    custom = CUSTOM_FIELDS
    if only_used:
        used = set(ProductPrice.objects.order_by().values_list("tier_id", flat=True).distinct()) | {1}
        tiers = tiers.filter(number__in=used)
        custom = CustomField.objects.order_by("-position").values_list("position", flat=True).first() or 0
    columns = [Column(key, head, is_number=key in NUMBERS) for key, head in _HEADS.items()]
    columns += [Column(f"{PRICE}{tier.number}", f"Price {tier.name}", is_number=True) for tier in tiers]
    for place in range(1, custom + 1):
        columns.append(Column(f"custom{place}_name", f"Custom field {place} name"))
        columns.append(Column(f"custom{place}", f"Custom field {place}"))
    return columns


def product_cells(products: Sequence[Product]) -> list[Cells]:
    """Five statements however many; `products` come with `RELATED` selected."""
    ids = [product.pk for product in products]
    details: dict[int, Cells] = defaultdict(dict)
    for price in ProductPrice.objects.filter(product_id__in=ids):
        details[price.product_id][f"{PRICE}{price.tier_id}"] = digits(price.amount)
    for row in CustomField.objects.filter(product_id__in=ids):
        details[row.product_id] |= {
            f"custom{row.position}_name": plain(row.name),
            f"custom{row.position}": plain(row.value),
        }
    images: dict[int, list[str]] = defaultdict(list)
    for product_id, url in (
        ProductImage.objects.filter(product_id__in=ids)
        .exclude(url="")
        .order_by("position", "pk")
        .values_list("product_id", "url")
    ):
        images[product_id].append(plain(url))
    tags: dict[int, list[str]] = defaultdict(list)
    through = Product.tags.through._default_manager
    for product_id, name in through.filter(product_id__in=ids).values_list("product_id", "tag__name"):
        tags[product_id].append(plain(name))
    return [
        {
            **_own_cells(product),
            **details[product.pk],
            "images": "\n".join(images[product.pk]),
            "tags": joined(tags[product.pk]),
        }
        for product in products
    ]


def _own_cells(product: Product) -> Cells:
    cells: Cells = {name: plain(getattr(product, name)) for name in TEXTS}
    cells |= {name: getattr(product, name) for name in CHOICES}
    cells |= {name: digits(getattr(product, name)) for name in NUMBERS}
    cells |= {name: _name(getattr(product, name)) for name in RELATIONS}
    account = product.revenue_account
    cells["revenue_account"] = plain(account.code) if account else ""
    cells["family"] = _name(product.family)
    for place in (1, 2, 3):
        cells[f"option{place}_name"] = plain(getattr(product.family, f"option{place}_name")) if product.family else ""
    return cells


def _name(entry: Any) -> str:
    return plain(entry.name) if entry is not None else ""
