"""The ledger: what moves from an actor to another, in the book of a pole. No line is ever changed."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.facts.models import Status
from terreau.flows import rules
from terreau.pieces.models import Piece
from terreau.subjects.models import Subject

_PLAIN = models.Q(reverses__isnull=True)


class Nature(models.TextChoices):
    """What moves (R-106, R-109, R-110). In-kind gifts and hours are never added to cash."""

    CASH = rules.CASH, _("argent")
    IN_KIND = rules.IN_KIND, _("apport en nature")
    TIME = rules.TIME, _("temps")
    SKILL = rules.SKILL, _("compétence échangée")
    OPPORTUNITY = rules.OPPORTUNITY, _("affaire transmise")


class Method(models.TextChoices):
    """How a value was found when nobody paid it (R-109)."""

    INVOICE = "invoice", _("facture")
    MARKET_PRICE = "market_price", _("prix de marché")
    COST = "cost", _("coût de revient")
    HOURLY_RATE = "hourly_rate", _("taux horaire convenu")
    MINIMUM_WAGE = "minimum_wage", _("salaire minimum chargé")
    OWNER_ESTIMATE = "owner_estimate", _("estimation de qui apporte")
    AGREED = "agreed", _("valeur convenue entre les parties")


class Instrument(models.TextChoices):
    """What bears witness of a line."""

    INVOICE = "invoice", _("facture")
    AGREEMENT = "agreement", _("convention")
    RECEIPT = "receipt", _("reçu")
    TIMESHEET = "timesheet", _("relevé d'heures")
    BOOKING = "booking", _("réservation")
    ORDER = "order", _("commande")
    TRANSFER = "transfer", _("virement")
    CASH = "cash", _("espèces")
    ORAL = "oral", _("accord oral")
    OTHER = "other", _("autre preuve")


class Closing(models.Model):
    """The lines of a book up to a day are final: what is found later is written after that day."""

    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="closings")
    to = models.DateField(_("clos jusqu'au"))
    at = models.DateTimeField(_("clos le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Closing"]] = models.Manager()

    class Meta:
        verbose_name = _("clôture de période")
        verbose_name_plural = _("clôtures de périodes")
        ordering = ["book", "-to"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "to"],
                name="flows_closed_once",
                violation_error_message=_("Cette période est déjà close."),
            ),
            AppendOnly(name="flows_closing_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} ≤ {self.to}"


class Flow(models.Model):
    """One line of the day-book of a pole (``book``), numbered by ``rank`` in it.

    ``cents`` is the value (a payment, or what ``method`` gave); ``thousandths`` of ``unit`` the quantity.
    ``purpose`` is what it was for: a project, a cooperation, a place, the pole itself for its cell.
    ``attributable``: due to the pole or not, with why; empty when nobody said (R-108).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="flows")
    rank = models.PositiveIntegerField(_("numéro"))
    giver = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="flows_given")
    receiver = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="flows_received")
    nature = models.CharField(_("nature"), max_length=12, choices=Nature.choices)
    cents = models.BigIntegerField(_("valeur en centimes"), null=True)
    method = models.CharField(_("méthode de valorisation"), max_length=16, choices=Method.choices, blank=True)
    thousandths = models.BigIntegerField(_("quantité en millièmes"), null=True)
    unit = models.CharField(_("unité"), max_length=20, blank=True)
    on = models.DateField(_("le"))
    period_from = models.DateField(_("période depuis le"), null=True)
    period_to = models.DateField(_("période jusqu'au"), null=True)
    label = models.CharField(_("libellé"), max_length=300)
    purpose = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="flows")
    instrument = models.CharField(_("instrument"), max_length=12, choices=Instrument.choices, blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, related_name="flows")
    status = models.CharField(_("état"), max_length=10, choices=Status.choices, default=Status.DECLARED)
    attributable = models.BooleanField(_("dû au pôle"), null=True)
    attributable_why = models.CharField(_("pourquoi"), max_length=300, blank=True)
    origin = models.CharField(_("écrit par"), max_length=80, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("corrige")
    )
    reason = models.CharField(_("motif de la correction"), max_length=300, blank=True)
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Flow"]] = models.Manager()

    class Meta:
        verbose_name = _("flux")
        verbose_name_plural = _("flux")
        ordering = ["book", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["book", "rank"], name="flows_rank_once"),
            models.UniqueConstraint(
                fields=["book", "origin"],
                condition=_PLAIN & ~models.Q(origin=""),
                name="flows_origin_once",
                violation_error_message=_("Cette ligne est déjà au journal."),
            ),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("receiver")),
                name="flows_two_parties",
                violation_error_message=_("Qui donne et qui reçoit sont deux acteurs."),
            ),
            models.CheckConstraint(
                condition=(~models.Q(nature="cash") & models.Q(cents__isnull=True, method=""))
                | models.Q(nature="cash", cents__isnull=False)
                | (models.Q(cents__isnull=False) & ~models.Q(method="")),
                name="flows_value_has_method",
                violation_error_message=_("Une valeur sans paiement dit comment elle a été trouvée."),
            ),
            models.CheckConstraint(
                condition=models.Q(thousandths__isnull=True, unit="")
                | (models.Q(thousandths__isnull=False) & ~models.Q(unit="")),
                name="flows_quantity_has_unit",
                violation_error_message=_("Une quantité va avec une unité."),
            ),
            models.CheckConstraint(
                condition=(
                    _PLAIN
                    & models.Q(reason="")
                    & (models.Q(cents__isnull=True) | models.Q(cents__gte=0))
                    & (models.Q(thousandths__isnull=True) | models.Q(thousandths__gt=0))
                )
                | (
                    models.Q(reverses__isnull=False)
                    & ~models.Q(reason="")
                    & (models.Q(cents__isnull=True) | models.Q(cents__lte=0))
                    & (models.Q(thousandths__isnull=True) | models.Q(thousandths__lt=0))
                ),
                name="flows_negative_only_to_correct",
                violation_error_message=_("Seule une correction, avec son motif, est négative."),
            ),
            models.CheckConstraint(
                condition=models.Q(period_from__isnull=True, period_to__isnull=True)
                | models.Q(period_to__gte=models.F("period_from")),
                name="flows_period_in_order",
                violation_error_message=_("La fin de la période suit son début."),
            ),
            models.CheckConstraint(
                condition=models.Q(attributable__isnull=True) | ~models.Q(attributable_why=""),
                name="flows_attributable_says_why",
                violation_error_message=_("Dites pourquoi ce flux est dû au pôle, ou ne l'est pas."),
            ),
            AppendOnly(name="flows_flow_append_only"),
        ]
        indexes = [
            models.Index(fields=["book", "on"], name="flows_book_on"),
            models.Index(fields=["book", "giver"], name="flows_book_giver"),
            models.Index(fields=["book", "receiver"], name="flows_book_receiver"),
            models.Index(fields=["purpose"], name="flows_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} #{self.rank}"

    @property
    def euro(self) -> Euro | None:
        """The value, exact."""
        return None if self.cents is None else Euro(self.cents)

    @property
    def quantity(self) -> Decimal | None:
        """The quantity in its unit, exact."""
        return None if self.thousandths is None else Decimal(self.thousandths) / 1000

    @property
    def movement(self) -> rules.Movement:
        """What the arithmetic needs of the line."""
        return rules.Movement(
            self.giver_id, self.receiver_id, self.nature, self.unit, self.cents, self.thousandths
        )
