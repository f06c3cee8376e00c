"""Tables of the books kept: accounts of lines, what is said of a gift of time, rates, parties, auditors."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.flows.models import Flow, Method
from terreau.poles.models import Pole


class AccountOf(models.Model):
    """The account of a line of the ledger, when somebody or a file said it; else a rule does on reading."""

    class How(models.TextChoices):
        PERSON = "person", _("dit par une personne")
        FILE = "import", _("dit par le fichier importé")

    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="account_of")
    account = models.CharField(_("compte"), max_length=12)
    how = models.CharField(_("dit par"), max_length=6, choices=How.choices)
    at = models.DateTimeField(_("dit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["AccountOf"]] = models.Manager()

    class Meta:
        verbose_name = _("compte d'une ligne")
        verbose_name_plural = _("comptes des lignes")
        ordering = ["flow"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account__gte="1", account__lt="9"),
                name="bookkeeping_account_is_a_number",
                violation_error_message=_("Un compte s'écrit en chiffres, de la classe 1 à la classe 8."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} → {self.account}"


class Rate(models.Model):
    """What a unit of something given is worth in a pole since a day, by a method, from a source (R-109).

    Never changed: another rate of the same thing follows it. ``until`` ends it without another.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="rates")
    what = models.CharField(_("ce qui est valorisé"), max_length=120)
    nature = models.CharField(_("nature"), max_length=12)
    unit = models.CharField(_("unité"), max_length=20)
    method = models.CharField(_("méthode"), max_length=16, choices=Method.choices)
    cents = models.BigIntegerField(_("centimes par unité"))
    since = models.DateField(_("à compter du"))
    until = models.DateField(_("jusqu'au"), null=True)
    source = models.CharField(_("source"), max_length=300)
    at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Rate"]] = models.Manager()

    class Meta:
        verbose_name = _("taux de valorisation")
        verbose_name_plural = _("taux de valorisation")
        ordering = ["pole", "nature", "what", "-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "what", "nature", "unit", "since"],
                name="bookkeeping_rate_once_a_day",
                violation_error_message=_("Un taux de cette chose commence déjà ce jour-là."),
            ),
            models.CheckConstraint(
                condition=models.Q(cents__gt=0, cents__lte=1_000_000_00),
                name="bookkeeping_rate_is_worth_something",
                violation_error_message=_("Une valeur par unité va d'un centime à un million d'euros."),
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="bookkeeping_rate_in_order",
                violation_error_message=_("La fin suit le début."),
            ),
            models.CheckConstraint(
                condition=~models.Q(source="") & ~models.Q(method=""),
                name="bookkeeping_rate_says_why",
                violation_error_message=_("Un taux dit sa méthode et d'où il vient."),
            ),
            AppendOnly(name="bookkeeping_rate_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.cents}/{self.unit} ≥ {self.since}"

    @property
    def euro(self) -> Euro:
        """The value of a unit, exact."""
        return Euro(self.cents)


class Contribution(models.Model):
    """What is said of a gift, beside the ledger: in which role, for which function, by whom.

    ``value``: what a rate gave to a line that had no value when it was written (the ledger never changes).
    ``elsewhere``: already paid elsewhere or not, with why; empty when nobody said, a rule then looks.
    """

    class Role(models.TextChoices):
        VOLUNTEER = "volunteer", _("bénévole")
        ELECTED = "elected", _("personne élue ou dirigeante, bénévole")
        LENT = "lent", _("salariée ou salarié prêté sans refacturation")
        SKILLED = "skilled", _("mécénat de compétences")
        BENEFICIARY = "beneficiary", _("habitante, habitant ou usager")

    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="contribution")
    role = models.CharField(_("rôle"), max_length=12, choices=Role.choices, blank=True)
    function = models.CharField(_("fonction du pôle"), max_length=14, blank=True)
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, null=True, related_name="contributions")
    value = models.BigIntegerField(_("valeur en centimes"), null=True)
    elsewhere = models.BooleanField(_("déjà payé ailleurs"), null=True)
    elsewhere_why = models.CharField(_("pourquoi"), max_length=300, blank=True)
    at = models.DateTimeField(_("dit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Contribution"]] = models.Manager()

    class Meta:
        verbose_name = _("contribution volontaire")
        verbose_name_plural = _("contributions volontaires")
        ordering = ["flow"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(elsewhere__isnull=True) | ~models.Q(elsewhere_why=""),
                name="bookkeeping_elsewhere_says_why",
                violation_error_message=_("Dites pourquoi c'est déjà payé ailleurs, ou ne l'est pas."),
            ),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True, rate__isnull=True)
                | models.Q(value__gte=0, rate__isnull=False),
                name="bookkeeping_value_has_rate",
                violation_error_message=_("Une valeur vient d'un taux."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.role}"


class KnownParty(models.Model):
    """A name that files of a pole use for an actor: said once by a person, then recognised."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="known_parties")
    name = models.CharField(_("nom dans les fichiers"), max_length=200)
    folded = models.CharField(max_length=200, editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("dit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["KnownParty"]] = models.Manager()

    class Meta:
        verbose_name = _("nom reconnu dans les fichiers")
        verbose_name_plural = _("noms reconnus dans les fichiers")
        ordering = ["pole", "folded"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "folded"],
                name="bookkeeping_known_once",
                violation_error_message=_("Ce nom est déjà reconnu."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.actor_id}"


class AuditPass(models.Model):
    """Somebody may read the books of a pole, and nothing else, until a day: an auditor, a treasurer.

    Known by their e-mail address: the pass is for whoever signs in with it, by a second factor.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="audit_passes")
    email = models.EmailField(_("adresse électronique"), max_length=254)
    purpose = models.CharField(_("pour quoi"), max_length=200)
    since = models.DateField(_("à compter du"))
    until = models.DateField(_("jusqu'au"))
    at = models.DateTimeField(_("donné le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("retiré le"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[models.Manager["AuditPass"]] = models.Manager()

    class Meta:
        verbose_name = _("accès d'audit")
        verbose_name_plural = _("accès d'audit")
        ordering = ["pole", "-until", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")),
                name="bookkeeping_pass_in_order",
                violation_error_message=_("La fin suit le début."),
            ),
            models.UniqueConstraint(
                "pole",
                Lower("email"),
                condition=models.Q(ended_at__isnull=True),
                name="bookkeeping_pass_once",
                violation_error_message=_("Cette personne a déjà un accès : retirez-le d'abord."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} ≤ {self.until}"
