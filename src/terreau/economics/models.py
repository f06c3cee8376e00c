"""Tables of the economics of a pole: what people said of lines, and what the rules make of each line."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.economics import rules
from terreau.flows.models import Flow
from terreau.subjects.models import Subject


class Level(models.TextChoices):
    """Whose economy a line is of (R-98, R-99)."""

    CELL = rules.Level.CELL.value, _("cellule d'animation")
    POLE = rules.Level.POLE.value, _("pôle")
    PROJECT = rules.Level.PROJECT.value, _("projet commun")
    MEMBERS = rules.Level.MEMBERS.value, _("entre membres")


class Kind(models.TextChoices):
    """Six kinds of resources (R-106), seven of uses."""

    SALES = rules.Kind.SALES.value, _("ventes de biens et de services")
    SUBSIDIES = rules.Kind.SUBSIDIES.value, _("subventions")
    FEES = rules.Kind.FEES.value, _("cotisations")
    CAPITAL_LOANS = rules.Kind.CAPITAL_LOANS.value, _("capital et emprunts")
    INDIRECT_AID = rules.Kind.INDIRECT_AID.value, _("aides indirectes")
    VOLUNTARY = rules.Kind.VOLUNTARY.value, _("contributions volontaires")
    STAFF = rules.Kind.STAFF.value, _("salaires et charges")
    PREMISES = rules.Kind.PREMISES.value, _("locaux")
    PURCHASES = rules.Kind.PURCHASES.value, _("achats")
    SERVICES = rules.Kind.SERVICES.value, _("prestations reçues")
    TRAVEL = rules.Kind.TRAVEL.value, _("déplacements et réceptions")
    OTHER = rules.Kind.OTHER.value, _("autres emplois")
    REPAYMENT = rules.Kind.REPAYMENT.value, _("remboursements")
    UNKNOWN = rules.Kind.UNKNOWN.value, _("à classer")


class Origin(models.TextChoices):
    """Who a resource comes from (R-106)."""

    INDIVIDUALS = rules.Origin.INDIVIDUALS.value, _("particuliers")
    PRIVATE = rules.Origin.PRIVATE.value, _("entreprises privées hors ESS")
    PUBLIC = rules.Origin.PUBLIC.value, _("organismes publics")
    ESS = rules.Origin.ESS.value, _("économie sociale et solidaire")
    UNKNOWN = rules.Origin.UNKNOWN.value, _("origine inconnue")


class Function(models.TextChoices):
    """Functions of a pole (R-36, R-105)."""

    ANIMATION = rules.Function.ANIMATION.value, _("animation")
    DECISION = rules.Function.DECISION.value, _("décision")
    MEMBERSHIP = rules.Function.MEMBERSHIP.value, _("appartenance")
    ENGINEERING = rules.Function.ENGINEERING.value, _("ingénierie de projets")
    COMMUNICATION = rules.Function.COMMUNICATION.value, _("communication")
    WATCH = rules.Function.WATCH.value, _("veille")
    ADMINISTRATION = rules.Function.ADMINISTRATION.value, _("gestion")
    OTHER = rules.Function.OTHER.value, _("autre fonction")


class Batch(models.Model):
    """Lines that a person classed at once, and took back or not. What each was before is in ``Saying``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="classed_batches")
    count = models.PositiveIntegerField(_("lignes"))
    at = models.DateTimeField(_("classées le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("repris le"), null=True, editable=False)

    objects: ClassVar[models.Manager["Batch"]] = models.Manager()

    class Meta:
        verbose_name = _("classement")
        verbose_name_plural = _("classements")
        ordering = ["book", "-at", "id"]

    def __str__(self) -> str:
        return f"{self.book_id} {self.at}"


class Imputation(models.Model):
    """What a person said of a line, part by part; empty where the rule is left to answer."""

    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, primary_key=True, related_name="imputation")
    level = models.CharField(_("niveau"), max_length=8, choices=Level.choices, blank=True)
    kind = models.CharField(_("type"), max_length=14, choices=Kind.choices, blank=True)
    origin = models.CharField(_("origine"), max_length=12, choices=Origin.choices, blank=True)
    function = models.CharField(_("fonction"), max_length=14, choices=Function.choices, blank=True)
    at = models.DateTimeField(_("dit le"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Imputation"]] = models.Manager()

    class Meta:
        verbose_name = _("imputation d'une ligne")
        verbose_name_plural = _("imputations des lignes")
        ordering = ["flow"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="unknown") & ~models.Q(origin="unknown"),
                name="economics_imputation_knows",
                violation_error_message=_("Dites un type et une origine connus, ou rien."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} → {self.kind}"

    @property
    def said(self) -> rules.Said:
        """What the rules need of it."""
        return rules.Said(self.level, self.kind, self.origin, self.function)


class Saying(models.Model):
    """One line of a batch: what was said of it before, and what then; each is four words."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="sayings")
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="sayings")
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)

    objects: ClassVar[models.Manager["Saying"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne d'un classement")
        verbose_name_plural = _("lignes d'un classement")
        ordering = ["batch", "id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "flow"], name="economics_said_once_a_batch"),
            AppendOnly(name="economics_saying_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.flow_id}"


class Serves(models.Model):
    """The function that something of a pole serves: a shared means, a cooperation, a tender (R-105)."""

    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="served_functions")
    purpose = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="serves")
    function = models.CharField(_("fonction"), max_length=14, choices=Function.choices)
    at = models.DateTimeField(_("dit le"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Serves"]] = models.Manager()

    class Meta:
        verbose_name = _("fonction servie")
        verbose_name_plural = _("fonctions servies")
        ordering = ["book", "id"]
        constraints = [
            models.UniqueConstraint(fields=["book", "purpose"], name="economics_serves_one_function"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} → {self.function}"


class Line(models.Model):
    """What the rules make of a line of the ledger: a projection, written by ``projection`` only.

    ``cents``: the value of the line, or what a dated rate gave later to one that had none. ``phase``: the
    stage of the pole that day. ``how``: see ``rules.How``. ``bearer``: who bears the pole and is a party, and
    whether it gave (``borne``). ``to_class``: nobody knows the kind or the origin, and it still stands.
    ``economics_rebuild --check`` proves it all.
    """

    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, primary_key=True, related_name="economics")
    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    nature = models.CharField(max_length=12)
    cents = models.BigIntegerField(null=True)
    level = models.CharField(max_length=8)
    side = models.CharField(max_length=4)
    kind = models.CharField(max_length=14, blank=True)
    origin = models.CharField(max_length=12, blank=True)
    phase = models.CharField(max_length=24, blank=True)
    function = models.CharField(max_length=14, blank=True)
    how = models.CharField(max_length=16)
    through = models.BooleanField()
    purpose = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    bearer = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    borne = models.BooleanField(null=True)
    to_class = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Line"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne classée")
        verbose_name_plural = _("lignes classées")
        ordering = ["flow"]
        indexes = [
            # Everything that a page sums, so that the rows themselves are not read (50,000 lines a year).
            models.Index(
                fields=[
                    *("book", "on", "level", "side", "kind", "origin", "phase"),
                    *("function", "nature", "how", "through", "cents"),
                ],
                name="economics_line_sums",
            ),
            models.Index(
                fields=["book", "on", "cents"], name="economics_line_waits", condition=models.Q(to_class=True)
            ),
            models.Index(fields=["book", "purpose", "side"], name="economics_line_purpose"),
            # What the account of a bearer sums, read without the rows.
            models.Index(
                fields=["book", "bearer", "on", "level", "borne", "nature", "side", "cents"],
                name="economics_line_bearer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.level} {self.kind}"


class Month(models.Model):
    """The classed lines of a month of a book that are alike, summed: what pages add up, whatever the lines.

    A projection of ``Line``, written with it.
    """

    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    level = models.CharField(max_length=8)
    side = models.CharField(max_length=4)
    kind = models.CharField(max_length=14, blank=True)
    origin = models.CharField(max_length=12, blank=True)
    phase = models.CharField(max_length=24, blank=True)
    function = models.CharField(max_length=14, blank=True)
    nature = models.CharField(max_length=12)
    how = models.CharField(max_length=16)
    through = models.BooleanField()
    cents = models.BigIntegerField()
    lines = models.PositiveIntegerField()
    valued = models.PositiveIntegerField()

    objects: ClassVar[models.Manager["Month"]] = models.Manager()

    class Meta:
        verbose_name = _("mois d'un livre")
        verbose_name_plural = _("mois des livres")
        ordering = ["book", "month", "id"]
        indexes = [models.Index(fields=["book", "month"], name="economics_month_book")]

    def __str__(self) -> str:
        return f"{self.book_id} {self.month}"


class Party(models.Model):
    """An actor that brings resources in a book, and which of the four origins it was when it was classed."""

    book = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    trait = models.CharField(max_length=12)

    objects: ClassVar[models.Manager["Party"]] = models.Manager()

    class Meta:
        verbose_name = _("partie d'un livre")
        verbose_name_plural = _("parties des livres")
        ordering = ["book", "actor"]
        constraints = [models.UniqueConstraint(fields=["book", "actor"], name="economics_party_once")]

    def __str__(self) -> str:
        return f"{self.book_id} {self.actor_id}"


class State(models.Model):
    """Up to which line and event of its pole a book is classed, and the digest of what the rules read."""

    book = models.OneToOneField(Actor, on_delete=models.PROTECT, primary_key=True, related_name="+")
    rank = models.PositiveIntegerField(default=0)
    seq = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager["State"]] = models.Manager()

    class Meta:
        verbose_name = _("état du classement d'un livre")
        verbose_name_plural = _("états des classements des livres")
        ordering = ["book"]

    def __str__(self) -> str:
        return f"{self.book_id} ≤ {self.rank}"
