"""A charter, what is being written of it, and its published texts, which never change."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7


class Charter(models.Model):
    """A charter of an actor; without an owner, it is kept by those who administer the site (a slot)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(_("mot de l'adresse"), max_length=80, unique=True)
    owner = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="charters")
    title_fr = models.CharField(_("titre"), max_length=200)
    title_en = models.CharField(_("titre en anglais"), max_length=200, blank=True)
    public = models.BooleanField(_("publique"), default=False)
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Charter"]] = models.Manager()

    class Meta:
        verbose_name = _("charte")
        verbose_name_plural = _("chartes")
        ordering = ["title_fr", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the language of the page, in French when there is no other."""
        return (self.title_en if get_language() == "en" else "") or self.title_fr

    @property
    def title_language(self) -> str:
        """The language in which ``title`` is written."""
        return "en" if get_language() == "en" and self.title_en else "fr"


class Draft(models.Model):
    """The text being written: ``content`` has the shape of ``rules.Content.as_json``."""

    charter = models.OneToOneField(Charter, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    label = models.CharField(_("version"), max_length=20, blank=True)
    content = models.JSONField(_("texte"), default=dict)
    note = models.CharField(_("ce qui change"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(_("changé le"), auto_now=True)

    objects: ClassVar[models.Manager["Draft"]] = models.Manager()

    class Meta:
        verbose_name = _("texte en cours d'écriture")
        verbose_name_plural = _("textes en cours d'écriture")

    def __str__(self) -> str:
        return f"{self.charter_id} {self.label}"


class Text(models.Model):
    """A published version. The database refuses to change it: what was signed stays what it was.

    ``sha256`` is that of the canonical JSON of code, label and ``content``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="texts")
    rank = models.PositiveSmallIntegerField()
    label = models.CharField(_("version"), max_length=20)
    content = models.JSONField(_("texte"))
    note = models.CharField(_("ce qui change"), max_length=500, blank=True)
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField(_("publiée le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Text"]] = models.Manager()

    class Meta:
        verbose_name = _("texte d'une charte")
        verbose_name_plural = _("textes des chartes")
        ordering = ["charter", "-rank"]
        constraints = [
            models.UniqueConstraint(fields=["charter", "rank"], name="charters_text_rank"),
            models.UniqueConstraint(
                fields=["charter", "label"],
                name="charters_text_label",
                violation_error_message=_("Cette charte a déjà une version de ce nom."),
            ),
            AppendOnly(name="charters_text_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.charter_id} {self.label}"
