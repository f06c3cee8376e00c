"""What a call asks of money, who else finances a dossier, which aids are known and what was declared."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.agreements import levels
from terreau.calls.models import Call
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.dossiers.models import Dossier
from terreau.flows.models import Flow
from terreau.pieces.models import Piece

_USER = settings.AUTH_USER_MODEL


class Level(models.TextChoices):
    """Who gives money, by level (R-87)."""

    EUROPE = levels.EUROPE, _("Union européenne")
    STATE = levels.STATE, _("État et ses opérateurs")
    REGION = levels.REGION, _("région")
    DEPARTMENT = levels.DEPARTMENT, _("département")
    LOCAL = levels.LOCAL, _("commune ou intercommunalité")
    PUBLIC = levels.PUBLIC, _("autre organisme public")
    PRIVATE = levels.PRIVATE, _("privé : entreprise, fondation, banque")
    OWN = levels.OWN, _("apport propre")
    UNKNOWN = levels.UNKNOWN, _("origine inconnue")


class MoneyRules(models.Model):
    """What a call asks of the plan and of payments; what is empty is left to the owner of the programme."""

    class Cofinancing(models.TextChoices):
        LEFT = "", _("laissé au porteur du programme")
        FREE = "free", _("pas de cofinancement demandé")
        ASKED = "asked", _("demandé : le plan en nomme au moins un")
        LETTERS = "letters", _("une lettre pour chaque cofinancement acquis")
        SECURED = "secured", _("acquis avant l'attribution : sinon, elle attend")

    call = models.OneToOneField(Call, on_delete=models.PROTECT, primary_key=True, related_name="money_rules")
    cofinancing = models.CharField(
        _("cofinancement"), max_length=7, choices=Cofinancing.choices, blank=True, default=""
    )
    #: Hundredths of a percent of the budget that others than the call must bring.
    cofinancing_rate = models.PositiveIntegerField(_("part minimale des autres"), null=True, blank=True)
    public_rate_max = models.PositiveIntegerField(_("taux maximal d'argent public"), null=True, blank=True)
    in_kind_counts = models.BooleanField(_("les apports en nature comptent"), null=True)
    once_only = models.BooleanField(_("une aide de l'État déjà reçue pour un pôle écarte"), null=True)
    #: The ceiling that the owner read and answers for; none: that of the content, to be checked.
    de_minimis_cents = models.BigIntegerField(_("plafond de minimis, en centimes"), null=True, blank=True)
    de_minimis_source = models.CharField(_("texte du plafond"), max_length=300, blank=True)
    advance_rate = models.PositiveIntegerField(_("part de l'avance"), null=True, blank=True)
    pay_days = models.PositiveSmallIntegerField(_("jours pour payer"), null=True, blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["MoneyRules"]] = models.Manager()

    class Meta:
        verbose_name = _("règles d'argent d'un appel")
        verbose_name_plural = _("règles d'argent des appels")
        ordering = ["call"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(cofinancing_rate=None) | Q(cofinancing_rate__lte=10_000))
                & (Q(public_rate_max=None) | Q(public_rate_max__lte=10_000))
                & (Q(advance_rate=None) | Q(advance_rate__lte=10_000)),
                name="agreements_rules_rates",
                violation_error_message=_("Un taux ne dépasse pas 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(de_minimis_cents=None) | ~Q(de_minimis_source=""),
                name="agreements_rules_ceiling_sourced",
                violation_error_message=_("Dites de quel texte vient ce plafond."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.call_id)


class FinancingLine(models.Model):
    """Who finances the budget of a dossier beside the call: asked or secured, with its letter (R-77).

    ``origin`` names the answer that it was taken from, so that it is taken once.
    """

    class Status(models.TextChoices):
        ASKED = "sollicite", _("sollicité")
        SECURED = "acquis", _("acquis")
        REFUSED = "refuse", _("refusé")

    class Kind(models.TextChoices):
        CASH = "cash", _("argent")
        IN_KIND = "in_kind", _("apport en nature")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="financing")
    funder = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="dossiers_financed"
    )
    funder_name = models.CharField(_("qui finance"), max_length=200)
    level = models.CharField(_("niveau"), max_length=10, choices=Level.choices, default=Level.UNKNOWN)
    cents = models.BigIntegerField(_("montant en centimes"))
    kind = models.CharField(_("forme"), max_length=7, choices=Kind.choices, default=Kind.CASH)
    status = models.CharField(_("état"), max_length=9, choices=Status.choices, default=Status.ASKED)
    fund = models.CharField(_("dispositif"), max_length=40, blank=True)
    expense = models.CharField(_("dépense financée"), max_length=200, blank=True)
    letter = models.ForeignKey(
        Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lettre")
    )
    letter_on = models.DateField(_("lettre du"), null=True, blank=True)
    origin = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(_("retiré le"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["FinancingLine"]] = models.Manager()

    class Meta:
        verbose_name = _("cofinancement")
        verbose_name_plural = _("cofinancements")
        ordering = ["dossier", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0),
                name="agreements_line_positive",
                violation_error_message=_("Un cofinancement est plus grand que zéro."),
            ),
            models.CheckConstraint(condition=~Q(funder_name=""), name="agreements_line_names_funder"),
            models.UniqueConstraint(
                fields=["dossier", "origin"],
                condition=~Q(origin=""),
                name="agreements_line_origin_once",
                violation_error_message=_("Ce cofinancement est déjà repris du dossier."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funder_name} {self.cents}"


class InKindPart(models.Model):
    """A line of the ledger that makes an in-kind co-financing: one line counts once, in one plan."""

    line = models.ForeignKey(FinancingLine, on_delete=models.PROTECT, related_name="parts")
    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="financing_part")

    objects: ClassVar[models.Manager["InKindPart"]] = models.Manager()

    class Meta:
        verbose_name = _("apport en nature compté")
        verbose_name_plural = _("apports en nature comptés")
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"{self.line_id} {self.flow_id}"


class KnownAid(models.Model):
    """A public aid that somebody knows of, with its source and the day it was read. Withdrawn, never deleted.

    What is not known stays empty: an amount, a day, whether it is de minimis, whether it was for a pole.
    """

    class Proof(models.TextChoices):
        DECLARED = "declared", _("déclaré par le bénéficiaire")
        DOCUMENT = "document", _("lu dans un document")
        IMPORTED = "imported", _("importé d'un fichier public")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="known_aids")
    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, null=True, blank=True, related_name="known_aids"
    )
    giver = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    giver_name = models.CharField(_("qui a donné"), max_length=200)
    level = models.CharField(_("niveau"), max_length=10, choices=Level.choices, default=Level.UNKNOWN)
    label = models.CharField(_("objet"), max_length=200, blank=True)
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True)
    granted_on = models.DateField(_("accordée le"), null=True, blank=True)
    de_minimis = models.BooleanField(_("de minimis"), null=True, blank=True)
    for_pole = models.BooleanField(_("au titre d'un appel à pôles"), null=True, blank=True)
    expense = models.CharField(_("dépense financée"), max_length=200, blank=True)
    proof = models.CharField(_("comment on le sait"), max_length=8, choices=Proof.choices)
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("adresse de la source"), blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    read_on = models.DateField(_("lu le"))
    origin = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True, blank=True, editable=False)
    why = models.CharField(_("motif du retrait"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["KnownAid"]] = models.Manager()

    class Meta:
        verbose_name = _("aide connue")
        verbose_name_plural = _("aides connues")
        ordering = ["actor", "-granted_on", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="agreements_aid_sourced"),
            models.CheckConstraint(
                condition=Q(cents=None) | Q(cents__gt=0),
                name="agreements_aid_positive",
                violation_error_message=_("Une aide est plus grande que zéro."),
            ),
            models.UniqueConstraint(
                fields=["origin"], condition=~Q(origin=""), name="agreements_aid_origin_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_name} {self.granted_on}"


class AidStatement(models.Model):
    """What the applicant answers for: all aids were told, forecasts are shown or not. The last counts."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="aid_statements")
    complete = models.BooleanField(_("toutes les aides reçues sont dites"))
    shares_forecast = models.BooleanField(_("montre les financements notés dans l'espace du pôle"))
    at = models.DateTimeField(_("déclaré le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["AidStatement"]] = models.Manager()

    class Meta:
        verbose_name = _("déclaration d'aides")
        verbose_name_plural = _("déclarations d'aides")
        ordering = ["dossier", "id"]
        constraints = [AppendOnly(name="agreements_statement_append_only")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.at}"
