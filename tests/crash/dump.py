"""What the database says, independent of ids and clock: two runs that ended the same give the same lines."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models

_KEY = re.compile(r"\b([a-z_]+):(\d+)")


def canonical(
    tables: Iterable[type[models.Model]],
    *,
    without: Iterable[str] = (),
) -> list[str]:
    """One line a row, sorted. Left out: ids, times, and `without` ("Model.field" or "Model").

    Foreign keys are replaced by the fields of the row they point at; numbers in document keys (`sale:17`)
    by their rank.
    """
    left_out = set(without)
    lines: list[str] = []
    for model in tables:
        if model.__name__ in left_out:
            continue
        facts = [{"": model.__name__, **_facts(row, left_out)} for row in model._base_manager.all()]
        lines += [json.dumps(row, sort_keys=True, default=str) for row in facts]
    return sorted(_ranked(sorted(lines)))


def _facts(row: models.Model, left_out: set[str], depth: int = 0) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    name = type(row).__name__
    for field in row._meta.concrete_fields:
        if field.primary_key and isinstance(field, models.AutoField | models.BigAutoField):
            continue
        if isinstance(field, models.DateTimeField | models.DateField) or f"{name}.{field.name}" in left_out:
            continue
        value = getattr(row, field.attname)
        if field.is_relation:
            target = getattr(row, field.name) if value is not None and depth < 2 else None
            value = _facts(target, left_out, depth + 1) if target is not None else value is not None
        facts[field.name] = value
    return facts


def _ranked(lines: list[str]) -> list[str]:
    """Replace the number of every `prefix:number` by its place among the numbers of that prefix."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        for prefix, number in _KEY.findall(line):
            numbers[prefix].add(int(number))
    places = {
        prefix: {number: place for place, number in enumerate(sorted(found), 1)} for prefix, found in numbers.items()
    }
    return [_KEY.sub(lambda hit: f"{hit[1]}:#{places[hit[1]][int(hit[2])]}", line) for line in lines]
