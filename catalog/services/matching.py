"""Which of our products a store's products are (SPEC CAT-4 to CAT-9, A22 to A26). Reads and plans; writes nothing.

An existing link always wins, then what staff decided. Then: family by name, variant by its external id (a link again),
SKU. What disagrees is a conflict and is never guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.enums import ConflictKind
from catalog.models import Listing, ListingItem
from catalog.services.decisions import Choice, Decided, Decisions, read_decisions
from channels.models import Channel
from channels.remote import RemoteProduct, RemoteVariant
from inventory.models import Family, Product
from inventory_sync.lib.text import clip, fold

OPTIONS = 3
"""Options of a family here (SPEC CAT-5)."""


@dataclass(frozen=True, kw_only=True, order=True)
class VariantKey:
    """What an order line says of its product."""

    product_id: str
    variant_id: str
    sku: str


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Why a variant was not matched, and the product of ours in the way, if one is."""

    kind: ConflictKind
    sku: str
    product: Product | None
    words: str


@dataclass(frozen=True, kw_only=True)
class VariantPlan:
    """A variant to save; `product` is ours that it is (None: a new one), `item` its link if there is one.

    `sku` is that of ours, where staff chose another one than the store's.
    """

    remote: RemoteVariant
    product: Product | None = None
    item: ListingItem | None = None
    sku: str = ""


@dataclass(kw_only=True)
class ProductPlan:
    """What is to be done with one product of the store."""

    remote: RemoteProduct
    listing: Listing | None = None
    family: Family | None = None
    family_name: str = ""
    """Of the family to be found or made; "" for a single product."""
    variants: list[VariantPlan] = field(default_factory=list)
    without_sku: list[RemoteVariant] = field(default_factory=list)
    conflict: Conflict | None = None
    decided: Decided | None = None

    @property
    def is_ignored(self) -> bool:
        return self.decided is not None and self.decided.is_ignored


@dataclass(frozen=True, kw_only=True)
class Known:
    """What exists here that a page of products may be."""

    listings: Mapping[str, Listing]
    """By the store's product id."""
    items: Mapping[str, ListingItem]
    """By the store's variant id, with product and its family."""
    linked_products: Mapping[int, ListingItem]
    linked_families: Mapping[int, Listing]
    products: Mapping[str, Product]
    """By folded SKU."""
    families: Mapping[str, Family]
    """By folded name."""
    chosen: Mapping[int, Product] = field(default_factory=dict)
    """Products that staff chose, by id."""
    decisions: Decisions = field(default_factory=Decisions)


def read_known(channel: Channel, remotes: Sequence[RemoteProduct]) -> Known:
    """Everything that planning looks at, in seven statements whatever the number of products."""
    variants = [variant for remote in remotes for variant in remote.variants]
    decisions = read_decisions(channel, [remote.id for remote in remotes])
    skus = {fold(variant.sku) for variant in variants} | decisions.skus.keys()
    wanted = Q(sku_key__in=skus - {""}) | Q(pk__in=decisions.products)
    found = list(Product.objects.filter(wanted).select_related("family"))
    products = {each.sku_key: each for each in found}
    families = {each.name_key: each for each in Family.objects.filter(name_key__in=_family_keys(remotes))}
    ours = ListingItem.objects.filter(channel=channel)
    items = ours.filter(remote_id__in=[variant.id for variant in variants]).select_related("product__family")
    family_ids = {each.pk for each in families.values()} | {
        each.family_id for each in products.values() if each.family_id is not None
    }
    listings = Listing.objects.filter(channel=channel)
    linked = ours.filter(product_id__in=[each.pk for each in products.values()])
    return Known(
        listings={each.remote_id: each for each in listings.filter(remote_id__in=[one.id for one in remotes])},
        items={each.remote_id: each for each in items},
        linked_products={each.product_id: each for each in linked},
        linked_families={each.family_id or 0: each for each in listings.filter(family_id__in=family_ids)},
        products=products,
        families=families,
        chosen={each.pk: each for each in found if each.pk in decisions.products},
        decisions=decisions,
    )


def _family_keys(remotes: Iterable[RemoteProduct]) -> set[str]:
    return {fold(clip(remote.name.strip(), 256)) for remote in remotes if remote.is_family}


