"""Builders of products that are built from others (INV-7)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inventory.models import Component, Product
from tests.factories.inventory import ProductFactory


def assembled(components: Mapping[Product, Decimal | int], **columns: Any) -> Product:
    """A product built from so many of each, when it is sold."""
    product = ProductFactory(**{"auto_assembly": True, **columns})
    Component.objects.bulk_create(
        Component(product=product, component=component, quantity=Decimal(quantity), position=place)
        for place, (component, quantity) in enumerate(components.items())
    )
    return product
