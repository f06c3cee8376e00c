"""The strategy of a pole, version after version: axes, objectives, adoption, who adhered (R-15, R-17)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import FrozenOnce, ends_after_start
from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Strategy(models.Model):
    """A version of the strategy; free until it is adopted, then its text stays as it was adopted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="strategies")
    number = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("titre"), max_length=200)
    text = models.TextField(_("ambition commune"), blank=True)
    #: What may come, and what the pole would do then (R-17).
    foresight = models.TextField(_("prospective"), blank=True)
    starts_on = models.DateField(_("engagée depuis le"), null=True, blank=True)
    ends_on = models.DateField(_("horizon"), null=True, blank=True)
    adopted_on = models.DateField(_("adoptée le"), null=True, blank=True)
    #: The body as the pole names it: a project, a circle, an assembly without statutes may adopt.
    adopted_by = models.CharField(_("adoptée par"), max_length=160, blank=True)
    decision = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="strategies_decided"
    )
    public = models.BooleanField(_("publiée sur la page du pôle"), default=False)
    made_at = models.DateTimeField(_("écrite le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Strategy"]] = models.Manager()

    class Meta:
        verbose_name = _("stratégie")
        verbose_name_plural = _("stratégies")
        ordering = ["pole", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "number"], name="projects_strategy_number_once"),
            models.UniqueConstraint(
                fields=["pole"],
                condition=Q(adopted_on=None),
                name="projects_one_draft",
                violation_error_message=_("Une nouvelle version est déjà en cours d'écriture."),
            ),
            models.CheckConstraint(
                condition=Q(adopted_on=None) | ~Q(adopted_by=""),
                name="projects_adopted_by_somebody",
                violation_error_message=_("Une adoption dit par qui."),
            ),
            FrozenOnce(
                once="adopted_on",
                fields=["number", "title", "text", "foresight", "starts_on", "ends_on", "adopted_by"],
                name="projects_adopted_text_stays",
                violation_error_message=_("Une version adoptée ne change plus : écrivez la suivante."),
            ),
            ends_after_start("starts_on", "ends_on", "projects_strategy_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    @property
    def is_draft(self) -> bool:
        """Say whether nobody adopted it yet."""
        return self.adopted_on is None


class Axis(models.Model):
    """An axis of a strategy."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="axes")
    rank = models.PositiveSmallIntegerField(_("rang"), default=0)
    title = models.CharField(_("axe"), max_length=200)
    text = models.TextField(_("précision"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Axis"]] = models.Manager()

    class Meta:
        verbose_name = _("axe")
        verbose_name_plural = _("axes")
        ordering = ["strategy", "rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["strategy", "title"],
                name="projects_axis_once",
                violation_error_message=_("Cette version a déjà un axe de ce nom."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Objective(models.Model):
    """What is aimed at, when, by whom, and where it stands (R-17)."""

    class Horizon(models.TextChoices):
        SHORT = "short", _("court terme")
        MEDIUM = "medium", _("moyen terme")
        LONG = "long", _("long terme")

    class State(models.TextChoices):
        AHEAD = "ahead", _("pas commencé")
        UNDER_WAY = "under_way", _("en cours")
        REACHED = "reached", _("atteint")
        DROPPED = "dropped", _("abandonné")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    axis = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="objectives")
    rank = models.PositiveSmallIntegerField(_("rang"), default=0)
    title = models.CharField(_("objectif"), max_length=240)
    horizon = models.CharField(_("horizon"), max_length=6, choices=Horizon.choices)
    due_on = models.DateField(_("d'ici au"), null=True, blank=True)
    owner = models.ForeignKey(
        Actor,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="objectives",
        verbose_name=_("porté par"),
    )
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.AHEAD)
    note = models.TextField(_("où l'on en est"), blank=True)
    #: Codes of the vocabulary « enjeu » (R-23).
    enjeux = models.JSONField(_("enjeux servis"), default=list, blank=True)
    #: The same objective in the version before.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Objective"]] = models.Manager()

    class Meta:
        verbose_name = _("objectif")
        verbose_name_plural = _("objectifs")
        ordering = ["axis", "rank", "id"]

    def __str__(self) -> str:
        return self.title


class ObjectiveMove(models.Model):
    """An objective that changed state: when, who, and what was said of it."""

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(_("avant"), max_length=9, choices=Objective.State.choices)
    after = models.CharField(_("après"), max_length=9, choices=Objective.State.choices)
    note = models.TextField(_("ce qui en est dit"), blank=True)
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["ObjectiveMove"]] = models.Manager()

    class Meta:
        verbose_name = _("avancée d'un objectif")
        verbose_name_plural = _("avancées des objectifs")
        ordering = ["objective", "at", "id"]

    def __str__(self) -> str:
        return f"{self.objective_id} {self.before} → {self.after}"


class Adherence(models.Model):
    """An organisation that adheres to an adopted strategy, from a day to another (R-15)."""

    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="adherences")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="strategies_adhered")
    on = models.DateField(_("adhère depuis le"))
    ended_on = models.DateField(_("n'adhère plus depuis le"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Adherence"]] = models.Manager()

    class Meta:
        verbose_name = _("adhésion à la stratégie")
        verbose_name_plural = _("adhésions à la stratégie")
        ordering = ["strategy", "on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["strategy", "actor"],
                condition=Q(ended_on=None),
                name="projects_adheres_once",
                violation_error_message=_("Cette organisation adhère déjà à cette version."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.strategy_id}"
