"""A connected store."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.enums import ChannelState, Notices
from inventory_sync.lib.money import CurrencyField
from inventory_sync.lib.secrets import SecretsField


def new_token() -> str:
    """Unguessable part of a channel's notice address."""
    return secrets.token_urlsafe(24)


class Channel(models.Model):
    """Our connection to one store. Credentials are encrypted; the lease says which process may work on it."""

    platform = models.CharField(_("platform"), max_length=20)
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=14, choices=ChannelState.choices, default=ChannelState.CONNECTED)
    state_reason = models.CharField(max_length=500, blank=True)
    store_identity = models.CharField(_("store"), max_length=300)
    store_url = models.CharField(_("store address"), max_length=500, blank=True)
    store_version = models.CharField(_("store version"), max_length=50, blank=True)
    store_currency = CurrencyField(_("store currency"))
    store_time_zone = models.CharField(max_length=64, default="UTC")
    store_country = models.CharField(max_length=2, blank=True)
    prices_include_tax = models.BooleanField(default=False)
    clone_mark = models.CharField(max_length=200, blank=True)
    api_url = models.CharField(max_length=500)
    connection_options = models.JSONField(
        default=dict, blank=True, editable=False, help_text=_("What connecting found out about the way to the store.")
    )
    credentials = SecretsField(blank=True, editable=False)
    notice_token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    notices = models.CharField(_("notices"), max_length=14, choices=Notices.choices, default=Notices.POLLING_ONLY)
    notices_reason = models.CharField(max_length=500, blank=True)
    notices_seen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When the store was last seen to send them.")
    )
    notices_off_since = models.DateTimeField(null=True, blank=True, editable=False)
    notices_back_at = models.DateTimeField(null=True, blank=True, editable=False)
    copy_url = models.CharField(
        max_length=500, blank=True, editable=False, help_text=_("Another store that signs as this one (APP-11).")
    )
    copy_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    warnings = models.JSONField(default=list, blank=True)
    read_only = models.BooleanField(
        _("read-only"), default=False, help_text=_("Orders are captured, nothing is written to the store.")
    )
    connected_at = models.DateTimeField(_("connected"))
    disconnected_at = models.DateTimeField(_("disconnected"), null=True, blank=True)
    missing_orders = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Recent orders that the store lost at once; see the nightly comparison.")
    )
    last_notice_at = models.DateTimeField(null=True, blank=True)
    last_poll_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)
    poll_cursor = models.DateTimeField(help_text=_("Orders changed since then are still to be looked at."))
    poll_minutes = models.PositiveSmallIntegerField(_("poll every, minutes"), default=60)
    next_poll_at = models.DateTimeField()
    next_night_at = models.DateTimeField(null=True, blank=True, editable=False)
    sign_in_failures = models.PositiveSmallIntegerField(default=0)
    sign_in_failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(
        default=0, help_text=_("Calls in a row that the store did not answer well.")
    )
    closed_until = models.DateTimeField(null=True, blank=True, help_text=_("Circuit breaker: no calls before this."))
    lease_token = models.CharField(max_length=40, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        permissions = [
            ("connect_channel", "Connect stores and change credentials"),
            ("disconnect_channel", "Disconnect stores"),
            ("change_setup", "Change a channel's setup"),
            ("retry_job", "Retry failed work"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "store_identity"],
                condition=~Q(state=ChannelState.DISCONNECTED),
                name="channel_store_connected_once",
            ),
            models.CheckConstraint(condition=Q(poll_minutes__gte=5), name="channel_poll_not_under_5_minutes"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_key(self) -> str:
        """How activities and audit rows name this channel."""
        return f"channel:{self.pk}"


class ChannelAccess(models.Model):
    """A user with rows here sees only these channels; a user with none sees all their platforms' channels."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="channel_access")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="access")

    class Meta:
        verbose_name = _("channel access")
        verbose_name_plural = _("channel access")
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="channel_access_once")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.channel_id}"
