"""Once a year each pole is asked what is still true (R-154)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole


class Confirmation(models.Model):
    """A question asked of a pole, and its answer: ``items`` = ``[{"field", "answer", "fact"}]``.

    The answer to an item is ``true`` (still so), ``changed`` or ``unknown``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="confirmations")
    asked_on = models.DateField(_("demandé le"))
    due_on = models.DateField(_("attendu pour le"))
    reminded_on = models.DateField(_("rappelé le"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("rappels"), default=0)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    items = models.JSONField(_("réponses"), default=list)

    objects: ClassVar[models.Manager["Confirmation"]] = models.Manager()

    class Meta:
        verbose_name = _("confirmation annuelle")
        verbose_name_plural = _("confirmations annuelles")
        ordering = ["-asked_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole"],
                condition=models.Q(answered_at__isnull=True),
                name="census_confirmation_one_open",
                violation_error_message=_("Ce pôle est déjà interrogé."),
            ),
            models.CheckConstraint(
                condition=models.Q(due_on__gt=models.F("asked_on")),
                name="census_confirmation_due_after",
                violation_error_message=_("La réponse est attendue après la demande."),
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True) | models.Q(by__isnull=False),
                name="census_confirmation_answered_by",
                violation_error_message=_("Une réponse a un auteur."),
            ),
        ]
        indexes = [models.Index(fields=["answered_at", "due_on"], name="census_confirmation_waiting")]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.asked_on}"
