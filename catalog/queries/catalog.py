"""The Catalog tab: products with what they are in one store (SPEC CAT-2, LST-1, BLK-2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, StrIndex
from django.utils.translation import gettext as _

from catalog.enums import ListingState, Tracking
from catalog.models import CatalogConflict, Listing, ListingItem
from catalog.queries.buffers import old_buffer
from catalog.queries.levels import SyncQuantity, counted_locations, sync_quantities
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Brand, Category, Family, Product, StockLevel, Tag
from inventory.queries.lists import first_images
from inventory_sync.lib.paging import KeyPaginator
from inventory_sync.lib.quantities import ZERO, QuantityField
from inventory_sync.lib.text import fold, searchable

SORTS = ("sku", "name", "category", "status", "on_hand", "available")
_WORDS = 8
_DIGITS = 18


@dataclass(frozen=True, kw_only=True)
class CatalogFilters:
    """What the address of the Catalog tab asks for; unknown values ask for nothing.

    `category` is an id, with a minus before it all but that one; `family` a part of its name; `listed_in` the id of
    another channel (BLK-3).
    """

    q: str = ""
    category: str = ""
    brand: str = ""
    family: str = ""
    tag: str = ""
    status: str = ""
    stock: str = ""
    listed_in: str = ""

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "CatalogFilters":
        return cls(**{each.name: str(options.get(each.name, "")).replace("\x00", "")[:200] for each in fields(cls)})

    def as_options(self) -> dict[str, str]:
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}


def identifier(text: str) -> int | None:
    """An id of the address, or None."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def catalog_products(channel: Channel, filters: CatalogFilters) -> QuerySet[Product]:
    """Products that match, in no order: the active ones, and others that are still listed here."""
    ours = ListingItem.objects.filter(channel=channel).order_by()
    left = Product.objects.filter(status=RecordStatus.DEPRECATED).exclude(Exists(ours.filter(product=OuterRef("pk"))))
    products = Product.objects.exclude(pk__in=left.order_by().values("pk")).order_by()
    products = _named(_in_books(products, filters), filters)
    if (other := identifier(filters.listed_in)) is not None:
        products = products.filter(pk__in=_products_of(ListingItem.objects.filter(channel=other)))
    return _in_stock(_in_status(products, channel, ours, filters.status), channel, filters.stock)


def _products_of(items: QuerySet[ListingItem]) -> QuerySet[ListingItem, Any]:
    return items.order_by().values("product")


def _in_books(products: QuerySet[Product], filters: CatalogFilters) -> QuerySet[Product]:
    if (without := identifier(filters.category.removeprefix("-"))) is not None and filters.category.startswith("-"):
        products = products.filter(Q(category__isnull=True) | ~Q(category_id=without))
    elif (category := identifier(filters.category)) is not None:
        products = products.filter(category_id=category)
    if (brand := identifier(filters.brand)) is not None:
        products = products.filter(brand_id=brand)
    if (tag := identifier(filters.tag)) is not None:
        through = Product.tags.through._default_manager
        products = products.filter(pk__in=through.filter(tag_id=tag).order_by().values("product_id"))
    return products


def _named(products: QuerySet[Product], filters: CatalogFilters) -> QuerySet[Product]:
    """CAT-2: all words in SKU, name or barcode, or the whole text in the name of the category."""
    if filters.family:
        families = Family.objects.filter(name_key__contains=fold(filters.family)).order_by()
        products = products.filter(family__in=families.values("pk"))
    if not filters.q:
        return products
    found = Q()
    for place, word in enumerate(searchable(filters.q).split()[:_WORDS]):
        if connection.vendor == "sqlite":  # both sides are folded: bytes compare faster there than LIKE
            products = products.alias(**{f"word_{place}": StrIndex("search", Value(word))})
            found &= Q(**{f"word_{place}__gt": 0})
        else:
            found &= Q(search__contains=word)
    categories = list(
        Category.objects.filter(name_key__contains=fold(filters.q)).order_by().values_list("pk", flat=True)
    )
    return products.filter(found | Q(category_id__in=categories)) if categories else products.filter(found)


def _in_status(
    products: QuerySet[Product], channel: Channel, ours: QuerySet[ListingItem], status: str
) -> QuerySet[Product]:
    if status == "listed":
        return products.filter(pk__in=_products_of(ours))
    if status == "not_listed":
        return products.exclude(pk__in=_products_of(ours))
    if status == "problem":
        return products.filter(pk__in=_products_of(ours.exclude(push_error="")))
    listings = Listing.objects.filter(channel=channel).order_by()
    if status == "hidden":
        hidden = listings.filter(state=ListingState.HIDDEN)
        return products.filter(pk__in=_products_of(ListingItem.objects.filter(listing__in=hidden.values("pk"))))
    if status == "differs":
        changed = listings.filter(changed_at__isnull=False)
        return products.filter(pk__in=_products_of(ListingItem.objects.filter(listing__in=changed.values("pk"))))
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


# --- one page of it


def catalog_pages(channel: Channel, filters: CatalogFilters, *, sort: str = "", size: int) -> KeyPaginator:
    """Pages of product ids in the order of `sort` (one of SORTS, `-` turns it)."""
    products = _in_order(catalog_products(channel, filters), channel, sort)
    return KeyPaginator(products, size, one_pass=bool(filters.q or filters.stock))


