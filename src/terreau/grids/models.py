"""Grids, their versions that never change once published, and what people say under them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.subjects.models import Subject


class Nature(models.TextChoices):
    """What a grid is for."""

    CRITERIA = "criteria", _("critères")
    DEFINITION = "definition", _("définition")
    ELIGIBILITY = "eligibility", _("conditions d'éligibilité")
    STATUS = "status", _("qualité reconnue par un texte")
    SCALE = "scale", _("grille de questions")
    CHARTER = "charter", _("charte")


class GridQuerySet(models.QuerySet["Grid"]):
    def seen_by_all(self) -> "GridQuerySet":
        """Grids that a stranger may read."""
        return self.filter(public=True)


class Grid(models.Model):
    """A grid by its code, whatever its versions. ``owner`` holds it; a shipped one has none in the register.

    A grid without version is a place kept for a text that we do not hold: ``awaited`` says what is
    waited for, in both languages (empty otherwise). Nature, subject, title and owner's name are those of
    the version published last, or of the place kept.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.JSONField(_("titre"))
    nature = models.CharField(_("nature"), max_length=12, choices=Nature.choices)
    subject_kind = models.CharField(_("ce qu'elle apprécie"), max_length=8, default="pole")
    owner = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="grids")
    owner_name = models.CharField(_("qui en est l'auteur"), max_length=200, blank=True)
    shipped = models.BooleanField(_("fournie avec Terreau"), default=False)
    public = models.BooleanField(_("publique"), default=False)
    awaited = models.JSONField(_("texte attendu"), default=dict, blank=True)
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager["Grid"]] = GridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grille")
        verbose_name_plural = _("grilles")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject_kind__in=["pole", "actor"]),
                name="grids_grid_subject_kind",
                violation_error_message=_("Une grille apprécie un pôle ou un acteur."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class GridVersion(models.Model):
    """A version of a grid: free while a draft, for ever as it is once published, then perhaps withdrawn.

    ``text`` is the YAML as deposited, ``content`` what it says (JSON), ``digest`` the SHA-256 of the
    canonical JSON of ``content``: another layout or a comment changes no digest. ``revision`` counts
    the writings of a draft (stale writes). Valid from ``valid_from`` included to ``valid_to`` excluded.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        PUBLISHED = "published", _("publiée")
        WITHDRAWN = "withdrawn", _("retirée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=40)
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.DRAFT)
    text = models.TextField(_("texte déposé"))
    content = models.JSONField(_("contenu"))
    digest = models.CharField(_("empreinte"), max_length=64)
    valid_from = models.DateField(_("en vigueur depuis"), null=True, blank=True)
    valid_to = models.DateField(_("en vigueur jusqu'au"), null=True, blank=True)
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    note = models.TextField(_("ce qui change"), blank=True)
    created_at = models.DateTimeField(_("déposée le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("motif du retrait"), blank=True)

    objects: ClassVar[models.Manager["GridVersion"]] = models.Manager()

    class Meta:
        verbose_name = _("version d'une grille")
        verbose_name_plural = _("versions d'une grille")
        ordering = ["grid", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "version"],
                name="grids_version_once",
                violation_error_message=_("Cette version existe déjà."),
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", published_at__isnull=True)
                | (~models.Q(state="draft") & models.Q(published_at__isnull=False)),
                name="grids_version_published_dated",
                violation_error_message=_("Une version publiée a une date de publication."),
            ),
            models.CheckConstraint(
                condition=(~models.Q(state="withdrawn") & models.Q(withdrawn_at__isnull=True))
                | (models.Q(state="withdrawn", withdrawn_at__isnull=False) & ~models.Q(withdrawn_reason="")),
                name="grids_version_withdrawn_reason",
                violation_error_message=_("Une version retirée a une date et un motif."),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="grids_version_ends_after",
                violation_error_message=_("La fin doit suivre le début."),
            ),
            FrozenOnce(
                once="published_at",
                fields=["grid", "version", "text", "content", "digest", "valid_from", "valid_to"],
                name="grids_version_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grid_id}@{self.version}"


class Word(models.Model):
    """What a person says under a version of a grid: never changed, superseded by a later word.

    ``decides`` when the person is entitled to decide; otherwise it is an opinion, shown beside. The day
    ``on`` is that from which the word holds. Each chain has one first word, and a word is superseded
    once: of two people who speak at the same time, the second is told of the first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, related_name="%(class)ss")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="grid_%(class)ss")
    criterion = models.CharField(_("critère"), max_length=60)
    reason = models.TextField(_("motif"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    quality = models.CharField(_("en quelle qualité"), max_length=120, blank=True)
    on = models.DateField(_("vaut à partir du"))
    at = models.DateTimeField(_("dit le"))
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    class Meta:
        abstract = True


class Judgement(Word):
    """Somebody's answer to a criterion; an empty answer takes the word back."""

    class Value(models.TextChoices):
        YES = "oui", _("oui")
        NO = "non", _("non")
        TO_CHECK = "a_verifier", _("à vérifier")
        TAKEN_BACK = "", _("repris")

    answer = models.CharField(_("réponse"), max_length=10, choices=Value.choices, blank=True)
    decides = models.BooleanField(_("décide"), default=True)

    objects: ClassVar[models.Manager["Judgement"]] = models.Manager()

    class Meta:
        verbose_name = _("jugement")
        verbose_name_plural = _("jugements")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="grids_judgement_reason",
                violation_error_message=_("Un jugement a un motif."),
            ),
            models.UniqueConstraint(
                fields=["grid_version", "subject", "criterion"],
                condition=models.Q(supersedes__isnull=True, decides=True),
                name="grids_judgement_first",
            ),
            models.UniqueConstraint(
                fields=["grid_version", "subject", "criterion", "by"],
                condition=models.Q(supersedes__isnull=True, decides=False),
                name="grids_opinion_first",
            ),
            AppendOnly(name="grids_judgement_append_only"),
        ]
        indexes = [models.Index(fields=["subject", "grid_version"], name="grids_judgement_subject")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.criterion} {self.answer}"


class Lift(Word):
    """An exclusion set aside by a person, with the reason that stays; ``lifted`` False puts it back."""

    lifted = models.BooleanField(_("levée"), default=True)

    objects: ClassVar[models.Manager["Lift"]] = models.Manager()

    class Meta:
        verbose_name = _("levée d'exclusion")
        verbose_name_plural = _("levées d'exclusion")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="grids_lift_reason",
                violation_error_message=_("Une levée d'exclusion a un motif."),
            ),
            models.UniqueConstraint(
                fields=["grid_version", "subject", "criterion"],
                condition=models.Q(supersedes__isnull=True),
                name="grids_lift_first",
            ),
            AppendOnly(name="grids_lift_append_only"),
        ]
        indexes = [models.Index(fields=["subject", "grid_version"], name="grids_lift_subject")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.criterion}"


from terreau.grids.remark_models import Remark  # noqa: E402 - stands beside, points here

__all__ = ["Grid", "GridVersion", "Judgement", "Lift", "Nature", "Remark", "Word"]
