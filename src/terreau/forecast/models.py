"""What is to come: fundings with their instalments, planned lines, balances that were read, what is shown."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.flows.models import Flow
from terreau.forecast import rules
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

_USER = settings.AUTH_USER_MODEL


class Origin(models.TextChoices):
    """Where money comes from, as the matrix of the seed names it (R-106)."""

    UNKNOWN = "", _("origine inconnue")
    PUBLIC = rules.PUBLIC, _("public")
    PRIVATE = rules.PRIVATE, _("privé")
    ESS = rules.ESS, _("économie sociale et solidaire")
    INDIVIDUALS = rules.INDIVIDUALS, _("particuliers")


class Funding(models.Model):
    """Money that somebody may bring: asked, granted, in instalments, until a day (R-111, R-112).

    ``purpose`` is what it pays for: the subject of the pole for its animation cell, a project; none for the
    pole as a whole. ``investors``: how many people a citizen investment gathers, when it is known.
    """

    class Kind(models.TextChoices):
        SUBSIDY = "subsidy", _("subvention")
        ORDER = "order", _("commande ou prestation")
        DONATION = "donation", _("don ou mécénat")
        LOAN = "loan", _("prêt ou avance remboursable")
        CAPITAL = "capital", _("capital ou titres")
        CITIZEN = "citizen", _("investissement citoyen")
        INDIRECT = "indirect", _("aide indirecte : poste aidé, mise à disposition")
        OTHER = "other", _("autre apport d'argent")

    class State(models.TextChoices):
        PLANNED = rules.PLANNED, _("à demander")
        ASKED = rules.ASKED, _("demandé")
        GRANTED = rules.GRANTED, _("accordé")
        REFUSED = rules.REFUSED, _("refusé")
        ENDED = rules.ENDED, _("soldé")

    class Renewable(models.TextChoices):
        UNKNOWN = "", _("on ne sait pas")
        YES = "yes", _("oui, il peut être redemandé")
        NO = "no", _("non, il ne revient pas")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="fundings")
    funder = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="poles_funded"
    )
    funder_name = models.CharField(_("qui finance"), max_length=200)
    label = models.CharField(_("ce qui est financé"), max_length=200)
    kind = models.CharField(_("sorte de financement"), max_length=8, choices=Kind.choices)
    origin = models.CharField(_("origine de l'argent"), max_length=11, choices=Origin.choices, blank=True)
    state = models.CharField(
        _("état de la demande"), max_length=7, choices=State.choices, default=State.PLANNED
    )
    asked_cents = models.BigIntegerField(_("montant demandé en centimes"), null=True, blank=True)
    granted_cents = models.BigIntegerField(_("montant accordé en centimes"), null=True, blank=True)
    period_from = models.DateField(_("depuis le"), null=True, blank=True)
    #: Last day that the money pays for, included.
    period_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    answer_on = models.DateField(_("réponse attendue le"), null=True, blank=True)
    ask_again_by = models.DateField(_("à redemander avant le"), null=True, blank=True)
    renewable = models.CharField(
        _("peut être renouvelé"), max_length=3, choices=Renewable.choices, blank=True
    )
    investors = models.PositiveIntegerField(_("nombre d'investisseurs"), null=True, blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    purpose = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="fundings"
    )
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Funding"]] = models.Manager()

    class Meta:
        verbose_name = _("financement")
        verbose_name_plural = _("financements")
        ordering = ["pole", "period_to", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(asked_cents__isnull=True) | Q(asked_cents__gt=0))
                & (Q(granted_cents__isnull=True) | Q(granted_cents__gt=0)),
                name="forecast_funding_positive",
                violation_error_message=_("Un financement a un montant plus grand que zéro."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=[rules.GRANTED, rules.ENDED], granted_cents__isnull=False)
                | Q(state__in=[rules.PLANNED, rules.ASKED, rules.REFUSED], granted_cents__isnull=True),
                name="forecast_funding_granted_has_amount",
                violation_error_message=_("Dites le montant qui est accordé."),
            ),
            models.CheckConstraint(
                condition=Q(period_from__isnull=True)
                | Q(period_to__isnull=True)
                | Q(period_to__gte=F("period_from")),
                name="forecast_funding_period_in_order",
                violation_error_message=_("La fin du financement suit son début."),
            ),
            models.CheckConstraint(
                condition=Q(investors__isnull=True)
                | (Q(investors__gt=0) & Q(kind__in=["citizen", "capital"])),
                name="forecast_funding_investors",
                violation_error_message=_("Seul un investissement compte des investisseurs."),
            ),
        ]
        indexes = [models.Index(fields=["pole", "state"], name="forecast_funding_open")]

    def __str__(self) -> str:
        return f"{self.funder_name} – {self.label}"

    @property
    def cents(self) -> int | None:
        """What is granted, else what is asked."""
        return self.granted_cents if self.granted_cents is not None else self.asked_cents

    @property
    def certain(self) -> bool:
        """Say whether it was granted."""
        return self.state in {rules.GRANTED, rules.ENDED}

    @property
    def living(self) -> bool:
        """Say whether it may still bring money."""
        return self.state in {rules.PLANNED, rules.ASKED, rules.GRANTED}


class FundingMove(models.Model):
    """A change of state of a funding: who, when, why. Never changed."""

    funding = models.ForeignKey(Funding, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=7, blank=True)
    after = models.CharField(max_length=7, choices=Funding.State.choices)
    reason = models.CharField(max_length=300, blank=True)
    on = models.DateField(default=timezone.localdate)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["FundingMove"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'un financement")
        verbose_name_plural = _("étapes des financements")
        ordering = ["funding", "id"]
        constraints = [AppendOnly(name="forecast_move_append_only")]

    def __str__(self) -> str:
        return f"{self.funding_id} {self.before} → {self.after}"


class Instalment(models.Model):
    """A part of a funding: how much, when it is awaited, after what; the line of the book that paid it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    funding = models.ForeignKey(Funding, on_delete=models.PROTECT, related_name="instalments")
    label = models.CharField(_("versement"), max_length=160, blank=True)
    cents = models.BigIntegerField(_("montant en centimes"))
    due = models.DateField(_("attendu le"))
    condition = models.CharField(_("après quoi"), max_length=300, blank=True)
    received_on = models.DateField(_("reçu le"), null=True, blank=True)
    received_cents = models.BigIntegerField(_("reçu, en centimes"), null=True, blank=True)
    flow = models.OneToOneField(
        Flow, on_delete=models.PROTECT, null=True, blank=True, related_name="instalment"
    )
    dropped_at = models.DateTimeField(_("abandonné le"), null=True, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Instalment"]] = models.Manager()

    class Meta:
        verbose_name = _("versement d'un financement")
        verbose_name_plural = _("versements des financements")
        ordering = ["funding", "due", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0) & (Q(received_cents__isnull=True) | Q(received_cents__gt=0)),
                name="forecast_instalment_positive",
                violation_error_message=_("Un versement est plus grand que zéro."),
            ),
            models.CheckConstraint(
                condition=Q(received_on__isnull=True, received_cents__isnull=True)
                | Q(received_on__isnull=False, received_cents__isnull=False, dropped_at__isnull=True),
                name="forecast_instalment_received_whole",
                violation_error_message=_("Dites quel jour et combien."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funding_id} {self.due}"


class Planned(models.Model):
    """A line that one expects, once or again and again: salaries, rent, sales. ``out``: it goes out."""

    class Every(models.TextChoices):
        ONCE = rules.ONCE, _("une seule fois")
        MONTH = rules.MONTH, _("chaque mois")
        QUARTER = rules.QUARTER, _("chaque trimestre")
        YEAR = rules.YEAR, _("chaque année")

    class Kind(models.TextChoices):
        SALES = "sales", _("ventes et prestations")
        FEES = "fees", _("cotisations")
        SUBSIDIES = "subsidies", _("subventions et dons")
        CAPITAL_LOANS = "capital_loans", _("capital et emprunts")
        STAFF = "staff", _("salaires et charges")
        PREMISES = "premises", _("locaux")
        PURCHASES = "purchases", _("achats")
        SERVICES = "services", _("prestataires")
        TRAVEL = "travel", _("déplacements et réceptions")
        REPAYMENT = "repayment", _("remboursement")
        OTHER = "other", _("autre dépense")
        UNKNOWN = "unknown", _("non classé")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="planned_lines")
    label = models.CharField(_("libellé"), max_length=160)
    out = models.BooleanField(_("sort d'argent"))
    cents = models.BigIntegerField(_("montant en centimes"))
    first = models.DateField(_("première fois le"))
    every = models.CharField(_("revient"), max_length=7, choices=Every.choices, default=Every.ONCE)
    until = models.DateField(_("jusqu'au"), null=True, blank=True)
    kind = models.CharField(
        _("nature de la ligne"), max_length=13, choices=Kind.choices, default=Kind.UNKNOWN
    )
    origin = models.CharField(_("origine de l'argent"), max_length=11, choices=Origin.choices, blank=True)
    purpose = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="planned_lines"
    )
    #: A line that nobody expects any more stays to be read, and counts for nothing.
    dropped_at = models.DateTimeField(_("retirée le"), null=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Planned"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne prévue")
        verbose_name_plural = _("lignes prévues")
        ordering = ["pole", "first", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0),
                name="forecast_planned_positive",
                violation_error_message=_(
                    "Un montant prévu est plus grand que zéro : dites s'il entre ou sort."
                ),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("first")),
                name="forecast_planned_in_order",
                violation_error_message=_("La dernière fois suit la première."),
            ),
            models.CheckConstraint(
                condition=Q(out=True, kind__in=rules.LINE_USES, origin="")
                | Q(out=False, kind__in=rules.LINE_RESOURCES),
                name="forecast_planned_kind_of_side",
                violation_error_message=_("Cette nature ne va pas avec le sens de la ligne."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def signed(self) -> int:
        """The amount, negative when it goes out."""
        return -self.cents if self.out else self.cents


class Balance(models.Model):
    """What stood on all the accounts of the pole at the end of a day, as somebody read it. Never changed.

    Read again for the same day, the later row counts.
    """

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="balances")
    on = models.DateField(_("solde du"))
    cents = models.BigIntegerField(_("solde en centimes"))
    note = models.CharField(_("quels comptes"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Balance"]] = models.Manager()

    class Meta:
        verbose_name = _("solde lu")
        verbose_name_plural = _("soldes lus")
        ordering = ["pole", "-on", "-id"]
        constraints = [AppendOnly(name="forecast_balance_append_only")]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.on}"


class Shown(models.Model):
    """What a pole shows of its economy to everybody: an item, as long as ``shown`` is true; else nothing."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="economy_shown")
    code = models.CharField(_("élément"), max_length=40)
    shown = models.BooleanField(_("montré à tous"), default=False)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Shown"]] = models.Manager()

    class Meta:
        verbose_name = _("élément publié de l'économie")
        verbose_name_plural = _("éléments publiés de l'économie")
        ordering = ["pole", "code"]
        constraints = [models.UniqueConstraint(fields=["pole", "code"], name="forecast_shown_once")]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.code}"
