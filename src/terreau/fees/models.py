"""Scales of fees in their versions, what they ask of members, calls, reminders (R-103)."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.fees import rules
from terreau.governance.models import Decision
from terreau.poles.models import Pole


def _author(**kwargs: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", **kwargs
    )


class ScaleVersion(models.Model):
    """A scale of a pole. Free while it is a draft; from its proposal on, what is voted never changes.

    Its decision says the rest: pending, adopted (in force from ``valid_from``, until another), rejected.
    """

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="fee_scales")
    number = models.PositiveIntegerField(_("numéro"))
    name = models.CharField(_("nom"), max_length=120)
    #: What ``documents.read`` reads.
    said: models.JSONField[Any, Any] = models.JSONField(_("barème"), default=dict)
    valid_from = models.DateField(_("applicable à partir du"))
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="fee_scales"
    )
    proposed_at = models.DateTimeField(_("proposé le"), null=True, editable=False)
    dropped_at = models.DateTimeField(_("abandonné le"), null=True, editable=False)
    copied_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    by = _author()
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["ScaleVersion"]] = models.Manager()

    class Meta:
        verbose_name = _("barème de cotisations")
        verbose_name_plural = _("barèmes de cotisations")
        ordering = ["pole", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "number"], name="fees_scale_number_once"),
            models.CheckConstraint(
                condition=Q(decision__isnull=True, proposed_at__isnull=True)
                | Q(decision__isnull=False, proposed_at__isnull=False, dropped_at__isnull=True),
                name="fees_scale_proposed_has_decision",
                violation_error_message=_("Un barème proposé a sa décision, et ne s'abandonne plus."),
            ),
            FrozenOnce(
                once="proposed_at",
                fields=["pole", "number", "name", "said", "valid_from", "decision"],
                name="fees_scale_frozen",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """The turnover (cents) or the headcount (hundredths) of a member for a year, said for its fee.

    ``confirmed_at``: the people of the member said that it is right.
    """

    class Basis(models.TextChoices):
        TURNOVER = rules.TURNOVER, _("chiffre d'affaires")
        HEADCOUNT = rules.HEADCOUNT, _("effectif")

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="fee_measures")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="fee_measures")
    basis = models.CharField(_("assiette"), max_length=9, choices=Basis.choices)
    year = models.PositiveSmallIntegerField(_("année"))
    value = models.BigIntegerField(_("valeur"))
    source = models.CharField(_("d'où vient ce chiffre"), max_length=200)
    at = models.DateTimeField(default=timezone.now)
    by = _author()
    confirmed_at = models.DateTimeField(_("confirmé le"), null=True)
    confirmed_by = _author()
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Measure"]] = models.Manager()

    class Meta:
        verbose_name = _("assiette d'un membre")
        verbose_name_plural = _("assiettes des membres")
        ordering = ["pole", "actor__sort_key", "-year", "basis"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "actor", "basis", "year"],
                name="fees_measure_once",
                violation_error_message=_("Quelqu'un vient d'écrire ce chiffre : relisez la page."),
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="fees_measure_not_negative",
                violation_error_message=_("Un chiffre d'affaires ou un effectif n'est pas négatif."),
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="fees_measure_has_source",
                violation_error_message=_("Dites d'où vient ce chiffre."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.basis} {self.year}"


class Grant(models.Model):
    """A reduction of the scale given to a member, or an exemption (``code`` empty): why, and when."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="fee_grants")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="fee_grants")
    code = models.CharField(_("réduction"), max_length=40, blank=True)
    label = models.CharField(_("nom de la réduction"), max_length=80)
    reason = models.CharField(_("motif"), max_length=300)
    valid_from = models.DateField(_("à partir du"))
    #: The last day, in.
    valid_to = models.DateField(_("jusqu'au, compris"), null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = _author()
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Grant"]] = models.Manager()

    class Meta:
        verbose_name = _("réduction accordée")
        verbose_name_plural = _("réductions accordées")
        ordering = ["pole", "actor__sort_key", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="fees_grant_has_reason",
                violation_error_message=_("Dites pourquoi cette réduction est accordée."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="fees_grant_ends_after",
                violation_error_message=_("La fin suit le début."),
            ),
            models.UniqueConstraint(
                fields=["pole", "actor", "code", "valid_from"],
                name="fees_grant_once",
                violation_error_message=_("Cette réduction est déjà accordée à partir de ce jour."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.label}"


class FeeCall(models.Model):
    """Fees called together: a period, a scale, the day and the delay. All of them are written, or none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="fee_calls")
    scale = models.ForeignKey(ScaleVersion, on_delete=models.PROTECT, related_name="calls")
    seller = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="fee_calls_made")
    first = models.DateField(_("période depuis le"))
    last = models.DateField(_("période jusqu'au"))
    on = models.DateField(_("appelées le"))
    due = models.DateField(_("à payer avant le"))
    #: What the form carried: sent twice, it is one call.
    key = models.UUIDField(editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = _author()

    objects: ClassVar[models.Manager["FeeCall"]] = models.Manager()

    class Meta:
        verbose_name = _("appel de cotisations")
        verbose_name_plural = _("appels de cotisations")
        ordering = ["pole", "-first", "-at"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "key"], name="fees_call_once"),
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="fees_call_period",
                violation_error_message=_("La fin de la période suit son début."),
            ),
            models.CheckConstraint(
                condition=Q(due__gte=F("on")),
                name="fees_call_due_after",
                violation_error_message=_("L'échéance suit le jour de l'appel."),
            ),
            AppendOnly(name="fees_call_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.first}"


class CalledFee(models.Model):
    """The fee of a member for a period as it was called, with its steps; no invoice when nothing is owed.

    Once for a member and a period; void when its invoice was cancelled and the fee is called again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="called_fees")
    call = models.ForeignKey(FeeCall, on_delete=models.PROTECT, related_name="fees")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="called_fees")
    first = models.DateField(_("période depuis le"))
    cents = models.BigIntegerField(_("cotisation en centimes"))
    #: The figures, the steps and where they came from, as they were that day.
    said: models.JSONField[Any, Any] = models.JSONField(default=dict, editable=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="called_fee")
    at = models.DateTimeField(default=timezone.now, editable=False)
    void_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager["CalledFee"]] = models.Manager()

    class Meta:
        verbose_name = _("cotisation appelée")
        verbose_name_plural = _("cotisations appelées")
        ordering = ["call", "actor__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "actor", "first"],
                condition=Q(void_at__isnull=True),
                name="fees_called_once",
                violation_error_message=_("La cotisation de ce membre est déjà appelée pour cette période."),
            ),
            models.CheckConstraint(
                condition=Q(cents=0, invoice__isnull=True) | Q(cents__gt=0, invoice__isnull=False),
                name="fees_called_has_invoice",
            ),
            FrozenOnce(
                once="at",
                fields=["pole", "call", "actor", "first", "cents", "said", "invoice"],
                name="fees_called_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.first}"


class Reminder(models.Model):
    """A reminder of a fee that was not paid: the first, the second… never twice the same day."""

    fee = models.ForeignKey(CalledFee, on_delete=models.PROTECT, related_name="reminders")
    rank = models.PositiveSmallIntegerField(_("rang"))
    on = models.DateField(_("le"))
    left_cents = models.BigIntegerField(_("reste dû en centimes"))
    told = models.PositiveSmallIntegerField(_("personnes prévenues"))
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = _author()

    objects: ClassVar[models.Manager["Reminder"]] = models.Manager()

    class Meta:
        verbose_name = _("relance")
        verbose_name_plural = _("relances")
        ordering = ["fee", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["fee", "on"],
                name="fees_reminder_once_a_day",
                violation_error_message=_("Une relance est déjà partie aujourd'hui."),
            ),
            models.UniqueConstraint(fields=["fee", "rank"], name="fees_reminder_rank"),
            AppendOnly(name="fees_reminder_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.fee_id} {self.rank}"
