"""Setup of a channel: columns for what is common and for whatever points at a reference book."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.enums import AssemblyMode, CaptureDateBasis, CaptureWhen, FulfillmentMode, InvoiceMode
from channels.models.channel import Channel
from inventory.models import Account, Customer, Location, PriceTier, SalesRepresentative


class ChannelSettings(models.Model):
    """One row a channel; `version` refuses a second save of an old page (SPEC APP-13)."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="settings")
    capture_when = models.CharField(max_length=10, choices=CaptureWhen.choices, default=CaptureWhen.PAID)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    regular_price_tier = models.ForeignKey(PriceTier, models.PROTECT, default=1, related_name="+")
    sale_price_tier = models.ForeignKey(PriceTier, models.PROTECT, default=2, related_name="+")
    fulfillment_mode = models.CharField(max_length=16, choices=FulfillmentMode.choices, default=FulfillmentMode.DRAFT)
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="+", help_text=_("Empty: all locations.")
    )
    default_location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    invoice_mode = models.CharField(max_length=12, choices=InvoiceMode.choices, default=InvoiceMode.DRAFT)
    revenue_account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    sales_representative = models.ForeignKey(
        SalesRepresentative, models.PROTECT, null=True, blank=True, related_name="+"
    )
    update_stock = models.BooleanField(default=False)
    stock_preview_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    use_buffer = models.BooleanField(default=False)
    buffer = models.PositiveIntegerField(default=0)
    company_in_address = models.BooleanField(default=False)
    capture_date_basis = models.CharField(
        max_length=14, choices=CaptureDateBasis.choices, default=CaptureDateBasis.CONDITION_MET
    )
    import_opening_stock = models.BooleanField(
        null=True, blank=True, help_text=_("A27: asked once before the first download.")
    )
    list_as_draft = models.BooleanField(default=False, help_text=_("SET-18: what we create in the store is hidden."))
    store_is_master = models.BooleanField(
        null=True, blank=True, help_text=_("SET-22, A14; empty: as the platform has it by default.")
    )
    assembly_mode = models.CharField(max_length=10, choices=AssemblyMode.choices, default=AssemblyMode.MINIMUM)
    options = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("channel setup")
        verbose_name_plural = _("channel setups")
        constraints = [
            models.CheckConstraint(
                condition=Q(update_stock=False) | Q(stock_preview_confirmed_at__isnull=False),
                name="settings_push_only_after_preview",
            ),
        ]

    def __str__(self) -> str:
        return str(self.channel_id)
