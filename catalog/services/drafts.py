"""A store's product in the fields of ours (SPEC CAT-8, CAT-11, CAT-12, CAT-15, TAX-10): each named once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from catalog.services.matching import OPTIONS, ProductPlan, VariantPlan, option_values, product_name
from channels import queries as channel_queries
from channels.models import Channel
from channels.registry import platform_spec
from channels.remote import RemoteProduct, RemoteVariant
from inventory.enums import LengthUnit, ProductType, WeightUnit
from inventory.models import Brand, Category, PriceTier, Tag, TaxRule
from inventory.queries import organization
from inventory.services.books import ensure_named
from inventory.services.products import FamilyDraft, ImageDraft, ProductDraft
from inventory_sync.lib.markup import sanitize
from inventory_sync.lib.money import to_unit
from inventory_sync.lib.text import clip, fold

_MOST_MEASURE = Decimal(10) ** 10
_MOST_PRICE = Decimal(10) ** 15
_IMAGES = 20


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What of Setup decides how fields arrive here."""

    tax_rules: Mapping[str, TaxRule]
    regular_tier: int | None
    """Price tier of the store's regular price; None while currency or tax mode of tier and store differ (INV-19)."""
    sale_tier: int | None
    price_words: str = ""
    """Why prices stay as they are, if they do."""
    kept: frozenset[str] = frozenset()
    """Fields that existing products keep because the store is not master (SET-22, CAT-19)."""
    sent: frozenset[str] = frozenset()
    """Those of them that an update would send to the store."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Entries of reference books by folded name, made where missing."""

    categories: Mapping[str, Category]
    brands: Mapping[str, Brand]
    tags: Mapping[str, Tag]


def read_terms(channel: Channel) -> Terms:
    """Two statements besides the channel's settings."""
    setup = channel.settings
    base = organization().base_currency
    tiers = PriceTier.objects.in_bulk([setup.regular_price_tier_id, setup.sale_price_tier_id])
    regular, sale = tiers[setup.regular_price_tier_id], tiers[setup.sale_price_tier_id]
    fits = {tier.number: _fits(tier, channel, base) for tier in tiers.values()}
    words = "" if all(fits.values()) else _price_words(next(tier for tier in tiers.values() if not fits[tier.number]))
    return Terms(
        tax_rules=channel_queries.tax_rules(channel),
        regular_tier=regular.number if fits[regular.number] else None,
        sale_tier=sale.number if fits[sale.number] and sale.number != regular.number else None,
        price_words=words,
        **_kept(channel),
    )


def _kept(channel: Channel) -> dict[str, frozenset[str]]:
    content, chosen = platform_spec(channel.platform).content, channel.settings.store_is_master
    is_master = content.store_is_master if chosen is None else chosen
    kept = frozenset() if is_master else content.of_master
    return {"kept": kept, "sent": kept - content.at_creation - content.never}


def _fits(tier: PriceTier, channel: Channel, base: str) -> bool:
    return (tier.currency or base) == channel.store_currency and tier.includes_tax == channel.prices_include_tax


def _price_words(tier: PriceTier) -> str:
    return _(
        "Prices were left as they are: currency or tax mode of the price tier “%(tier)s” is not that of the store."
    ) % {"tier": tier.name}


def ensure_names(remotes: Sequence[RemoteProduct]) -> Names:
    """Root categories, brands and tags of a page; missing ones are made (SPEC CAT-8)."""
    return Names(
        categories=ensure_named([remote.category for remote in remotes], model=Category),
        brands=ensure_named([remote.brand for remote in remotes], model=Brand),
        tags=ensure_named([tag for remote in remotes for tag in remote.tags], model=Tag),
    )


def fingerprint(remote: RemoteProduct, terms: Terms) -> str:
    """Changes when a download would write something: content, and the terms it arrives under; never the quantity."""
    rule = terms.tax_rules.get(remote.tax_key)
    content = (
        _content(remote),
        [(image.url, image.caption) for image in remote.images],
        [
            (_variant_content(variant), [(option.name, option.value) for option in variant.options])
            for variant in remote.variants
        ],
        (rule.pk if rule else None, terms.regular_tier, terms.sale_tier, sorted(terms.kept)),
    )
    return hashlib.blake2b(repr(content).encode(), digest_size=32).hexdigest()


