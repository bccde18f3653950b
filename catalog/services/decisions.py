"""What staff decided about products that could not be matched (A25), as planning reads it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from catalog.enums import ConflictDecision
from catalog.models import CatalogConflict
from channels.models import Channel
from inventory_sync.lib.text import fold


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a variant of the store shall be: this product of ours, else a new one with this SKU."""

    product_id: int | None = None
    sku: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"product": self.product_id} if self.product_id else {"sku": self.sku}


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision that is remembered; choices by the store's variant id."""

    conflict_id: int
    decision: str
    choices: Mapping[str, Choice]
    at: datetime | None = None

    @property
    def is_ignored(self) -> bool:
        return self.decision == ConflictDecision.IGNORE

    @property
    def creates(self) -> bool:
        return self.decision == ConflictDecision.CREATE


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Those of a page of products, and what decided ones of the whole channel lay claim to."""

    by_product: Mapping[str, Decided] = field(default_factory=dict)
    """By the store's product id."""
    products: Mapping[int, str] = field(default_factory=dict)
    """Our product → the variant it was chosen for."""
    skus: Mapping[str, str] = field(default_factory=dict)
    """Folded SKU → the variant that shall be made with it."""


def choices_of(stored: Mapping[str, Any]) -> dict[str, Choice]:
    return {
        str(key): Choice(product_id=value.get("product"), sku=str(value.get("sku", "")))
        for key, value in stored.items()
        if isinstance(value, dict)
    }


def read_decisions(channel: Channel, remote_ids: Collection[str]) -> Decisions:
    """One statement."""
    waiting = Q(decision__in=[ConflictDecision.LINK, ConflictDecision.CREATE])
    rows = CatalogConflict.objects.filter(waiting | Q(remote_id__in=remote_ids), channel=channel).exclude(decision="")
    names = ("pk", "remote_id", "decision", "choices", "decided_at")
    return decisions_of(rows.order_by("pk").values_list(*names))


def decisions_of(rows: Iterable[Sequence[Any]]) -> Decisions:
    """From (pk, the store's id, decision, choices, when); an ignored product claims nothing."""
    found = {
        remote_id: Decided(conflict_id=pk, decision=decision, choices=choices_of(choices), at=at)
        for pk, remote_id, decision, choices, at in rows
    }
    claims = [
        (variant_id, choice)
        for each in found.values()
        if not each.is_ignored
        for variant_id, choice in each.choices.items()
    ]
    return Decisions(
        by_product=found,
        products={choice.product_id: variant_id for variant_id, choice in claims if choice.product_id},
        skus={fold(choice.sku): variant_id for variant_id, choice in claims if not choice.product_id},
    )
