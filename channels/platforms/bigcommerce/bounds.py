"""What the store has no room for, said before it is asked."""

from django.utils.translation import gettext as _

from channels.platforms.bigcommerce.mapping.writes import ADDRESS
from channels.remote import DesiredProduct, RemoteImage

FILE = 8 * 1024 * 1024
VARIANTS, VALUES = 600, 250
"""Of one product, and of one of its options."""


def unfit_image(image: RemoteImage) -> str:
    """Why the store would not take it, before it is asked; "" when it may."""
    if len(image.data) > FILE:
        return _("The image %(name)s was left out: the store takes files up to 8 MB.") % {"name": image.name}
    if not image.data and len(image.url) > ADDRESS:
        words = _("The image %(name)s was left out: the store takes addresses of up to 255 characters.")
        return words % {"name": image.url.rpartition("/")[2][:60]}
    return ""


def too_large(product: DesiredProduct) -> str:
    """Why the store has no room for such a family; "" when it has."""
    if len(product.variants) > VARIANTS:
        return _("The store takes at most %(most)s variations of a product, and this family has %(count)s.") % {
            "most": VARIANTS,
            "count": len(product.variants),
        }
    values: dict[str, set[str]] = {}
    for option in (option for variant in product.variants for option in variant.options):
        values.setdefault(option.name, set()).add(option.value)
    names = [name for name, found in values.items() if len(found) > VALUES]
    if names:
        return _("The store takes at most %(most)s values of an option, and %(name)s has more.") % {
            "most": VALUES,
            "name": names[0],
        }
    return ""
