"""Envelopes and what moves in them. A move is never changed: another one corrects it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.calls.models import Call, Programme, Sponsor, Strand
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.dossiers.models import Dossier
from terreau.envelopes import rules

_USER = settings.AUTH_USER_MODEL


class Envelope(models.Model):
    """Money of a programme, for a strand, a call, a sponsor or a year; ``parent`` is what it is taken out of.

    The sums are a projection of its moves, written in the same transaction: the database itself refuses an
    envelope that is overspent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="envelopes")
    strand = models.ForeignKey(
        Strand, on_delete=models.PROTECT, null=True, blank=True, related_name="envelopes"
    )
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, blank=True, related_name="envelopes")
    sponsor = models.ForeignKey(
        Sponsor, on_delete=models.PROTECT, null=True, blank=True, related_name="envelopes"
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="below")
    year = models.PositiveSmallIntegerField(_("exercice"), null=True, blank=True)
    name = models.CharField(_("nom de l'enveloppe"), max_length=200)
    source = models.CharField(_("source du montant"), max_length=300, blank=True)
    example = models.BooleanField(_("exemple"), default=False)
    opened_at = models.DateTimeField(_("ouverte le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    budget_cents = models.BigIntegerField(_("montant en centimes"), default=0, editable=False)
    allotted_cents = models.BigIntegerField(_("réparti, en centimes"), default=0, editable=False)
    committed_cents = models.BigIntegerField(_("engagé, en centimes"), default=0, editable=False)
    paid_cents = models.BigIntegerField(_("versé, en centimes"), default=0, editable=False)
    recovered_cents = models.BigIntegerField(_("reversé, en centimes"), default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Envelope"]] = models.Manager()

    class Meta:
        verbose_name = _("enveloppe")
        verbose_name_plural = _("enveloppes")
        ordering = ["programme", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(allotted_cents__gte=0, committed_cents__gte=0)
                & Q(budget_cents__gte=F("allotted_cents") + F("committed_cents")),
                name="envelopes_never_overspent",
                violation_error_message=_("Il ne reste pas assez dans cette enveloppe."),
            ),
            models.CheckConstraint(
                condition=Q(recovered_cents__gte=0, paid_cents__gte=F("recovered_cents"))
                & Q(committed_cents__gte=F("paid_cents") - F("recovered_cents")),
                name="envelopes_paid_is_committed",
                violation_error_message=_("On ne verse que ce qui est engagé."),
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="envelopes_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(year=None) | Q(year__gte=1980, year__lte=2200), name="envelopes_year"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> rules.State:
        """What it holds, as the row was read."""
        return rules.State(
            self.budget_cents,
            self.committed_cents,
            self.paid_cents,
            self.recovered_cents,
            self.allotted_cents,
        )


class EnvelopeMove(models.Model):
    """A budget, a commitment, a release, a payment, money given back. Never changed.

    ``origin`` says what made it (``award:<id>``): the same origin is written once. Negative: a budget that is
    cut, or a move that undoes another (``reverses``).
    """

    class Kind(models.TextChoices):
        BUDGET = rules.BUDGET, _("montant ouvert")
        COMMIT = rules.COMMIT, _("engagement")
        RELEASE = rules.RELEASE, _("désengagement")
        PAY = rules.PAY, _("versement")
        RECOVER = rules.RECOVER, _("reversement")

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(_("mouvement"), max_length=7, choices=Kind.choices)
    cents = models.BigIntegerField(_("montant en centimes"))
    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, null=True, blank=True, related_name="envelope_moves"
    )
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    origin = models.CharField(max_length=120, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )

    objects: ClassVar[models.Manager["EnvelopeMove"]] = models.Manager()

    class Meta:
        verbose_name = _("mouvement d'une enveloppe")
        verbose_name_plural = _("mouvements des enveloppes")
        ordering = ["envelope", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["origin"],
                condition=~Q(origin=""),
                name="envelopes_origin_once",
                violation_error_message=_("Ce mouvement est déjà écrit."),
            ),
            models.CheckConstraint(
                condition=Q(cents__gt=0)
                | Q(cents__lt=0, kind=rules.BUDGET)
                | Q(cents__lt=0, reverses__isnull=False),
                name="envelopes_move_signed",
                violation_error_message=_("Un mouvement est plus grand que zéro."),
            ),
            models.CheckConstraint(
                condition=Q(kind=rules.BUDGET, dossier=None)
                | ~Q(kind=rules.BUDGET) & Q(dossier__isnull=False),
                name="envelopes_move_names_its_dossier",
            ),
            models.CheckConstraint(
                condition=~Q(reason="")
                | Q(kind__in=[rules.COMMIT, rules.PAY], reverses=None)
                | Q(kind=rules.BUDGET, cents__gt=0),
                name="envelopes_move_says_why",
                violation_error_message=_("Dites pourquoi."),
            ),
            AppendOnly(name="envelopes_move_append_only"),
        ]
        indexes = [models.Index(fields=["dossier", "envelope"], name="envelopes_move_dossier")]

    def __str__(self) -> str:
        return f"{self.envelope_id} {self.kind} {self.cents}"
