"""Conflicts as staff see them (A25): the list, and both sides of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from catalog.enums import ConflictDecision, ConflictKind
from catalog.models import CatalogConflict, Listing, ListingItem
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Family, Product
from inventory_sync.lib.text import clip, fold, searchable

OPEN, IGNORED = "open", "ignored"
_SUGGESTED = 20


@dataclass(frozen=True, kw_only=True)
class ConflictCounts:
    open: int
    ignored: int
    kinds: Sequence[tuple[str, str, int]]
    """(kind, label, how many are open)."""


def conflict_rows(channel: Channel, *, show: str = OPEN, kind: str = "", q: str = "") -> QuerySet[CatalogConflict]:
    rows = CatalogConflict.objects.filter(channel=channel).select_related("product", "decided_by")
    is_ignored = Q(decision=ConflictDecision.IGNORE)
    rows = rows.filter(is_ignored) if show == IGNORED else rows.exclude(is_ignored)
    if kind in ConflictKind.values:
        rows = rows.filter(kind=kind)
    if q.strip():
        text = clip(q.strip(), 200)
        rows = rows.filter(Q(remote_name__icontains=text) | Q(sku__icontains=text))
    return rows


def conflict_counts(channel: Channel) -> ConflictCounts:
    """One statement."""
    rows = CatalogConflict.objects.filter(channel=channel).order_by()
    counted = {
        (row["decision"], row["kind"]): row["n"] for row in rows.values("decision", "kind").annotate(n=Count("pk"))
    }
    ignored = sum(n for (decision, _kind), n in counted.items() if decision == ConflictDecision.IGNORE)
    kinds = [(kind.value, str(kind.label), counted.get(("", kind.value), 0)) for kind in ConflictKind]
    return ConflictCounts(open=sum(counted.values()) - ignored, ignored=ignored, kinds=kinds)


@dataclass(frozen=True, kw_only=True)
class VariantSide:
    """A variant of the store beside what it may be here."""

    id: str
    name: str
    sku: str
    linked: Product | None = None
    """It is linked already, to this."""
    proposal: Product | None = None
    holder: Product | None = None
    """Product of ours that has its SKU."""
    new_sku: str = ""
    """Its own where that is free, else the nearest free one."""


def sides_of(channel: Channel, conflict: CatalogConflict) -> list[VariantSide]:
    """Every variant with its counterpart, proposals first; five statements."""
    variants = conflict.variants
    items = ListingItem.objects.filter(channel=channel, remote_id__in=[each["id"] for each in variants])
    linked = {item.remote_id: item.product for item in items.select_related("product")}
    wanted = {fold(sku) for each in variants if each["sku"] for sku in (each["sku"], *_others(each["sku"]))}
    holders = {each.sku_key: each for each in Product.objects.filter(sku_key__in=wanted).select_related("family")}
    members = _members(conflict, holders.values())
    ids = {each.pk for each in (*holders.values(), *members)}
    taken = set(ListingItem.objects.filter(channel=channel, product_id__in=ids).values_list("product_id", flat=True))
    proposed: set[int] = set()
    sides = []
    for each in variants:
        holder = holders.get(fold(each["sku"]))
        offer = next((one for one in (holder, *_alike(each["name"], members)) if one and one.pk not in taken), None)
        if offer is not None and (offer.pk in proposed or (conflict.is_family and offer.family_id is None)):
            offer = None
        if offer is not None:
            proposed.add(offer.pk)
        free = next((sku for sku in (each["sku"], *_others(each["sku"])) if sku and fold(sku) not in holders), "")
        side = VariantSide(
            id=each["id"],
            name=each["name"],
            sku=each["sku"],
            linked=linked.get(each["id"]),
            proposal=offer,
            holder=holder,
            new_sku=free,
        )
        sides.append(side)
    return sides


def _others(sku: str) -> list[str]:
    return [f"{sku}-{n}" for n in range(2, 6)] if sku else []


def _members(conflict: CatalogConflict, holders: Iterable[Product]) -> list[Product]:
    """Variations of the family called like the store's product, or of the one in the way."""
    if not conflict.is_family:
        return []
    named = Family.objects.filter(name_key=fold(clip(conflict.remote_name.strip(), 256))).values("pk")
    ids = {product.family_id for product in holders if product.family_id}
    rows = Product.objects.filter(Q(family_id__in=named) | Q(family_id__in=ids), status=RecordStatus.ACTIVE)
    return list(rows.select_related("family").order_by("pk")[:500])


def _alike(name: str, members: Iterable[Product]) -> list[Product]:
    """Those with the same option values."""
    key = fold(name)
    return [one for one in members if key and fold(f"{one.option1} {one.option2} {one.option3}") == key]


def is_reshaped(channel: Channel, conflict: CatalogConflict) -> Listing | None:
    """The link that stands in the way where a product became a family in the store, or the other way round."""
    listing = Listing.objects.filter(channel=channel, remote_id=conflict.remote_id).select_related("product").first()
    return listing if listing and (listing.family_id is not None) != conflict.is_family else None


# --- choosing a product by typing


def product_label(product: Product) -> str:
    """How a product is chosen by typing; the number tells it for sure."""
    return f"{product.sku} {product.name} (#{product.pk})"


def suggested_products(text: str) -> list[str]:
    rows = Product.objects.filter(status=RecordStatus.ACTIVE)
    for word in searchable(text.replace("\x00", "")[:200]).split():
        rows = rows.filter(search__contains=word)
    return [product_label(product) for product in rows.order_by("sku_key")[:_SUGGESTED]]


def find_typed(texts: Mapping[str, str]) -> dict[str, Product | None]:
    """The active products meant, by the same keys: “… (#12)”, a SKU, or a whole name. At most two statements."""
    numbers = {key: number for key, text in texts.items() if (number := _number(text)) is not None}
    words = {key: fold(text.replace("\x00", "")[:600]) for key, text in texts.items() if key not in numbers}
    rows = Product.objects.filter(status=RecordStatus.ACTIVE)
    by_id = rows.in_bulk(numbers.values()) if numbers else {}
    named: dict[str, Product] = {}
    if words:
        keys = set(words.values()) - {""}
        for product in rows.filter(Q(sku_key__in=keys) | Q(name_key__in=keys)).order_by("pk"):
            named.setdefault(product.name_key, product)
        for product in list(named.values()):
            named[product.sku_key] = product
    return {key: by_id.get(numbers[key]) if key in numbers else named.get(words[key]) for key in texts}


def _number(text: str) -> int | None:
    head, mark, number = text.strip().rpartition("(#")
    number = number.removesuffix(")")
    is_number = bool(mark) and bool(head) and number.isascii() and number.isdecimal() and len(number) <= 18
    return int(number) if is_number else None
