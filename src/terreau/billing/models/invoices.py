"""What is owed in a pole, and what settled it. A payment is a row of its own, never a state."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.billing import rules
from terreau.billing.models.bank import BankLine
from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.flows.models import Flow
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

_PLAIN = Q(reverses__isnull=True)


class VatCode(models.TextChoices):
    """Category of value added tax, as the European norm EN 16931 writes it (list UNCL 5305)."""

    STANDARD = rules.STANDARD, _("TVA due")
    ZERO = rules.ZERO, _("taux zéro")
    EXEMPT = rules.EXEMPT, _("exonéré de TVA")
    REVERSE = rules.REVERSE, _("autoliquidation")
    OUTSIDE = rules.OUTSIDE, _("hors du champ de la TVA")


class SellerTerms(models.Model):
    """What the invoices of a seller of the pole say of themselves: tax, delay, account."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="seller_terms")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="seller_terms")
    vat_number = models.CharField(_("numéro de TVA"), max_length=20, blank=True)
    vat_rate = models.PositiveIntegerField(_("taux de TVA"), default=0)
    vat_code = models.CharField(
        _("régime de TVA"), max_length=2, choices=VatCode.choices, default=VatCode.OUTSIDE
    )
    why_exempt = models.CharField(_("mention sans TVA"), max_length=200, blank=True)
    due_days = models.PositiveSmallIntegerField(_("délai de paiement en jours"), default=30)
    iban = models.CharField(_("IBAN à payer"), max_length=34, blank=True)
    note = models.CharField(_("mention au pied de la facture"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["SellerTerms"]] = models.Manager()

    class Meta:
        verbose_name = _("conditions d'un vendeur")
        verbose_name_plural = _("conditions des vendeurs")
        ordering = ["pole", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "actor"], name="billing_terms_once"),
            models.CheckConstraint(
                condition=Q(vat_code=rules.STANDARD, vat_rate__gt=0, vat_rate__lte=10_000)
                | ~Q(vat_code=rules.STANDARD) & Q(vat_rate=0),
                name="billing_terms_rate_with_code",
                violation_error_message=_("Un taux de TVA va avec une TVA due, et l'inverse."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.actor_id}"


class Invoice(models.Model):
    """One thing owed by ``buyer`` to ``seller``, seen from a pole; below zero, a credit note.

    ``number`` is the reference of Terreau in the pole; ``legal_number`` is given by the tool of the
    accountant, which keeps the legal numbering. Issued, it never changes but in its legal number, its piece
    and its cancelling.
    """

    class Kind(models.TextChoices):
        FEE = "fee", _("cotisation")
        SERVICE = "service", _("service")
        COMMISSION = "commission", _("commission")
        TRADE = "trade", _("échange entre membres")
        OTHER = "other", _("autre")

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        ISSUED = "issued", _("émise")
        CANCELLED = "cancelled", _("annulée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="invoices")
    number = models.PositiveIntegerField(_("référence"))
    legal_number = models.CharField(_("numéro légal"), max_length=40, blank=True)
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    seller = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="invoices_sold")
    buyer = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="invoices_bought")
    on = models.DateField(_("datée du"))
    due = models.DateField(_("à payer avant le"), null=True, blank=True)
    period_from = models.DateField(_("période depuis le"), null=True, blank=True)
    period_to = models.DateField(_("période jusqu'au"), null=True, blank=True)
    label = models.CharField(_("objet"), max_length=300, blank=True)
    net_cents = models.BigIntegerField(_("hors taxe en centimes"))
    vat_cents = models.BigIntegerField(_("TVA en centimes"))
    gross_cents = models.BigIntegerField(_("toutes taxes comprises en centimes"))
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.DRAFT)
    credits = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes"
    )
    purpose = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    origin = models.CharField(_("écrite par"), max_length=80, blank=True)
    issued_at = models.DateTimeField(_("émise le"), null=True, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    cancelled_at = models.DateTimeField(_("annulée le"), null=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    reason = models.CharField(_("motif de l'annulation ou de l'avoir"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("écrite le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Invoice"]] = models.Manager()

    class Meta:
        verbose_name = _("facture")
        verbose_name_plural = _("factures")
        ordering = ["pole", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "number"], name="billing_number_once"),
            models.UniqueConstraint(
                fields=["pole", "origin"],
                condition=~Q(origin="") & ~Q(state="cancelled"),
                name="billing_origin_once",
                violation_error_message=_("Cette facture est déjà écrite."),
            ),
            models.UniqueConstraint(
                fields=["pole", "seller", "legal_number"],
                condition=~Q(legal_number=""),
                name="billing_legal_number_once",
                violation_error_message=_("Une autre facture de ce vendeur porte déjà ce numéro."),
            ),
            models.CheckConstraint(
                condition=~Q(seller=F("buyer")),
                name="billing_two_parties",
                violation_error_message=_("Qui vend et qui achète sont deux acteurs."),
            ),
            models.CheckConstraint(
                condition=Q(gross_cents=F("net_cents") + F("vat_cents")),
                name="billing_gross_is_net_and_vat",
                violation_error_message=_("Le total est la somme du hors taxe et de la TVA."),
            ),
            models.CheckConstraint(
                condition=Q(credits__isnull=True, gross_cents__gt=0, net_cents__gt=0, vat_cents__gte=0)
                | Q(credits__isnull=False, gross_cents__lt=0, net_cents__lte=0, vat_cents__lte=0),
                name="billing_credit_below_zero",
                violation_error_message=_(
                    "Une facture est plus grande que zéro ; un avoir, plus petit, dit ce qu'il crédite."
                ),
            ),
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(due__gte=F("on")),
                name="billing_due_after",
                violation_error_message=_("L'échéance suit la date de la facture."),
            ),
            models.CheckConstraint(
                condition=Q(period_from__isnull=True, period_to__isnull=True)
                | Q(period_to__gte=F("period_from")),
                name="billing_period_in_order",
                violation_error_message=_("La fin de la période suit son début."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft", issued_at__isnull=True, cancelled_at__isnull=True)
                | Q(state="issued", issued_at__isnull=False, cancelled_at__isnull=True)
                | Q(state="cancelled", cancelled_at__isnull=False) & ~Q(reason=""),
                name="billing_state_has_instant",
                violation_error_message=_("Une facture annulée dit quand et pourquoi."),
            ),
            FrozenOnce(
                once="issued_at",
                fields=[
                    *("pole", "number", "kind", "seller", "buyer", "on", "due", "period_from", "period_to"),
                    *("label", "net_cents", "vat_cents", "gross_cents", "credits", "origin"),
                ],
                name="billing_invoice_frozen",
            ),
        ]
        indexes = [
            models.Index(fields=["pole", "state", "due"], name="billing_invoice_state"),
            models.Index(fields=["pole", "buyer"], name="billing_invoice_buyer"),
            models.Index(fields=["pole", "seller"], name="billing_invoice_seller"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} #{self.number}"

    @property
    def gross(self) -> Euro:
        """What is owed, tax included."""
        return Euro(self.gross_cents)

    @property
    def is_credit(self) -> bool:
        """Whether it takes back a part of another."""
        return self.credits_id is not None

    @property
    def name(self) -> str:
        """How people call it: the legal number, else the reference of Terreau."""
        return self.legal_number or f"{'AV' if self.is_credit else 'PF'}-{self.number:05d}"


class InvoiceLine(models.Model):
    """A line of an invoice: a quantity, a price of one, a tax. Frozen with its invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    rank = models.PositiveSmallIntegerField(_("rang"))
    label = models.CharField(_("désignation"), max_length=300)
    thousandths = models.BigIntegerField(_("quantité en millièmes"), default=1000)
    unit = models.CharField(_("unité"), max_length=20, blank=True)
    unit_cents = models.BigIntegerField(_("prix d'une unité en centimes"))
    net_cents = models.BigIntegerField(_("hors taxe en centimes"))
    vat_rate = models.PositiveIntegerField(_("taux de TVA"), default=0)
    vat_code = models.CharField(_("régime de TVA"), max_length=2, choices=VatCode.choices)
    vat_cents = models.BigIntegerField(_("TVA en centimes"))
    why_exempt = models.CharField(_("mention sans TVA"), max_length=200, blank=True)
    frozen_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager["InvoiceLine"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne de facture")
        verbose_name_plural = _("lignes de factures")
        ordering = ["invoice", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "rank"], name="billing_line_rank_once"),
            models.CheckConstraint(
                condition=Q(vat_code=rules.STANDARD, vat_rate__gt=0, vat_rate__lte=10_000)
                | ~Q(vat_code=rules.STANDARD) & Q(vat_rate=0, vat_cents=0),
                name="billing_line_rate_with_code",
                violation_error_message=_("Un taux de TVA va avec une TVA due, et l'inverse."),
            ),
            models.CheckConstraint(
                condition=Q(vat_code__in=[rules.STANDARD, rules.ZERO]) | ~Q(why_exempt=""),
                name="billing_line_exempt_says_why",
                violation_error_message=_("Une ligne sans TVA dit pourquoi."),
            ),
            models.CheckConstraint(condition=Q(unit_cents__gte=0), name="billing_line_price_not_below_zero"),
            FrozenOnce(
                once="frozen_at",
                fields=[
                    *("invoice", "rank", "label", "thousandths", "unit", "unit_cents", "net_cents"),
                    *("vat_rate", "vat_code", "vat_cents", "why_exempt"),
                ],
                name="billing_line_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.rank}"


class Settlement(models.Model):
    """A part of an invoice that is settled; never changed, undone by a counter-entry with its reason.

    On a credit note it is what was paid back. ``flow`` is the line of the ledger that it wrote, when money
    moved to or from the pole; ``credit`` the credit note that it applies.
    """

    class How(models.TextChoices):
        BANK = "bank", _("virement ou prélèvement")
        CASH = "cash", _("espèces")
        CHEQUE = "cheque", _("chèque")
        NETTING = "netting", _("compensation")
        CREDIT_NOTE = "credit_note", _("avoir")
        GIVEN_UP = "given_up", _("abandon de créance")
        OTHER = "other", _("autre moyen")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="settlements")
    cents = models.BigIntegerField(_("montant en centimes"))
    on = models.DateField(_("le"))
    how = models.CharField(_("moyen"), max_length=12, choices=How.choices)
    reference = models.CharField(_("référence"), max_length=140, blank=True)
    bank_line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, null=True, blank=True, related_name="settlements"
    )
    flow = models.ForeignKey(
        Flow, on_delete=models.PROTECT, null=True, blank=True, related_name="settlements"
    )
    credit = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="applied"
    )
    origin = models.CharField(_("écrit par"), max_length=80, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.CharField(_("motif de la correction"), max_length=300, blank=True)
    at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Settlement"]] = models.Manager()

    class Meta:
        verbose_name = _("règlement")
        verbose_name_plural = _("règlements")
        ordering = ["invoice", "at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["origin"],
                condition=_PLAIN & ~Q(origin=""),
                name="billing_settlement_origin_once",
                violation_error_message=_("Ce règlement est déjà écrit."),
            ),
            models.CheckConstraint(
                condition=_PLAIN & Q(cents__gt=0, reason="")
                | Q(reverses__isnull=False, cents__lt=0) & ~Q(reason=""),
                name="billing_settlement_negative_only_to_undo",
                violation_error_message=_("Seule une correction, avec son motif, est négative."),
            ),
            models.CheckConstraint(
                condition=Q(how="credit_note", credit__isnull=False) | ~Q(how="credit_note") & Q(credit=None),
                name="billing_settlement_credit_note",
            ),
            AppendOnly(name="billing_settlement_append_only"),
        ]
        indexes = [models.Index(fields=["bank_line"], name="billing_settlement_line")]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.cents}"
