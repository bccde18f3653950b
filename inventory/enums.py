"""Closed lists of the inventory of record."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class ProductType(TextChoices):
    STOCK = "stock", _("Stock")
    SERVICE = "service", _("Service")
    NON_INVENTORY = "non_inventory", _("Non-inventory")


class RecordStatus(TextChoices):
    """Status of products, customers and reference books."""

    ACTIVE = "active", _("Active")
    DEPRECATED = "deprecated", _("Deprecated")


class DropShip(TextChoices):
    NEVER = "never", _("Never")
    OPTIONAL = "optional", _("Optional")
    ALWAYS = "always", _("Always")


class WeightUnit(TextChoices):
    GRAM = "g", _("g")
    KILOGRAM = "kg", _("kg")
    OUNCE = "oz", _("oz")
    POUND = "lb", _("lb")
    TONNE = "t", _("t")


class LengthUnit(TextChoices):
    MILLIMETER = "mm", _("mm")
    CENTIMETER = "cm", _("cm")
    METER = "m", _("m")
    INCH = "in", _("in")
    FOOT = "ft", _("ft")


class Bucket(TextChoices):
    """What a movement changes."""

    ON_HAND = "on_hand", _("On hand")
    ALLOCATED = "allocated", _("Allocated")
    ON_ORDER = "on_order", _("On order")
    PICKED = "picked", _("Picked")


OWNED_BUCKETS = (Bucket.ALLOCATED, Bucket.PICKED)
"""Movements in these say for whom."""


class PostingKind(TextChoices):
    """Why stock moved."""

    ALLOCATION = "allocation", _("Allocation")
    RELEASE = "release", _("Release")
    PICK = "pick", _("Pick")
    SHIPMENT = "shipment", _("Shipment")
    ADJUSTMENT = "adjustment", _("Adjustment")
    OPENING = "opening", _("Opening stock")
    STOCKTAKE = "stocktake", _("Stocktake")
    TRANSFER = "transfer", _("Transfer")
    RESTOCK = "restock", _("Restock")
    RECEIPT = "receipt", _("Receipt")
    ORDERED = "ordered", _("Ordered from supplier")
    ASSEMBLY = "assembly", _("Assembly")
    REVERSAL = "reversal", _("Reversal")


class AssemblyState(TextChoices):
    DRAFT = "draft", _("Draft")
    DONE = "done", _("Built")
    VOIDED = "voided", _("Voided")


class PurchaseState(TextChoices):
    """Life of a purchase order (SPEC INV-9). Of a drop shipment *received* means that the supplier sent it (A61)."""

    DRAFT = "draft", _("Draft")
    ORDERED = "ordered", _("Ordered")
    PARTLY = "partly", _("Received in part")
    RECEIVED = "received", _("Received")
    VOIDED = "voided", _("Voided")


class TransferState(TextChoices):
    DRAFT = "draft", _("Draft")
    DONE = "done", _("Done")
    VOIDED = "voided", _("Voided")


class StocktakeState(TextChoices):
    OPEN = "open", _("Counting")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class TermMethod(TextChoices):
    """How a payment term reaches the due date from the invoice date."""

    NUMBER_OF_DAYS = "days", _("Number of days")
    DAY_OF_NEXT_MONTH = "day_next_month", _("Day of next month")
    LAST_DAY_OF_NEXT_MONTH = "last_next_month", _("Last day of next month")
    DAYS_SINCE_END_OF_MONTH = "days_end_of_month", _("Days since the end of the month")


class AccountClass(TextChoices):
    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    EQUITY = "equity", _("Equity")
    REVENUE = "revenue", _("Revenue")
    EXPENSE = "expense", _("Expense")


class AddressType(TextChoices):
    BILLING = "billing", _("Billing")
    SHIPPING = "shipping", _("Shipping")
    BUSINESS = "business", _("Business")


class RunState(TextChoices):
    """Life of a long job, shown to staff as an activity."""

    PLANNED = "planned", _("Planned")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


RUN_OPEN = (RunState.QUEUED, RunState.RUNNING)


class Outcome(TextChoices):
    """What became of one item of an activity."""

    PENDING = "pending", _("Waiting")
    DONE = "done", _("Done")
    NOTHING = "nothing", _("Nothing to do")
    SKIPPED = "skipped", _("Skipped")
    FAILED = "failed", _("Failed")


class Theme(TextChoices):
    SYSTEM = "system", _("Like the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class DocumentKind(TextChoices):
    """Documents that are numbered from a counter."""

    SALE = "sale", _("Sale")
    INVOICE = "invoice", _("Invoice")
    ADJUSTMENT = "adjustment", _("Stock adjustment")
    TRANSFER = "transfer", _("Transfer")
    STOCKTAKE = "stocktake", _("Stocktake")
    ASSEMBLY = "assembly", _("Assembly")
    PURCHASE = "purchase", _("Purchase order")


class Tone(TextChoices):
    """Tone of a pill or callout; the words are the caller's."""

    OK = "is-ok", "ok"
    INFO = "is-info", "info"
    WARN = "is-warn", "warn"
    BAD = "is-bad", "bad"
    OFF = "is-off", "off"


class TierNumber(IntegerChoices):
    """Price tiers are ten fixed slots with names staff may change."""

    TIER_1 = 1
    TIER_2 = 2
    TIER_3 = 3
    TIER_4 = 4
    TIER_5 = 5
    TIER_6 = 6
    TIER_7 = 7
    TIER_8 = 8
    TIER_9 = 9
    TIER_10 = 10
