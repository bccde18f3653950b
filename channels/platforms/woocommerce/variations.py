"""Variations of families, in the fewest calls that the store's version allows.

From 10.3 on there is one list for the whole store; before, each family has to be asked for its own.
"""

from collections.abc import Iterable, Mapping, Sequence

from channels.errors import RemoteNotFound
from channels.platforms.fields import remote_id
from channels.platforms.woocommerce.client import PAGE, Client, Json
from channels.platforms.woocommerce.mapping.products import VARIATION_FIELDS, variation_ids

STORE_WIDE = (10, 3)


class Variations:
    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def are_store_wide(self) -> bool:
        return self._client.is_at_least(*STORE_WIDE)

    def of(self, families: Sequence[Json], *, fields: str = VARIATION_FIELDS) -> Mapping[str, list[Json]]:
        """Rows by the id of their family."""
        if not self.are_store_wide:
            return {remote_id(row, "id"): self.of_one(row, fields=fields) for row in families}
        rows = self.by_id([number for family in families for number in variation_ids(family)], fields=fields)
        return {
            remote_id(family, "id"): [rows[number] for number in variation_ids(family) if number in rows]
            for family in families
        }

    def by_id(self, ids: Iterable[str], *, fields: str = VARIATION_FIELDS) -> dict[str, Json]:
        """Those that exist, from the list of the whole store."""
        return self._client.included("/variations", ids, fields=fields)

    def of_one(self, family: Json, *, fields: str = VARIATION_FIELDS) -> list[Json]:
        """By the family's own list. [] when it has gone meanwhile."""
        number, expected = remote_id(family, "id"), set(variation_ids(family))
        if not expected:
            return []
        found: dict[str, Json] = {}
        try:
            for rows in self._client.pages(f"/products/{number}/variations", {"_fields": fields}):
                found.update((remote_id(row, "id"), row) for row in rows)
                if expected <= found.keys():
                    break  # a full last page needs no empty one after it
        except RemoteNotFound:
            return []
        return list(found.values())

    @staticmethod
    def calls(family: Json) -> int:
        """How many calls `of_one` makes."""
        return -(-len(variation_ids(family)) // PAGE)
