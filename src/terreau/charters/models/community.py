"""What signatories decide together: a question, options, one voice for each signatory (R-71)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.charters.models.charter import Charter
from terreau.common.identifiers import uuid7


class Consultation(models.Model):
    """A question put to the signatories. ``options`` is a list of texts, which never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="consultations")
    question = models.CharField(_("question"), max_length=300)
    context = models.TextField(_("ce qu'il faut savoir"), blank=True)
    options = models.JSONField(_("réponses possibles"))
    opened_at = models.DateTimeField(_("ouverte le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(_("jusqu'au"))
    closed_at = models.DateTimeField(_("close le"), null=True)

    objects: ClassVar[models.Manager["Consultation"]] = models.Manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ["-opened_at", "id"]

    def __str__(self) -> str:
        return self.question


class Voice(models.Model):
    """The voice of a signatory: one, that may be changed until the consultation closes."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="voices")
    signatory = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    option = models.PositiveSmallIntegerField(_("réponse"))
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Voice"]] = models.Manager()

    class Meta:
        verbose_name = _("voix")
        verbose_name_plural = _("voix")
        ordering = ["consultation", "signatory"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "signatory"],
                name="charters_one_voice",
                violation_error_message=_("Ce signataire a déjà donné sa voix."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.consultation_id} {self.signatory_id}"
