"""Products made, changed, hidden and removed in a store, in batches; each product has its own result.

Nothing is made twice: before a batch goes out the store is asked for the SKUs in it, and a family is known by our mark.
Trashed products are never touched, because bringing one back loses its variations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from channels.errors import RemoteNotFound
from channels.platforms.batches import chunks
from channels.platforms.fields import remote_id, text
from channels.platforms.http import excerpt
from channels.platforms.woocommerce.client import BATCH, Client, Failure, Json
from channels.platforms.woocommerce.finding import Finding, is_the_same
from channels.platforms.woocommerce.mapping.desired import (
    Body,
    Store,
    changed_attributes,
    changed_images,
    new_product,
    new_variation,
    product_changes,
    variant_fields,
)
from channels.platforms.woocommerce.mapping.products import is_family, tracking_of
from channels.platforms.woocommerce.mapping.values import objects, plain_title, title
from channels.platforms.woocommerce.terms import Terms
from channels.platforms.woocommerce.variations import Variations
from channels.remote import (
    DesiredProduct,
    DesiredVariant,
    ProductResult,
    RemoteOptionValue,
    RemoteProduct,
    RemoteVariant,
    Tracking,
)

WITH_IMAGES = 20
"""Products of a batch that carry images: the store loads each one before it answers."""
GONE = frozenset({"woocommerce_rest_product_invalid_id", "woocommerce_rest_product_variation_invalid_id"})
VARIATION_FIELDS = "id,sku,attributes"


@dataclass
class Written:
    """One product on its way. `troubles`: what the store did not take of it; `unsent`: what it was not asked for."""

    desired: DesiredProduct
    row: Json | None = None
    known: RemoteProduct | None = None
    """As it was read just now."""
    variant_ids: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    gone: bool = False
    tracking: Tracking | None = None

    @property
    def product_id(self) -> str:
        return remote_id(self.row, "id") if self.row else ""

    def refuse(self, failure: Failure, *, what: str = "") -> None:
        words = explained(failure)
        self.troubles.append(f"{what}: {words}" if what else words)
        if "sku" in failure.code:
            self.fields["sku"] = words

    def result(self) -> ProductResult:
        if self.row is not None and not self.desired.is_family and self.desired.variants:
            self.variant_ids.setdefault(self.desired.variants[0].key, self.product_id)
        return ProductResult(
            key=self.desired.key,
            product_id=self.product_id or self.desired.product_id,
            variant_ids=self.variant_ids,
            url=text(self.row, "permalink") if self.row else "",
            error=" ".join(dict.fromkeys([*self.troubles, *self.unsent])),
            fields=self.fields,
            gone=self.gone,
            tracking=self.tracking,
        )


def explained(failure: Failure) -> str:
    """The store's words, and what they do not say: which product has the SKU, or that it lies in the trash."""
    words = excerpt(failure.message) or failure.code
    if failure.code == "product_invalid_sku" and failure.resource:
        return _("%(words)s It is the SKU of the store's product or variation %(id)s.") % {
            "words": words,
            "id": failure.resource,
        }
    if failure.code == "woocommerce_rest_product_not_created":
        return _("%(words)s It may lie in the store's trash; empty the trash there.") % {"words": words}
    return words


