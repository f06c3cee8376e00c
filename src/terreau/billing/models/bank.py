"""Accounts of a pole or its carrier, their statements as files gave them, and what each line was for."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.flows.models import Flow
from terreau.poles.models import Pole


class BankAccount(models.Model):
    """An account whose statements the pole reads; shown by the end of its number only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="bank_accounts")
    holder = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="bank_accounts")
    name = models.CharField(_("nom"), max_length=80)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    #: Columns of the last CSV file that was read, so that the next one is not described again.
    mapping: models.JSONField[Any, Any] = models.JSONField(default=dict, editable=False)
    ended_on = models.DateField(_("fermé le"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["BankAccount"]] = models.Manager()

    class Meta:
        verbose_name = _("compte bancaire")
        verbose_name_plural = _("comptes bancaires")
        ordering = ["pole", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "name"],
                name="billing_account_name_once",
                violation_error_message=_("Le pôle a déjà un compte de ce nom."),
            ),
            models.UniqueConstraint(
                fields=["pole", "iban"],
                condition=~Q(iban=""),
                name="billing_account_iban_once",
                violation_error_message=_("Ce compte est déjà suivi."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankStatement(models.Model):
    """A file of a bank, read once: its period, its balances, what they say of one another."""

    class Kind(models.TextChoices):
        CAMT = "camt", _("CAMT.053")
        CSV = "csv", _("CSV")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(_("format"), max_length=4, choices=Kind.choices)
    name = models.CharField(_("fichier"), max_length=160, blank=True)
    digest = models.CharField(_("empreinte"), max_length=64)
    reference = models.CharField(_("référence du relevé"), max_length=80, blank=True)
    first = models.DateField(_("depuis le"), null=True)
    last = models.DateField(_("jusqu'au"), null=True)
    opening_cents = models.BigIntegerField(_("solde de départ en centimes"), null=True)
    closing_cents = models.BigIntegerField(_("solde de fin en centimes"), null=True)
    read = models.PositiveIntegerField(_("lignes lues"))
    added = models.PositiveIntegerField(_("lignes nouvelles"))
    #: Closing balance less opening balance and movements; zero when they agree, empty when not told.
    gap_cents = models.BigIntegerField(_("écart en centimes"), null=True)
    at = models.DateTimeField(_("lu le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["BankStatement"]] = models.Manager()

    class Meta:
        verbose_name = _("relevé de compte")
        verbose_name_plural = _("relevés de compte")
        ordering = ["account", "-last", "-at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "digest"],
                name="billing_statement_once",
                violation_error_message=_("Ce fichier a déjà été lu pour ce compte."),
            ),
            AppendOnly(name="billing_statement_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.last}"


class BankLine(models.Model):
    """A movement of an account: ``cents`` above zero came in. The same one in two files is one row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    on = models.DateField(_("le"))
    value_on = models.DateField(_("date de valeur"), null=True)
    cents = models.BigIntegerField(_("montant en centimes"))
    label = models.CharField(_("libellé"), max_length=500)
    party = models.CharField(_("de ou vers"), max_length=140, blank=True)
    #: The end of the other account only.
    party_account = models.CharField(_("compte de l'autre"), max_length=12, blank=True)
    reference = models.CharField(_("référence"), max_length=140, blank=True)
    #: The day, the amount and the rank among those of the same day and amount.
    fingerprint = models.CharField(max_length=64, editable=False)
    #: The bank's own name for it.
    bank_ref = models.CharField(max_length=80, blank=True, default="", editable=False)

    objects: ClassVar[models.Manager["BankLine"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne de relevé")
        verbose_name_plural = _("lignes de relevés")
        ordering = ["account", "-on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "fingerprint"], name="billing_bank_line_once"),
            models.CheckConstraint(condition=~Q(cents=0), name="billing_bank_line_moves"),
            AppendOnly(name="billing_bank_line_append_only"),
        ]
        indexes = [models.Index(fields=["account", "on"], name="billing_bank_line_on")]

    def __str__(self) -> str:
        return f"{self.on} {self.cents}"

    @property
    def euro(self) -> Euro:
        """The movement, above zero when it came in."""
        return Euro(self.cents)


class BankUse(models.Model):
    """What a part of a line was for when it settles no invoice: a line of the ledger, or nothing of the pole.

    Never changed; undone by a counter-entry with its reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="uses")
    cents = models.BigIntegerField(_("montant en centimes"))
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_uses")
    why = models.CharField(_("pourquoi"), max_length=300)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["BankUse"]] = models.Manager()

    class Meta:
        verbose_name = _("emploi d'une ligne de relevé")
        verbose_name_plural = _("emplois de lignes de relevés")
        ordering = ["line", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, cents__gt=0) | Q(reverses__isnull=False, cents__lt=0),
                name="billing_use_negative_only_to_undo",
            ),
            models.CheckConstraint(
                condition=~Q(why=""),
                name="billing_use_says_why",
                violation_error_message=_("Dites pourquoi."),
            ),
            AppendOnly(name="billing_use_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.cents}"
