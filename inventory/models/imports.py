"""Files that staff bring in (SPEC INV-6), kept until their rows are read into a preview."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models.runs import Run


class ImportFile(models.Model):
    """The bytes of an uploaded file; deleted once the preview is complete or dropped."""

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="file")
    name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")

    def __str__(self) -> str:
        return self.name