class ProductWrites:
    """`units`: the store's units of weight and length."""

    def __init__(self, client: Client, units: Callable[[], tuple[str, str]]) -> None:
        self._client = client
        self._units = units
        self._terms = Terms(client)
        self._finding = Finding(client)
        self._variations = Variations(client)

    # -- making

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        """Raises InDoubt after a time-out; with `look_first` the same call finds what was made and completes it."""
        if not products:
            return ()
        store = self._store(products, creating=True)
        written = [_with_addresses(Written(product)) for product in products]
        if look_first:
            self._find_made(written)
        fresh = [each for each in written if each.row is None and not each.troubles]
        for part in chunks(fresh, self._batch_of(products)):
            self._make(part, store)
        for each in written:
            self._note_terms(each)
            if each.row is not None and each.desired.is_family:
                self._write_variations(each, store)
            each.tracking = _tracking_made(each)
        return tuple(each.result() for each in written)

    def _batch_of(self, products: Sequence[DesiredProduct]) -> int:
        most = WITH_IMAGES if any(product.images for product in products) else BATCH
        return min(most, self._client.batch_size)

    def _find_made(self, written: Sequence[Written]) -> None:
        namesakes = self._finding.namesakes([each.desired for each in written])
        for each in written:
            found = namesakes[each.desired.key]
            each.row = next((row for row in found if is_the_same(row, each.desired)), None)
            if each.row is None and found:
                each.troubles.append(
                    _("The store has one of the SKUs already, on “%(name)s”. Link that product instead.")
                    % {"name": title(found[0], "name")}
                )
            elif each.row is None and (each.desired.is_family or not any(v.sku for v in each.desired.variants)):
                each.row = self._finding.unfinished(each.desired)

    def _make(self, part: Sequence[Written], store: Store) -> None:
        pending = [(each, new_product(each.desired, store)) for each in part]
        while pending:
            made, _changed = self._client.batch("/products", create=[body for _each, body in pending])
            pending = self._sort(pending, made)

    def _sort(
        self, sent: Sequence[tuple[Written, Body]], answers: Sequence[Json | Failure]
    ) -> list[tuple[Written, Body]]:
        """What has to be sent anew: products that the store refused for an image go without it."""
        again = []
        for (each, body), found in zip(sent, answers, strict=True):
            if not isinstance(found, Failure):
                each.row = found
                each.troubles += _dropped(body, found)
            elif "image" in found.code and body.get("images"):
                each.refuse(found, what=_("An image was left out"))
                again.append((each, _without_image(body, found.message)))
            else:
                each.refuse(found)
                each.gone = found.code in GONE
        return again

    def _note_terms(self, each: Written) -> None:
        names = [each.desired.category or "", *(each.desired.tags or ())]
        each.troubles += [f"{name}: {words}" for name, words in self._terms.refused.items() if name in names]

    # -- variations

    def _write_variations(self, each: Written, store: Store) -> None:
        """Adds those that the family lacks and changes the others that are known by their id."""
        desired, number = each.desired, each.product_id
        changes = [(v, variant_fields(desired, v, store)) for v in desired.variants if v.variant_id]
        each.variant_ids.update((variant.key, variant.variant_id) for variant, _body in changes)
        steps = [(variant, {"id": int(variant.variant_id), **body}) for variant, body in changes if body]
        steps += [(variant, new_variation(desired, variant, store)) for variant in self._missing(each)]
        for part in chunks(steps, self._client.batch_size):
            creates = [(variant, body) for variant, body in part if "id" not in body]
            updates = [(variant, body) for variant, body in part if "id" in body]
            try:
                made, changed = self._client.batch(
                    f"/products/{int(number)}/variations",
                    create=[body for _variant, body in creates],
                    update=[body for _variant, body in updates],
                )
            except RemoteNotFound as error:
                each.troubles.append(error.message)
                each.gone = True
                return
            _keep_variations(each, [*creates, *updates], [*made, *changed])

    def _missing(self, each: Written) -> list[DesiredVariant]:
        """Variants without an id that the family does not have either, from an earlier attempt."""
        wanted = [variant for variant in each.desired.variants if not variant.variant_id]
        if not wanted or each.row is None:
            return []
        missing = []
        there = self._there(each.row, each.known)
        for variant in wanted:
            found = next((entry for entry in there if _is_variation(entry, variant)), None)
            if found is None:
                missing.append(variant)
            else:
                each.variant_ids[variant.key] = found.id
        return missing

    def _there(self, row: Json, known: RemoteProduct | None) -> list[RemoteVariant]:
        """Variations that the family has, as far as telling them needs it."""
        if known is not None:
            return list(known.variants)
        rows = self._variations.of([row], fields=VARIATION_FIELDS).get(remote_id(row, "id"), [])
        return [_told_apart(entry) for entry in rows]

    # -- changing

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        """Idempotent, also for variants that are added."""
        if not products:
            return ()
        store = self._store(products, creating=False)
        read = {product.id: product for product in known if "attributes" in product.raw}
        rows = {number: dict(product.raw) for number, product in read.items()}
        rows |= self._finding.rows(product.product_id for product in products if product.product_id not in read)
        written = [
            _with_addresses(Written(product, row=rows.get(product.product_id), known=read.get(product.product_id)))
            for product in products
        ]
        for each in written:
            if each.row is None:
                each.gone = True
                each.troubles.append(_("The store does not have this product any more."))
        here = [each for each in written if each.row is not None]
        for part in chunks(here, self._batch_of(products)):
            self._change(part, store)
        for each in here:
            self._note_terms(each)
            if each.desired.is_family and not each.gone:
                self._write_variations(each, store)
        return tuple(each.result() for each in written)

    def _change(self, part: Sequence[Written], store: Store) -> None:
        bodies = ((each, _changes(each, store)) for each in part)
        pending = [(each, body) for each, body in bodies if len(body) > 1]
        while pending:
            _made, changed = self._client.batch("/products", update=[body for _each, body in pending])
            pending = self._sort(pending, changed)

    def _store(self, products: Sequence[DesiredProduct], *, creating: bool) -> Store:
        """Settings and terms that these products need, asked for once."""
        has_attributes = any(product.is_family or product.custom_fields for product in products)
        weight, length = self._units()
        self._terms.refused.clear()
        return Store(
            weight_unit=weight,
            length_unit=length,
            has_barcodes=not self._client.is_older_than(9, 2),
            category_ids=self._terms.categories(product.category or "" for product in products) if creating else {},
            tag_ids=self._terms.tags(name for product in products for name in product.tags or ()),
            attribute_ids=self._terms.attributes() if has_attributes else {},
        )

    # -- hiding and removing

    def set_visible(self, ids: Sequence[str], *, visible: bool) -> tuple[ProductResult, ...]:
        """A hidden product is a draft: it keeps its id, SKU and variations."""
        here = self._finding.rows(ids)
        results = {number: _missing_result(number) for number in ids if number not in here}
        status = "publish" if visible else "draft"
        for part in chunks([number for number in ids if number in here], self._client.batch_size):
            body = [{"id": int(number), "status": status} for number in part]
            _made, changed = self._client.batch("/products", update=body)
            for number, found in zip(part, changed, strict=True):
                results[number] = _plain_result(number, found)
        return tuple(results[number] for number in ids)

    def delete(self, ids: Sequence[str]) -> tuple[ProductResult, ...]:
        """For good, with all variations: in the trash they would keep their SKUs from being listed again."""
        results: dict[str, ProductResult] = {}
        numbers = [number for number in dict.fromkeys(ids) if number.isdecimal()]
        for part in chunks(numbers, self._client.batch_size):
            answers = self._client.delete_for_good("/products", [int(number) for number in part])
            for number, found in zip(part, answers, strict=True):
                is_gone = isinstance(found, Failure) and found.code in GONE
                results[number] = ProductResult(key=number) if is_gone else _plain_result(number, found)
        return tuple(results.get(number, ProductResult(key=number)) for number in ids)


