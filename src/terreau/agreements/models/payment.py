"""Requests of payment with their expenses and pieces, payments, money asked back."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.agreements.models.agreement import Agreement, Instalment
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.forecast.models import Instalment as Awaited
from terreau.pieces.models import Piece

_USER = settings.AUTH_USER_MODEL


class PaymentRequest(models.Model):
    """The applicant asks for an instalment. ``key`` is that of the form that was sent: twice is once."""

    class State(models.TextChoices):
        SENT = "sent", _("à vérifier")
        RETURNED = "returned", _("à compléter")
        ACCEPTED = "accepted", _("à payer")
        PAID = "paid", _("payée")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="requests")
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="requests")
    number = models.PositiveIntegerField(_("numéro"))
    cents = models.BigIntegerField(_("montant demandé en centimes"))
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.SENT)
    note = models.TextField(_("ce qui a été fait"), blank=True)
    key = models.CharField(max_length=64)
    sent_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    sent_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_cents = models.BigIntegerField(_("montant accepté en centimes"), null=True, blank=True)
    checked_at = models.DateTimeField(_("vérifiée le"), null=True, blank=True)
    checked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.TextField(_("motif"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["PaymentRequest"]] = models.Manager()

    class Meta:
        verbose_name = _("demande de versement")
        verbose_name_plural = _("demandes de versement")
        ordering = ["agreement", "number"]
        indexes = [models.Index(fields=["state", "sent_at"], name="agreements_request_state")]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreements_request_number_once"),
            models.UniqueConstraint(fields=["agreement", "key"], name="agreements_request_key_once"),
            models.UniqueConstraint(
                fields=["instalment"],
                condition=Q(state__in=["sent", "returned", "accepted", "paid"]),
                name="agreements_instalment_asked_once",
                violation_error_message=_("Ce versement est déjà demandé."),
            ),
            models.CheckConstraint(
                condition=Q(cents__gt=0) & (Q(accepted_cents=None) | Q(accepted_cents__gt=0)),
                name="agreements_request_positive",
                violation_error_message=_("Une demande est plus grande que zéro."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "paid"], accepted_cents__isnull=False)
                | Q(state__in=["returned", "refused"]) & ~Q(why="")
                | Q(state__in=["sent", "withdrawn"]),
                name="agreements_request_checked_whole",
                violation_error_message=_("Dites le montant accepté, ou pourquoi la demande ne l'est pas."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.number}"


class Expense(models.Model):
    """An expense that a request justifies: whose invoice, how much of it is charged to this agreement."""

    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="expenses")
    supplier = models.CharField(_("fournisseur ou salarié"), max_length=160)
    number = models.CharField(_("numéro de la facture"), max_length=80, blank=True)
    on = models.DateField(_("date de la pièce"), null=True, blank=True)
    cents = models.BigIntegerField(_("montant de la pièce, en centimes"))
    charged_cents = models.BigIntegerField(_("part demandée ici, en centimes"))
    post = models.CharField(_("poste du budget"), max_length=160, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Expense"]] = models.Manager()

    class Meta:
        verbose_name = _("dépense justifiée")
        verbose_name_plural = _("dépenses justifiées")
        ordering = ["request", "id"]
        indexes = [models.Index(fields=["number"], name="agreements_expense_number")]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0, charged_cents__gt=0, charged_cents__lte=models.F("cents")),
                name="agreements_expense_part",
                violation_error_message=_("La part demandée ne dépasse pas la dépense."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.number}"


class PaymentPiece(models.Model):
    """A file that goes with a request."""

    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="joined")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nom"), max_length=200)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["PaymentPiece"]] = models.Manager()

    class Meta:
        verbose_name = _("pièce d'une demande")
        verbose_name_plural = _("pièces d'une demande")
        ordering = ["request", "id"]

    def __str__(self) -> str:
        return self.name


class Payment(models.Model):
    """Money that went out for a request. Never changed: one that came back is undone by its contrary."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="payments")
    cents = models.BigIntegerField(_("montant en centimes"))
    paid_on = models.DateField(_("payé le"))
    reference = models.CharField(_("référence du virement"), max_length=120)
    origin = models.CharField(max_length=120, unique=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Payment"]] = models.Manager()

    class Meta:
        verbose_name = _("versement")
        verbose_name_plural = _("versements")
        ordering = ["request", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0, reverses=None)
                | Q(cents__lt=0, reverses__isnull=False) & ~Q(reason=""),
                name="agreements_payment_signed",
                violation_error_message=_("Un versement est plus grand que zéro."),
            ),
            AppendOnly(name="agreements_payment_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.cents}"


class Recovery(models.Model):
    """Money asked back: how much, why, by when; received one day, or given up with a reason."""

    class State(models.TextChoices):
        ASKED = "asked", _("à reverser")
        RECEIVED = "received", _("reversé")
        DROPPED = "dropped", _("abandonné")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="recoveries")
    cents = models.BigIntegerField(_("montant en centimes"))
    reason = models.CharField(_("motif"), max_length=300)
    asked_on = models.DateField(_("demandé le"))
    due = models.DateField(_("à reverser avant le"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=8, choices=State.choices, default=State.ASKED)
    received_on = models.DateField(_("reçu le"), null=True, blank=True)
    reference = models.CharField(_("référence"), max_length=120, blank=True)
    why = models.CharField(_("motif de l'abandon"), max_length=300, blank=True)
    origin = models.CharField(max_length=120, unique=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Recovery"]] = models.Manager()

    class Meta:
        verbose_name = _("reversement")
        verbose_name_plural = _("reversements")
        ordering = ["agreement", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0) & ~Q(reason=""),
                name="agreements_recovery_says_why",
                violation_error_message=_("Dites combien, et pourquoi."),
            ),
            models.CheckConstraint(
                condition=Q(state="asked", received_on=None)
                | Q(state="received", received_on__isnull=False)
                | Q(state="dropped", received_on=None) & ~Q(why=""),
                name="agreements_recovery_ended_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.cents}"


class Noted(models.Model):
    """A payment that the pole wrote in its own forecast: once."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="noted")
    awaited = models.OneToOneField(Awaited, on_delete=models.PROTECT, related_name="payment_noted")
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Noted"]] = models.Manager()

    class Meta:
        verbose_name = _("versement noté par le pôle")
        verbose_name_plural = _("versements notés par les pôles")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.payment_id)
