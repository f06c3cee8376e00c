"""Who has a sheet open to change it, and in which field."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.subjects.models import Subject


class Presence(models.Model):
    """One row by person and sheet, renewed while the page is open; worth nothing after a minute."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presences")
    field = models.CharField(_("champ"), max_length=60, blank=True)
    seen_at = models.DateTimeField(_("vu le"))

    class Meta:
        verbose_name = _("présence")
        verbose_name_plural = _("présences")
        ordering = ["subject", "user"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "user"], name="census_presence_once"),
        ]
        indexes = [models.Index(fields=["seen_at"], name="census_presence_seen")]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.subject_id}"