_content = attrgetter(
    "id", "name", "is_family", "option_names", "description", "category", "brand", "tags", "custom_fields", "tax_key",
    "weight_unit", "length_unit", "is_stocked", "is_visible", "url",
)  # fmt: skip
_variant_content = attrgetter(
    "id", "sku", "price", "sale_price", "weight", "length", "width", "height", "barcode", "tracking",
)  # fmt: skip


def family_draft(plan: ProductPlan, terms: Terms) -> FamilyDraft:
    return FamilyDraft(
        key=plan.remote.id,
        name=plan.family_name,
        option_names=plan.remote.option_names[:OPTIONS],
        description=plan.remote.description,
        keeps_description="description" in terms.kept,
        family_id=plan.listing.family_id if plan.listing else plan.family.pk if plan.family else None,
    )


def product_draft(
    plan: ProductPlan, variant: VariantPlan, *, family_id: int | None, terms: Terms, names: Names
) -> ProductDraft:
    """A linked product keeps its SKU here, whatever the store calls it now (A25).

    An existing product keeps its own of `terms.kept`; a new one takes all (SET-22).
    """
    remote, store = plan.remote, variant.remote
    return ProductDraft(
        key=store.id,
        sku=variant.product.sku if variant.product and variant.item else variant.sku or store.sku.strip(),
        name=product_name(remote, store),
        product_id=variant.product.pk if variant.product else None,
        columns=_columns(plan, variant, family_id=family_id, terms=terms, names=names),
        new_columns={"type": ProductType.STOCK if remote.is_stocked else ProductType.SERVICE},
        prices=_prices(store, terms) or None,
        custom_fields=remote.custom_fields or None,
        images=[ImageDraft(url=image.url, caption=image.caption) for image in remote.images[:_IMAGES]] or None,
        tags=[names.tags[key] for tag in remote.tags if (key := fold(clip(tag.strip(), 256))) in names.tags] or None,
    )


def _columns(
    plan: ProductPlan, planned: VariantPlan, *, family_id: int | None, terms: Terms, names: Names
) -> dict[str, Any]:
    """What the store does not say stays as it is here."""
    remote, variant = plan.remote, planned.remote
    columns: dict[str, Any] = {"description": remote.description} if remote.description else {}
    if family_id is not None:
        options = option_values(remote, variant)
        columns |= {"family_id": family_id, **{f"option{n}": value for n, value in enumerate(options, 1)}}
    known = {
        "category": names.categories.get(fold(clip(remote.category.strip(), 256))),
        "brand": names.brands.get(fold(clip(remote.brand.strip(), 256))),
        "sale_tax_rule": terms.tax_rules.get(remote.tax_key),
        "barcode": variant.barcode or None,
        **{name: _measure(getattr(variant, name)) for name in ("weight", "length", "width", "height")},
    }
    columns |= {name: value for name, value in known.items() if value is not None}
    if planned.product is not None:
        columns = {name: value for name, value in columns.items() if name not in terms.kept}
    if "weight" in columns and remote.weight_unit in WeightUnit.values:
        columns["weight_unit"] = remote.weight_unit
    if columns.keys() & {"length", "width", "height"} and remote.length_unit in LengthUnit.values:
        columns["length_unit"] = remote.length_unit
    return columns


def _measure(value: Decimal | None) -> Decimal | None:
    return to_unit(value) if value is not None and 0 <= value < _MOST_MEASURE else None


def _prices(variant: RemoteVariant, terms: Terms) -> dict[int, Decimal | None]:
    wanted = ((terms.regular_tier, variant.price), (terms.sale_tier, variant.sale_price))
    return {
        tier: to_unit(price)
        for tier, price in wanted
        if tier is not None and price is not None and 0 <= price < _MOST_PRICE
    }


def differs_from_store(plan: ProductPlan, variants: Sequence[VariantPlan], *, terms: Terms, names: Names) -> bool:
    """Whether an existing product kept something that an update would send: it is not in step with the store."""
    brand = names.brands.get(fold(clip(plan.remote.brand.strip(), 256)))
    products = [each.product for each in variants if each.product is not None]
    if "brand" in terms.sent and brand is not None and any(each.brand_id != brand.pk for each in products):
        return True
    if "description" not in terms.sent or not plan.remote.description:
        return False
    theirs = sanitize(plan.remote.description)
    return any(each.description != theirs for each in products)