def plan_products(
    known: Known, remotes: Sequence[RemoteProduct], *, among: Sequence[RemoteProduct] = ()
) -> list[ProductPlan]:
    """One plan a product; `among`: all that the store has on the page, to see SKUs twice. No database, no network."""
    skus = (variant.sku for remote in among or remotes for variant in remote.variants)
    counts = Counter(key for sku in skus if (key := fold(sku)))
    doubled = {sku for sku, count in counts.items() if count > 1}
    return [_plan(known, remote, doubled) for remote in remotes]


def _plan(known: Known, remote: RemoteProduct, doubled: set[str]) -> ProductPlan:
    decided = known.decisions.by_product.get(remote.id)
    plan = ProductPlan(remote=remote, listing=known.listings.get(remote.id), decided=decided)
    shape = _shape_conflict(plan)
    if shape:
        plan.conflict = None if plan.is_ignored else shape
        return plan
    for variant in remote.variants:
        item = known.items.get(variant.id)
        choice = decided.choices.get(variant.id) if decided and not decided.is_ignored else None
        if item is not None:
            plan.variants.append(VariantPlan(remote=variant, product=item.product, item=item))
        elif plan.is_ignored:
            continue
        elif choice is not None:
            _take_choice(known, plan, variant, choice)
        elif not fold(variant.sku):
            plan.without_sku.append(variant)
        elif conflict := _sku_conflict(known, variant, doubled):
            plan.conflict = plan.conflict or conflict
        else:
            plan.variants.append(VariantPlan(remote=variant, product=known.products.get(fold(variant.sku))))
    if remote.is_family and (plan.variants or plan.listing):
        _choose_family(known, plan)
    if plan.conflict:
        plan.variants = [each for each in plan.variants if each.item] if plan.listing else []
    return plan


def _take_choice(known: Known, plan: ProductPlan, variant: RemoteVariant, choice: Choice) -> None:
    """As staff decided, unless that has become impossible since."""
    if choice.product_id:
        product = known.chosen.get(choice.product_id)
        if product is None or choice.product_id in known.linked_products:
            plan.conflict = plan.conflict or _taken_choice(variant, product)
        else:
            plan.variants.append(VariantPlan(remote=variant, product=product, sku=product.sku))
    elif product := known.products.get(fold(choice.sku)):
        plan.conflict = plan.conflict or _taken_choice(variant, product)
    else:
        plan.variants.append(VariantPlan(remote=variant, sku=choice.sku))


def _taken_choice(variant: RemoteVariant, product: Product | None) -> Conflict:
    words = _("What was decided is no longer possible: %(sku)s belongs to another product by now. Decide again.")
    sku = product.sku if product else variant.sku
    return Conflict(kind=ConflictKind.DUPLICATE_SKU, sku=variant.sku, product=product, words=words % {"sku": sku})


def _shape_conflict(plan: ProductPlan) -> Conflict | None:
    """A linked product that became a family in the store, or the other way round."""
    listing, remote = plan.listing, plan.remote
    if listing is None or (listing.family_id is not None) == remote.is_family:
        return None
    words = (
        _("It has variations in the store and is a single product here. Unlink it, then download again.")
        if remote.is_family
        else _("It is one product in the store and a family here. Unlink it, then download again.")
    )
    sku = remote.variants[0].sku if remote.variants else ""
    return Conflict(kind=ConflictKind.FAMILY_CLASH, sku=sku, product=None, words=words)


def _sku_conflict(known: Known, variant: RemoteVariant, doubled: set[str]) -> Conflict | None:
    key = fold(variant.sku)
    product = known.products.get(key)
    if key in doubled:
        words = _("The SKU %(sku)s appears twice in the store. Give one of them another SKU there.")
        kind = ConflictKind.DUPLICATE_SKU
    elif known.decisions.skus.get(key, variant.id) != variant.id or (
        product and known.decisions.products.get(product.pk, variant.id) != variant.id
    ):
        words = _("The SKU %(sku)s was chosen for another product of this store. Decide what this one is.")
        kind = ConflictKind.DUPLICATE_SKU
    elif product and product.pk in known.linked_products:
        words = _(
            "The SKU %(sku)s is linked to another product of this store. "
            "Change one of the SKUs in the store, or unlink the other product."
        )
        kind = ConflictKind.DUPLICATE_SKU
    else:
        return None
    return Conflict(kind=kind, sku=variant.sku, product=product, words=words % {"sku": variant.sku})


