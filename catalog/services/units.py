"""What is listed as one product of a store: a single product of ours, or a family with its variations (LST-3).

Units are named `p<product id>` and `f<family id>`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q

from catalog.models import Listing, ListingItem
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Family, Product, ProductPrice


@dataclass(kw_only=True)
class Unit:
    """One unit with everything that is sent of it."""

    key: str
    family: Family | None = None
    products: list[Product] = field(default_factory=list)
    """The single product, or the variations: active ones and those that are linked. Details are read already."""
    listing: Listing | None = None
    items: dict[int, ListingItem] = field(default_factory=dict)
    """Links of its products under its own listing."""
    elsewhere: list[ListingItem] = field(default_factory=list)
    """Variations that are linked to another product of the store; they are not among `products`."""

    @property
    def label(self) -> str:
        return self.family.name if self.family else str(self.products[0]) if self.products else self.key

    @property
    def is_family(self) -> bool:
        return self.family is not None

    @property
    def product_ids(self) -> list[int]:
        return [product.pk for product in self.products]

    @property
    def remote_id(self) -> str:
        return self.listing.remote_id if self.listing else ""


def numbers(keys: Collection[str], kind: str) -> list[int]:
    """Ids of the units of one kind; what is no key of ours is left out."""
    return sorted({int(key[1:]) for key in keys if key[:1] == kind and key[1:].isdecimal()})


def read_units(channel: Channel, keys: Sequence[str], *, tiers: Collection[int] = ()) -> dict[str, Unit]:
    """Units by key, in the order of the keys; unknown ones are left out. A constant number of statements."""
    singles, families = numbers(keys, "p"), numbers(keys, "f")
    units = {key: Unit(key=key) for key in dict.fromkeys(keys) if key[1:].isdecimal() and key[:1] in "pf"}
    ours = Q(product_id__in=singles) | Q(family_id__in=families)
    for listing in Listing.objects.filter(ours, channel=channel):
        units[key_of(listing)].listing = listing
    for family in Family.objects.filter(pk__in=families):
        units[f"f{family.pk}"].family = family
    listed = {unit.listing.pk: unit for unit in units.values() if unit.listing}
    kin = ListingItem.objects.filter(listing_id__in=listed)
    products = _detailed(Q(pk__in=singles) | Q(family_id__in=families) | Q(pk__in=kin.values("product_id")), tiers)
    items = {item.product_id: item for item in ListingItem.objects.filter(channel=channel, product__in=products)}
    for product in products:
        item = items.get(product.pk)
        unit = listed.get(item.listing_id) if item else None
        for home in [unit] if unit else _homes(units, product):
            _add(home, product, item)
    return {key: unit for key, unit in units.items() if unit.family or unit.products}


def key_of(listing: Listing) -> str:
    """The unit that a link is of."""
    return f"p{listing.product_id}" if listing.product_id is not None else f"f{listing.family_id}"


def _detailed(wanted: Q, tiers: Collection[int]) -> list[Product]:
    rows = Product.objects.filter(wanted).select_related("family", "category", "brand", "sale_tax_rule")
    prices = ProductPrice.objects.filter(tier_id__in=tiers)
    return list(rows.prefetch_related(Prefetch("prices", prices), "images", "custom_fields", "tags").order_by("pk"))


def _homes(units: dict[str, Unit], product: Product) -> list[Unit]:
    keys = [f"p{product.pk}", f"f{product.family_id}"]
    return [units[key] for key in keys if key in units]


def _add(unit: Unit, product: Product, item: ListingItem | None) -> None:
    if item is not None and (unit.listing is None or item.listing_id != unit.listing.pk):
        unit.elsewhere.append(item)
    elif item is not None:
        unit.items[product.pk] = item
        unit.products.append(product)
    elif product.status == RecordStatus.ACTIVE or not unit.is_family:
        unit.products.append(product)
