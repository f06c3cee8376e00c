"""The yearly report of a pole: its own words beside the figures, and what it published (R-16, R-99)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole


class Words(models.Model):
    """What the pole says in its own words in a section of the report of a year."""

    class Section(models.TextChoices):
        FOREWORD = "foreword", _("Le mot du pôle")
        MEMBERS = "members", _("Qui nous sommes")
        GOVERNANCE = "governance", _("Comment nous décidons")
        COOPERATIONS = "cooperations", _("Ce que nous faisons ensemble")
        MEANS = "means", _("Ce que nous partageons")
        PROJECTS = "projects", _("Nos projets communs")
        RESULTS = "results", _("Ce que cela change")
        WEIGHT = "weight", _("Poids des membres et activité due au pôle")
        OUTLOOK = "outlook", _("L'année qui vient")

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="report_words")
    year = models.PositiveSmallIntegerField(_("année"))
    section = models.CharField(_("partie"), max_length=12, choices=Section.choices)
    text = models.TextField(_("texte du pôle"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Words"]] = models.Manager()

    class Meta:
        verbose_name = _("texte d'un rapport")
        verbose_name_plural = _("textes des rapports")
        ordering = ["pole", "year", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "year", "section"], name="indicators_words_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.year} {self.section}"


class Edition(models.Model):
    """A version of a report as it was published: its data in both languages, frozen, and their SHA-256.

    ``public`` may be taken back, with why; the edition itself never changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="report_editions")
    year = models.PositiveSmallIntegerField(_("année"))
    number = models.PositiveSmallIntegerField(_("version"))
    data = models.JSONField(_("contenu"))
    digest = models.CharField(max_length=64)
    why = models.CharField(_("ce qui change"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("publié le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    public = models.BooleanField(_("ouvert à tous"), default=True)
    closed_why = models.CharField(_("motif du retrait"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Edition"]] = models.Manager()

    class Meta:
        verbose_name = _("version publiée d'un rapport")
        verbose_name_plural = _("versions publiées des rapports")
        ordering = ["pole", "-year", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "year", "number"],
                name="indicators_edition_once",
                violation_error_message=_("Cette version vient d'être publiée par quelqu'un d'autre."),
            ),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(why=""),
                name="indicators_edition_says_why",
                violation_error_message=_("Une nouvelle version dit ce qui change."),
            ),
            models.CheckConstraint(
                condition=Q(public=True, closed_why="") | (Q(public=False) & ~Q(closed_why="")),
                name="indicators_withdrawn_says_why",
                violation_error_message=_("Un retrait a un motif, et lui seul."),
            ),
            FrozenOnce(
                once="published_at",
                fields=["pole", "year", "number", "data", "digest", "why"],
                name="indicators_edition_frozen",
                violation_error_message=_("Une version publiée ne change plus."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.year} v{self.number}"
