"""Transfers as staff look for them (SPEC INV-6)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet

from inventory.models import Transfer


def transfer_rows(filters: Mapping[str, Any]) -> QuerySet[Transfer]:
    """Newest first. Filters: q (number), state, location (id, either end)."""
    rows = Transfer.objects.select_related("source", "target").annotate(line_count=Count("lines"))
    if filters.get("q"):
        rows = rows.filter(Q(number__icontains=filters["q"]) | Q(note__icontains=filters["q"]))
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    if filters.get("location"):
        rows = rows.filter(Q(source_id=filters["location"]) | Q(target_id=filters["location"]))
    return rows.order_by("-pk")
