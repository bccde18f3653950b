"""Who may log in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.enums import Theme


class User(AbstractUser):
    """A member of staff. Roles are groups (Viewer, Operator, Manager)."""

    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty: the organization's."))
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [("manage_users", "Manage users and roles")]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class LoginAttempt(models.Model):
    """A failed log-in, counted per user name and address to slow guessing (SPEC APP-14)."""

    key = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("failed log-in")
        verbose_name_plural = _("failed log-ins")
        indexes = [models.Index(fields=["key", "at"], name="login_attempt_key_at")]

    def __str__(self) -> str:
        return self.key
