"""``meta_data`` of any object: by id or by key, null removes, the rest stays."""

from typing import Any

from sandbox.db import Json
from sandbox.woocommerce.sites import Site


def apply_meta(site: Site, known: list[Json], sent: Any) -> list[Json]:
    """The entries after what was sent; an id that is not there is taken as none."""
    found = [dict(entry) for entry in known]
    for entry in sent if isinstance(sent, list) else []:
        if not isinstance(entry, dict):
            continue
        number, key, value = entry.get("id"), entry.get("key"), entry.get("value")
        same = [one for one in found if (number and one["id"] == number) or (not number and one["key"] == key)]
        if value is None:
            found = [one for one in found if one not in same]
        elif same:
            same[0].update({"value": value, **({"key": key} if key else {})})
        elif key:
            found.append({"id": site.next_id("meta"), "key": str(key), "value": value})
    return found


def set_meta(site: Site, known: list[Json], key: str, value: Any) -> list[Json]:
    return apply_meta(site, known, [{"key": key, "value": value}])
