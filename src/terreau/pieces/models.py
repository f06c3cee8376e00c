"""What supports a statement: files kept by their content, and citations of documents."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

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
