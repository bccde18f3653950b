"""Product and family forms."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.forms.images import image_drafts
from inventory.forms.parts import LinesField, NamesField, ServiceForm, Version, choose, joined
from inventory.models import Family, PriceTier, Product
from inventory.models.products import CUSTOM_FIELDS
from inventory.services.images import MOST_IMAGES
from inventory.services.product_details import ImageDraft


class ProductForm(ServiceForm):
    """A product with prices, custom fields, tags, and the first images of a new one; the service saves it."""

    version = Version()
    tag_names = NamesField(label=gettext_lazy("Tags"), max_length=2000)
    image_lines = LinesField(
        label=gettext_lazy("Images"),
        max_length=60_000,
        help_text=gettext_lazy("One web address a line, the main picture first. A caption may follow after |."),
    )

    class Meta:
        model = Product
        fields = [
            "sku", "name", "type", "status", "category", "brand", "barcode", "unit", "description",
            "family", "option1", "option2", "option3",
            "weight", "weight_unit", "length", "width", "height", "length_unit",
            "sale_tax_rule", "revenue_account", "supplier", "drop_ship", "default_location",
        ]  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = self.instance
        for name in ("category", "brand", "unit", "sale_tax_rule", "revenue_account", "supplier", "default_location"):
            choose(self.fields[name], getattr(product, name))
        choose(self.fields["family"])
        self.tiers = list(PriceTier.objects.all())
        prices = {price.tier_id: price.amount for price in product.prices.all()} if product.pk else {}
        for tier in self.tiers:
            self.fields[f"price_{tier.number}"] = forms.DecimalField(
                label=tier.name, required=False, min_value=Decimal(0), max_digits=19, decimal_places=4
            )
            if tier.number in prices:
                self.initial[f"price_{tier.number}"] = f"{prices[tier.number].normalize():f}"
        self._add_custom_fields(product)
        if product.pk:
            self.initial["version"] = product.version
            self.initial["tag_names"] = joined(tag.name for tag in product.tags.all())

    def _add_custom_fields(self, product: Product) -> None:
        saved = list(product.custom_fields.all()) if product.pk else []
        for place in range(1, CUSTOM_FIELDS + 1):
            numbers = {"n": place}
            self.fields[f"custom_name_{place}"] = forms.CharField(
                label=_("Name of custom field %(n)s") % numbers, required=False, max_length=255
            )
            self.fields[f"custom_value_{place}"] = forms.CharField(
                label=_("Value of custom field %(n)s") % numbers, required=False, max_length=1000
            )
        for place, field in enumerate(saved, 1):
            self.initial[f"custom_name_{place}"], self.initial[f"custom_value_{place}"] = field.name, field.value

    def price_fields(self) -> list[forms.BoundField]:
        return [self[f"price_{tier.number}"] for tier in self.tiers]

    def custom_pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        places = range(1, CUSTOM_FIELDS + 1)
        return [(self[f"custom_name_{place}"], self[f"custom_value_{place}"]) for place in places]

    def clean_image_lines(self) -> list[ImageDraft]:
        return image_drafts(self.cleaned_data["image_lines"][:MOST_IMAGES])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        family = data.get("family")
        named = family.option_names() if family else []
        for place in range(1, 4):
            value = data.get(f"option{place}")
            if value and place > len(named):
                self.add_error(f"option{place}", ValidationError(_("The family has no such option.")))
        return data

    def prices(self) -> dict[int, Decimal | None]:
        return {tier.number: self.cleaned_data[f"price_{tier.number}"] for tier in self.tiers}

    def custom_values(self) -> Sequence[tuple[str, str]]:
        data = self.cleaned_data
        return [(data[f"custom_name_{n}"], data[f"custom_value_{n}"]) for n in range(1, CUSTOM_FIELDS + 1)]


class FamilyForm(ServiceForm):
    version = Version()

    class Meta:
        model = Family
        fields = ["name", "option1_name", "option2_name", "option3_name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.version
