"""What a person chose on a page: ticked products, or all that match the filters (SPEC BLK-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.models import ListingItem
from catalog.queries.catalog import CatalogFilters, catalog_products
from catalog.services.updates import NothingChosen
from channels.models import Channel
from inventory.models import Product

__all__ = ["Chosen", "NothingChosen", "Selection"]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Ticked products win over filters. Choosing any variation of a family chooses the family."""

    product_ids: tuple[int, ...] = ()
    filters: CatalogFilters | None = None

    def as_options(self) -> dict[str, Any]:
        """As an activity keeps it. Raises NothingChosen."""
        if self.product_ids:
            return {"product_ids": sorted(set(self.product_ids))}
        if self.filters is None:
            raise NothingChosen(_("Select at least one product."))
        return {"filters": self.filters.as_options()}

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "Selection":
        """Raises NothingChosen for options that hold no selection."""
        if options.get("product_ids"):
            return cls(product_ids=tuple(int(pk) for pk in options["product_ids"]))
        if "filters" not in options:
            raise NothingChosen(_("Select at least one product."))
        return cls(filters=CatalogFilters.from_options(options["filters"]))


class Chosen:
    """Listing units of a selection, in the order of products: `p<product id>` or `f<family id>`, each once.

    A product that is linked follows its link: one that was linked alone stays alone, wherever it belongs now.
    """

    def __init__(self, channel: Channel, selection: Selection) -> None:
        self._channel = channel
        self._selection = selection

    def count(self) -> int:
        """Chosen products; units are at most as many."""
        ids = self._selection.product_ids
        return len(set(ids)) if ids else self._products().order_by().values("pk").count()

    def unlinked(self) -> int:
        """Chosen products that have no link here."""
        return self._loose().values("pk").count()

    def unlinked_units(self, sku_keys: Sequence[str]) -> list[tuple[str, str]]:
        """(folded SKU, unit) of what has one of these SKUs, is not linked, and belongs to a chosen unit."""
        loose = Product.objects.filter(sku_key__in=sku_keys).exclude(pk__in=self._linked())
        rows = list(loose.order_by("pk").only("pk", "sku_key", "family_id"))
        if not rows:
            return []
        families = {row.family_id for row in rows if row.family_id is not None}
        mine = Q(pk__in=[row.pk for row in rows]) | Q(family_id__in=families)
        chosen = list(self._products().filter(mine).order_by().only("pk", "family_id"))
        units = {f"p{row.pk}" if row.family_id is None else f"f{row.family_id}" for row in chosen}
        found = [(row.sku_key, f"p{row.pk}" if row.family_id is None else f"f{row.family_id}") for row in rows]
        return [(sku, key) for sku, key in found if key in units]

    def _loose(self) -> QuerySet[Product]:
        return self._products().exclude(pk__in=self._linked()).order_by()

    def next_units(self, *, after: int, size: int) -> tuple[list[str], int, int]:
        """Units of the next products after the one `after`, the last product's id, and how many were looked at.

        No products looked at: the end.
        """
        rows = self._rows(after, size)
        if not rows:
            return [], after, 0
        keys = [key for _pk, key in rows]
        families = {key for key in keys if key.startswith("f")}
        seen = self._seen_before(families, first=rows[0][0]) if after else set()
        return [key for key in dict.fromkeys(keys) if key not in seen], rows[-1][0], len(rows)

    def _linked(self) -> QuerySet[ListingItem, Any]:
        return ListingItem.objects.filter(channel=self._channel).order_by().values("product_id")

    def _rows(self, after: int, size: int) -> list[tuple[int, str]]:
        """Product and its unit."""
        ids = self._selection.product_ids
        products = Product.objects.filter(pk__in=self._ids(after, size)) if ids else self._products()
        return self._with_keys(products.filter(pk__gt=after).order_by("pk")[:size])

    def _ids(self, after: int, size: int) -> list[int]:
        return sorted(pk for pk in set(self._selection.product_ids) if pk > after)[:size]

    def _products(self) -> QuerySet[Product]:
        if self._selection.filters is None:
            return Product.objects.filter(pk__in=self._selection.product_ids)
        return catalog_products(self._channel, self._selection.filters)

    def _with_keys(self, products: QuerySet[Product]) -> list[tuple[int, str]]:
        found = list(products.values_list("pk", "family_id"))
        items = ListingItem.objects.filter(channel=self._channel, product_id__in=[pk for pk, _family in found])
        links = {
            product: (family, single)
            for product, family, single in items.values_list("product_id", "listing__family_id", "listing__product_id")
        }
        return [(pk, _key(pk, family, *links.get(pk, (None, None)))) for pk, family in found]

    def _seen_before(self, families: set[str], *, first: int) -> set[str]:
        """Families of which a chosen product before the one `first` was looked at."""
        numbers = [int(key[1:]) for key in families]
        if not numbers:
            return set()
        items = ListingItem.objects.filter(channel=self._channel, listing__family_id__in=numbers)
        kin = Q(family_id__in=numbers) | Q(pk__in=items.values("product_id"))
        return {key for _pk, key in self._with_keys(self._products().filter(kin, pk__lt=first).order_by())} & families


def _key(pk: int, family: int | None, linked_family: int | None, linked_single: int | None) -> str:
    if linked_single is not None:
        return f"p{linked_single}"
    number = linked_family if linked_family is not None else family
    return f"p{pk}" if number is None else f"f{number}"
