"""Financial cooperations: holdings, treasury advances, guarantees (R-45). The money is in the ledger."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.cooperations import rules
from terreau.cooperations.models.cooperation import Cooperation
from terreau.flows.models import Flow
from terreau.pieces.models import Piece
from terreau.poles.models import Pole


class Financing(models.Model):
    """What an actor holds in another, lends it for a while, or stands guarantor for.

    ``cents``: what was lent or is guaranteed; empty for a holding whose price nobody said. ``share``: of the
    capital held, in hundredths of a percent, for a holding alone. What was paid is read in the ledger.
    """

    class Kind(models.TextChoices):
        HOLDING = rules.HOLDING, _("participation au capital")
        ADVANCE = rules.ADVANCE, _("avance de trésorerie")
        GUARANTEE = rules.GUARANTEE, _("garantie donnée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="financings")
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    giver = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="financings_given")
    receiver = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="financings_received")
    #: To whom a guarantee is given, when it is known.
    creditor = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="guarantees_held"
    )
    cooperation = models.ForeignKey(
        Cooperation, on_delete=models.PROTECT, null=True, blank=True, related_name="financings"
    )
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True)
    share = models.PositiveIntegerField(_("part du capital en centièmes de pour cent"), null=True, blank=True)
    since = models.DateField(_("depuis le"))
    due_on = models.DateField(_("échéance"), null=True, blank=True)
    #: Into how many equal monthly repayments an advance is shared, the last of them on ``due_on``.
    parts = models.PositiveSmallIntegerField(_("rendue en combien de fois"), default=1)
    ended_on = models.DateField(_("finie le"), null=True, blank=True)
    end_reason = models.CharField(_("pourquoi elle a fini"), max_length=300, blank=True)
    note = models.CharField(_("conditions"), max_length=500, blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Financing"]] = models.Manager()

    class Meta:
        verbose_name = _("coopération financière")
        verbose_name_plural = _("coopérations financières")
        ordering = ["pole", "-since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("receiver")),
                name="cooperations_finance_two_parties",
                violation_error_message=_("Il faut deux organisations."),
            ),
            models.CheckConstraint(
                condition=Q(cents__isnull=True, kind="holding") | Q(cents__gt=0),
                name="cooperations_finance_amount",
                violation_error_message=_("Une avance ou une garantie a un montant."),
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(kind="holding", share__gt=0, share__lte=10_000),
                name="cooperations_finance_share",
                violation_error_message=_("Une part de capital va de 0,01 à 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="")
                | Q(ended_on__isnull=False, ended_on__gte=F("since")) & ~Q(end_reason=""),
                name="cooperations_finance_end_has_reason",
                violation_error_message=_("La fin a une date, après le début, et un motif."),
            ),
            models.CheckConstraint(
                condition=Q(parts=1) | Q(kind="advance", due_on__isnull=False, parts__gt=1, parts__lte=120),
                name="cooperations_finance_parts",
                violation_error_message=_("Une avance rendue en plusieurs fois a une dernière échéance."),
            ),
            models.UniqueConstraint(
                fields=["pole", "giver", "receiver"],
                condition=Q(kind="holding", ended_on=None),
                name="cooperations_holding_once",
                violation_error_message=_(
                    "Cette participation est déjà enregistrée : finissez-la avant d'en écrire une autre."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.receiver_id} ({self.kind})"


class FinancingMove(models.Model):
    """A payment of a financing: a line of the ledger, and what it does there."""

    class What(models.TextChoices):
        PAID = rules.PAID, _("versé")
        REPAID = rules.REPAID, _("remboursé")
        CALLED = rules.CALLED, _("garantie appelée")

    financing = models.ForeignKey(Financing, on_delete=models.PROTECT, related_name="moves")
    what = models.CharField(_("mouvement"), max_length=6, choices=What.choices)
    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="financing_move")

    objects: ClassVar[models.Manager["FinancingMove"]] = models.Manager()

    class Meta:
        verbose_name = _("mouvement d'une coopération financière")
        verbose_name_plural = _("mouvements d'une coopération financière")
        ordering = ["financing", "id"]
        constraints = [AppendOnly(name="cooperations_finance_move_append_only")]

    def __str__(self) -> str:
        return f"{self.financing_id} {self.what}"
