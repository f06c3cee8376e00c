"""An initiative that anybody reports; a moderator of its territory answers (R-52)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole
from terreau.territories.models import Zone


class Report(models.Model):
    """An initiative reported: it waits until it becomes a pole, joins one, or is refused with a reason."""

    class State(models.TextChoices):
        RECEIVED = "received", _("reçu")
        ACCEPTED = "accepted", _("accepté")
        MERGED = "merged", _("rattaché à un pôle connu")
        REFUSED = "refused", _("refusé")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("nom de l'initiative"), max_length=250)
    what = models.TextField(_("ce qui s'y fait"), blank=True)
    communes = models.JSONField(_("communes"), default=list, help_text=_("Codes du COG, tels que donnés."))
    zones = models.ManyToManyField(Zone, related_name="+", blank=True)
    url = models.URLField(_("adresse"), max_length=500, blank=True)
    email = models.EmailField(_("adresse électronique"), max_length=254, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    reporter_token_hash = models.CharField(_("empreinte du lien"), max_length=64, unique=True, editable=False)
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.RECEIVED)
    reason = models.TextField(_("réponse"), blank=True)
    received_at = models.DateTimeField(_("reçu le"), auto_now_add=True)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")

    objects: ClassVar[models.Manager["Report"]] = models.Manager()

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        ordering = ["received_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="received", answered_at__isnull=True)
                | (~models.Q(state="received") & models.Q(answered_at__isnull=False)),
                name="census_report_answered_at",
                violation_error_message=_("Une réponse a une date."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="refused") | ~models.Q(reason=""),
                name="census_report_refusal_has_reason",
                violation_error_message=_("Un refus a un motif."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["accepted", "merged"], pole__isnull=False)
                | (~models.Q(state__in=["accepted", "merged"]) & models.Q(pole__isnull=True)),
                name="census_report_pole_when_accepted",
                violation_error_message=_("Un signalement accepté nomme son pôle."),
            ),
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="census_report_waiting")]

    def __str__(self) -> str:
        return self.name
