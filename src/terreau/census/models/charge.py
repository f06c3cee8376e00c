"""Who has taken charge of what waits in the inbox, so that two moderators do not do the same work."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Charge(models.Model):
    """That a person deals with something that waits. It says nothing of the thing: it may be lost.

    What waits is of many rooms (a report, a belonging, an import): it is named by its ``kind`` and its
    identifier, as the inbox does, and the row goes when the thing is decided.
    """

    kind = models.CharField(_("nature"), max_length=20)
    ref = models.CharField(_("identifiant"), max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="charges")
    taken_at = models.DateTimeField(_("pris en charge le"))

    class Meta:
        verbose_name = _("prise en charge")
        verbose_name_plural = _("prises en charge")
        ordering = ["taken_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "ref"],
                name="census_charge_once",
                violation_error_message=_("Une autre personne s'en occupe déjà."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} → {self.user_id}"
