"""Every sourced datum of any subject: what is true, when, who says so, since when it is recorded."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.pieces.models import Source
from terreau.subjects.models import Subject


class Status(models.TextChoices):
    """How sure a datum is (R-56, R-131)."""

    VERIFIED = "verifie", _("vérifié")
    JUSTIFIED = "justifie", _("justifié")
    DECLARED = "declare", _("déclaré")
    COMPUTED = "calcule", _("calculé")
    ESTIMATED = "estime", _("estimé")


class Qualifier(models.TextChoices):
    """What the source says of the precision of a number."""

    EXACT = "", _("exactement")
    ABOUT = "about", _("environ")
    MORE_THAN = "more_than", _("plus de")
    LESS_THAN = "less_than", _("moins de")
    AT_LEAST = "at_least", _("au moins")
    UP_TO = "up_to", _("jusqu'à")
    ALMOST = "almost", _("près de")
    START = "start", _("début")
    END = "end", _("fin")
    DECADE = "decade", _("dans la décennie")


class FactValue(models.Model):
    """The typed value shared by a fact and its projection: one column by type, money in cents."""

    number = models.DecimalField(_("nombre"), max_digits=20, decimal_places=4, null=True)
    number_max = models.DecimalField(_("nombre au plus"), max_digits=20, decimal_places=4, null=True)
    cents = models.BigIntegerField(_("montant en centimes"), null=True)
    cents_max = models.BigIntegerField(_("montant en centimes au plus"), null=True)
    text = models.TextField(_("texte"), blank=True)
    text_en = models.TextField(_("texte en anglais"), blank=True)
    term = models.CharField(_("terme d'un vocabulaire"), max_length=60, blank=True)
    day = models.DateField(_("date"), null=True)
    day_precision = models.CharField(max_length=5, blank=True)
    flag = models.BooleanField(_("oui ou non"), null=True)
    unit = models.CharField(_("unité"), max_length=20, blank=True)
    qualifier = models.CharField(_("précision"), max_length=10, choices=Qualifier.choices, blank=True)

    class Meta:
        abstract = True


class Fact(FactValue):
    """A statement as recorded. Never changed: a later fact supersedes it, or it is withdrawn.

    Bitemporal: ``valid_from``/``valid_to`` say when it holds (end excluded), ``recorded_at`` and
    ``superseded_at`` say when the register believed it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="facts")
    code = models.CharField(_("code au catalogue"), max_length=60)
    valid_from = models.DateField(_("depuis"), null=True)
    valid_to = models.DateField(_("jusqu'au"), null=True)
    valid_precision = models.CharField(max_length=5, blank=True)
    recorded_at = models.DateTimeField(_("enregistré le"))
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="facts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(_("état"), max_length=10, choices=Status.choices, default=Status.DECLARED)
    note = models.JSONField(_("note"), default=dict)
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    superseded_at = models.DateTimeField(_("remplacé le"), null=True, blank=True)

    objects: ClassVar[models.Manager["Fact"]] = models.Manager()

    class Meta:
        verbose_name = _("fait")
        verbose_name_plural = _("faits")
        ordering = ["code", "-valid_from", "-recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="facts_end_after_start",
                violation_error_message=_("La fin doit suivre le début."),
            ),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=models.Q(supersedes__isnull=False),
                name="facts_superseded_once",
                violation_error_message=_("Ce fait a déjà été remplacé."),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "code"], name="facts_subject_code"),
            models.Index(fields=["code", "term"], name="facts_code_term"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.code}"


class CurrentFact(FactValue):
    """Projection: what is held today for a subject and a code, in the order of trust.

    One row (``rank`` 0) for a code that has one value; one row a value for a code that may have
    several. ``contested`` when another living source says otherwise for the same period.
    Rebuilt by ``facts_rebuild``; written only by ``facts.actions``.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="current_facts")
    code = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)
    fact = models.OneToOneField(Fact, on_delete=models.CASCADE, related_name="current")
    status = models.CharField(max_length=10, choices=Status.choices)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    contested = models.BooleanField(_("contredit"), default=False)

    objects: ClassVar[models.Manager["CurrentFact"]] = models.Manager()

    class Meta:
        verbose_name = _("fait en vigueur")
        verbose_name_plural = _("faits en vigueur")
        ordering = ["subject", "code", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "code", "rank"], name="facts_current_once"),
        ]
        indexes = [
            models.Index(fields=["code", "term", "subject"], name="facts_current_term"),
            models.Index(fields=["code", "number"], name="facts_current_number"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.code} #{self.rank}"
