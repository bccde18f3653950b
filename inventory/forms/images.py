"""The pictures of a product as staff edit them."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.forms.parts import LinesField
from inventory.models import Product, ProductImage
from inventory.services.images import TYPES, KeptImage
from inventory.services.product_details import ImageDraft

SEPARATOR = "|"


def image_drafts(lines: list[str]) -> list[ImageDraft]:
    """“address | caption” each. Raises ValidationError."""
    drafts = []
    for line in lines:
        url, _bar, caption = (part.strip() for part in line.partition(SEPARATOR))
        URLValidator(["http", "https"], message=_("“%(url)s” is no web address.") % {"url": url})(url)
        drafts.append(ImageDraft(url=url, caption=caption))
    return drafts


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; () for none."""

    def clean(self, data: Any, initial: Any = None) -> "tuple[UploadedFile[Any], ...]":
        files = data if isinstance(data, list | tuple) else [data]
        found = (super(FilesField, self).clean(file, initial) for file in files if file)
        return tuple(file for file in found if file)


class ImagesForm(forms.Form):
    """One row each for what the product has: caption, place, removal; new files and addresses below."""

    uploads = FilesField(
        label=gettext_lazy("Add files"),
        required=False,
        widget=FilesInput(attrs={"accept": ",".join(TYPES.values())}),
        help_text=gettext_lazy("JPEG, PNG, GIF or WebP, up to 10 MB each."),
    )
    addresses = LinesField(
        label=gettext_lazy("Add by web address"),
        max_length=60_000,
        help_text=gettext_lazy("One a line. A caption may follow after |."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, product: Product) -> None:
        super().__init__(data, files, auto_id="images_%s")
        self.rows = list(product.images.order_by("position", "pk"))
        for place, row in enumerate(self.rows, 1):
            facts = {"n": place}
            self.fields[f"caption_{row.pk}"] = forms.CharField(
                label=_("Caption of image %(n)s") % facts, required=False, max_length=255, initial=row.caption
            )
            self.fields[f"place_{row.pk}"] = forms.IntegerField(
                label=_("Place of image %(n)s") % facts, required=False, min_value=1, max_value=999, initial=place
            )
            self.fields[f"remove_{row.pk}"] = forms.BooleanField(label=_("Remove image %(n)s") % facts, required=False)

    def clean_addresses(self) -> list[ImageDraft]:
        return image_drafts(self.cleaned_data["addresses"])

    def entries(self) -> list[tuple[ProductImage, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Each picture with its caption, place and removal."""
        return [
            (row, self[f"caption_{row.pk}"], self[f"place_{row.pk}"], self[f"remove_{row.pk}"]) for row in self.rows
        ]

    def kept(self) -> list[KeptImage]:
        """What somebody added since the page was opened stays as it is."""
        data = self.cleaned_data
        return [
            KeptImage(
                pk=row.pk,
                place=data[f"place_{row.pk}"] or place,
                caption=data[f"caption_{row.pk}"] if f"caption_{row.pk}" in self.data else row.caption,
            )
            for place, row in enumerate(self.rows, 1)
            if not data[f"remove_{row.pk}"]
        ]
