"""Who changed what (SPEC APP-5)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One change: action, object, and old and new value per field. Never updated, never deleted by staff."""

    at = models.DateTimeField(_("time"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    action = models.CharField(_("action"), max_length=60)
    object_key = models.CharField(max_length=100)
    object_label = models.CharField(_("object"), max_length=300)
    scope_key = models.CharField(max_length=50, blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True, help_text=_("field → [old, new]"))

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["object_key", "-id"], name="audit_object"),
            models.Index(fields=["scope_key", "-id"], name="audit_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"
