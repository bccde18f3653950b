"""The Catalog tab: products with what they are in one store (SPEC CAT-2, LST-1)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum, Value

from catalog.enums import ListingState
from catalog.models import CatalogConflict, Listing, ListingItem
from catalog.queries.levels import SyncQuantity, counted_locations, sync_quantity_of, with_sync_parts
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Brand, Category, Product, StockLevel
from inventory_sync.lib.quantities import QuantityField
from inventory_sync.lib.text import fold, searchable

SORTS = {"sku": "sku_key", "name": "name_key"}


@dataclass(frozen=True, kw_only=True)
class CatalogFilters:
    """What the address of the Catalog tab asks for; unknown values ask for nothing."""

    q: str = ""
    category: str = ""
    brand: str = ""
    status: str = ""
    stock: str = ""

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "CatalogFilters":
        return cls(**{each.name: str(options.get(each.name, "")).replace("\x00", "")[:200] for each in fields(cls)})

    def as_options(self) -> dict[str, str]:
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}


def catalog_products(channel: Channel, filters: CatalogFilters) -> QuerySet[Product]:
    """Products that match, in no order: the active ones, and others that are still listed here."""
    ours = ListingItem.objects.filter(channel=channel, product=OuterRef("pk"))
    products = Product.objects.filter(Q(status=RecordStatus.ACTIVE) | Exists(ours)).order_by()
    if filters.q:
        named = Category.objects.filter(name_key__contains=fold(filters.q)).order_by()
        products = products.filter(Q(search__contains=searchable(filters.q)) | Q(category__in=named.values("pk")))
    if filters.category.isdecimal():
        products = products.filter(category_id=int(filters.category))
    if filters.brand.isdecimal():
        products = products.filter(brand_id=int(filters.brand))
    return _in_stock(_in_status(products, ours, filters.status), channel, filters.stock)


def _in_status(products: QuerySet[Product], ours: QuerySet[ListingItem], status: str) -> QuerySet[Product]:
    if status == "listed":
        return products.filter(Exists(ours))
    if status == "not_listed":
        return products.exclude(Exists(ours))
    if status == "hidden":
        return products.filter(Exists(ours.filter(listing__state=ListingState.HIDDEN)))
    if status == "problem":
        return products.filter(Exists(ours.exclude(push_error="")))
    return products


def _in_stock(products: QuerySet[Product], channel: Channel, stock: str) -> QuerySet[Product]:
    levels = StockLevel.objects.filter(counted_locations(channel)).order_by().values("product")
    sums = levels.annotate(total=Sum(F("on_hand") - F("allocated"), output_field=QuantityField()))
    if stock == "oversold":
        return products.filter(pk__in=sums.filter(total__lt=0).values("product"))
    if stock == "available":
        return products.filter(pk__in=sums.filter(total__gt=0).values("product"))
    if stock == "none":
        return products.exclude(pk__in=sums.exclude(total=0).values("product"))
    return products


def catalog_rows(channel: Channel, products: QuerySet[Product], *, sort: str = "") -> QuerySet[Product]:
    """The same products in order, with family, category, sync parts and their link (`channel_items`)."""
    backwards, name = sort.startswith("-"), sort.removeprefix("-")
    column = SORTS.get(name, SORTS["sku"])
    items = ListingItem.objects.filter(channel=channel).select_related("listing")
    rows = with_sync_parts(products, channel).select_related("family", "category")
    rows = rows.prefetch_related(Prefetch("listing_items", queryset=items, to_attr="channel_items"))
    return rows.order_by(f"-{column}" if backwards else column)


@dataclass(frozen=True, kw_only=True)
class CatalogRow:
    """A product as the Catalog tab shows it."""

    product: Product
    item: ListingItem | None
    sync: SyncQuantity

    @property
    def in_store(self) -> Decimal | None:
        """The newest number we know of: the last one sent, or the last one seen."""
        return self._newest()[0]

    @property
    def in_store_at(self) -> datetime | None:
        return self._newest()[1]

    def _newest(self) -> tuple[Decimal | None, datetime | None]:
        item = self.item
        if item is None:
            return None, None
        sent, seen = (item.pushed_quantity, item.pushed_at), (item.seen_quantity, item.seen_at)
        if sent[0] is None or sent[1] is None:
            return seen if seen[0] is not None else (None, None)
        return seen if seen[0] is not None and seen[1] is not None and seen[1] > sent[1] else sent


def catalog_row(channel: Channel, product: Product) -> CatalogRow:
    """Of a product from `catalog_rows`."""
    items: list[ListingItem] = product.channel_items  # type: ignore[attr-defined]
    return CatalogRow(product=product, item=items[0] if items else None, sync=sync_quantity_of(product, channel))


@dataclass(frozen=True, kw_only=True)
class FilterChoices:
    """What the list can be narrowed to: (id, name) in the order of names."""

    categories: list[tuple[int, str]]
    brands: list[tuple[int, str]]


def filter_choices() -> FilterChoices:
    """One statement."""
    categories = Category.objects.order_by().values_list(Value("category"), "pk", "name")
    brands = Brand.objects.order_by().values_list(Value("brand"), "pk", "name")
    rows = list(categories.union(brands, all=True).order_by("name"))
    return FilterChoices(
        categories=[(pk, name) for kind, pk, name in rows if kind == "category"],
        brands=[(pk, name) for kind, pk, name in rows if kind == "brand"],
    )


def listed_count(channel: Channel) -> int:
    """How many products the channel lists."""
    return ListingItem.objects.filter(channel=channel).count()


def conflicts(channel: Channel) -> QuerySet[CatalogConflict]:
    """Products of the store that could not be matched without guessing (A25)."""
    return CatalogConflict.objects.filter(channel=channel).select_related("product")


def listings_of(product_id: int, channel_ids: list[int]) -> QuerySet[ListingItem]:
    """Where a product is listed, among these channels."""
    rows = ListingItem.objects.filter(product_id=product_id, channel_id__in=channel_ids)
    return rows.select_related("channel__settings", "listing").order_by("channel__name", "pk")


def family_size(listing: Listing) -> int:
    """How many of a listing's variations are linked."""
    return listing.items.count()
