"""What became of a downloaded product, in words, with the way out (SPEC CAT-5, A22, A23, A25)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.services.matching import OPTIONS, ProductPlan, VariantPlan
from channels.remote import RemoteProduct, RemoteVariant
from inventory.enums import Outcome
from inventory.services.runs import ItemOutcome

OF = " · "
"""Between a product and its variation in a label."""


@dataclass(kw_only=True)
class ProductSaved:
    """What became of a product, over all its pieces."""

    created: int = 0
    changed: int = 0
    refused: list[str] = field(default_factory=list)


def outcomes_of(
    plan: ProductPlan, saved: ProductSaved | None, *, price_words: str, channel_id: int
) -> Iterator[ItemOutcome]:
    """One of the product, one of each variation that was left out."""
    remote = plan.remote
    if plan.is_ignored or plan.conflict:
        words = plan.conflict.words if plan.conflict else _("Ignored, as decided.")
        label = _("Decide what it is") if plan.conflict else _("Take it back")
        fix = reverse("catalog:conflicts", args=[channel_id])
        ignored = "" if plan.conflict else "?show=ignored"
        yield _outcome(remote, Outcome.SKIPPED, words, fix_label=label, fix_url=fix + ignored)
        if plan.is_ignored:
            return
    elif not plan.variants:
        words = _("No SKU in the store.") if remote.variants else _("The store has nothing to sell under it.")
        yield _outcome(remote, Outcome.SKIPPED, words)
        return
    elif saved is None:
        yield _outcome(remote, Outcome.NOTHING, "")
    elif saved.refused:
        yield failed(remote, " ".join(saved.refused))
    else:
        yield _outcome(remote, Outcome.DONE, _words(plan, saved, price_words))
    for variant in plan.without_sku:
        reason = _("No SKU in the store: this variation was left out.")
        yield ItemOutcome(
            key=f"{remote.id}/{variant.id}", label=_label(remote, variant), outcome=Outcome.SKIPPED, reason=reason
        )


def failed(remote: RemoteProduct, reason: str) -> ItemOutcome:
    return _outcome(remote, Outcome.FAILED, reason)


def _label(remote: RemoteProduct, variant: RemoteVariant) -> str:
    return f"{remote.name}{OF}{' '.join(option.value for option in variant.options) or variant.id}"


def _outcome(
    remote: RemoteProduct, outcome: Outcome, reason: str, *, fix_label: str = "", fix_url: str = ""
) -> ItemOutcome:
    return ItemOutcome(
        key=remote.id,
        label=remote.name or remote.id,
        outcome=outcome,
        reason=reason,
        fix_label=fix_label,
        fix_url=fix_url,
    )


def _words(plan: ProductPlan, saved: ProductSaved, price_words: str) -> str:
    parts = []
    if saved.created:
        added = ngettext("%(count)s product added.", "%(count)s products added.", saved.created)
        parts.append(added % {"count": saved.created})
    if saved.changed:
        updated = ngettext("%(count)s product updated.", "%(count)s products updated.", saved.changed)
        parts.append(updated % {"count": saved.changed})
    if not parts:
        parts.append(_("Linked."))
    if len(plan.remote.option_names) > OPTIONS:
        left_out = ", ".join(plan.remote.option_names[OPTIONS:])
        parts.append(_("Only the first three options are kept; left out: %(names)s.") % {"names": left_out})
    parts += [
        _("The SKU is %(theirs)s in the store now and stays %(ours)s here.")
        % {"theirs": each.remote.sku, "ours": each.product.sku}
        for each in plan.variants
        if each.product and _sku_moved(each)
    ]
    return " ".join([*parts, price_words]).strip()


def _sku_moved(variant: VariantPlan) -> bool:
    if not variant.product or not variant.item:
        return False
    return bool(variant.remote.sku) and variant.remote.sku.strip() != variant.product.sku
