"""Closed lists of channels."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ChannelState(TextChoices):
    """A62: one failed sign-in pauses nothing; three over ten minutes do."""

    CONNECTED = "connected", _("Connected")
    PAUSED = "paused", _("Paused")
    NEEDS_SIGN_IN = "needs_sign_in", _("Needs sign-in")
    DISCONNECTED = "disconnected", _("Disconnected")


class CaptureWhen(TextChoices):
    """SET-1, a threshold: the order has reached this (A4)."""

    CREATED = "created", _("Created")
    PAID = "paid", _("Paid")
    COMPLETED = "completed", _("Completed")


class FulfillmentMode(TextChoices):
    """SET-9, pick, pack and ship mode (A8, A54)."""

    DRAFT = "draft", _("Draft order")
    NO_PICK = "no_pick", _("No picking")
    PICK = "pick", _("Auto pick")
    PICK_PACK = "pick_pack", _("Auto pick and pack")
    PICK_PACK_SHIP = "pick_pack_ship", _("Auto pick, pack and ship")


class AssemblyMode(TextChoices):
    """How much is built for an order of an assembled product (A9)."""

    MINIMUM = "minimum", _("For minimum quantity required for picking")
    ORDERED = "ordered", _("For ordered quantity")


class InvoiceMode(TextChoices):
    """SET-15."""

    DRAFT = "draft", _("Draft")
    AUTHORIZED = "authorized", _("Authorized")


class CaptureDateBasis(TextChoices):
    """A40: the day an order counts on."""

    CONDITION_MET = "condition_met", _("Day the condition was met")
    PROCESSED = "processed", _("Day it is processed")


class JobState(TextChoices):
    QUEUED = "queued", _("Waiting")
    FAILED = "failed", _("Failed")


class SignatureResult(TextChoices):
    """What verifying a notice said."""

    VALID = "valid", _("Valid")
    SECRET_ONLY = "secret_only", _("Our secret, no signature")
    REJECTED = "rejected", _("Rejected")


class Verdict(TextChoices):
    """What became of a notice."""

    ACCEPTED = "accepted", _("Accepted")
    DUPLICATE = "duplicate", _("Duplicate")
    IGNORED = "ignored", _("Not about anything we follow")
    REJECTED = "rejected", _("Rejected")


class Notices(TextChoices):
    """How a channel learns of orders (APP-11)."""

    ARRIVING = "arriving", _("Notices arrive")
    POLLING_ONLY = "polling_only", _("By polling only")
    BROKEN = "broken", _("Notices need attention")


class TaxKind(TextChoices):
    """What a tax mapping is about. Classes have to be mapped; charges and rates only where their rule is another."""

    CLASS = "class", _("Tax class")
    FREE = "free", _("Tax free")
    CHARGE = "charge", _("Charge")
    RATE = "rate", _("Tax rate")


class AttemptState(TextChoices):
    """How far an approval in the store has come."""

    BEGUN = "begun", _("Begun")
    DELIVERED = "delivered", _("Keys delivered")
    DENIED = "denied", _("Denied")
    USED = "used", _("Used")


class JobKind(TextChoices):
    """Kinds of remote work, in the order a drain handles them."""

    POLL = "poll", _("Look for changed orders")
    ORDER = "order", _("Order")
    STOCK = "stock", _("Stock level")
    LISTS = "lists", _("Load lists from the store")
    HEALTH = "health", _("Check store and notices")
    RUN_STEP = "run.step", _("Activity")
