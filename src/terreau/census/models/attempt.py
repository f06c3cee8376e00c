"""How often an address wrote to us without an account, for a day, without keeping the address."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """A count by kind of form and keyed digest of an address; rows of the days before are deleted."""

    digest = models.CharField(max_length=64, primary_key=True)
    day = models.DateField(_("jour"))
    count = models.PositiveIntegerField(_("envois"), default=1)

    class Meta:
        verbose_name = _("envoi sans compte")
        verbose_name_plural = _("envois sans compte")
        indexes = [models.Index(fields=["day"], name="census_attempt_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.count}"
