"""Writing products: creating, changing, showing, hiding and deleting them, in the fewest calls.

One refused product does not keep the others: a batch that is refused is halved until the culprit is alone. Sending the
same again does no harm: creating looks for the SKU first, everything else is absolute.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from channels.errors import RemoteNotFound, RemoteRejected, StoreError
from channels.platforms.batches import chunks, comma
from channels.platforms.bigcommerce import bounds
from channels.platforms.bigcommerce.client import DELETE_BATCH, IDS, PRODUCT_BATCH, VARIANT_BATCH, Client, Json
from channels.platforms.bigcommerce.mapping import writes
from channels.platforms.bigcommerce.mapping.products import Surroundings, tracking_of
from channels.platforms.bigcommerce.mapping.values import flag, objects
from channels.platforms.fields import remote_id, text
from channels.remote import DesiredProduct, ProductResult, RemoteImage, RemoteProduct, Tracking


@dataclass
class Outcome:
    """What is known of one product so far."""

    product: DesiredProduct
    variant_ids: dict[str, str]
    url: str = ""
    gone: bool = False
    errors: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def refuse(self, error: StoreError, *, whole: bool = True) -> None:
        """`whole`: it is about the product; a variant that is missing does not make it gone."""
        self.gone = self.gone or (whole and isinstance(error, RemoteNotFound))
        self.errors.append(error.message)
        self.fields.update(getattr(error, "fields", {}))

    @property
    def result(self) -> ProductResult:
        return ProductResult(
            key=self.product.key,
            product_id=self.product.product_id,
            variant_ids=self.variant_ids,
            url=self.url,
            error=" ".join(dict.fromkeys(self.errors)),
            fields=self.fields,
            gone=self.gone,
        )


@dataclass
class Lots:
    """Entries of the calls of an update, each with the product it is of."""

    products: list[tuple[Outcome, Json]] = field(default_factory=list)
    variants: list[tuple[Outcome, Json]] = field(default_factory=list)
    renamed: list[tuple[Outcome, Json]] = field(default_factory=list)


class Listing:
    def __init__(
        self,
        client: Client,
        *,
        around: Callable[[], Surroundings],
        find: Callable[[Sequence[str], Sequence[str]], tuple[RemoteProduct, ...]],
    ) -> None:
        """`find` gets SKUs of products and SKUs of variants."""
        self._client = client
        self._around = around
        self._find = find
        self._roots: dict[str, str] | None = None
        self._places: int | None = None

    # -- creating

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        """One call each and one for each picture that is a file; looking first is one for all SKUs (families one each).

        What an earlier call made, in doubt or in part, is completed. Levels go along where the store has one location
        only; elsewhere the stock gateway, which names locations, brings them after.
        """
        known = self._known(products) if look_first else {}
        results: list[ProductResult] = []
        there: list[DesiredProduct] = []
        tracking: dict[str, Tracking] = {}
        for product in products:
            earlier = known.get(product.key)
            if earlier is None:
                results.append(self._create(product))
            elif (same := _as_listed(product, earlier)) is not None:
                there.append(same)
                tracking[same.key] = earlier.variants[0].tracking
            else:
                words = _("Another product of the store has this SKU: %(name)s.") % {"name": earlier.name}
                results.append(ProductResult(key=product.key, error=words))
        completed = (replace(result, tracking=tracking[result.key]) for result in self.update(there))
        return self._on_sale((*results, *completed))

    def _on_sale(self, results: Sequence[ProductResult]) -> tuple[ProductResult, ...]:
        """A store with several storefronts sells only what is assigned to one: its default one here."""
        ids = [int(result.product_id) for result in results if result.product_id and not result.gone]
        channel = self._around().channel_id if ids else ""
        if not channel:
            return tuple(results)
        try:
            self._client.assign_channel(ids, int(channel))
        except RemoteRejected as error:
            return tuple(replace(result, error=f"{result.error} {error.message}".strip()) for result in results)
        return tuple(results)

    def _known(self, products: Sequence[DesiredProduct]) -> dict[str, RemoteProduct]:
        """By our key. A product was made in one call, so one of its SKUs is enough to find it."""
        first = {product.key: sku for product in products if (sku := _first_sku(product))}
        simple = [first[product.key] for product in products if product.key in first and not product.is_family]
        families = [first[product.key] for product in products if product.key in first and product.is_family]
        owners: dict[str, RemoteProduct] = {}
        for found in self._find(simple, families):
            owners.update((variant.sku.casefold(), found) for variant in found.variants if variant.sku)
        return {key: owners[sku.casefold()] for key, sku in first.items() if sku.casefold() in owners}

    def _create(self, product: DesiredProduct) -> ProductResult:
        around = self._around()
        if words := bounds.too_large(product):
            return ProductResult(key=product.key, error=words)
        try:
            category = self._category(product.category or "")
            counts = self._counts(product)
            answer, refusal = self._post(writes.new_product(product, around, category=category, counts=counts))
        except RemoteRejected as error:
            return writes.refused(product.key, error)
        row = answer.get("data")
        row = row if isinstance(row, dict) else {}
        if not remote_id(row, "id").isdecimal():
            words = writes.partial_words(answer) or _("The store did not say what it made: list the product again.")
            return ProductResult(key=product.key, error=words)
        number = remote_id(row, "id")
        variants = objects(row, "variants") or self._client.product_variants(int(number))
        have = 0 if refusal else len(writes.first_images(product.images or ()))
        pictures = self._add_images(number, product.images or (), have=have, skip=bool(refusal))
        return ProductResult(
            key=product.key,
            product_id=number,
            variant_ids=writes.variant_ids(product, variants),
            url=writes.product_url(row, around),
            tracking=tracking_of(row),
            error=" ".join(part for part in (refusal, writes.partial_words(answer), *pictures) if part),
        )

    def _add_images(self, number: str, images: Sequence[RemoteImage], *, have: int, skip: bool = False) -> list[str]:
        """Those after the first `have`, which the store has: it names its copies itself, so they are told by place.

        One call each. Answers what the store did not take, in words. `skip`: only files, because it could not load
        addresses.
        """
        words = []
        for place, image in enumerate(images):
            if place < have or (skip and not image.data):
                continue
            if unfit := bounds.unfit_image(image):
                words.append(unfit)
                continue
            try:
                self._client.add_image(int(number), writes.next_image(image, place))
            except RemoteRejected as error:
                words.append(" ".join((error.message, *error.fields.values())))
        return words

    def _post(self, body: Json) -> tuple[Json, str]:
        """A picture that the store cannot fetch does not keep the product: it is made without, and that is said."""
        try:
            return self._client.create_product(body), ""
        except RemoteRejected as error:
            about_images = any("image" in word for word in (error.message.casefold(), *error.fields))
            if not about_images or "images" not in body:
                raise
            without = {name: value for name, value in body.items() if name != "images"}
            return self._client.create_product(without), error.message

    def _category(self, name: str) -> str:
        """Id of the root category of this name, made where there is none (LST-8); "" without a name."""
        if not name.strip():
            return ""
        if self._roots is None:
            rows = [row for row in self._client.categories() if not remote_id(row, "parent_id")]
            self._roots = {text(row, "name").casefold(): _category_id(row) for row in reversed(rows)}
        folded = name.strip().casefold()
        if folded not in self._roots:
            self._roots[folded] = _category_id(self._client.create_category(name.strip()))
        return self._roots[folded]

    def _counts(self, product: DesiredProduct) -> bool:
        """The catalog writes to the default location only: where there are others, stock has to name its own."""
        if all(variant.quantity is None for variant in product.variants):
            return False
        if self._places is None:
            rows = self._client.locations()
            self._places = sum(row.get("enabled") is None or flag(row, "enabled") for row in rows)
        return self._places <= 1

    # -- changing

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        """Products ten a call, variants of families fifty a call, a variant's new SKU and a new picture one a call.

        Nothing is written of a family with a new variation. Levels are the stock gateway's business.
        """
        if not products:
            return ()
        read = {product.id: dict(product.raw) for product in known if "variants" in product.raw}
        rows = read | self._rows([product.product_id for product in products if product.product_id not in read])
        outcomes = {product.key: Outcome(product, _known_variants(product)) for product in products}
        lots = Lots()
        for outcome in outcomes.values():
            self._sort(outcome, rows.get(outcome.product.product_id), lots)
        self._send(lots.products, PRODUCT_BATCH, self._client.update_products)
        self._send(lots.variants, VARIANT_BATCH, self._client.update_variants, whole=False)
        self._send(lots.renamed, 1, self._rename, whole=False)
        for outcome in outcomes.values():
            images, row = outcome.product.images, rows.get(outcome.product.product_id)
            if images and row is not None and not outcome.errors:
                have = len(objects(row, "images"))
                outcome.errors += self._add_images(remote_id(row, "id"), images, have=have)
        return tuple(outcome.result for outcome in outcomes.values())

    def _sort(self, outcome: Outcome, row: Json | None, lots: Lots) -> None:
        """What has to be sent of one product."""
        if row is None:
            outcome.refuse(_missing(outcome.product.product_id))
            return
        around = self._around()
        outcome.url = writes.product_url(row, around)
        if words := _new_variations(outcome.product):
            outcome.errors.append(words)
            return
        entry = _product_entry(outcome.product, row, around)
        if len(entry) > 1:
            lots.products.append((outcome, entry))
        lots.variants += _variant_entries(outcome, row, around)
        lots.renamed += _renamed(outcome, row)

    def _rename(self, entries: Sequence[Json]) -> Json:
        entry = entries[0]
        return self._client.rename_variant(entry["product_id"], entry["id"], entry["sku"])

    def _rows(self, ids: Sequence[str]) -> dict[str, Json]:
        numbers = sorted({int(number) for number in ids if number.isdecimal()})
        found: dict[str, Json] = {}
        for part in chunks(numbers, IDS):
            rows, _pagination = self._client.products_page({"id:in": comma(part)})
            found.update((remote_id(row, "id"), row) for row in rows)
        return found

    @staticmethod
    def _send(
        entries: Sequence[tuple[Outcome, Json]],
        size: int,
        call: Callable[[Sequence[Json]], Json],
        *,
        whole: bool = True,
    ) -> None:
        """`whole`: the entries are products, not variants."""
        pending = list(chunks(entries, size))
        while pending:
            batch = pending.pop(0)
            try:
                words = writes.partial_words(call([entry for _outcome, entry in batch]))
            except (RemoteRejected, RemoteNotFound) as error:
                if len(batch) == 1:
                    batch[0][0].refuse(error, whole=whole)
                    continue
                words = error.message
            if words and len(batch) > 1:  # nobody says whose fault it is: sent again in halves
                half = len(batch) // 2
                pending[:0] = [batch[:half], batch[half:]]
            elif words:
                batch[0][0].errors.append(words)

    # -- showing, hiding, deleting

    def set_visible(self, ids: Sequence[str], *, visible: bool) -> tuple[ProductResult, ...]:
        wanted = tuple(dict.fromkeys(ids))
        outcomes = {number: Outcome(DesiredProduct(key=number, product_id=number), {}) for number in wanted}
        entries = []
        for number, outcome in outcomes.items():
            if number.isdecimal():
                entries.append((outcome, {"id": int(number), "is_visible": visible}))
            else:
                outcome.refuse(_missing(number))
        self._send(entries, PRODUCT_BATCH, self._client.update_products)
        return tuple(outcome.result for outcome in outcomes.values())

    def delete(self, ids: Sequence[str]) -> tuple[ProductResult, ...]:
        wanted = tuple(dict.fromkeys(ids))
        outcomes = {number: Outcome(DesiredProduct(key=number, product_id=number), {}) for number in wanted}
        pending = list(chunks([int(number) for number in wanted if number.isdecimal()], DELETE_BATCH))
        while pending:
            batch = pending.pop(0)
            try:
                self._client.delete_products(batch)
            except RemoteNotFound:
                if len(batch) > 1:
                    pending[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
            except RemoteRejected as error:
                if len(batch) == 1:
                    outcomes[str(batch[0])].refuse(error)
                else:
                    pending[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
        return tuple(outcome.result for outcome in outcomes.values())


def _product_entry(product: DesiredProduct, row: Json, around: Surroundings) -> Json:
    entry: Json = {"id": int(product.product_id), **writes.product_fields(product)}
    if not product.is_family and product.variants:
        entry |= writes.variant_fields(product.variants[0], product, around)
    if product.custom_fields and (fields := writes.changed_fields(product.custom_fields, row)):
        entry["custom_fields"] = fields
    return entry


def _known_variants(product: DesiredProduct) -> dict[str, str]:
    return {variant.key: variant.variant_id for variant in product.variants if variant.variant_id}


def _new_variations(product: DesiredProduct) -> str:
    """Why nothing of it is written: a new variation would change the options of a listed family (LST-9, A30)."""
    if not product.is_family or all(variant.variant_id for variant in product.variants):
        return ""
    return _("The store takes no new variations of a product: remove it from the store, then list it again.")


def _variant_entries(outcome: Outcome, row: Json, around: Surroundings) -> list[tuple[Outcome, Json]]:
    """Variants of a family that the store has."""
    product = outcome.product
    if not product.is_family:
        return []
    known = {remote_id(variant, "id") for variant in objects(row, "variants")}
    gone = [variant.sku or variant.variant_id for variant in product.variants if variant.variant_id not in {"", *known}]
    if gone:
        outcome.errors.append(_("The store has these variations no more: %(names)s.") % {"names": ", ".join(gone)})
    fields = [
        (variant.variant_id, writes.variant_fields(replace(variant, sku=None), product, around))
        for variant in product.variants
        if variant.variant_id in known
    ]
    return [(outcome, {"id": int(number), **given}) for number, given in fields if given]


def _renamed(outcome: Outcome, row: Json) -> list[tuple[Outcome, Json]]:
    """Variants whose SKU is another one in the store."""
    if not outcome.product.is_family:
        return []
    known = {remote_id(variant, "id"): text(variant, "sku") for variant in objects(row, "variants")}
    return [
        (outcome, {"product_id": int(remote_id(row, "id")), "id": int(variant.variant_id), "sku": variant.sku})
        for variant in outcome.product.variants
        if variant.sku is not None and known.get(variant.variant_id, variant.sku) != variant.sku
    ]


def _first_sku(product: DesiredProduct) -> str:
    return next((variant.sku for variant in product.variants if variant.sku), "")


def _as_listed(product: DesiredProduct, found: RemoteProduct) -> DesiredProduct | None:
    """The product as one that is listed already; None when the store's is another kind of thing."""
    if product.is_family != found.is_family:
        return None
    by_sku = {variant.sku.casefold(): variant.id for variant in found.variants if variant.sku}
    by_options = {
        tuple(option.value.casefold() for option in variant.options): variant.id for variant in found.variants
    }
    variants = []
    for variant in product.variants:
        values = tuple(option.value.casefold() for option in variant.options)
        number = by_sku.get((variant.sku or "").casefold()) or by_options.get(values)
        if number is None:
            return None
        variants.append(replace(variant, variant_id=number))
    return replace(product, product_id=found.id, variants=tuple(variants))


def _category_id(row: Json) -> str:
    return remote_id(row, "category_id") or remote_id(row, "id")


def _missing(number: str) -> RemoteNotFound:
    return RemoteNotFound(_("The store has no such thing (any more)."), detail=f"product {number}")
