"""Files people bring: what was brought, how its columns were understood, what it wrote."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.jobs.models import Job
from terreau.pieces.models import Piece
from terreau.subjects.models import Subject


class Import(models.Model):
    """A file brought once. Its lines stand in a staging file of the data folder (``staging``).

    ``subject`` is its own identity, never public: the file hangs on it, and the events of its batches.
    ``generation`` counts the checks: each writes a new staging file, none is ever changed.
    """

    class State(models.TextChoices):
        READ = "read", _("colonnes à confirmer")
        CHECKING = "checking", _("vérification en cours")
        CHECKED = "checked", _("à relire")
        WRITING = "writing", _("écriture en cours")
        WRITTEN = "written", _("écrit")
        UNDOING = "undoing", _("annulation en cours")
        UNDONE = "undone", _("annulé")
        ABANDONED = "abandoned", _("abandonné")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="import_file")
    kind = models.CharField(_("sorte de fichier"), max_length=40)
    name = models.CharField(_("nom du fichier"), max_length=200)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="imports_about"
    )
    owner = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.READ)
    sheet = models.CharField(_("feuille"), max_length=100, blank=True)
    form = models.CharField(_("format reconnu"), max_length=80)
    header = models.JSONField(_("en-têtes"), default=list)
    rows = models.PositiveIntegerField(_("lignes"), default=0)
    mapping = models.JSONField(_("colonnes"), default=dict)
    options = models.JSONField(_("pour tout le fichier"), default=dict)
    generation = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    language = models.CharField(max_length=2, default="fr")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("apporté le"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Import"]] = models.Manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["by", "-created_at"], name="imports_by")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Layout(models.Model):
    """How the columns of a layout (the digest of its headers) were understood, by an organisation."""

    kind = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    owner = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    mapping = models.JSONField()
    used_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Layout"]] = models.Manager()

    class Meta:
        verbose_name = _("colonnes retenues")
        verbose_name_plural = _("colonnes retenues")
        ordering = ["-used_at", "id"]
        indexes = [models.Index(fields=["kind", "fingerprint"], name="imports_layout_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint[:12]}"


class Correction(models.Model):
    """A cell that a person corrected on the page; the file itself stays as it was brought."""

    brought = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="corrections")
    row = models.PositiveIntegerField(_("ligne"))
    column = models.PositiveSmallIntegerField(_("colonne"))
    value = models.TextField(_("valeur"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["row", "column"]
        constraints = [
            models.UniqueConstraint(fields=["brought", "row", "column"], name="imports_one_correction"),
        ]

    def __str__(self) -> str:
        return f"{self.brought_id} {self.row}/{self.column}"


class SetAside(models.Model):
    """A line that the person does not want written."""

    brought = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="set_aside")
    row = models.PositiveIntegerField(_("ligne"))

    class Meta:
        verbose_name = _("ligne laissée de côté")
        verbose_name_plural = _("lignes laissées de côté")
        ordering = ["row"]
        constraints = [models.UniqueConstraint(fields=["brought", "row"], name="imports_aside_once")]

    def __str__(self) -> str:
        return f"{self.brought_id} {self.row}"


class ImportedRow(models.Model):
    """What a line did when it was written, or why it was not; what can be taken back is in ``wrote``."""

    class Outcome(models.TextChoices):
        ADDED = "added", _("ajouté")
        CHANGED = "changed", _("modifié")
        REFUSED = "refused", _("refusé")

    brought = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="written")
    row = models.PositiveIntegerField(_("ligne"))
    batch = models.PositiveIntegerField(_("lot"))
    outcome = models.CharField(_("issue"), max_length=8, choices=Outcome.choices)
    label = models.CharField(max_length=250, blank=True)
    message = models.TextField(blank=True)
    wrote = models.JSONField(default=list)
    undone_at = models.DateTimeField(_("annulé le"), null=True)
    undo_refusal = models.TextField(_("pourquoi ce n'est pas annulé"), blank=True)

    objects: ClassVar[models.Manager["ImportedRow"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne écrite")
        verbose_name_plural = _("lignes écrites")
        ordering = ["id"]
        indexes = [models.Index(fields=["brought", "row"], name="imports_row")]

    def __str__(self) -> str:
        return f"{self.brought_id} {self.row} {self.outcome}"