def _tracking_made(each: Written) -> Tracking | None:
    if each.row is None:
        return None
    if each.desired.is_family:
        return "variant" if any(variant.quantity is not None for variant in each.desired.variants) else "none"
    return tracking_of(each.row)


def _with_addresses(each: Written) -> Written:
    """Without pictures that have no public address: the store loads each one itself."""
    images = each.desired.images or ()
    if any(not image.url for image in images):
        each.desired = replace(each.desired, images=tuple(image for image in images if image.url))
        each.unsent.append(
            _("An image was left out: the store loads images from a public address, and this one has none.")
        )
    return each


def _changes(each: Written, store: Store) -> Body:
    """Body of a product's own changes; only its id where nothing changes."""
    row, desired = each.row or {}, each.desired
    body = {"id": int(each.product_id), **product_changes(desired, store)}
    images = None if desired.images is None else changed_images(desired.images, row)
    body.pop("images", None)
    found = {"images": images, "attributes": changed_attributes(desired, row, store)}
    return body | {name: value for name, value in found.items() if value is not None}


def _keep_variations(
    each: Written, sent: Sequence[tuple[DesiredVariant, Body]], answers: Sequence[Json | Failure]
) -> None:
    for (variant, body), found in zip(sent, answers, strict=True):
        what = variant.sku or variant.key
        if isinstance(found, Failure):
            each.refuse(found, what=what)
        else:
            each.variant_ids[variant.key] = remote_id(found, "id")
            each.troubles += [f"{what}: {words}" for words in _dropped(body, found)]


def _told_apart(row: Json) -> RemoteVariant:
    options = tuple(
        RemoteOptionValue(name=text(entry, "name"), value=plain_title(text(entry, "option")))
        for entry in objects(row, "attributes")
    )
    return RemoteVariant(id=remote_id(row, "id"), sku=text(row, "sku"), options=options)


def _is_variation(there: RemoteVariant, variant: DesiredVariant) -> bool:
    """The same SKU, or without one the same values of options."""
    if variant.sku:
        return there.sku.casefold() == variant.sku.casefold()
    values = {option.value.casefold() for option in there.options}
    return bool(values) and values == {option.value.casefold() for option in variant.options}


def _dropped(body: Body, row: Json) -> list[str]:
    """What the store silently did not take."""
    found = []
    if body.get("sale_price") and not text(row, "sale_price"):
        found.append(_("The store dropped the sale price, because it is not below the regular price."))
    if body.get("tax_class") and text(row, "tax_class") not in (body["tax_class"], "parent"):
        found.append(_("The store does not have the tax class “%(class)s”.") % {"class": body["tax_class"]})
    if is_family(row) and text(row, "status") == "trash":
        found.append(_("The product is in the store's trash."))
    return found


def _without_image(body: Body, words: str) -> Body:
    """Without the image that the store names, else without any."""
    kept = [image for image in body["images"] if not (image.get("src") and image["src"] in words)]
    images = kept if len(kept) < len(body["images"]) else [image for image in kept if "id" in image]
    smaller = {name: value for name, value in body.items() if name != "images"}
    return {**smaller, "images": images} if images else smaller


def _plain_result(number: str, found: Json | Failure) -> ProductResult:
    if isinstance(found, Failure):
        return ProductResult(key=number, product_id=number, error=explained(found), gone=found.code in GONE)
    return ProductResult(key=number, product_id=number, url=text(found, "permalink"))


def _missing_result(number: str) -> ProductResult:
    words = _("The store does not have this product any more.")
    return ProductResult(key=number, product_id=number, error=words, gone=True)