def _in_order(products: QuerySet[Product], channel: Channel, sort: str) -> QuerySet[Product]:
    turned, name = sort.startswith("-"), sort.removeprefix("-")
    if name == "name":
        return products.order_by("-name_key" if turned else "name_key")
    if name == "category":
        return products.order_by("-category__name_key" if turned else "category__name_key", "sku_key")
    if name == "status":
        products = products.annotate(place=_place_of(channel))
    elif name in {"on_hand", "available"}:
        products = products.annotate(place=_sum_of(channel, name))
    else:
        return products.order_by("-sku_key" if turned else "sku_key")
    return products.order_by("-place" if turned else "place", "sku_key")


def _place_of(channel: Channel) -> Case:
    """Problems, then differences, then what is listed, the rest last."""
    items = ListingItem.objects.filter(channel=channel).order_by()
    changed = Listing.objects.filter(channel=channel, changed_at__isnull=False).order_by()
    differing = ListingItem.objects.filter(listing__in=changed.values("pk"))
    return Case(
        When(pk__in=_products_of(items.exclude(push_error="")), then=Value(0)),
        When(pk__in=_products_of(differing), then=Value(1)),
        When(pk__in=_products_of(items), then=Value(2)),
        default=Value(3),
    )


def _sum_of(channel: Channel, name: str) -> Coalesce:
    levels = StockLevel.objects.filter(counted_locations(channel), product=OuterRef("pk")).order_by()
    column = F("on_hand") if name == "on_hand" else F("on_hand") - F("allocated")
    total = levels.values("product").annotate(total=Sum(column, output_field=QuantityField())).values("total")
    return Coalesce(Subquery(total, output_field=QuantityField()), ZERO, output_field=QuantityField())


@dataclass(frozen=True, kw_only=True)
class Status:
    """What a product is in a store: tone and word of its pill."""

    tone: str
    word: str


def status_of(item: ListingItem | None, *, is_counted: bool = True) -> Status:
    """LST-1, with what needs a person before all else."""
    if item is None:
        return Status(tone="off", word=_("Not listed"))
    if item.is_gone:
        return Status(tone="bad", word=_("Gone in the store"))
    if item.push_error:
        return Status(tone="bad", word=_("Update refused"))
    if item.tracking == Tracking.NONE and is_counted:
        return Status(tone="off", word=_("Stock not counted"))
    if item.listing.changed_at is not None:
        return Status(tone="warn", word=_("Differs from store"))
    if item.listing.state == ListingState.HIDDEN:
        return Status(tone="info", word=_("Listed, hidden"))
    return Status(tone="ok", word=_("Listed"))


@dataclass(frozen=True, kw_only=True)
class CatalogRow:
    """A product as the Catalog tab shows it."""

    product: Product
    item: ListingItem | None
    sync: SyncQuantity
    image: str = ""

    @property
    def status(self) -> Status:
        return status_of(self.item, is_counted=self.sync.is_counted)

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

    @property
    def old_buffer(self) -> int | None:
        """A32: the buffer that was taken off what the store has, where it is another one now."""
        return old_buffer(self.item, self.sync) if self.item and self.sync.is_counted else None


def rows_of(channel: Channel, product_ids: Sequence[int]) -> list[CatalogRow]:
    """These products in this order, each with its link, numbers and picture; the same few statements for any number."""
    products = Product.objects.select_related("family", "category").defer(
        "description", "search", "family__description"
    )
    found = products.in_bulk(list(product_ids))
    items = ListingItem.objects.filter(channel=channel, product__in=found).select_related("listing")
    linked = {item.product_id: item for item in items.order_by()}
    sync, images = sync_quantities(channel, found), first_images(found)
    return [
        CatalogRow(product=found[pk], item=linked.get(pk), sync=sync[pk], image=images.get(pk, ""))
        for pk in product_ids
        if pk in found and pk in sync
    ]


@dataclass(frozen=True, kw_only=True)
class FilterChoices:
    """What the list can be narrowed to: (id, name) in the order of names, ids as they stand in the address."""

    categories: list[tuple[str, str]]
    brands: list[tuple[str, str]]
    tags: list[tuple[str, str]]


def filter_choices() -> FilterChoices:
    """One statement."""
    books = {"category": Category, "brand": Brand, "tag": Tag}
    parts = [model._default_manager.order_by().values_list(Value(kind), "pk", "name") for kind, model in books.items()]
    rows = list(parts[0].union(*parts[1:], all=True).order_by("name"))
    chosen = {kind: [(str(pk), name) for of, pk, name in rows if of == kind] for kind in books}
    return FilterChoices(categories=chosen["category"], brands=chosen["brand"], tags=chosen["tag"])


def listed_count(channel: Channel) -> int:
    """How many products the channel lists."""
    return ListingItem.objects.filter(channel=channel).count()


def conflicts(channel: Channel) -> QuerySet[CatalogConflict]:
    """Products of the store that could not be matched without guessing (A25)."""
    return CatalogConflict.objects.filter(channel=channel).select_related("product")


def listings_of(product_id: int, channel_ids: Collection[int]) -> QuerySet[ListingItem]:
    """Where a product is listed, among these channels."""
    rows = ListingItem.objects.filter(product_id=product_id, channel_id__in=channel_ids)
    return rows.select_related("channel__settings", "listing").order_by("channel__name", "pk")


def variations_of(channel: Channel, product: Product) -> list[CatalogRow]:
    """The variations of a product's family in the order of their options; [] for a product on its own."""
    if product.family_id is None:
        return []
    siblings = Product.objects.filter(family_id=product.family_id, pk__in=catalog_products(channel, CatalogFilters()))
    return rows_of(channel, list(siblings.order_by("option1", "option2", "option3", "pk").values_list("pk", flat=True)))
