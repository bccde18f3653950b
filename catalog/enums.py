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


class ConflictDecision(TextChoices):
    """What staff want done about it."""

    LINK = "link", _("Link")
    CREATE = "create", _("Create")
    IGNORE = "ignore", _("Ignore")


class DriftKind(TextChoices):
    """What differs between store and record (NEW-1)."""

    QUANTITY = "quantity", _("Quantity")
    PRICE = "price", _("Price")
    CONTENT = "content", _("Content")
    LINK = "link", _("Link")


class DriftCause(TextChoices):
    """Why it differs, as far as it can be told."""

    STORE_EDIT = "store_edit", _("Changed in the store")
    CHANGED_HERE = "changed_here", _("Changed here, not sent yet")
    PUSH_FAILED = "push_failed", _("The store refused it")
    IN_FLIGHT = "in_flight", _("An order or an update is on its way")
    NOT_SENT = "not_sent", _("Sending is switched off")
    GONE = "gone", _("No longer in the store")


class ConflictKind(TextChoices):
    """Why a product of the store was not matched (A25); never guessed."""

    SKU_ELSEWHERE = "sku_elsewhere", _("The SKU belongs to another family or listing")
    DUPLICATE_SKU = "duplicate_sku", _("The SKU appears twice in the store")
    FAMILY_CLASH = "family_clash", _("Family and single product disagree")
