"""Bills of materials: what a product is built from (SPEC INV-7). One level: no component has components itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.models import Component, Location, Product, User
from inventory.services import audit
from inventory.services.stale import EditedMeanwhile
from inventory.signals import stock_changed
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import quantize


class BillRefused(ProductError):
    """The product cannot be built from these. Nothing was saved."""


def set_components(
    product_id: int,
    components: Sequence[tuple[int, Decimal]],
    auto_assembly: bool,
    *,
    version: int | None = None,
    user: User | None,
    now: datetime,
) -> Product:
    """Make these (component id, quantity in one) the bill of materials, in this order; none ends it.

    Raises BillRefused where it would have two levels or something is no stock product, EditedMeanwhile.
    """
    wanted = {component_id: quantize(quantity) for component_id, quantity in components}
    with transaction.atomic():
        # Two bills that would make two levels share a product: whoever has it second sees the first one's rows.
        rows = Product.objects.select_for_update().filter(pk__in={product_id, *wanted}).order_by("pk")
        products = {product.pk: product for product in rows}
        product = products[product_id]
        if version is not None and product.version != version:
            raise EditedMeanwhile.of(product)
        old = {row.component_id: row for row in Component.objects.filter(product_id=product_id)}
        _refuse(product, components, products, auto_assembly=auto_assembly)
        _write(product, wanted, old)
        changes = _changes(product, products, wanted, old, auto_assembly=auto_assembly)
        if not changes:
            return product
        Product.objects.filter(pk=product_id).update(auto_assembly=auto_assembly, version=F("version") + 1)
        audit.record(user=user, action=_("Changed the components"), obj=product, changes=changes, now=now)
        stock_changed.send(
            sender=Component,
            product_ids=frozenset({product_id, *wanted, *old}),
            location_ids=frozenset(Location.objects.values_list("pk", flat=True)),
        )
    product.refresh_from_db()
    return product


def _refuse(
    product: Product,
    components: Sequence[tuple[int, Decimal]],
    products: Mapping[int, Product],
    *,
    auto_assembly: bool,
) -> None:
    ids = [component_id for component_id, _quantity in components]
    if auto_assembly and not ids:
        raise BillRefused(_("A product that is built when sold needs components."))
    if not ids:
        return
    if len(set(ids)) < len(ids):
        raise BillRefused(_("A component is there twice. Add its quantities up."))
    if product.pk in ids:
        raise BillRefused(_("A product is not a component of itself."))
    if any(quantize(quantity) <= 0 for _component, quantity in components):
        raise BillRefused(_("Every component needs a quantity above zero."))
    unstocked = sorted(each.sku for each in products.values() if not each.is_stocked)
    if unstocked:
        raise BillRefused(_("Only stock products are built and built from, not %(skus)s.") % {"skus": _list(unstocked)})
    built = Component.objects.filter(product_id__in=ids).order_by().values_list("product__sku", flat=True).distinct()
    if built:
        raise BillRefused(
            _("Built from components themselves: %(skus)s. A component must be a part, there is one level only.")
            % {"skus": _list(sorted(built))}
        )
    parents = Component.objects.filter(component_id=product.pk).order_by().values_list("product__sku", flat=True)
    if parents:
        raise BillRefused(
            _("%(sku)s is a component of %(skus)s, so it cannot have components itself: there is one level only.")
            % {"sku": product.sku, "skus": _list(sorted(parents))}
        )


def _write(product: Product, wanted: Mapping[int, Decimal], old: Mapping[int, Component]) -> None:
    gone = old.keys() - wanted.keys()
    if gone:
        Component.objects.filter(product=product, component_id__in=gone).delete()
    Component.objects.bulk_create(
        [
            Component(product=product, component_id=component_id, quantity=quantity, position=place)
            for place, (component_id, quantity) in enumerate(wanted.items())
        ],
        update_conflicts=True,
        unique_fields=["product", "component"],
        update_fields=["quantity", "position"],
    )


def _changes(
    product: Product,
    products: Mapping[int, Product],
    wanted: Mapping[int, Decimal],
    old: Mapping[int, Component],
    *,
    auto_assembly: bool,
) -> dict[str, tuple[Any, Any]]:
    gone = Product.objects.in_bulk(old.keys() - products.keys()) if old.keys() - products.keys() else {}
    skus = {pk: each.sku for pk, each in {**gone, **products}.items()}
    before = {_("component %(sku)s") % {"sku": skus[pk]}: row.quantity for pk, row in old.items()}
    after = {_("component %(sku)s") % {"sku": skus[pk]}: quantity for pk, quantity in wanted.items()}
    switch = _("built when sold")
    return audit.difference(
        {**dict.fromkeys(after), **before, switch: product.auto_assembly},
        {**dict.fromkeys(before), **after, switch: auto_assembly},
    )


def _list(skus: Sequence[str]) -> str:
    return ", ".join(skus[:5])
