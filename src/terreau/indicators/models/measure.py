"""Indicators of a pole, their values in time, and the yearly round that gathers them (R-16, R-92, R-93)."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.facts.models import Fact, Status
from terreau.pieces.models import Piece
from terreau.poles.models import Pole


class Indicator(models.Model):
    """Something that a pole follows: of the common core or the library (``code``), or its own (no code).

    Amounts are whole thousandths of ``unit`` (a unit of the catalogue, or the pole's own words).
    """

    class Family(models.TextChoices):
        PROCESS = "process", _("ce que nous faisons (processus)")
        RESULT = "result", _("ce que cela change (résultat)")

    class Beneficiaries(models.TextChoices):
        NONE = "", _("sans objet")
        DIRECT = "direct", _("bénéficiaires directs")
        INDIRECT = "indirect", _("bénéficiaires indirects")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="indicators")
    code = models.CharField(_("code du socle ou de la bibliothèque"), max_length=60, blank=True)
    label = models.CharField(_("nom de l'indicateur"), max_length=160)
    unit = models.CharField(_("unité de mesure"), max_length=40)
    family = models.CharField(_("famille"), max_length=8, choices=Family.choices)
    beneficiaries = models.CharField(
        _("bénéficiaires"), max_length=8, choices=Beneficiaries.choices, blank=True, default=""
    )
    method = models.CharField(_("façon de mesurer"), max_length=600, blank=True)
    baseline = models.BigIntegerField(_("point de départ, en millièmes"), null=True, blank=True)
    baseline_on = models.DateField(_("date du point de départ"), null=True, blank=True)
    target = models.BigIntegerField(_("cible, en millièmes"), null=True, blank=True)
    target_on = models.DateField(_("échéance de la cible"), null=True, blank=True)
    public = models.BooleanField(_("publié"), default=False)
    ended_on = models.DateField(_("suivi jusqu'au"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Indicator"]] = models.Manager()

    class Meta:
        verbose_name = _("indicateur")
        verbose_name_plural = _("indicateurs")
        ordering = ["pole", "family", "label", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "code"],
                condition=~Q(code=""),
                name="indicators_code_once",
                violation_error_message=_("Le pôle suit déjà cet indicateur."),
            ),
            models.UniqueConstraint(
                fields=["pole", "label"],
                condition=Q(ended_on=None),
                name="indicators_label_once",
                violation_error_message=_("Le pôle suit déjà un indicateur de ce nom."),
            ),
            models.CheckConstraint(
                condition=Q(target_on=None) | Q(target__isnull=False),
                name="indicators_target_has_value",
                violation_error_message=_("Une échéance va avec une cible."),
            ),
            models.CheckConstraint(
                condition=Q(baseline_on=None) | Q(baseline__isnull=False),
                name="indicators_baseline_has_value",
                violation_error_message=_("Une date de départ va avec une valeur."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Round(models.Model):
    """The yearly light round of a pole: answers gathered by several people, then closed and frozen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="indicator_rounds")
    year = models.PositiveSmallIntegerField(_("année"))
    opened_at = models.DateTimeField(_("ouvert le"), default=timezone.now, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("clos le"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    #: What was answered, in canonical JSON types, and its SHA-256, when the round is closed.
    data = models.JSONField(default=dict, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)

    objects: ClassVar[models.Manager["Round"]] = models.Manager()

    class Meta:
        verbose_name = _("tour annuel")
        verbose_name_plural = _("tours annuels")
        ordering = ["pole", "-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "year"],
                name="indicators_round_once",
                violation_error_message=_("Le tour de cette année est déjà ouvert."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, digest="") | (Q(closed_at__isnull=False) & ~Q(digest="")),
                name="indicators_closed_has_digest",
            ),
            FrozenOnce(
                once="closed_at",
                fields=["pole", "year", "data", "digest"],
                name="indicators_round_frozen",
                violation_error_message=_("Ce tour est clos : corrigez la valeur elle-même."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.year}"


class Answer(models.Model):
    """What is said of an indicator in an open round. ``unknown``: the pole says that it does not know."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="answers")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="answers")
    amount = models.BigIntegerField(_("valeur, en millièmes"), null=True, blank=True)
    unknown = models.BooleanField(_("nous ne savons pas"), default=False)
    status = models.CharField(_("état"), max_length=10, choices=Status.choices, default=Status.DECLARED)
    origin = models.CharField(_("d'où vient ce chiffre"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Answer"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse au tour")
        verbose_name_plural = _("réponses au tour")
        ordering = ["round", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "indicator"], name="indicators_answer_once"),
            models.CheckConstraint(
                condition=Q(unknown=False) | Q(amount=None),
                name="indicators_unknown_has_no_value",
                violation_error_message=_("Donnez une valeur, ou dites que vous ne savez pas."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.indicator_id}"


class Value(models.Model):
    """A value of an indicator over a period, both days included. Never changed: a correction supersedes it.

    Without an amount, the value is taken back (only a correction may do that). ``how`` says how it was
    computed or where it was read; ``fact`` is the statement written beside it in the register.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="values")
    period_from = models.DateField(_("depuis le"))
    period_to = models.DateField(_("jusqu'au"))
    amount = models.BigIntegerField(_("valeur, en millièmes"), null=True)
    status = models.CharField(_("état"), max_length=10, choices=Status.choices, default=Status.DECLARED)
    how = models.CharField(_("d'où vient ce chiffre"), max_length=300, blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, related_name="+")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, null=True, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="values")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by", verbose_name=_("corrige")
    )
    reason = models.CharField(_("motif de la correction"), max_length=300, blank=True)
    recorded_at = models.DateTimeField(_("enregistrée le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Value"]] = models.Manager()

    class Meta:
        verbose_name = _("valeur d'un indicateur")
        verbose_name_plural = _("valeurs d'indicateurs")
        ordering = ["indicator", "period_from", "recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "period_from", "period_to"],
                condition=Q(supersedes=None),
                name="indicators_value_once",
                violation_error_message=_("Cette période a déjà une valeur : corrigez-la."),
            ),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")),
                name="indicators_value_period",
                violation_error_message=_("La fin de la période suit son début."),
            ),
            models.CheckConstraint(
                condition=Q(supersedes=None, reason="", amount__isnull=False)
                | (Q(supersedes__isnull=False) & ~Q(reason="")),
                name="indicators_correction_says_why",
                violation_error_message=_("Une correction dit pourquoi, et elle seule."),
            ),
            models.CheckConstraint(
                condition=~Q(status="justifie") | ~Q(how="") | Q(piece__isnull=False),
                name="indicators_justified_by",
                violation_error_message=_("Ce qui est justifié dit par quoi."),
            ),
            AppendOnly(name="indicators_value_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.period_from}"

    @property
    def number(self) -> Decimal | None:
        """The amount in the unit, exact."""
        return None if self.amount is None else Decimal(self.amount) / 1000
