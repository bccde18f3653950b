"""Whether a decision on a conflict can be carried out (A25); for many conflicts with constant statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.enums import ConflictDecision
from catalog.models import CatalogConflict, Listing, ListingItem
from catalog.services.decisions import Choice, Decisions, read_decisions
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Product
from inventory_sync.lib.text import fold

WHOLE = ""
"""Key of a problem that is the whole product's, not one variant's."""


@dataclass(kw_only=True)
class Claims:
    """What exists here that choices may run into."""

    products: Mapping[int, Product]
    """The chosen ones, by id."""
    skus: dict[str, str]
    """Folded SKU → words on whose it is, of those that shall be made."""
    linked: Mapping[int, ListingItem]
    """By product of ours, in this channel."""
    linked_variants: frozenset[str]
    listings: Mapping[str, Listing]
    """By the store's product id."""
    families: Mapping[int, Listing]
    """By family of ours, in this channel."""
    decided: Decisions

    def open_choices(self, row: CatalogConflict, choices: Mapping[str, Choice]) -> dict[str, Choice]:
        """Without variants that are linked already."""
        return {key: choice for key, choice in choices.items() if key not in self.linked_variants}

    def take(self, choices: Mapping[str, Choice]) -> None:
        """SKUs that another conflict of the same call shall not take too."""
        for choice in choices.values():
            if not choice.product_id:
                self.skus[fold(choice.sku)] = choice.sku


def own_choices(row: CatalogConflict) -> dict[str, Choice]:
    """New products under the SKUs that the store has; variants without one are left to the download."""
    return {each["id"]: Choice(sku=each["sku"]) for each in row.variants if fold(each["sku"])}


def read_claims(
    channel: Channel, rows: Sequence[CatalogConflict], *, choices: Mapping[int, Mapping[str, Choice]]
) -> Claims:
    """Five statements."""
    flat = [choice for chosen in choices.values() for choice in chosen.values()]
    ids = {choice.product_id for choice in flat if choice.product_id}
    skus = {fold(choice.sku) for choice in flat if not choice.product_id}
    products = Product.objects.select_related("family").in_bulk(ids)
    items = ListingItem.objects.filter(channel=channel)
    variants = [each["id"] for row in rows for each in row.variants]
    linked = items.filter(product_id__in=ids).select_related("listing")
    family_ids = {each.family_id for each in products.values() if each.family_id}
    listings = Listing.objects.filter(channel=channel)
    taken = Product.objects.filter(sku_key__in=skus).values_list("sku_key", "sku")
    return Claims(
        products=products,
        skus=dict(taken),
        linked={each.product_id: each for each in linked},
        linked_variants=frozenset(items.filter(remote_id__in=variants).values_list("remote_id", flat=True)),
        listings={each.remote_id: each for each in listings.filter(remote_id__in=[row.remote_id for row in rows])},
        families={each.family_id or 0: each for each in listings.filter(family_id__in=family_ids)},
        decided=read_decisions(channel, []),
    )


def check_choices(
    row: CatalogConflict, *, decision: str, choices: Mapping[str, Choice], claims: Claims
) -> dict[str, str]:
    """What stands in the way, by variant; empty when it can be done."""
    listing = claims.listings.get(row.remote_id)
    if listing is not None and (listing.family_id is not None) != row.is_family:
        return {WHOLE: _("It is linked as something else here. Unlink it first, then decide.")}
    if not choices or (decision == ConflictDecision.LINK and not any(each.product_id for each in choices.values())):
        return {WHOLE: _("Choose at least one product of yours.")}
    known = {each["id"] for each in row.variants}
    problems: dict[str, str] = {}
    seen: set[object] = set()
    for key, choice in choices.items():
        what: object = choice.product_id or fold(choice.sku)
        words = _("The store does not have this variation.") if key not in known else _problem(key, choice, claims)
        if not words and what in seen:
            words = _("The same is chosen twice.")
        seen.add(what)
        if words:
            problems[key] = words
    return problems or _family_problems(row, listing, choices, claims)


def _problem(key: str, choice: Choice, claims: Claims) -> str:
    if key in claims.linked_variants:
        return _("It is linked already.")
    if not choice.product_id:
        return _sku_problem(key, choice, claims)
    product = claims.products.get(choice.product_id)
    if product is None or product.status == RecordStatus.DEPRECATED:
        return _("There is no active product like this.")
    linked = claims.linked.get(product.pk)
    if linked is not None:
        words = _("%(sku)s is linked to “%(name)s” of this store already. Unlink that first.")
        return words % {"sku": product.sku, "name": linked.listing.remote_name}
    if claims.decided.products.get(product.pk, key) != key:
        return _("%(sku)s was chosen for another product of this store a moment ago.") % {"sku": product.sku}
    return ""


def _sku_problem(key: str, choice: Choice, claims: Claims) -> str:
    sku = fold(choice.sku)
    if not sku:
        return _("A new product needs a SKU.")
    if len(choice.sku) > 255 or "\x00" in choice.sku:
        return _("Its SKU is longer than 255 characters or not plain text.")
    if sku in claims.skus or claims.decided.skus.get(sku, key) != key:
        return _("The SKU %(sku)s is taken. Choose another one.") % {"sku": choice.sku}
    return ""


def _family_problems(
    row: CatalogConflict, listing: Listing | None, choices: Mapping[str, Choice], claims: Claims
) -> dict[str, str]:
    """Variations of one product of the store belong to one family here."""
    if not row.is_family:
        return {}
    problems: dict[str, str] = {}
    home = listing.family_id if listing else None
    for key, choice in choices.items():
        product = claims.products.get(choice.product_id or 0)
        if product is None:
            continue
        home = home or product.family_id
        elsewhere = claims.families.get(product.family_id or 0)
        if product.family is None:
            words = _("%(sku)s is a single product here. Put it into a family first.")
        elif product.family_id != home:
            words = _("%(sku)s belongs to another family, “%(family)s”: all variations must be of one.")
        elif elsewhere is not None and elsewhere.remote_id != row.remote_id:
            words = _("The family “%(family)s” of %(sku)s is linked to another product of this store.")
        else:
            continue
        problems[key] = words % {"sku": product.sku, "family": product.family.name if product.family else ""}
    return problems
