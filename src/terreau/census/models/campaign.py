"""The yearly questionnaire (R-55): its definitions, frozen when it opens, and what each pole answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole


class Campaign(models.Model):
    """A questionnaire about a year. ``questions`` are frozen: code, labels, definitions, type, unit, theme.

    Open until ``closed_at``; answers are due on ``due_on``. Only ``census.campaigns`` writes here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    year = models.PositiveSmallIntegerField(_("année"), unique=True)
    questions = models.JSONField(_("questions"))
    digest = models.CharField(_("empreinte des définitions"), max_length=64)
    opened_at = models.DateTimeField(_("ouverte le"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    due_on = models.DateField(_("réponses attendues pour le"))
    closed_at = models.DateTimeField(_("close le"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[models.Manager["Campaign"]] = models.Manager()

    class Meta:
        verbose_name = _("campagne")
        verbose_name_plural = _("campagnes")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(year__gte=2009, year__lte=2100),
                name="census_campaign_year",
                violation_error_message=_("L'année d'une campagne est entre 2009 et 2100."),
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | models.Q(closed_at__gte=models.F("opened_at")),
                name="census_campaign_closed_after",
                violation_error_message=_("Une campagne se ferme après son ouverture."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)


class CampaignAnswer(models.Model):
    """What a pole answered: ``values`` by code as typed, ``remarks`` by code where a check asked for one.

    Written again until the campaign closes; ``version`` counts the writings, each is an event.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="answers")
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="campaign_answers")
    values = models.JSONField(_("réponses"))
    remarks = models.JSONField(_("explications"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("répondu le"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["CampaignAnswer"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse à une campagne")
        verbose_name_plural = _("réponses à une campagne")
        ordering = ["campaign", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "pole"],
                name="census_campaign_answer_once",
                violation_error_message=_("Ce pôle a déjà répondu."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.pole_id}"
