"""Pictures of products: files are looked at before they are kept, under names that nobody can guess."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from inventory.models import Product, ProductImage, User
from inventory.services import audit
from inventory.services.product_details import ImageDraft, forget_files
from inventory.signals import product_changed
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
MOST_IMAGES = 50
ENDINGS: Mapping[str, str] = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""Types that are taken, and how the names of their files end."""
TYPES: Mapping[str, str] = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
"""Content type by the end of a name."""
_NO_IMAGE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
)
"""What Pillow raises for files that are damaged, of another type, or made to burst."""


class ImageRefused(ProductError):
    """A file that is not kept, or too many of them."""


@dataclass(frozen=True, kw_only=True)
class KeptImage:
    """A picture that the product has and keeps; `place` orders it among them."""

    pk: int
    place: int
    caption: str


def image_ending(content: bytes, *, name: str) -> str:
    """How the name of such a file ends; content decides, not the name. Raises ImageRefused.

    The first picture is decoded to its last line, so what passes here is shown by browsers and taken by stores.
    """
    facts = {"name": name, "most": MOST_BYTES // 1024 // 1024}
    if len(content) > MOST_BYTES:
        raise ImageRefused(_("“%(name)s” is larger than %(most)s MB.") % facts)
    words = _("“%(name)s” is no image that can be used: JPEG, PNG, GIF and WebP are.") % facts
    try:
        with Image.open(BytesIO(content), formats=tuple(ENDINGS)) as image:
            if image.width * image.height > MOST_PIXELS:
                too_many = _("“%(name)s” has %(width)s × %(height)s pixels; at most 25 million are taken.")
                raise ImageRefused(too_many % {**facts, "width": image.width, "height": image.height})
            image.load()
            return ENDINGS[image.format or ""]
    except _NO_IMAGE as error:
        raise ImageRefused(words, detail=str(error)) from error


def change_images(
    product: Product,
    *,
    kept: Sequence[KeptImage],
    files: "Sequence[UploadedFile[Any]]" = (),
    addresses: Sequence[ImageDraft] = (),
    user: User | None,
    now: datetime,
) -> list[ProductImage]:
    """Make these the product's pictures: the kept ones by place, then new files, then new addresses.

    Pictures that are neither kept nor new are removed, with their files. Raises ImageRefused; nothing changes then.
    """
    if len(kept) + len(files) + len(addresses) > MOST_IMAGES:
        raise ImageRefused(_("A product has at most %(most)s images.") % {"most": MOST_IMAGES})
    names: list[str] = []
    try:
        for file in files:  # one at a time: fifty of them would be half a gigabyte
            content = _content(file)
            names.append(_store(content, image_ending(content, name=str(file.name)), now))
        with transaction.atomic():
            return _write(product, kept, names, addresses, user=user, now=now)
    except BaseException:
        forget_files(names)
        raise


def public_url(image: ProductImage) -> str:
    """Address from which a store loads it."""
    return image.public_address


def image_bytes(image: ProductImage) -> bytes:
    """Content of a file of ours; b"" for a picture that is kept elsewhere, or whose file is lost."""
    if not image.file:
        return b""
    try:
        with default_storage.open(str(image.file.name)) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return b""


def _content(file: "UploadedFile[Any]") -> bytes:
    if (file.size or 0) > MOST_BYTES:
        facts = {"name": file.name, "most": MOST_BYTES // 1024 // 1024}
        raise ImageRefused(_("“%(name)s” is larger than %(most)s MB.") % facts)
    return bytes(file.read())


def _store(content: bytes, ending: str, now: datetime) -> str:
    """Before the transaction: a file that nobody names is harmless, a name without a file is not."""
    name = f"products/{now:%Y/%m}/{secrets.token_urlsafe(24)}.{ending}"
    return str(default_storage.save(name, ContentFile(content)))


def _write(
    product: Product,
    kept: Sequence[KeptImage],
    names: Sequence[str],
    addresses: Sequence[ImageDraft],
    *,
    user: User | None,
    now: datetime,
) -> list[ProductImage]:
    before = list(product.images.order_by("position", "pk"))
    rows = {row.pk: row for row in before}
    after: list[ProductImage] = []
    for choice in sorted(kept, key=lambda choice: choice.place):
        row = rows.pop(choice.pk, None)  # somebody else may have removed it meanwhile
        if row is not None:
            row.caption = clip(choice.caption.strip(), 255)
            after.append(row)
    after += [ProductImage(product=product, file=name) for name in names]
    after += [ProductImage(product=product, url=draft.url, caption=clip(draft.caption, 255)) for draft in addresses]
    old = [_words(row) for row in before]
    for place, row in enumerate(after):
        row.position = place
    ProductImage.objects.filter(pk__in=rows).delete()
    ProductImage.objects.bulk_update([row for row in after if row.pk], ["position", "caption"])
    ProductImage.objects.bulk_create([row for row in after if not row.pk])
    transaction.on_commit(partial(forget_files, [str(row.file.name) for row in rows.values() if row.file]))
    _tell(product, old, [_words(row) for row in after], user=user, now=now)
    return after


def _words(row: ProductImage) -> str:
    return f"{row} ({row.caption})" if row.caption else str(row)


def _tell(product: Product, old: list[str], new: list[str], *, user: User | None, now: datetime) -> None:
    if old == new:
        return
    changes = {"images": (old, new)}
    audit.record(user=user, action=_("Changed the images"), obj=product, changes=changes, now=now)
    product_changed.send(sender=Product, product_ids=frozenset({product.pk}))
