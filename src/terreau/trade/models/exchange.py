"""An exchange between two members of a pole, as each of them tells it; theirs, and of nobody else (R-108)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.flows.models import Flow
from terreau.poles.models import Pole
from terreau.trade import rules


class Side(models.TextChoices):
    """Which of the two tells."""

    SELLER = rules.SELLER, _("qui vend")
    BUYER = rules.BUYER, _("qui achète")


class Exchange(models.Model):
    """What one member sold to another. Its amount is written once both agree, with its line of the ledger."""

    class State(models.TextChoices):
        WAITING = rules.WAITING, _("dit par un seul")
        DIFFERS = rules.DIFFERS, _("les deux versions diffèrent")
        AGREED = rules.AGREED, _("d'accord tous les deux")
        REFUSED = rules.REFUSED, _("contesté")
        WITHDRAWN = rules.WITHDRAWN, _("déclaration reprise")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="trade")
    seller = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="trade_sold")
    buyer = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="trade_bought")
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.WAITING)
    #: The day of what was told last: what lists are sorted and counted by.
    on = models.DateField(_("le"))
    cents = models.BigIntegerField(_("montant convenu en centimes, TTC"), null=True)
    why = models.CharField(_("motif convenu"), max_length=20, blank=True)
    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, null=True, related_name="trade")
    #: How many times its line was written: each time under another origin.
    written = models.PositiveSmallIntegerField(default=0, editable=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="trade")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    agreed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Exchange"]] = models.Manager()

    class Meta:
        verbose_name = _("échange entre membres")
        verbose_name_plural = _("échanges entre membres")
        ordering = ["pole", "-on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(seller=models.F("buyer")),
                name="trade_two_parties",
                violation_error_message=_("Qui vend et qui achète sont deux organisations."),
            ),
            models.CheckConstraint(
                condition=Q(state="agreed", cents__isnull=False, flow__isnull=False, agreed_at__isnull=False)
                | (~Q(state="agreed") & Q(cents__isnull=True, flow__isnull=True, agreed_at__isnull=True)),
                name="trade_agreed_is_written",
            ),
        ]
        indexes = [
            models.Index(fields=["pole", "state", "on"], name="trade_pole_state"),
            models.Index(fields=["pole", "seller", "buyer"], name="trade_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} → {self.buyer_id} ({self.state})"


class Declaration(models.Model):
    """What one side says of an exchange; the other answers it. Changed by its side alone."""

    class How(models.TextChoices):
        TYPED = "typed", _("écrit à la main")
        ANSWER = "answer", _("repris de l'autre")
        FEC = "fec", _("fichier des écritures comptables")
        INVOICE_FILE = "invoice_file", _("facture électronique")
        KNOWN = "known", _("repris de l'espace de travail")

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="declarations")
    side = models.CharField(_("dit par"), max_length=6, choices=Side.choices)
    number = models.CharField(_("numéro de la facture"), max_length=60, blank=True)
    number_key = models.CharField(max_length=60, blank=True, editable=False)
    on = models.DateField(_("date de la facture"))
    cents = models.BigIntegerField(_("montant en centimes, TTC"))
    net_cents = models.BigIntegerField(_("montant en centimes, hors taxes"), null=True)
    label = models.CharField(_("libellé"), max_length=200, blank=True)
    why = models.CharField(_("motif"), max_length=20, blank=True)
    how = models.CharField(_("venu de"), max_length=12, choices=How.choices, default=How.TYPED)
    #: What of the workspace it was taken from (``booking:…``), once for a side.
    origin = models.CharField(max_length=80, blank=True, editable=False)
    #: Of the exchange, so that the database keeps one declaration of an invoice.
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Declaration"]] = models.Manager()

    class Meta:
        verbose_name = _("déclaration d'un échange")
        verbose_name_plural = _("déclarations d'échanges")
        ordering = ["exchange", "side"]
        constraints = [
            models.UniqueConstraint(fields=["exchange", "side"], name="trade_declared_once"),
            models.UniqueConstraint(
                fields=["pole", "side", "seller", "buyer", "number_key"],
                condition=~Q(number_key=""),
                name="trade_number_once",
                violation_error_message=_("Cette facture est déjà déclarée."),
            ),
            models.UniqueConstraint(
                fields=["pole", "side", "seller", "buyer", "origin"],
                condition=~Q(origin=""),
                name="trade_origin_once",
                violation_error_message=_("Cet échange est déjà déclaré."),
            ),
            models.CheckConstraint(
                condition=~Q(cents=0),
                name="trade_amount_not_zero",
                violation_error_message=_("Un échange a un montant."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.side}"

    @property
    def told(self) -> rules.Told:
        """What the rules compare."""
        loose = self.side == rules.BUYER and self.how == self.How.FEC
        return rules.Told(self.on, self.cents, self.number, self.net_cents, self.why, loose)


class Step(models.Model):
    """What a side did with an exchange: when, who, why; what it said is in the declarations."""

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="steps")
    side = models.CharField(max_length=6, choices=Side.choices)
    verb = models.CharField(max_length=12)
    cents = models.BigIntegerField(null=True)
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Step"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'un échange")
        verbose_name_plural = _("étapes d'un échange")
        ordering = ["exchange", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verb__in=["refuse", "reopen"]) | ~Q(reason=""),
                name="trade_no_says_why",
                violation_error_message=_("Dites pourquoi."),
            ),
            AppendOnly(name="trade_step_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.verb}"
