"""Conflicts that a download finds (A25): kept for staff, gone when resolved, silent while ignored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from catalog.enums import ConflictDecision
from catalog.models import CatalogConflict
from catalog.services.matching import ProductPlan, option_values
from channels.models import Channel
from channels.remote import RemoteProduct
from inventory_sync.lib.text import clip

_MOST_SHOWN = 600
"""Variants kept with a conflict: as many as a product of any of the platforms has."""


def keep_conflicts(channel: Channel, plans: Sequence[ProductPlan], *, now: datetime) -> None:
    """What is resolved is deleted, what is ignored stays so, a decision that could not be carried out is taken back."""
    rows = CatalogConflict.objects.filter(channel=channel)
    found = [plan for plan in plans if plan.conflict]
    solved = [plan.remote.id for plan in plans if not plan.conflict and not plan.is_ignored]
    open_ones = rows.filter(remote_id__in=solved).exclude(decision=ConflictDecision.IGNORE)
    if open_ones.exists():
        open_ones.delete()
    if not found:
        return
    CatalogConflict.objects.bulk_create(
        [_row(channel, plan, now) for plan in found],
        update_conflicts=True,
        unique_fields=["channel", "remote_id"],
        update_fields=["remote_name", "sku", "kind", "product", "words", "is_family", "variants", "seen_at"],
    )
    for plan in found:
        if plan.decided is not None:
            rows.filter(pk=plan.decided.conflict_id, decided_at=plan.decided.at).update(decision="", choices={})


def _row(channel: Channel, plan: ProductPlan, now: datetime) -> CatalogConflict:
    conflict = plan.conflict
    if conflict is None:
        raise ValueError("no conflict to keep")
    return CatalogConflict(
        channel=channel,
        remote_id=plan.remote.id,
        remote_name=clip(plan.remote.name, 512),
        sku=clip(conflict.sku, 255),
        kind=conflict.kind,
        product=conflict.product,
        words=clip(conflict.words, 1000),
        is_family=plan.remote.is_family,
        variants=_variants(plan.remote),
        seen_at=now,
    )


def _variants(remote: RemoteProduct) -> list[dict[str, Any]]:
    return [
        {
            "id": variant.id,
            "sku": clip(variant.sku.strip(), 255),
            "name": clip(" ".join(part for part in option_values(remote, variant) if part), 300),
        }
        for variant in remote.variants[:_MOST_SHOWN]
    ]
