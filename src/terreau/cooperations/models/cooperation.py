"""A cooperation between members: form, object, who takes part, how far it goes, in time (R-39 to R-44)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly, NoOverlap, ends_after_start
from terreau.cooperations import rules
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Form(models.TextChoices):
    """The three forms of 2014 and the sub-form that the text names (R-39, R-151); no ladder (R-44)."""

    MEANS = rules.MEANS, _("mutualisation de moyens")
    STRUCTURED = rules.STRUCTURED, _("coopération de moyens structurée")
    PROJECTS = rules.PROJECTS, _("mutualisation de projets")
    STRATEGIC = rules.STRATEGIC, _("coopération stratégique")


class Cooperation(models.Model):
    """What some members do together. ``object`` is a term of ``cooperation_object``, empty when not said."""

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="cooperation"
    )
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="cooperations")
    title = models.CharField(_("titre"), max_length=160)
    form = models.CharField(_("forme"), max_length=16, choices=Form.choices)
    object = models.CharField(_("objet"), max_length=40, blank=True)
    text = models.TextField(_("en quoi elle consiste"), blank=True)
    #: None when nobody said.
    formal = models.BooleanField(_("formalisée par un écrit"), null=True, blank=True)
    evidence = models.CharField(_("ce qui l'atteste"), max_length=500, blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    #: What it serves or was born of: a project, an activity, another cooperation.
    purpose = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="cooperations_for"
    )
    valid_from = models.DateField(_("depuis"))
    from_precision = models.CharField(max_length=5, default="day")
    valid_to = models.DateField(_("finie le"), null=True, blank=True)
    end_reason = models.CharField(_("pourquoi elle a fini"), max_length=300, blank=True)
    public = models.BooleanField(_("montrée à tous"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Cooperation"]] = models.Manager()

    class Meta:
        verbose_name = _("coopération")
        verbose_name_plural = _("coopérations")
        ordering = ["pole", "-valid_from", "subject"]
        indexes = [models.Index(fields=["pole", "valid_from"], name="cooperations_pole_from")]
        constraints = [
            ends_after_start("valid_from", "valid_to", "cooperations_ends_after"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True, end_reason="")
                | Q(valid_to__isnull=False) & ~Q(end_reason=""),
                name="cooperations_end_has_reason",
                violation_error_message=_("La fin d'une coopération a une date et un motif."),
            ),
            models.CheckConstraint(
                condition=~Q(title=""),
                name="cooperations_has_title",
                violation_error_message=_("Une coopération a un titre."),
            ),
            models.CheckConstraint(
                condition=Q(purpose__isnull=True) | ~Q(purpose=models.F("subject")),
                name="cooperations_not_for_itself",
                violation_error_message=_("Une coopération ne sert pas à elle-même."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Party(models.Model):
    """An actor in a cooperation. Without dates: as long as the cooperation."""

    class Role(models.TextChoices):
        LEADS = "leads", _("porte la coopération")
        TAKES_PART = "takes_part", _("y participe")
        SUPPORTS = "supports", _("la soutient")

    cooperation = models.ForeignKey(Cooperation, on_delete=models.PROTECT, related_name="parties")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="cooperations")
    role = models.CharField(_("rôle"), max_length=10, choices=Role.choices, default=Role.TAKES_PART)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Party"]] = models.Manager()

    class Meta:
        verbose_name = _("partie à une coopération")
        verbose_name_plural = _("parties à une coopération")
        ordering = ["cooperation", "actor__sort_key", "id"]
        constraints = [
            NoOverlap(
                fields=["cooperation", "actor"],
                start="valid_from",
                end="valid_to",
                name="cooperations_party_once",
                violation_error_message=_("Cette organisation prend déjà part à la coopération à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "cooperations_party_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} ∈ {self.cooperation_id}"


class Level(models.Model):
    """How far a cooperation goes from a day on, and why (R-43). Never changed: a later line corrects."""

    cooperation = models.ForeignKey(Cooperation, on_delete=models.PROTECT, related_name="levels")
    level = models.CharField(_("intensité"), max_length=20)
    on = models.DateField(_("depuis le"))
    reason = models.CharField(_("pourquoi"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("enregistré le"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Level"]] = models.Manager()

    class Meta:
        verbose_name = _("intensité d'une coopération")
        verbose_name_plural = _("intensités d'une coopération")
        ordering = ["cooperation", "on", "id"]
        constraints = [AppendOnly(name="cooperations_level_append_only")]

    def __str__(self) -> str:
        return f"{self.cooperation_id} {self.level} {self.on}"
