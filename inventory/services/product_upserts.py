"""Products in bulk, as a store's catalog brings them (SPEC CAT-4 to CAT-6, A22, A26).

One transaction a call, at most 500 drafts, a constant number of statements, safe beside staff and other downloads.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from inventory.models import Family, Location, Product, Tag, User
from inventory.services import audit
from inventory.services.product_details import (
    Changed,
    ImageDraft,
    write_custom_fields,
    write_images,
    write_prices,
    write_tags,
)
from inventory.services.upserts import added_entry, retried
from inventory.signals import price_changed, product_changed, stock_changed
from inventory_sync.lib.markup import sanitize
from inventory_sync.lib.text import clip, fold

MOST = 500
WHETHER_COUNTED = {"type", "drop_ship"}
"""Columns that say whether stores get a quantity of it."""
_NOT_WRITTEN = {"id", "created_at"}
_LENGTHS: dict[str, int | None] = {
    column.name: getattr(column, "max_length", None) for column in Product._meta.concrete_fields
}


@dataclass(frozen=True, kw_only=True)
class ProductDraft:
    """A product as the store has it. None leaves a part as it is; `columns` are model fields to set.

    `product_id` names the product it belongs to already (link or SKU); without it the SKU decides.
    `new_columns` are set on new products only (status, default location, what staff own afterwards).
    """

    key: str
    sku: str
    name: str
    product_id: int | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    new_columns: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[int, Decimal | None] | None = None
    custom_fields: Sequence[tuple[str, str]] | None = None
    images: Sequence[ImageDraft] | None = None
    tags: Sequence[Tag] | None = None
    is_exact: bool = False
    """As staff said: these are all of its images and tags."""


@dataclass(frozen=True, kw_only=True)
class Upserted:
    """A draft's product, whether it is new, and which fields changed (old, new)."""

    key: str
    product: Product
    created: bool
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, kw_only=True)
class UpsertResult:
    """`refused`: draft key → why, in words; those drafts were left out, the others are saved."""

    done: Sequence[Upserted]
    refused: Mapping[str, str]

    def products(self) -> dict[str, Product]:
        return {each.key: each.product for each in self.done}


def upsert_products(
    drafts: Sequence[ProductDraft], *, action: str = "", user: User | None, now: datetime
) -> UpsertResult:
    """Create or update at most 500 products with their details; the same drafts again change nothing.

    A new name that is taken gets the SKU behind it (A26), so do option values taken in the family (A22).
    Images are set only where a product has none, tags are added, custom fields and named prices replaced.
    """
    if len(drafts) > MOST:
        raise ValueError(f"at most {MOST} products a call")
    refused = {draft.key: problem for draft in drafts if (problem := _problem(draft))}
    good = [draft for draft in drafts if draft.key not in refused]
    done = retried(lambda: _upsert_products(good, action, user, now)) if good else []
    return UpsertResult(done=done, refused=refused)


def _problem(draft: ProductDraft) -> str:
    if not fold(draft.sku):
        return _("It has no SKU.")
    if len(draft.sku) > 255 or "\x00" in draft.sku:
        return _("Its SKU is longer than 255 characters or not plain text.")
    if not fold(draft.name):
        return _("It has no name.")
    return ""


def _upsert_products(drafts: Sequence[ProductDraft], action: str, user: User | None, now: datetime) -> list[Upserted]:
    existing = _existing(drafts)
    names, options, texts = _NamesTaken(drafts), _OptionsTaken(drafts), _Texts()
    rows: dict[str, tuple[Product, bool, dict[str, tuple[Any, Any]]]] = {}
    fresh_by_sku: dict[str, Product] = {}
    for draft in drafts:
        product = existing.get(draft.key) or fresh_by_sku.get(fold(draft.sku))
        created = product is None
        if product is None:
            product = Product()
            _set(product, draft.new_columns)
            fresh_by_sku[fold(draft.sku)] = product
        values = {"sku": draft.sku, "name": names.free(draft, product), **texts.clean(draft.columns)}
        values |= options.free(draft, product, values)
        changes = {} if created else _difference(product, values)
        if created or changes:
            _set(product, values)
            product.set_keys()
        rows[draft.key] = (product, created, changes)
    _name_old([changes for _product, _created, changes in rows.values() if changes])
    _save([product for product, created, changes in rows.values() if created or changes])
    details = _details(drafts, {key: product for key, (product, _created, _changes) in rows.items()})
    done = [
        Upserted(key=key, product=product, created=created, changes={**changes, **details.get(product.pk, {})})
        for key, (product, created, changes) in rows.items()
    ]
    _tell(done, action, user, now)
    return done


