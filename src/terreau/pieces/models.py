"""What supports a statement: files kept by their content, and citations of documents."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.subjects.models import Subject


class Blob(models.Model):
    """The bytes of a file, kept once under their SHA-256 in the data folder."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveBigIntegerField(_("taille"))
    media_type = models.CharField(_("type reconnu"), max_length=100)
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("contenu")
        verbose_name_plural = _("contenus")

    def __str__(self) -> str:
        return self.sha256[:12]


class Piece(models.Model):
    """A file attached to a subject; private unless said public.

    ``scanner`` is what scanned it and its signatures, as it says them; empty where none is set. ``reason`` is
    what was found in a refused piece.
    """

    class State(models.TextChoices):
        QUARANTINE = "quarantine", _("en quarantaine")
        CLEAN = "clean", _("disponible")
        REFUSED = "refused", _("refusée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="pieces")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="pieces")
    name = models.CharField(_("nom"), max_length=200)
    state = models.CharField(_("état"), max_length=12, choices=State.choices, default=State.QUARANTINE)
    public = models.BooleanField(_("publique"), default=False)
    added_at = models.DateTimeField(_("ajoutée le"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    scanned_at = models.DateTimeField(_("analysée le"), null=True, blank=True)
    scanner = models.CharField(_("analysée par"), max_length=120, blank=True)
    reason = models.CharField(_("motif du refus"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("pièce")
        verbose_name_plural = _("pièces")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="refused", reason__gt="")
                | (~models.Q(state="refused") & models.Q(reason="")),
                name="pieces_refused_has_reason",
                violation_error_message=_("Une pièce refusée a un motif, et elle seule."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where a statement comes from: a document and a place in it, a dated page, a piece, a person's word."""

    class Kind(models.TextChoices):
        SEED = "seed", _("document de référence")
        PAGE = "page", _("page publique")
        LAW = "law", _("texte officiel")
        REGISTER = "register", _("répertoire officiel")
        PIECE = "piece", _("pièce")
        DECLARATION = "declaration", _("déclaration")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices)
    code = models.CharField(_("repère du document"), max_length=60)
    document = models.CharField(_("document"), max_length=300)
    section = models.CharField(_("endroit"), max_length=300, blank=True)
    url = models.URLField(_("adresse"), max_length=500, blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="sources")
    published_on = models.DateField(_("publié le"), null=True, blank=True)
    published_precision = models.CharField(max_length=5, default="day")
    consulted_on = models.DateField(_("consulté le"), null=True, blank=True)
    to_check = models.BooleanField(_("à vérifier"), default=False)

    objects: ClassVar[models.Manager["Source"]] = models.Manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["document", "section", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code", "section"],
                name="pieces_source_once",
                violation_error_message=_("Cette source existe déjà."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, {self.section}" if self.section else self.document


class Document(models.Model):
    """A document filed once for a subject (a pole) and cited wherever it serves; never deleted.

    ``editions`` are its files, the last one in force. ``audience`` says who reads it; the rooms above say who
    these people are.
    """

    class Audience(models.TextChoices):
        PEOPLE = "people", _("les personnes du pôle")
        ANIMATORS = "animators", _("qui anime le pôle")
        PUBLIC = "public", _("tout le monde")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(_("titre"), max_length=200)
    audience = models.CharField(
        _("qui le lit"), max_length=9, choices=Audience.choices, default=Audience.PEOPLE
    )
    filed_at = models.DateTimeField(_("déposé le"), default=timezone.now, editable=False)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True, editable=False)
    withdrawn_why = models.CharField(_("motif du retrait"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Document"]] = models.Manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-filed_at", "id"]
        indexes = [models.Index(fields=["subject", "-filed_at"], name="pieces_document_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_why="")
                | models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawn_why=""),
                name="pieces_withdrawn_has_reason",
                violation_error_message=_("Un document retiré a un motif."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Edition(models.Model):
    """A version of a document: its file, what changes; the ones before stay as they were."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField(_("version"))
    piece = models.OneToOneField(Piece, on_delete=models.PROTECT, related_name="edition")
    note = models.CharField(_("ce qui change"), max_length=300, blank=True)
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Edition"]] = models.Manager()

    class Meta:
        verbose_name = _("version d'un document")
        verbose_name_plural = _("versions d'un document")
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="pieces_edition_once"),
            AppendOnly(name="pieces_edition_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.number}"


class DocumentLink(models.Model):
    """A document cited by a subject: a project, a decision, a shared room. Ended, never deleted."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="links")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="document_links")
    note = models.CharField(_("à quel propos"), max_length=200, blank=True)
    at = models.DateTimeField(_("cité le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("jusqu'au"), null=True, blank=True)

    objects: ClassVar[models.Manager["DocumentLink"]] = models.Manager()

    class Meta:
        verbose_name = _("citation d'un document")
        verbose_name_plural = _("citations de documents")
        ordering = ["document", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "subject"],
                condition=models.Q(ended_at__isnull=True),
                name="pieces_cited_once",
                violation_error_message=_("Ce document y est déjà cité."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} → {self.subject_id}"
