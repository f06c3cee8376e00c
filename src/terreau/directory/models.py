"""Official registers as published, read-only: what a batch wrote, and how to take it back.

Rows are narrow because there are millions: numbers are integers (a SIREN keeps its zeros when shown), texts
that are unknown are empty, ``digest`` says whether a published row has changed. Nothing else than a batch
writes here; an actor takes what it needs from here once (``actors.birth``).
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.subjects.models import Subject


class Number(models.BigIntegerField):  # type: ignore[type-arg]
    """An official number as a key: SQLite's own row number, so that no second index is kept."""

    def db_type(self, connection: Any) -> str | None:
        """Return ``integer`` on SQLite, the only type that is the row number itself."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Batch(models.Model):
    """One import of an official register: its files, what it did, and where it stands after a kill."""

    class Register(models.TextChoices):
        SIRENE = "sirene", _("répertoire Sirene")
        RNA = "rna", _("répertoire national des associations")

    class State(models.TextChoices):
        WRITING = "writing", _("en cours d'écriture")
        DONE = "done", _("écrit")
        UNDOING = "undoing", _("en cours d'annulation")
        UNDONE = "undone", _("annulé")

    id = models.BigAutoField(primary_key=True)
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="directory_batch")
    register = models.CharField(_("répertoire"), max_length=6, choices=Register.choices)
    files = models.JSONField(_("fichiers"), default=list)
    fingerprint = models.CharField(_("empreinte des fichiers"), max_length=64)
    digest = models.CharField(_("empreinte du contenu retenu"), max_length=64)
    published_on = models.DateField(_("publié le"), null=True, blank=True)
    complete = models.BooleanField(_("répertoire entier"), default=False)
    read = models.PositiveBigIntegerField(_("lignes lues"), default=0)
    added = models.PositiveBigIntegerField(_("lignes ajoutées"), default=0)
    changed = models.PositiveBigIntegerField(_("lignes changées"), default=0)
    removed = models.PositiveBigIntegerField(_("lignes retirées"), default=0)
    problems = models.JSONField(_("problèmes, par nature"), default=dict)
    longest_hold_ms = models.PositiveIntegerField(_("plus longue écriture (ms)"), default=0)
    state = models.CharField(_("état"), max_length=8, choices=State.choices, default=State.WRITING)
    started_at = models.DateTimeField(_("commencé le"), auto_now_add=True)
    finished_at = models.DateTimeField(_("fini le"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Batch"]] = models.Manager()

    class Meta:
        verbose_name = _("lot d'un répertoire")
        verbose_name_plural = _("lots d'un répertoire")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["register"],
                condition=models.Q(state__in=["writing", "undoing"]),
                name="directory_one_batch_at_a_time",
                violation_error_message=_("Un autre lot de ce répertoire est en cours."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["writing", "undoing"]) | models.Q(finished_at__isnull=False),
                name="directory_ended_has_an_end",
                violation_error_message=_("Un lot terminé a une date de fin."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.pk}"


class Published(models.Model):
    """What every row has: the words it is found by, its digest, and the batch that wrote it last.

    ``words`` are folded and parted by spaces; the engines that search them are in migration 0002.
    """

    words = models.CharField(max_length=200, editable=False)
    digest = models.BigIntegerField(editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class LegalUnit(Published):
    """A legal person of Sirene; natural persons are never kept."""

    siren = Number("SIREN", primary_key=True)
    name = models.CharField(_("dénomination"), max_length=250)
    acronym = models.CharField(_("sigle"), max_length=60)
    legal_category = models.CharField(_("catégorie juridique"), max_length=4)
    naf = models.CharField("NAF", max_length=6)
    naf_version = models.CharField(_("version de la NAF"), max_length=8)
    size_class = models.CharField(_("tranche d'effectifs"), max_length=2)
    ess = models.CharField(_("économie sociale et solidaire (O, N)"), max_length=1)
    rna = models.CharField("RNA", max_length=10)
    state = models.CharField(_("état (A, C)"), max_length=1)
    partial = models.BooleanField(_("diffusion partielle"))
    created_on = models.DateField(_("créée le"), null=True)
    head_nic = models.PositiveIntegerField(_("NIC du siège"), null=True)

    objects: ClassVar[models.Manager["LegalUnit"]] = models.Manager()

    class Meta:
        verbose_name = _("unité légale")
        verbose_name_plural = _("unités légales")
        ordering = ["siren"]
        indexes = [
            models.Index(fields=["words"], name="directory_unit_words", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return f"{self.siren:09d}"


class Establishment(models.Model):
    """An establishment of a legal person held here. Its SIREN is the head of its number: no key points to
    it."""

    siret = Number("SIRET", primary_key=True)
    name = models.CharField(_("enseigne ou nom d'usage"), max_length=100)
    head = models.BooleanField(_("siège"))
    state = models.CharField(_("état (A, F)"), max_length=1)
    partial = models.BooleanField(_("diffusion partielle"))
    commune = models.CharField(_("commune"), max_length=5)
    postcode = models.CharField(_("code postal"), max_length=5)
    street = models.CharField(_("voie"), max_length=120)
    naf = models.CharField("NAF", max_length=6)
    naf_version = models.CharField(_("version de la NAF"), max_length=8)
    size_class = models.CharField(_("tranche d'effectifs"), max_length=2)
    created_on = models.DateField(_("créé le"), null=True)
    digest = models.BigIntegerField(editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects: ClassVar[models.Manager["Establishment"]] = models.Manager()

    class Meta:
        verbose_name = _("établissement")
        verbose_name_plural = _("établissements")
        ordering = ["siret"]
        indexes = [models.Index(fields=["commune"], name="directory_by_commune")]

    def __str__(self) -> str:
        return f"{self.siret:014d}"


class Association(Published):
    """An association of the RNA, under its number: W and nine characters, or the one of before 2009."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("numéro RNA"), max_length=14, unique=True)
    former_code = models.CharField(_("ancien numéro"), max_length=14)
    name = models.CharField(_("titre"), max_length=250)
    acronym = models.CharField(_("titre court"), max_length=60)
    siret = models.CharField("SIRET", max_length=14)
    state = models.CharField(_("position (A, D, S…)"), max_length=1)
    grouping = models.CharField(_("simple, union ou fédération (S, U, F)"), max_length=1)
    commune = models.CharField(_("commune"), max_length=5)
    postcode = models.CharField(_("code postal"), max_length=5)
    created_on = models.DateField(_("créée le"), null=True)
    dissolved_on = models.DateField(_("dissoute le"), null=True)

    objects: ClassVar[models.Manager["Association"]] = models.Manager()

    class Meta:
        verbose_name = _("association")
        verbose_name_plural = _("associations")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["words"], name="directory_asso_words", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.code


class Before(models.Model):
    """A row as it was before a batch changed or removed it; what a batch added needs none.

    ``table`` is the name of the model's table; ``row`` the values of its columns in the order of
    ``tables.Table.columns``, as the database wrote them in JSON.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="before")
    table = models.CharField(max_length=40)
    key = models.CharField(max_length=14)
    row = models.TextField()

    objects: ClassVar[models.Manager["Before"]] = models.Manager()

    class Meta:
        verbose_name = _("valeur d'avant un lot")
        verbose_name_plural = _("valeurs d'avant un lot")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"
