"""Fields of a value that no part of its schema names: typing errors a tolerant schema would let pass."""

from typing import Any

from tests.platforms.specs.descriptions import Json, Operation

COMBINED = ("allOf", "oneOf", "anyOf")


def undescribed_fields(operation: Operation, schema: Json, value: Any) -> list[str]:
    """Pointers without list positions, like ``data/variants/colour``."""
    return sorted(set(_walk(operation, [schema], value, "")))


def _walk(operation: Operation, schemas: list[Json], value: Any, place: str) -> list[str]:
    parts = _flat(operation, schemas)
    if isinstance(value, list):
        items = [part["items"] for part in parts if "items" in part]
        return [found for entry in value for found in _walk(operation, items, entry, place)] if items else []
    if not isinstance(value, dict):
        return []
    named: dict[str, list[Json]] = {}
    for part in parts:
        for name, sub in (part.get("properties") or {}).items():
            named.setdefault(name, []).append(sub)
    if not named or any(part.get("additionalProperties") not in (None, False) for part in parts):
        return []
    found = []
    for name, entry in value.items():
        pointer = f"{place}/{name}".lstrip("/")
        if name in named:
            found += _walk(operation, named[name], entry, pointer)
        else:
            found.append(pointer)
    return found


def _flat(operation: Operation, schemas: list[Json]) -> list[Json]:
    """Every schema that may have a say, whatever combines them."""
    found: list[Json] = []
    for schema in schemas:
        resolved = operation.resolve(schema)
        if not isinstance(resolved, dict):
            continue
        found.append(resolved)
        for word in COMBINED:
            found += _flat(operation, resolved.get(word) or [])
    return found
