"""Closed lists of the catalog."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ListingState(TextChoices):
    """SPEC LST-1 knows listed and not listed (no row); hidden is ours (A29)."""

    LISTED = "listed", _("Listed")
    HIDDEN = "hidden", _("Listed, hidden")


class Tracking(TextChoices):
    """At which level the store counts stock."""

    VARIANT = "variant", _("Per variation")
    PRODUCT = "product", _("Per product")
    NONE = "none", _("Not counted")


class HoldReason(TextChoices):
    """Why units are kept from a store's sync quantity."""

    SHADOW = "shadow", _("Order not captured yet")
    RESERVATION = "reservation", _("Reserved by the store")


class ConflictKind(TextChoices):
    """Why a product of the store was not matched (A25); never guessed."""

    SKU_ELSEWHERE = "sku_elsewhere", _("The SKU belongs to another family or listing")
    DUPLICATE_SKU = "duplicate_sku", _("The SKU appears twice in the store")
    FAMILY_CLASH = "family_clash", _("Family and single product disagree")
