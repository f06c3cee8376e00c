"""The netting of a pole: who takes part, what is set aside, each proposal with its lines and its answers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.poles.models import Pole

_USER = settings.AUTH_USER_MODEL

#: Why something ended, when no person says it in their words: what is held, and how it is said.
REFUSED, ASIDE, SILENT, NOBODY, MOVED, LEFT = (
    *("=refused", "=aside", "=silent", "=nobody"),
    *("=moved", "=left"),
)
_WHY = {
    REFUSED: _("Une organisation a refusé."),
    ASIDE: _("Une facture est gardée à part."),
    SILENT: _("Des organisations ont refusé, ou n'ont pas répondu à temps."),
    NOBODY: _("Personne n'a accepté à temps."),
    MOVED: _("Entre-temps, autre chose a été réglé ou annulé sur une des factures."),
    LEFT: _("L'organisation ne prend plus part aux compensations."),
}


def said(why: str) -> str:
    """Return a reason in the language of the page: what a person wrote, or what a code means."""
    return str(_WHY.get(why, why))


class TakingPart(models.Model):
    """An actor of a pole said yes to netting, from a day until it says no. By default nobody takes part."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="netting_parts")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="netting_parts")
    since = models.DateTimeField(_("depuis le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(_("jusqu'au"), null=True, blank=True, editable=False)
    until_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["TakingPart"]] = models.Manager()

    class Meta:
        verbose_name = _("participation aux compensations")
        verbose_name_plural = _("participations aux compensations")
        ordering = ["pole", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "actor"],
                condition=Q(until=None),
                name="netting_takes_part_once",
                violation_error_message=_("Cette organisation prend déjà part aux compensations."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.actor_id}"


class Aside(models.Model):
    """An invoice that one of its parties keeps out of netting, and why: disputed, paid otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="netting_asides")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("motif"), max_length=300)
    since = models.DateTimeField(_("depuis le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(_("jusqu'au"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Aside"]] = models.Manager()

    class Meta:
        verbose_name = _("facture gardée hors des compensations")
        verbose_name_plural = _("factures gardées hors des compensations")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(until=None),
                name="netting_aside_once",
                violation_error_message=_("Cette facture est déjà gardée hors des compensations."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="netting_aside_says_why",
                violation_error_message=_("Dites pourquoi cette facture n'est pas compensée."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.invoice_id)


class Habit(models.Model):
    """Whether a pole has a proposal made every month, which day, and how long people have to answer."""

    pole = models.OneToOneField(
        Pole, on_delete=models.PROTECT, primary_key=True, related_name="netting_habit"
    )
    day = models.PositiveSmallIntegerField(_("jour du mois"), null=True, blank=True)
    days_to_answer = models.PositiveSmallIntegerField(_("jours pour répondre"), default=10)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Habit"]] = models.Manager()

    class Meta:
        verbose_name = _("rythme des compensations")
        verbose_name_plural = _("rythmes des compensations")
        ordering = ["pole"]
        constraints = [
            models.CheckConstraint(
                condition=Q(day=None) | Q(day__gte=1, day__lte=28),
                name="netting_habit_day",
                violation_error_message=_("Le jour du mois va de 1 à 28."),
            ),
            models.CheckConstraint(
                condition=Q(days_to_answer__gte=1, days_to_answer__lte=60),
                name="netting_habit_answers",
                violation_error_message=_("On laisse de 1 à 60 jours pour répondre."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pole_id)


class Round(models.Model):
    """A proposal: its sums, until when it waits for answers, what became of it. Its lines never change.

    One waits at a time in a pole. ``after``: the round that this one replaces, because somebody refused or
    said nothing, or because an invoice changed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("à accepter")
        SETTLED = "settled", _("réglée")
        REPLACED = "replaced", _("refaite autrement")
        STALE = "stale", _("dépassée")
        EXPIRED = "expired", _("expirée")
        WITHDRAWN = "withdrawn", _("retirée")
        UNDONE = "undone", _("annulée après règlement")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="netting_rounds")
    number = models.PositiveIntegerField(_("numéro"))
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.PROPOSED)
    on = models.DateField(_("calculée le"))
    due_until = models.DateField(_("factures échues jusqu'au"), null=True, blank=True)
    expires_on = models.DateField(_("répondre jusqu'au"))
    total_cents = models.BigIntegerField(_("dû entre les participants, en centimes"))
    cleared_cents = models.BigIntegerField(_("compensé, en centimes"))
    after = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    #: Who refused, or let the day pass in silence, in the rounds that this one replaces.
    without = models.ManyToManyField(Actor, related_name="+", blank=True)
    made_at = models.DateTimeField(_("écrite le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("finie le"), null=True, blank=True, editable=False)
    why = models.CharField(_("pourquoi"), max_length=300, blank=True)
    settled_on = models.DateField(_("réglée le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Round"]] = models.Manager()

    class Meta:
        verbose_name = _("proposition de compensation")
        verbose_name_plural = _("propositions de compensation")
        ordering = ["pole", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "number"], name="netting_number_once"),
            models.UniqueConstraint(
                fields=["pole"],
                condition=Q(state="proposed"),
                name="netting_one_waits",
                violation_error_message=_("Une proposition attend déjà des réponses dans ce pôle."),
            ),
            models.CheckConstraint(
                condition=Q(cleared_cents__gt=0, total_cents__gte=F("cleared_cents")),
                name="netting_clears_something",
                violation_error_message=_("Une proposition compense quelque chose, jamais plus que le dû."),
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", ended_at=None, why="")
                | ~Q(state="proposed") & ~Q(ended_at=None),
                name="netting_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["settled", "undone"]) & ~Q(settled_on=None)
                | ~Q(state__in=["settled", "undone"]) & Q(settled_on=None),
                name="netting_settled_has_day",
            ),
            models.CheckConstraint(condition=Q(expires_on__gte=F("on")), name="netting_expires_after"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} #{self.number}"

    @property
    def total(self) -> Euro:
        """What those who take part owe one another."""
        return Euro(self.total_cents)

    @property
    def cleared(self) -> Euro:
        """What is cancelled of it."""
        return Euro(self.cleared_cents)

    @property
    def why_said(self) -> str:
        """Why it ended, in the language of the page."""
        return said(self.why)


class Line(models.Model):
    """An invoice that a proposal looked at: what was left of it then, what would be left. Frozen."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="lines")
    rank = models.PositiveIntegerField(_("rang"))
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="netting_lines")
    debtor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    creditor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    before_cents = models.BigIntegerField(_("avant, en centimes"))
    after_cents = models.BigIntegerField(_("après, en centimes"))

    objects: ClassVar[models.Manager["Line"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne d'une compensation")
        verbose_name_plural = _("lignes d'une compensation")
        ordering = ["round", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["round", "rank"], name="netting_line_rank_once"),
            models.UniqueConstraint(fields=["round", "invoice"], name="netting_line_invoice_once"),
            models.CheckConstraint(condition=~Q(debtor=F("creditor")), name="netting_line_two_parties"),
            models.CheckConstraint(
                condition=Q(before_cents__gt=0, after_cents__gte=0, after_cents__lte=F("before_cents")),
                name="netting_line_never_more",
                violation_error_message=_("Une compensation ne fait jamais devoir plus."),
            ),
            AppendOnly(name="netting_line_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.rank}"

    @property
    def cleared_cents(self) -> int:
        """What is cancelled of the invoice."""
        return self.before_cents - self.after_cents


class Consent(models.Model):
    """What an actor answered to a proposal, said once by a person of it.

    ``kept``: the person said it to the proposal before, and nothing changed for their organisation.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="consents")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="netting_consents")
    agrees = models.BooleanField(_("d'accord"))
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    kept = models.BooleanField(_("gardé de la proposition précédente"), default=False)
    at = models.DateTimeField(_("répondu le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Consent"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse à une compensation")
        verbose_name_plural = _("réponses à une compensation")
        ordering = ["round", "at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "actor", "agrees"],
                name="netting_answered_once",
                violation_error_message=_("Cette organisation a déjà répondu."),
            ),
            AppendOnly(name="netting_consent_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.actor_id}"
