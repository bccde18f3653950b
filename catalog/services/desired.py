"""Our products as a store shall have them (SPEC LST-17): the download's fields in reverse.

What is empty here leaves the store's as it is, as a download leaves ours; only an empty sale price ends a sale.
What the platform or Setup keeps from the store (LST-8, LST-13, LST-14, SET-22, INV-19) is None.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from catalog.enums import Tracking
from catalog.models import ListingItem
from catalog.queries.levels import SyncQuantity
from catalog.services.drafts import Terms, read_terms
from catalog.services.units import Unit
from channels import queries as channel_queries
from channels.enums import TaxKind
from channels.models import Channel, TaxMapping
from channels.platforms.measures import GRAMS, MILLIMETERS, converted
from channels.ports import Capability, ContentRules, Limits
from channels.registry import platform_spec
from channels.remote import DesiredProduct, DesiredVariant, RemoteImage, RemoteOptionValue
from inventory.models import Product, ProductImage
from inventory.services.images import public_url

_IMAGES = 20


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What decides how content leaves for one store; read once a step."""

    channel: Channel
    rules: ContentRules
    limits: Limits
    adds_variations: bool
    takes_data: bool
    is_master: bool
    """SET-22: the store is."""
    terms: Terms
    taxes: Mapping[str, TaxMapping]
    """By remote key."""

    def withheld(self, *, creating: bool) -> frozenset[str]:
        """Names of fields that are not sent."""
        found = self.rules.never | (self.rules.of_master if self.is_master else frozenset())
        return found if creating else found | self.rules.at_creation

    @property
    def tiers(self) -> list[int]:
        return [tier for tier in (self.terms.regular_tier, self.terms.sale_tier) if tier is not None]


def read_sending(channel: Channel) -> Sending:
    """Four statements besides the channel's settings."""
    spec = platform_spec(channel.platform)
    master = channel.settings.store_is_master
    return Sending(
        channel=channel,
        rules=spec.content,
        limits=spec.limits,
        adds_variations=spec.can(Capability.ADDS_VARIATIONS),
        takes_data=spec.can(Capability.IMAGE_DATA),
        is_master=spec.content.store_is_master if master is None else master,
        terms=read_terms(channel),
        taxes=channel_queries.tax_mappings(channel),
    )


def desired_of(
    unit: Unit, sending: Sending, levels: Mapping[int, SyncQuantity], *, as_new: bool = False
) -> DesiredProduct:
    """`as_new`: as it is listed after it was removed from the store."""
    first, creating = unit.products[0], as_new or unit.listing is None
    weight_unit, length_unit = _units(unit.products)
    whole = DesiredProduct(
        key=unit.key,
        product_id="" if creating else unit.remote_id,
        is_family=unit.is_family,
        option_names=tuple(unit.family.option_names()) if unit.family else (),
        variants=tuple(
            _variant(unit, product, sending, levels.get(product.pk), as_new, (weight_unit, length_unit))
            for product in unit.products
        ),
        name=unit.family.name if unit.family else first.name,
        description=(unit.family.description if unit.family else "") or _first(unit, lambda each: each.description),
        category=_first(unit, lambda each: each.category.name if each.category else None),
        brand=_first(unit, lambda each: each.brand.name if each.brand else None),
        tags=_first(unit, lambda each: tuple(tag.name for tag in each.tags.all())),
        images=_first(unit, lambda each: tuple(_images(each, sending))),
        custom_fields=_first(
            unit, lambda each: tuple((row.name, row.value) for row in each.custom_fields.all() if row.value)
        ),
        tax_key=tax_key(first, sending),
        weight_unit=weight_unit,
        length_unit=length_unit,
    )
    kept: dict[str, Any] = dict.fromkeys(sending.withheld(creating=creating))
    return replace(whole, **kept)


def _first(unit: Unit, read: Callable[[Product], Any]) -> Any:
    """Of the first variation that has any; None for none."""
    return next((value for product in unit.products if (value := read(product))), None)


def _units(products: Sequence[Product]) -> tuple[str, str]:
    """Of weight and length: those of the first product that has such a measure."""
    weight = next((each.weight_unit for each in products if each.weight is not None), products[0].weight_unit)
    sizes = (each for each in products if any(getattr(each, name) is not None for name in _SIZES))
    return weight, next((each.length_unit for each in sizes), products[0].length_unit)


_SIZES = ("length", "width", "height")