def _choose_family(known: Known, plan: ProductPlan) -> None:
    """The linked family, else the one all matched variants belong to, else the one named like the product.

    A family that another product of the store is linked to is not taken again.
    """
    if plan.listing and plan.listing.family_id:
        plan.family_name = plan.remote.name
        _demand_family(plan, plan.listing.family_id)
        return
    name = clip(plan.remote.name.strip(), 256).strip()
    named = known.families.get(fold(name))
    matched = [each.product for each in plan.variants if each.product]
    is_chosen = plan.decided is not None and bool(matched)
    is_new = plan.decided is not None and plan.decided.creates and not matched
    if named is not None and (is_new or named.pk in known.linked_families):
        named = None
        name = clip(f"{name[:200]} ({_first_sku(plan)})", 256)
    homes = {product.family_id for product in matched}
    home = next((product.family for product in matched if product.family), None)
    family = (home or named) if is_chosen else (named or home)
    if family is not None and family.pk in known.linked_families:
        plan.conflict = _elsewhere(matched[0])
        return
    plan.family, plan.family_name = family, family.name if family else name
    if homes:
        _demand_family(plan, family.pk if family else None)


def _demand_family(plan: ProductPlan, family_id: int | None) -> None:
    """Every matched product must be of this family; nothing is moved between families by itself."""
    for each in plan.variants:
        if each.product is None or each.item is not None:
            continue
        if each.product.family_id is None:
            plan.conflict = plan.conflict or _single(each.product)
        elif each.product.family_id != family_id:
            plan.conflict = plan.conflict or _elsewhere(each.product)


def _single(product: Product) -> Conflict:
    words = _(
        "%(sku)s is a single product here and a variation in the store. "
        "Put it into a family here, or give it another SKU in the store."
    )
    return Conflict(
        kind=ConflictKind.FAMILY_CLASH, sku=product.sku, product=product, words=words % {"sku": product.sku}
    )


def _elsewhere(product: Product) -> Conflict:
    words = _(
        "%(sku)s belongs to the family “%(family)s” here. "
        "Move it, or change the name or the SKU in the store, then download again."
    )
    values = {"sku": product.sku, "family": product.family.name if product.family else ""}
    return Conflict(kind=ConflictKind.SKU_ELSEWHERE, sku=product.sku, product=product, words=words % values)


def _first_sku(plan: ProductPlan) -> str:
    return (plan.variants[0].sku or plan.variants[0].remote.sku) if plan.variants else plan.remote.id


def option_values(remote: RemoteProduct, variant: RemoteVariant) -> tuple[str, str, str]:
    """Values of the first three options, in the family's order; "" where the variant has none (SPEC CAT-5)."""
    by_name = {each.name: each.value for each in variant.options}
    names = remote.option_names or tuple(each.name for each in variant.options)
    values = [by_name.get(name, "") for name in names[:OPTIONS]]
    first, second, third = [*values, "", "", ""][:OPTIONS]
    return first, second, third


def product_name(remote: RemoteProduct, variant: RemoteVariant) -> str:
    """SPEC CAT-11: the product's name and the option values 1 to 3, joined by spaces."""
    values = option_values(remote, variant) if remote.is_family else ()
    return " ".join(part for part in (remote.name.strip(), *values) if part)


def find_products(channel: Channel, keys: Sequence[VariantKey]) -> dict[VariantKey, Product]:
    """Our product of each key: by its link, else by SKU; keys without one are left out. Two statements."""
    items = ListingItem.objects.filter(channel=channel).select_related("product")
    wanted = [key.product_id for key in keys if key.product_id]
    by_variant: dict[str, Product] = {}
    by_product: dict[str, list[Product]] = defaultdict(list)
    for item in items.filter(remote_product_id__in=wanted):
        by_variant[item.remote_id] = item.product
        by_product[item.remote_product_id].append(item.product)
    skus = {fold(key.sku) for key in keys} - {""}
    by_sku = {product.sku_key: product for product in Product.objects.filter(sku_key__in=skus)}
    found: dict[VariantKey, Product] = {}
    for key in keys:
        alone = by_product.get(key.product_id, []) if not key.variant_id else []
        linked = by_variant.get(key.variant_id) or (alone[0] if len(alone) == 1 else None)
        product = linked or by_sku.get(fold(key.sku))
        if product is not None:
            found[key] = product
    return found
