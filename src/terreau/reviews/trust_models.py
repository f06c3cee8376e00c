"""The anonymous questionnaire on trust (R-97): no answer of anybody is ever kept, only how many said what.

A table of answers, even without names, could be read beside the table of links: by its order, its moments,
its transactions. So there is none. ``TrustTally`` holds, for a question and a value, a number; every row of a
round is written again at each answer, so that none tells which link moved it.
"""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole

#: Answers without which nothing is shown, whatever a pole asks.
FEWEST = 5


class TrustRound(models.Model):
    """The questionnaire of a pole in a year: its questions frozen, the least number of answers, its end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="trust_rounds")
    year = models.PositiveSmallIntegerField(_("année"))
    questions: Any = models.JSONField(_("questions"))
    digest = models.CharField(max_length=64)
    least = models.PositiveSmallIntegerField(_("réponses au moins"), default=FEWEST)
    invited = models.PositiveSmallIntegerField(_("personnes invitées"), default=0)
    due_on = models.DateField(_("réponses attendues pour le"))
    opened_at = models.DateTimeField(_("ouvert le"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reminded_on = models.DateField(_("rappelé le"), null=True)
    reminders = models.PositiveSmallIntegerField(_("rappels"), default=0)
    closed_at = models.DateTimeField(_("clos le"), null=True)
    public = models.BooleanField(_("résultat public"), default=False)

    objects: ClassVar[models.Manager["TrustRound"]] = models.Manager()

    class Meta:
        verbose_name = _("questionnaire sur la confiance")
        verbose_name_plural = _("questionnaires sur la confiance")
        ordering = ["pole", "-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "year"],
                name="reviews_trust_once_a_year",
                violation_error_message=_("Ce pôle a déjà un questionnaire cette année."),
            ),
            models.CheckConstraint(
                condition=models.Q(least__gte=FEWEST),
                name="reviews_trust_least",
                violation_error_message=_("Il faut au moins cinq réponses."),
            ),
            models.CheckConstraint(
                condition=models.Q(public=False) | models.Q(closed_at__isnull=False),
                name="reviews_trust_public_once_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.year}"


class TrustInvitation(models.Model):
    """A link to one person: whether it has served, never when, and never for what.

    Identifiers are random, so that they say nothing of an order. All are deleted when the round closes.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    round = models.ForeignKey(TrustRound, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("adresse électronique"), max_length=254)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    used = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["TrustInvitation"]] = models.Manager()

    class Meta:
        verbose_name = _("invitation à répondre sur la confiance")
        verbose_name_plural = _("invitations à répondre sur la confiance")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["round", "email"], name="reviews_trust_invited_once")]

    def __str__(self) -> str:
        return str(self.id)


class TrustTally(models.Model):
    """How many gave a value (1 to 5, 0 for no opinion) to a question."""

    round = models.ForeignKey(TrustRound, on_delete=models.PROTECT, related_name="tallies")
    question = models.CharField(max_length=40)
    value = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["TrustTally"]] = models.Manager()

    class Meta:
        verbose_name = _("compte de réponses")
        verbose_name_plural = _("comptes de réponses")
        ordering = ["round", "question", "value"]
        constraints = [
            models.UniqueConstraint(fields=["round", "question", "value"], name="reviews_trust_tally_once"),
            models.CheckConstraint(condition=models.Q(value__lte=5), name="reviews_trust_tally_value"),
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.value}"
