"""What the worker counts over all poles, so that pages read a few rows. Written by ``figures`` alone."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.poles.models import Pole


class Measure(models.Model):
    """One number of a pole in a year (``analytics.indicators.measures``): private, for its people alone."""

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="measures")
    year = models.PositiveSmallIntegerField(_("année"))
    code = models.CharField(_("mesure"), max_length=16)
    value = models.BigIntegerField(_("valeur"))

    objects: ClassVar[models.Manager["Measure"]] = models.Manager()

    class Meta:
        verbose_name = _("mesure d'un pôle")
        verbose_name_plural = _("mesures des pôles")
        ordering = ["pole", "year", "code"]
        constraints = [models.UniqueConstraint(fields=["pole", "year", "code"], name="snapshot_measure_once")]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.year} {self.code}"


class Spread(models.Model):
    """Median and quartiles of a measure over the poles of a group, as they may be shown.

    ``group`` is ``stage=…&region=…``, empty for all poles; ``fictional`` poles are a world of their own.
    ``reason`` says why nothing is shown; the median may be shown without the quartiles. ``private`` holds
    what each pole brought to what is shown, for the next time; no page reads it.
    """

    fictional = models.BooleanField(_("exemple fictif"))
    year = models.PositiveSmallIntegerField(_("année"))
    measure = models.CharField(_("mesure"), max_length=16)
    group = models.CharField(_("groupe de pôles"), max_length=200, blank=True)
    poles = models.PositiveIntegerField(_("pôles"), null=True)
    first_quartile = models.BigIntegerField(_("premier quartile"), null=True)
    median = models.BigIntegerField(_("médiane"), null=True)
    third_quartile = models.BigIntegerField(_("troisième quartile"), null=True)
    reason = models.CharField(_("pourquoi rien n'est montré"), max_length=10, blank=True)
    made_at = models.DateTimeField(_("calculé le"))
    private = models.BinaryField(null=True)

    objects: ClassVar[models.Manager["Spread"]] = models.Manager()

    class Meta:
        verbose_name = _("médiane entre pôles")
        verbose_name_plural = _("médianes entre pôles")
        ordering = ["fictional", "-year", "measure", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["fictional", "year", "measure", "group"], name="snapshot_spread_once"
            ),
            models.CheckConstraint(
                condition=models.Q(reason="", median__isnull=False, poles__isnull=False)
                | (
                    ~models.Q(reason="")
                    & models.Q(
                        median__isnull=True,
                        poles__isnull=True,
                        first_quartile__isnull=True,
                        third_quartile__isnull=True,
                    )
                ),
                name="snapshot_spread_shown_or_says_why",
                violation_error_message=_("Une médiane est montrée, ou dit pourquoi elle ne l'est pas."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.measure} {self.group}"
