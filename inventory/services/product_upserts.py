"""Families and products in bulk, as a store's catalog brings them (SPEC CAT-4 to CAT-6, A22, A26).

One transaction a call, at most 500 drafts, a constant number of statements, safe beside staff and other downloads.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.models import Family, Product, Tag, User
from inventory.services import audit
from inventory.services.product_details import (
    Changed,
    ImageDraft,
    write_custom_fields,
    write_images,
    write_prices,
    write_tags,
)
from inventory.signals import price_changed, product_changed
from inventory_sync.lib.markup import sanitize
from inventory_sync.lib.text import clip, fold

MOST = 500
_ATTEMPTS = 5
_NOT_WRITTEN = {"id", "created_at"}
Done = TypeVar("Done")


@dataclass(frozen=True, kw_only=True)
class FamilyDraft:
    """A family as the store has it; `key` is the caller's, `family_id` names one that is linked already."""

    key: str
    name: str
    option_names: tuple[str, ...] = ()
    description: str | None = None
    family_id: int | None = None


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


def upsert_families(drafts: Sequence[FamilyDraft], *, user: User | None, now: datetime) -> dict[str, Family]:
    """Families by draft key: the linked one, else the one of that name, else a new one.

    Existing families keep their name and description; options they lack are filled in.
    """
    return _retried(lambda: _upsert_families(drafts, user, now))


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
    done = _retried(lambda: _upsert_products(good, action, user, now)) if good else []
    return UpsertResult(done=done, refused=refused)


def _problem(draft: ProductDraft) -> str:
    if not fold(draft.sku):
        return _("It has no SKU.")
    if len(draft.sku) > 255 or "\x00" in draft.sku:
        return _("Its SKU is longer than 255 characters or not plain text.")
    if not fold(draft.name):
        return _("It has no name.")
    return ""


def _retried(write: Callable[[], Done]) -> Done:
    """A unique key taken between our reading and our writing is found by the next attempt."""
    for _attempt in range(_ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError:
            continue
    with transaction.atomic():
        return write()


def _upsert_families(drafts: Sequence[FamilyDraft], user: User | None, now: datetime) -> dict[str, Family]:
    by_id = Family.objects.in_bulk([draft.family_id for draft in drafts if draft.family_id])
    names = {fold(clip(draft.name, 256)) for draft in drafts}
    by_name = {family.name_key: family for family in Family.objects.filter(name_key__in=names)}
    result: dict[str, Family] = {}
    new: list[Family] = []
    changed: list[Family] = []
    for draft in drafts:
        name = clip(draft.name.strip(), 256).strip()
        family = by_id.get(draft.family_id or 0) or by_name.get(fold(name))
        if family is None:
            family = Family(name=name, name_key=fold(name), description=sanitize(draft.description or ""))
            by_name[family.name_key] = family
            new.append(family)
        elif _lacks_options(family, draft) and family not in new:
            changed.append(family)
        _fill_options(family, draft.option_names)
        result[draft.key] = family
    Family.objects.bulk_create(new)
    if changed:
        Family.objects.bulk_update(changed, ["option1_name", "option2_name", "option3_name"])
    entries = [audit.Entry(action=_("Added the family"), obj=family) for family in new]
    if entries:
        audit.record_many(entries, user=user, now=now)
    return result


def _lacks_options(family: Family, draft: FamilyDraft) -> bool:
    return len(family.option_names()) < min(3, len(draft.option_names))


def _fill_options(family: Family, names: Sequence[str]) -> None:
    for place, name in enumerate(names[:3], 1):
        if not getattr(family, f"option{place}_name"):
            setattr(family, f"option{place}_name", clip(name, 100) or _("Option %(n)s") % {"n": place})


def _upsert_products(drafts: Sequence[ProductDraft], action: str, user: User | None, now: datetime) -> list[Upserted]:
    existing = _existing(drafts)
    names = _NamesTaken(drafts, existing)
    options = _OptionsTaken(drafts, existing)
    rows: dict[str, tuple[Product, bool, dict[str, tuple[Any, Any]]]] = {}
    fresh_by_sku: dict[str, Product] = {}
    for draft in drafts:
        product = existing.get(draft.key) or fresh_by_sku.get(fold(draft.sku))
        created = product is None
        if product is None:
            product = Product(**draft.new_columns)
            fresh_by_sku[fold(draft.sku)] = product
        values = {"sku": draft.sku, "name": names.free(draft, product), **_clean(draft.columns)}
        values |= options.free(draft, product, values)
        changes = audit.difference({} if created else {name: getattr(product, name) for name in values}, values)
        for name, value in values.items():
            setattr(product, name, value)
        product.set_keys()
        rows[draft.key] = (product, created, changes)
    _save([product for product, created, changes in rows.values() if created or changes])
    details = _details(drafts, {key: product for key, (product, _created, _changes) in rows.items()})
    done = [
        Upserted(key=key, product=product, created=created, changes={**changes, **details.get(product.pk, {})})
        for key, (product, created, changes) in rows.items()
    ]
    _tell(done, action, user, now)
    return done


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

    def __init__(self, drafts: Sequence[ProductDraft], existing: Mapping[str, Product]) -> None:
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

    def __init__(self, drafts: Sequence[ProductDraft], existing: Mapping[str, Product]) -> None:
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


def _clean(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Text from outside fitted to its column, HTML made harmless."""
    cleaned = dict(columns)
    for name, value in columns.items():
        if name == "description":
            cleaned[name] = sanitize(value or "")
        elif isinstance(value, str):
            cleaned[name] = clip(value, getattr(Product._meta.get_field(name), "max_length", None) or len(value))
    return cleaned


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
    parts = [
        write_prices({products[d.key].pk: d.prices for d in drafts if d.prices is not None}),
        write_custom_fields({products[d.key].pk: d.custom_fields for d in drafts if d.custom_fields is not None}),
        write_images({products[d.key].pk: d.images for d in drafts if d.images}, only_where_none=True),
        write_tags({products[d.key].pk: d.tags for d in drafts if d.tags}, keep_others=True),
    ]
    for part in parts:
        for product_id, changes in part.items():
            changed[product_id].update(changes)
    return changed


def _tell(done: Sequence[Upserted], action: str, user: User | None, now: datetime) -> None:
    touched = [each for each in done if each.created or each.changes]
    if not touched:
        return
    audit.record_many(
        [
            audit.Entry(
                action=action or (_("Added the product") if each.created else _("Changed the product")),
                obj=each.product,
                changes=each.changes,
            )
            for each in touched
        ],
        user=user,
        now=now,
    )
    priced = [each.product.pk for each in touched if any(name.startswith("price ") for name in each.changes)]
    if priced:
        price_changed.send(sender=Product, product_ids=frozenset(priced))
    product_changed.send(sender=Product, product_ids=frozenset(each.product.pk for each in touched))