def _variant(
    unit: Unit, product: Product, sending: Sending, level: SyncQuantity | None, as_new: bool, units: tuple[str, str]
) -> DesiredVariant:
    link = unit.items.get(product.pk)
    names = unit.family.option_names() if unit.family else []
    values = (product.option1, product.option2, product.option3)
    price, sale = _prices(product, sending.terms)
    return DesiredVariant(
        key=str(product.pk),
        variant_id=link.remote_id if link and not as_new else "",
        sku=product.sku,
        options=tuple(
            RemoteOptionValue(name=name, value=value) for name, value in zip(names, values, strict=False) if value
        ),
        price=price,
        sale_price=sale,
        weight=_measure(product.weight, GRAMS, product.weight_unit, units[0]),
        length=_measure(product.length, MILLIMETERS, product.length_unit, units[1]),
        width=_measure(product.width, MILLIMETERS, product.length_unit, units[1]),
        height=_measure(product.height, MILLIMETERS, product.length_unit, units[1]),
        barcode=product.barcode or None,
        quantity=_quantity(level, link, as_new=as_new),
    )


def _quantity(level: SyncQuantity | None, link: ListingItem | None, *, as_new: bool) -> Decimal | None:
    """None for what no quantity is sent of: LST-2 and A28, uncounted here or there."""
    if level is None or not level.is_counted or (link is not None and not link.sync_stock):
        return None
    if link is not None and link.tracking == Tracking.NONE and not as_new:
        return None
    return level.quantity


def _prices(product: Product, terms: Terms) -> tuple[Decimal | None, Decimal | None]:
    """Regular and sale price; 0 where the sale is over or would be no reduction."""
    amounts = {row.tier_id: row.amount for row in product.prices.all()}
    price = amounts.get(terms.regular_tier) if terms.regular_tier is not None else None
    if terms.sale_tier is None:
        return price, None
    sale = amounts.get(terms.sale_tier)
    return price, Decimal(0) if sale is None or (price is not None and sale >= price) else sale


def _measure(value: Decimal | None, table: Mapping[str, Decimal], unit: str, wanted: str) -> Decimal | None:
    return None if value is None else converted(value, table, unit, wanted)


# -- taxes


def tax_key(product: Product, sending: Sending) -> str | None:
    """TAX-10 in reverse; None without a rule here, or where nothing in the store is mapped to it."""
    return next(iter(tax_keys(product, sending)), None)


def tax_keys(product: Product, sending: Sending) -> list[str]:
    """Every key of the store that means the product's rule, classes first."""
    if product.sale_tax_rule_id is None:
        return []
    kinds = [TaxKind.CLASS, TaxKind.FREE] if sending.rules.tax_free else [TaxKind.CLASS]
    rows = [row for row in sending.taxes.values() if row.rule_id == product.sale_tax_rule_id and row.kind in kinds]
    return [row.remote_key for row in sorted(rows, key=lambda row: (kinds.index(TaxKind(row.kind)), row.pk))]


# -- images


def _images(product: Product, sending: Sending) -> list[RemoteImage]:
    rows = list(product.images.all())[:_IMAGES]
    return [image for row in rows if (image := _image(row, sending)) is not None]


def _image(row: ProductImage, sending: Sending) -> RemoteImage | None:
    """By address; a file of ours by its name where the store takes files, its bytes are read when it is sent."""
    if row.url:
        return RemoteImage(url=row.url, caption=row.caption)
    if sending.takes_data:
        return RemoteImage(name=row.file.name or "", caption=row.caption)
    url = public_url(row)
    return RemoteImage(url=url, caption=row.caption) if url else None


def with_files(desired: DesiredProduct) -> DesiredProduct:
    """With the bytes of its files, right before it is sent; files that are gone are left out."""
    if not desired.images or all(image.url for image in desired.images):
        return desired
    images = (image if image.url else _loaded(image) for image in desired.images)
    return replace(desired, images=tuple(image for image in images if image is not None))


def _loaded(image: RemoteImage) -> RemoteImage | None:
    try:
        with default_storage.open(image.name) as file:
            return replace(image, data=file.read(), name=image.name.rpartition("/")[2])
    except OSError:
        return None


# -- what a preview was made of


def content_print(desired: DesiredProduct) -> str:
    """Changes with anything that is sent but the quantity, which is always that of the moment."""
    values = asdict(replace(desired, variants=tuple(replace(each, quantity=None) for each in desired.variants)))
    for image in values["images"] or ():
        image["data"] = len(image["data"])
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()


def kept_from_store(sending: Sending) -> list[str]:
    """Which content is never sent to this store, or only with a new product, in words (A14)."""
    labels = {
        "category": _("Categories"),
        "brand": _("Brands"),
        "description": _("Descriptions"),
    }
    words = []
    for name in ("category", "brand", "description"):
        if name in sending.rules.never:
            words.append(_("%(what)s are not sent to this platform.") % {"what": labels[name]})
        elif sending.is_master and name in sending.rules.of_master:
            words.append(_("%(what)s are not sent: the store is master of them.") % {"what": labels[name]})
        elif name in sending.rules.at_creation:
            words.append(
                _(
                    "%(what)s are sent with a new product only. To change one, remove the product from the store and "
                    "list it again; or make the store master, change it there and download it."
                )
                % {"what": labels[name]}
            )
    if sending.terms.price_words:
        words.append(sending.terms.price_words)
    return words