def _set(product: Product, values: Mapping[str, Any]) -> None:
    """References by their key alone: caching the object on each of hundreds of rows costs and serves nobody."""
    for name, value in values.items():
        if isinstance(value, Model):
            setattr(product, f"{name}_id", value.pk)
        else:
            setattr(product, name, value)


@dataclass(frozen=True, kw_only=True)
class _Reference:
    """What a changed reference pointed to; its name is read later, together with all others."""

    field: str
    pk: Any


def _difference(product: Product, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in values.items():
        if isinstance(value, Model):
            old_id = getattr(product, f"{name}_id")
            if old_id != value.pk:
                changes[name] = (_Reference(field=name, pk=old_id), value)
        elif (old := getattr(product, name)) != value:
            changes[name] = (old, value)
    return changes


def _name_old(rows: Sequence[dict[str, tuple[Any, Any]]]) -> None:
    """One statement for each kind of reference that changed."""
    wanted: dict[str, set[Any]] = defaultdict(set)
    for changes in rows:
        for old, _new in changes.values():
            if isinstance(old, _Reference) and old.pk is not None:
                wanted[old.field].add(old.pk)
    found: dict[str, Mapping[Any, Model]] = {}
    for name, keys in wanted.items():
        related = Product._meta.get_field(name).related_model
        if isinstance(related, type):
            found[name] = related._default_manager.in_bulk(keys)
    for changes in rows:
        for name, (old, new) in changes.items():
            if isinstance(old, _Reference):
                changes[name] = (found.get(name, {}).get(old.pk), new)


def _existing(drafts: Sequence[ProductDraft]) -> dict[str, Product]:
    """Draft key → product it updates: the linked one, else the one with the SKU. Locked on PostgreSQL."""
    rows = Product.objects.select_for_update().order_by("pk")
    by_id = {product.pk: product for product in rows.filter(pk__in=[d.product_id for d in drafts if d.product_id])}
    by_sku = {product.sku_key: product for product in rows.filter(sku_key__in=[fold(d.sku) for d in drafts])}
    by_sku = {key: by_id.get(product.pk, product) for key, product in by_sku.items()}
    found: dict[str, Product] = {}
    for draft in drafts:
        product = by_id.get(draft.product_id or 0) or by_sku.get(fold(draft.sku))
        if product is not None:
            found[draft.key] = product
    return found


class _NamesTaken:
    """Names of other products, so that a new name can avoid them (SPEC CAT-11, A26)."""

    def __init__(self, drafts: Sequence[ProductDraft]) -> None:
        wanted = {key for draft in drafts for key in (fold(_name(draft)), fold(_name_with_sku(draft)))}
        rows = Product.objects.filter(name_key__in=wanted).values_list("name_key", "pk")
        self.owner: dict[str, object] = dict(rows)

    def free(self, draft: ProductDraft, product: Product) -> str:
        me: object = product.pk or draft.key
        for name in (_name(draft), _name_with_sku(draft)):
            if self.owner.get(fold(name), me) == me:
                self.owner[fold(name)] = me
                return name
        return product.name or clip(f"{draft.sku} {_name(draft)}", 512)


class _OptionsTaken:
    """Option values within families; those beyond the third option would collide (SPEC CAT-5, A22)."""

    def __init__(self, drafts: Sequence[ProductDraft]) -> None:
        families = {family for draft in drafts if (family := _family_id(draft)) is not None}
        rows = Product.objects.filter(family_id__in=families)
        self.owner: dict[tuple[Any, ...], object] = {
            (family, *map(fold, values)): pk
            for pk, family, *values in rows.values_list("pk", "family_id", "option1", "option2", "option3")
        }

    def free(self, draft: ProductDraft, product: Product, values: Mapping[str, Any]) -> dict[str, str]:
        family = _family_id(draft) or product.family_id
        if family is None:
            return {}
        me: object = product.pk or draft.key
        chosen = [clip(values.get(f"option{n}", getattr(product, f"option{n}")), 255) for n in (1, 2, 3)]
        if self.owner.get((family, *map(fold, chosen)), me) != me:
            last = max((place for place, value in enumerate(chosen) if value), default=0)
            chosen[last] = clip(f"{chosen[last][:150]} ({draft.sku})".strip(), 255)
        self.owner[(family, *map(fold, chosen))] = me
        return {f"option{n}": value for n, value in enumerate(chosen, 1)}


def _family_id(draft: ProductDraft) -> int | None:
    family = draft.columns.get("family")
    return family.pk if isinstance(family, Family) else draft.columns.get("family_id")


def _name(draft: ProductDraft) -> str:
    return clip(draft.name.strip(), 512)


def _name_with_sku(draft: ProductDraft) -> str:
    return f"{_name(draft)[: 512 - 3 - len(draft.sku)]} ({draft.sku})"


class _Texts:
    """Text from outside fitted to its column, HTML made harmless; the variations of a family share theirs."""

    def __init__(self) -> None:
        self.harmless: dict[str, str] = {}

    def clean(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        cleaned = dict(columns)
        for name, value in columns.items():
            if name == "description":
                cleaned[name] = self._html(value or "")
            elif isinstance(value, str):
                cleaned[name] = clip(value, _LENGTHS.get(name) or len(value))
        return cleaned

    def _html(self, html: str) -> str:
        if html not in self.harmless:
            self.harmless[html] = sanitize(html)
        return self.harmless[html]


def _save(products: Sequence[Product]) -> None:
    unique = list({id(product): product for product in products}.values())
    for product in unique:
        product.version += 1
    new = [product for product in unique if product._state.adding]
    known = [product for product in unique if not product._state.adding]
    Product.objects.bulk_create(new)
    columns = [f.name for f in Product._meta.concrete_fields if f.name not in _NOT_WRITTEN]
    Product.objects.bulk_create(
        known,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=columns,
    )


def _details(drafts: Sequence[ProductDraft], products: Mapping[str, Product]) -> Changed:
    changed: Changed = defaultdict(dict)
    loose, exact = [d for d in drafts if not d.is_exact], [d for d in drafts if d.is_exact]
    parts = [
        write_prices({products[d.key].pk: d.prices for d in drafts if d.prices is not None}),
        write_custom_fields({products[d.key].pk: d.custom_fields for d in drafts if d.custom_fields is not None}),
        write_images({products[d.key].pk: d.images for d in loose if d.images}, only_where_none=True),
        write_tags({products[d.key].pk: d.tags for d in loose if d.tags}, keep_others=True),
        write_images({products[d.key].pk: d.images for d in exact if d.images is not None}),
        write_tags({products[d.key].pk: d.tags for d in exact if d.tags is not None}),
    ]
    for part in parts:
        for product_id, changes in part.items():
            changed[product_id].update(changes)
    return changed


def _tell(done: Sequence[Upserted], action: str, user: User | None, now: datetime) -> None:
    touched = [each for each in done if each.created or each.changes]
    if not touched:
        return
    entries = [
        audit.Entry(action=action or _("Changed the product"), obj=each.product, changes=each.changes)
        for each in touched
        if not each.created
    ]
    created = list({each.product.pk: each.product for each in touched if each.created}.values())
    if created:
        entries.append(added_entry(created, action or _("Added the product"), action or _("Added products")))
    audit.record_many(entries, user=user, now=now)
    priced = [each.product.pk for each in touched if any(name.startswith("price ") for name in each.changes)]
    if priced:
        price_changed.send(sender=Product, product_ids=frozenset(priced))
    product_changed.send(sender=Product, product_ids=frozenset(each.product.pk for each in touched))
    recounted = [each.product.pk for each in touched if each.changes.keys() & WHETHER_COUNTED and not each.created]
    if recounted:
        places = frozenset(Location.objects.values_list("pk", flat=True))
        stock_changed.send(sender=Product, product_ids=frozenset(recounted), location_ids=places)
