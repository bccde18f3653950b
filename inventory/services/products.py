"""Products and families as staff save them (SPEC INV-1, INV-2); many at once: `product_upserts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.enums import ProductType
from inventory.models import Family, Location, Product, Tag, User
from inventory.queries.history import in_bills, with_stock_history
from inventory.services import audit
from inventory.services.family_upserts import FamilyDraft, upsert_families
from inventory.services.product_details import (
    ImageDraft,
    write_custom_fields,
    write_images,
    write_prices,
    write_tags,
)
from inventory.services.product_upserts import WHETHER_COUNTED, ProductDraft, Upserted, UpsertResult, upsert_products
from inventory.services.stale import EditedMeanwhile
from inventory.signals import price_changed, product_changed, stock_changed
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.markup import sanitize

__all__ = [
    "FamilyDraft", "ImageDraft", "ProductDetails", "ProductDraft", "ProductRefused", "UpsertResult", "Upserted",
    "save_family", "save_product", "upsert_families", "upsert_products",
]  # fmt: skip


class ProductRefused(ProductError):
    """A product or family cannot be saved so; `field` names the column in the way, if one is."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class ProductDetails:
    """What belongs to a product beside its columns; None leaves a part as it is."""

    prices: Mapping[int, Decimal | None] | None = None
    custom_fields: Sequence[tuple[str, str]] | None = None
    images: Sequence[ImageDraft] | None = None
    tags: Sequence[Tag] | None = None


def save_product(
    product: Product | None,
    *,
    columns: Mapping[str, Any],
    details: ProductDetails | None = None,
    version: int | None = None,
    user: User | None,
    now: datetime,
) -> Product:
    """Create (`product` None) or change a product with its details.

    Raises ProductRefused where SKU, name or option values are taken or the type cannot change any more, and
    EditedMeanwhile where somebody saved after `version`.
    """
    values = dict(columns)
    if "description" in values:
        values["description"] = sanitize(values["description"])
    try:
        with transaction.atomic():
            saved, changes = _write_product(product, values, version)
            changes |= _write_details(saved, details or ProductDetails())
            _tell(saved, changes, is_new=product is None, user=user, now=now)
    except IntegrityError as error:
        raise _product_refusal(error, values) from error
    return saved


def save_family(
    family: Family | None, *, columns: Mapping[str, Any], version: int | None = None, user: User | None, now: datetime
) -> Family:
    """Create or change a family. Raises ProductRefused for a taken name or a gap in the options, EditedMeanwhile."""
    values = dict(columns)
    if "description" in values:
        values["description"] = sanitize(values["description"])
    try:
        with transaction.atomic():
            saved = Family.objects.select_for_update().get(pk=family.pk) if family else Family()
            _refuse_stale(saved, version)
            old = {name: getattr(saved, name) for name in values} if family else {}
            for name, value in values.items():
                setattr(saved, name, value)
            saved.version += 1
            saved.save()
            changes = audit.difference(old, values)
            if changes:
                action = _("Changed the family") if family else _("Added the family")
                audit.record(user=user, action=action, obj=saved, changes=changes, now=now)
            if family and changes:
                _tell_variations(saved)
    except IntegrityError as error:
        if "family_options_without_gap" in str(error):
            raise ProductRefused(_("Name option 1 before 2, and 2 before 3."), field="option1_name") from error
        raise ProductRefused(
            _("A family “%(name)s” is there already.") % {"name": values.get("name", "")}, field="name"
        ) from error
    return saved


def _write_product(
    product: Product | None, values: Mapping[str, Any], version: int | None
) -> tuple[Product, dict[str, tuple[Any, Any]]]:
    saved = Product.objects.select_for_update().get(pk=product.pk) if product else Product()
    _refuse_stale(saved, version)
    _refuse_type(saved, values)
    old = {name: getattr(saved, name) for name in values} if product else {}
    for name, value in values.items():
        setattr(saved, name, value)
    saved.version += 1
    saved.save()
    return saved, audit.difference(old, values)


def _write_details(product: Product, details: ProductDetails) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    if details.prices is not None:
        changes |= write_prices({product.pk: details.prices}).get(product.pk, {})
    if details.custom_fields is not None:
        changes |= write_custom_fields({product.pk: details.custom_fields}).get(product.pk, {})
    if details.images is not None:
        changes |= write_images({product.pk: details.images}).get(product.pk, {})
    if details.tags is not None:
        changes |= write_tags({product.pk: details.tags}).get(product.pk, {})
    return changes


def _tell(
    product: Product, changes: Mapping[str, tuple[Any, Any]], *, is_new: bool, user: User | None, now: datetime
) -> None:
    if not changes:
        return
    action = _("Added the product") if is_new else _("Changed the product")
    audit.record(user=user, action=action, obj=product, changes=changes, now=now)
    ids = frozenset({product.pk})
    if any(name.startswith("price ") for name in changes):
        price_changed.send(sender=Product, product_ids=ids)
    product_changed.send(sender=Product, product_ids=ids)
    if changes.keys() & WHETHER_COUNTED and not is_new:
        places = frozenset(Location.objects.values_list("pk", flat=True))
        stock_changed.send(sender=Product, product_ids=ids, location_ids=places)


def _tell_variations(family: Family) -> None:
    ids = frozenset(family.variations.values_list("pk", flat=True))
    if ids:
        product_changed.send(sender=Product, product_ids=ids)


def _refuse_stale(saved: Product | Family, version: int | None) -> None:
    if version is not None and saved.pk and saved.version != version:
        raise EditedMeanwhile.of(saved)


def _refuse_type(product: Product, values: Mapping[str, Any]) -> None:
    """A product with stock or history stays a stock product: the ledger would not add up otherwise."""
    wanted = values.get("type", product.type)
    if not product.pk or product.type != ProductType.STOCK or wanted == ProductType.STOCK:
        return
    if with_stock_history([product.pk]):
        raise ProductRefused(
            _("This product has stock movements or documents, so it stays a stock product. Deprecate it instead."),
            field="type",
        )
    if in_bills([product.pk]):
        raise ProductRefused(
            _("This product is built from others or part of them, so it stays a stock product."), field="type"
        )


def _product_refusal(error: IntegrityError, values: Mapping[str, Any]) -> Exception:
    text = str(error)
    if "product_sku_not_empty" in text:
        return ProductRefused(_("A product needs a SKU."), field="sku")
    if "sku_key" in text:
        return ProductRefused(
            _("SKU “%(sku)s” belongs to another product already.") % {"sku": values.get("sku", "")}, field="sku"
        )
    if "name_key" in text:
        return ProductRefused(
            _("Another product is named “%(name)s” already.") % {"name": values.get("name", "")}, field="name"
        )
    if "option1" in text or "variation_options_once_per_family" in text:
        return ProductRefused(_("Another variation of this family has the same option values."), field="option1")
    return error
