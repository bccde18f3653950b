"""Connections that are being made: approvals in a store, and stores where our app is installed."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.enums import AttemptState
from channels.models.channel import Channel
from inventory_sync.lib.secrets import SecretsField


def new_attempt_token() -> str:
    """Unguessable part of the one-time addresses of an attempt."""
    return secrets.token_urlsafe(32)


class ConnectAttempt(models.Model):
    """A merchant was sent to the store to approve the connection; keys are accepted once, until `expires_at`.

    Its secrets are emptied when it is used, denied or expired.
    """

    token = models.CharField(max_length=64, unique=True, default=new_attempt_token, editable=False)
    platform = models.CharField(_("platform"), max_length=20)
    way = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, blank=True, related_name="+", help_text=_("Whose credentials are changed.")
    )
    state = models.CharField(max_length=10, choices=AttemptState.choices, default=AttemptState.BEGUN)
    identity = models.CharField(_("store"), max_length=300)
    api_url = models.CharField(max_length=500)
    options = models.JSONField(default=dict, blank=True)
    secrets = SecretsField(blank=True, editable=False)
    go_live = models.JSONField(default=dict, blank=True)
    made_channel = models.ForeignKey(
        Channel, models.SET_NULL, null=True, blank=True, related_name="+", help_text=_("What it led to.")
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("approval in a store")
        verbose_name_plural = _("approvals in stores")
        indexes = [models.Index(fields=["expires_at"], name="attempt_expires")]

    def __str__(self) -> str:
        return f"{self.platform} {self.identity}"


class AppGrant(models.Model):
    """A store where our app is installed, and the credentials that came with it, until it is removed there.

    They stay when the store is connected by them: disconnected and connected again, it gives no new ones.
    """

    platform = models.CharField(_("platform"), max_length=20)
    identity = models.CharField(_("store"), max_length=300)
    secrets = SecretsField(blank=True, editable=False)
    granted_at = models.DateTimeField()

    class Meta:
        ordering = ["-granted_at"]
        verbose_name = _("installed app")
        verbose_name_plural = _("installed apps")
        constraints = [models.UniqueConstraint(fields=["platform", "identity"], name="app_grant_once")]

    def __str__(self) -> str:
        return f"{self.platform} {self.identity}"
