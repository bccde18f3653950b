"""Products of a store by SKU, and what an earlier attempt of ours has made."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from channels.platforms.fields import remote_id, text
from channels.platforms.woocommerce.client import Client, Json
from channels.platforms.woocommerce.mapping.desired import KEY_META
from channels.platforms.woocommerce.mapping.products import is_family
from channels.platforms.woocommerce.mapping.values import objects, title
from channels.remote import DesiredProduct

SKUS = 50
"""Asked for in one call; they travel in the address."""
LONGEST = 4000
SEARCHED = 4
_WORD = re.compile(r"[^\W_]+")
WRITE_FIELDS = "id,parent_id,name,type,status,permalink,sku,manage_stock,attributes,images,variations,meta_data"


class Finding:
    def __init__(self, client: Client) -> None:
        self._client = client

    def ids_by_sku(self, skus: Iterable[str]) -> dict[str, set[str]]:
        """Ids of products by folded SKU, their own or a variation's; several may have one.

        The store's filter is exact, and a comma in it parts SKUs; a SKU with a comma is looked for by its text.
        """
        wanted = sorted({sku.strip() for sku in skus} - {""})
        found: dict[str, set[str]] = {}
        for part in _lots([sku for sku in wanted if "," not in sku]):
            self._add(found, {"sku": ",".join(part)}, part)
        for sku in wanted:
            if "," in sku:
                name = "search" if self._client.is_older_than(6, 6) else "search_sku"
                self._add(found, {name: sku}, [sku])
        return found

    def _add(self, found: dict[str, set[str]], params: Mapping[str, str], skus: Sequence[str]) -> None:
        exact = {sku.casefold() for sku in skus}
        for row in self._client.all("/products", {**params, "_fields": "id,parent_id,type,sku"}):
            sku = text(row, "sku").casefold()
            number = remote_id(row, "parent_id") if text(row, "type") == "variation" else remote_id(row, "id")
            if sku in exact and number:
                found.setdefault(sku, set()).add(number)

    def rows(self, ids: Iterable[str]) -> dict[str, Json]:
        """As far as writing needs them; those in the trash or gone are left out."""
        return self._client.included("/products", ids, fields=WRITE_FIELDS)

    def namesakes(self, products: Sequence[DesiredProduct]) -> dict[str, list[Json]]:
        """Products of the store that have a SKU of these, by our key."""
        skus = {product.key: {v.sku.strip().casefold() for v in product.variants if v.sku} for product in products}
        ids = self.ids_by_sku(v.sku for product in products for v in product.variants if v.sku)
        rows = self.rows(number for numbers in ids.values() for number in numbers)
        return {
            key: [rows[number] for number in sorted({n for sku in wanted for n in ids.get(sku, ())}) if number in rows]
            for key, wanted in skus.items()
        }

    def unfinished(self, desired: DesiredProduct) -> Json | None:
        """What we made for it and nobody finds by SKU: a family whose variations did not follow, or goods without one.

        Looked for by a few words of its name, because the store's search takes quotation marks as its own.
        """
        words = sorted(_WORD.findall(desired.name or ""), key=len, reverse=True)[:SEARCHED]
        kind = "variable" if desired.is_family else "simple"
        params = {"search": " ".join(words), "type": kind, "_fields": WRITE_FIELDS}
        return next((row for row in self._client.all("/products", params) if made_for(row) == desired.key), None)


def _lots(skus: Sequence[str]) -> Iterator[list[str]]:
    """Lots that fit into an address: web servers take 8,000 characters, escaped."""
    lot: list[str] = []
    for sku in skus:
        if lot and (len(lot) == SKUS or len(quote(",".join([*lot, sku]))) > LONGEST):
            yield lot
            lot = []
        lot.append(sku)
    if lot:
        yield lot


def made_for(row: Json) -> str:
    """Our key that it was made for; "" for what somebody else made."""
    return next((text(meta, "value") for meta in objects(row, "meta_data") if text(meta, "key") == KEY_META), "")


def is_the_same(row: Json, desired: DesiredProduct) -> bool:
    """Whether an earlier attempt of ours made it."""
    if made_for(row) == desired.key:
        return True
    same_name = title(row, "name").casefold() == (desired.name or "").strip().casefold()
    return same_name and is_family(row) == desired.is_family
