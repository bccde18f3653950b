"""Prices, custom fields, images and tags of products, always for many products at once.

Private to the product services. Each answers what changed: product id → field → (old, new).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from inventory.models import CustomField, Product, ProductImage, ProductPrice, Tag
from inventory.models.products import CUSTOM_FIELDS
from inventory_sync.lib.money import to_unit
from inventory_sync.lib.text import clip

Changed = dict[int, dict[str, tuple[Any, Any]]]


@dataclass(frozen=True, kw_only=True)
class ImageDraft:
    """Picture by its public address."""

    url: str
    caption: str = ""


def write_prices(wanted: Mapping[int, Mapping[int, Decimal | None]]) -> Changed:
    """Product id → tier number → amount; None takes the price away. Tiers that are not named stay."""
    changed: Changed = defaultdict(dict)
    old = {
        (row.product_id, row.tier_id): row.amount for row in ProductPrice.objects.filter(product_id__in=wanted.keys())
    }
    upserts: list[ProductPrice] = []
    gone: list[tuple[int, int]] = []
    for product_id, by_tier in wanted.items():
        for tier, raw in by_tier.items():
            before, amount = old.get((product_id, tier)), None if raw is None else to_unit(raw)
            if before == amount:
                continue
            changed[product_id][f"price {tier}"] = (before, amount)
            if amount is None:
                gone.append((product_id, tier))
            else:
                upserts.append(ProductPrice(product_id=product_id, tier_id=tier, amount=amount))
    ProductPrice.objects.bulk_create(
        upserts, update_conflicts=True, unique_fields=["product", "tier"], update_fields=["amount"]
    )
    for tier in {tier for _product, tier in gone}:
        ids = [product_id for product_id, each in gone if each == tier]
        ProductPrice.objects.filter(tier_id=tier, product_id__in=ids).delete()
    return changed


def write_custom_fields(wanted: Mapping[int, Sequence[tuple[str, str]]]) -> Changed:
    """Make these, in order, the custom fields; the first ten count. Empty names are dropped."""
    changed: Changed = defaultdict(dict)
    old: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in CustomField.objects.filter(product_id__in=wanted.keys()).order_by("position"):
        old[row.product_id].append((row.name, row.value))
    upserts: list[CustomField] = []
    for product_id, pairs in wanted.items():
        new = [(clip(name.strip(), 255), clip(value, 1000)) for name, value in pairs if name.strip()][:CUSTOM_FIELDS]
        if old[product_id] == new:
            continue
        changed[product_id]["custom fields"] = (_words(old[product_id]), _words(new))
        upserts += [
            CustomField(product_id=product_id, position=place, name=name, value=value)
            for place, (name, value) in enumerate(new, 1)
        ]
    if changed:
        CustomField.objects.filter(product_id__in=changed.keys()).delete()
        CustomField.objects.bulk_create(upserts)
    return changed


def write_images(wanted: Mapping[int, Sequence[ImageDraft]], *, only_where_none: bool = False) -> Changed:
    """Make these, in order, the images. With `only_where_none` products that have any keep theirs (SPEC CAT-15).

    A file of ours that is named by its public address stays a file; one that is not named is removed.
    """
    changed: Changed = defaultdict(dict)
    old: dict[int, list[ProductImage]] = defaultdict(list)
    for row in ProductImage.objects.filter(product_id__in=wanted.keys()).order_by("position", "pk"):
        old[row.product_id].append(row)
    rows: list[ProductImage] = []
    for product_id, drafts in wanted.items():
        before = [(row.public_address, row.caption) for row in old[product_id]]
        new = [(draft.url, clip(draft.caption, 255)) for draft in drafts if 0 < len(draft.url) <= 1000]
        if before == new or (only_where_none and before):
            continue
        changed[product_id]["images"] = ([url for url, _caption in before], [url for url, _caption in new])
        files = {row.public_address: row.file.name for row in old[product_id] if row.file}
        for place, (url, caption) in enumerate(new):
            at = {"file": files[url]} if url in files else {"url": url}
            rows.append(ProductImage(product_id=product_id, position=place, caption=caption, **at))
    if changed:
        kept = {str(row.file.name) for row in rows if row.file}
        gone = {str(row.file.name) for pk in changed for row in old[pk] if row.file} - kept
        ProductImage.objects.filter(product_id__in=changed.keys()).delete()
        ProductImage.objects.bulk_create(rows)
        transaction.on_commit(partial(forget_files, gone))
    return changed


def forget_files(names: Iterable[str]) -> None:
    """Of pictures that nobody shows any more."""
    for name in names:
        default_storage.delete(name)


def write_tags(wanted: Mapping[int, Iterable[Tag]], *, keep_others: bool = False) -> Changed:
    """Make these the tags; with `keep_others` only add what is missing."""
    changed: Changed = defaultdict(dict)
    through = Product.tags.through
    rows = through._default_manager.filter(product_id__in=wanted.keys())
    old: dict[int, dict[int, str]] = defaultdict(dict)
    for product_id, tag_id, name in rows.values_list("product_id", "tag_id", "tag__name"):
        old[product_id][tag_id] = name
    added: list[Any] = []
    for product_id, tags in wanted.items():
        new = {tag.pk: tag.name for tag in tags}
        if keep_others:
            new = {**old[product_id], **new}
        if new.keys() == old[product_id].keys():
            continue
        changed[product_id]["tags"] = (sorted(old[product_id].values()), sorted(new.values()))
        added += [through(product_id=product_id, tag_id=pk) for pk in new if pk not in old[product_id]]
        if old[product_id].keys() - new.keys():
            rows.filter(product_id=product_id).exclude(tag_id__in=new).delete()
    through._default_manager.bulk_create(added, ignore_conflicts=True)
    return changed


def _words(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in pairs]
