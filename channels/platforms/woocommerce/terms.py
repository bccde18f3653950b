"""Categories, tags and attributes of a store, found or made: products name them by id only.

Made in batches: what exists is refused with its id, which is the answer (`term_exists`). That also holds when somebody
else made it a moment ago; two of ours never do it at once, because one process holds the channel.
"""

from collections.abc import Iterable, Sequence

from channels.platforms.batches import chunks
from channels.platforms.fields import remote_id
from channels.platforms.http import excerpt
from channels.platforms.woocommerce.client import BATCH, Client, Failure
from channels.platforms.woocommerce.mapping.values import title

EXISTS = "term_exists"


class Terms:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._categories: dict[str, int] = {}
        self._tags: dict[str, int] = {}
        self._attributes: dict[str, int] | None = None
        self.refused: dict[str, str] = {}
        """The store's words by the name of a category or tag that it did not take."""

    def categories(self, names: Iterable[str]) -> dict[str, int]:
        """Ids of root categories by name, those that the store has or took."""
        return self._learn("/products/categories", names, self._categories)

    def tags(self, names: Iterable[str]) -> dict[str, int]:
        return self._learn("/products/tags", names, self._tags)

    def attributes(self) -> dict[str, int]:
        """Ids of the store's global attributes by folded name; none are made, because they are the merchant's."""
        if self._attributes is None:
            rows = self._client.whole("/products/attributes", {"_fields": "id,name"})
            self._attributes = {title(row, "name").casefold(): int(remote_id(row, "id") or 0) for row in rows}
        return self._attributes

    def _learn(self, path: str, names: Iterable[str], known: dict[str, int]) -> dict[str, int]:
        wanted = [name for name in dict.fromkeys(names) if name and name not in known]
        for part in chunks(wanted, min(BATCH, self._client.batch_size)):
            self._make(path, part, known)
        return known

    def _make(self, path: str, names: Sequence[str], known: dict[str, int]) -> None:
        made, _changed = self._client.batch(path, create=[{"name": name} for name in names])
        for name, found in zip(names, made, strict=True):
            if not isinstance(found, Failure):
                known[name] = int(remote_id(found, "id") or 0)
            elif found.code == EXISTS and found.resource:
                known[name] = int(found.resource)
            else:
                self.refused[name] = excerpt(found.message)
