"""A store in memory that takes products, and a small shop of ours to list there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    ProductResult,
    RemoteProduct,
    RemoteVariant,
    StockResult,
    StockUpdate,
)
from inventory.models import CustomField, Product, ProductImage, ProductPrice, Tag
from tests.factories.catalog import FakeShop
from tests.factories.inventory import BrandFactory, CategoryFactory, FamilyFactory, ProductFactory

_CONTENT = ("name", "description", "category", "brand", "tags", "images", "custom_fields", "tax_key", "is_visible")
_OF_VARIANT = ("sku", "price", "sale_price", "weight", "length", "width", "height", "barcode")


@dataclass
class ListingShop(FakeShop):
    """Keeps what it is sent; one entry in `calls` for each call of the gateway that asks the store anything.

    `refused` holds words by SKU, for products as for quantities. `breaks` are raised after a write was applied.
    """

    wrote: list[DesiredProduct] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    looked_first: list[bool] = field(default_factory=list)
    breaks: list[Exception] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        self._call(f"get {len(ids)}")
        wanted = set(ids)
        return tuple(remote for remote in self.remotes if remote.id in wanted)

    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        results = super().push(updates)
        levels = {each.variant_id: each.quantity for each in updates if each.sku not in self.refused}
        products = {each.product_id for each in updates}
        self.remotes = [self._counted(one, levels) if one.id in products else one for one in self.remotes]
        return results

    @staticmethod
    def _counted(remote: RemoteProduct, levels: Mapping[str, Decimal]) -> RemoteProduct:
        variants = (replace(each, quantity=levels.get(each.id, each.quantity)) for each in remote.variants)
        return replace(remote, variants=tuple(variants))

    def find(self, skus: Sequence[str]) -> tuple[RemoteProduct, ...]:
        self._call(f"find {len(skus)}")
        wanted = {sku.casefold() for sku in skus}
        return tuple(each for each in self.remotes if any(one.sku.casefold() in wanted for one in each.variants))

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        self._call(f"create {len(products)}")
        self.looked_first.append(look_first)
        owners = {variant.sku.casefold(): remote for remote in self.remotes for variant in remote.variants}
        results = [self._create(each, look_first, owners) for each in products]
        self._break()
        return tuple(results)

    def _create(self, desired: DesiredProduct, look_first: bool, owners: Mapping[str, RemoteProduct]) -> ProductResult:
        self.wrote.append(desired)
        words = self._words(desired)
        if words:
            return ProductResult(key=desired.key, error=words)
        mine = [(each.sku or "").casefold() for each in desired.variants]
        there = next((owners[sku] for sku in mine if sku in owners), None)
        if there is not None and not look_first:
            return ProductResult(key=desired.key, error="Duplicate SKU")
        if there is None:
            there = self._made(desired)
            self.remotes.append(there)
        ids = {one.sku.casefold(): one.id for one in there.variants}
        return ProductResult(
            key=desired.key,
            product_id=there.id,
            variant_ids={each.key: ids[(each.sku or "").casefold()] for each in desired.variants},
            url=f"https://store.example/{there.id}",
            tracking="variant",
        )

    def _words(self, desired: DesiredProduct) -> str:
        return next((self.refused[each.sku] for each in desired.variants if each.sku in self.refused), "")

    def _made(self, desired: DesiredProduct) -> RemoteProduct:
        number = f"r{next(self._numbers)}"
        content = {name: value for name in _CONTENT if (value := getattr(desired, name)) is not None}
        return RemoteProduct(
            id=number,
            is_family=desired.is_family,
            option_names=desired.option_names,
            variants=tuple(self._variant(each) for each in desired.variants),
            weight_unit=desired.weight_unit,
            length_unit=desired.length_unit,
            url=f"https://store.example/{number}",
            **content,
        )

    def _variant(self, desired: DesiredVariant) -> RemoteVariant:
        values = {name: value for name in _OF_VARIANT if (value := getattr(desired, name)) is not None}
        number = f"v{next(self._numbers)}"
        if desired.quantity is not None:
            self.levels_now[number] = desired.quantity
        return RemoteVariant(
            id=number,
            options=desired.options,
            quantity=desired.quantity,
            tracking="none" if desired.quantity is None else "variant",
            **{"sku": "", **values},
        )

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        self._call(f"update {len(products)}")
        assert {each.id for each in known} == {each.product_id for each in products}
        places = {remote.id: place for place, remote in enumerate(self.remotes)}
        results = [self._update(each, places.get(each.product_id)) for each in products]
        self._break()
        return tuple(results)

    def _update(self, desired: DesiredProduct, place: int | None) -> ProductResult:
        self.wrote.append(desired)
        if place is None:
            return ProductResult(key=desired.key, product_id=desired.product_id, error="Not found", gone=True)
        now = self.remotes[place]
        skus = {each.id: each.sku for each in now.variants}
        words = self._words(desired) or next(
            (self.refused[sku] for v in desired.variants if (sku := skus.get(v.variant_id, "")) in self.refused), ""
        )
        words = words or self.refused.get(now.name, "")
        if words:
            return ProductResult(key=desired.key, product_id=now.id, error=words)
        content = {name: value for name in _CONTENT if (value := getattr(desired, name)) is not None}
        if desired.custom_fields is not None:
            content["custom_fields"] = tuple({**dict(now.custom_fields), **dict(desired.custom_fields)}.items())
        variants = {each.id: each for each in now.variants}
        ids = {}
        for each in desired.variants:
            if each.variant_id in variants:
                values = {name: value for name in _OF_VARIANT if (value := getattr(each, name)) is not None}
                variants[each.variant_id] = replace(variants[each.variant_id], **values)
                ids[each.key] = each.variant_id
            else:
                made = self._variant(each)
                variants[made.id], ids[each.key] = made, made.id
        self.remotes[place] = replace(now, variants=tuple(variants.values()), **content)
        return ProductResult(key=desired.key, product_id=now.id, variant_ids=ids, url=now.url)

    def set_visible(self, ids: Sequence[str], *, visible: bool) -> tuple[ProductResult, ...]:
        self._call(f"{'show' if visible else 'hide'} {len(ids)}")
        self.remotes = [replace(one, is_visible=visible) if one.id in ids else one for one in self.remotes]
        there = {one.id for one in self.remotes}
        return tuple(
            ProductResult(key=one, product_id=one)
            if one in there
            else ProductResult(key=one, product_id=one, error="Not found", gone=True)
            for one in ids
        )

    def delete(self, ids: Sequence[str]) -> tuple[ProductResult, ...]:
        self._call(f"delete {len(ids)}")
        kept = {each.id for each in self.remotes if each.name in self.refused}
        self.remotes = [each for each in self.remotes if each.id not in set(ids) - kept]
        self.deleted += [each for each in ids if each not in kept]
        self._break()
        return tuple(ProductResult(key=each, error="It is in use" if each in kept else "") for each in ids)

    def _break(self) -> None:
        if self.breaks:
            raise self.breaks.pop(0)

    def by_sku(self, sku: str) -> RemoteProduct:
        return next(each for each in self.remotes if any(one.sku == sku for one in each.variants))


def product(sku: str, *, price: Decimal | str | None = "10", sale: str | None = None, **columns: Any) -> Product:
    """With everything that is sent of a product."""
    details = {name: columns.pop(name, ()) for name in ("tags", "fields", "images")}
    row = ProductFactory(sku=sku, **{"name": f"Name {sku}", **columns})
    prices = {1: price, 2: sale}
    ProductPrice.objects.bulk_create(
        ProductPrice(product=row, tier_id=tier, amount=Decimal(amount)) for tier, amount in prices.items() if amount
    )
    row.tags.set([Tag.objects.get_or_create(name=name)[0] for name in details["tags"]])
    CustomField.objects.bulk_create(
        CustomField(product=row, position=at, name=name, value=value)
        for at, (name, value) in enumerate(details["fields"], 1)
    )
    ProductImage.objects.bulk_create(
        ProductImage(product=row, position=at, url=url) for at, url in enumerate(details["images"])
    )
    return row


def rich(sku: str, **columns: Any) -> Product:
    """A product with a value in every field."""
    given = {
        "description": f"<p>About {sku}</p>",
        "category": CategoryFactory(),
        "brand": BrandFactory(),
        "barcode": "9780306406157",
        "weight": Decimal("1.5"),
        "length": Decimal(10),
        "width": Decimal(20),
        "height": Decimal(30),
        "tags": ("red", "wood"),
        "fields": (("Wood", "oak"), ("Oil", "yes")),
        "images": ("https://pictures.example/a.png",),
        "sale": "8",
    }
    return product(sku, **{**given, **columns})


def kin(name: str, *values: str, price: str = "10", **columns: Any) -> list[Product]:
    """A family with one variation for each value of its option."""
    family = FamilyFactory(name=name)
    return [
        product(f"{name}-{value}", family=family, option1=value, name=f"{name} {value}", price=price, **columns)
        for value in values
    ]
