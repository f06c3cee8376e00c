"""One identity for whatever can be described, cited, searched or followed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7


class SubjectQuerySet(models.QuerySet["Subject"]):
    def living(self) -> "SubjectQuerySet":
        """Subjects neither closed nor merged into another."""
        return self.filter(closed_at__isnull=True, merged_into__isnull=True)

    def public(self) -> "SubjectQuerySet":
        """Living subjects that a stranger may see."""
        return self.living().filter(public=True)


class Subject(models.Model):
    """The identity of an actor, a territory, a place, a project… Never deleted: closed or merged."""

    class Kind(models.TextChoices):
        ACTOR = "actor", _("acteur")
        POLE = "pole", _("pôle")
        TERRITORY = "territory", _("territoire")
        PERIMETER = "perimeter", _("périmètre")
        PLACE = "place", _("lieu")
        PROJECT = "project", _("projet")
        COOPERATION = "cooperation", _("coopération")
        DOSSIER = "dossier", _("dossier")
        SITE = "site", _("site")
        IMPORT = "import", _("import")
        DECISION = "decision", _("décision")
        MEANS = "means", _("moyen partagé")
        TENDER = "tender", _("réponse à un appel d'offres")
        ACTIVITY = "activity", _("activité")
        NEED = "need", _("besoin ou ressource")
        PURCHASE = "purchase", _("achat groupé")
        PROGRAMME = "programme", _("programme")
        CALL = "call", _("appel")
        LABEL = "label", _("label")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("nature"), max_length=20, choices=Kind.choices)
    public = models.BooleanField(_("public"), default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    closed_at = models.DateTimeField(_("fermé le"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closing_reason = models.TextField(_("motif de la fermeture"), blank=True)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Subject"]] = SubjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("sujet")
        verbose_name_plural = _("sujets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="subjects_not_merged_into_itself",
                violation_error_message=_("Un sujet ne peut pas être fusionné avec lui-même."),
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, closed_by__isnull=True, closing_reason="")
                | (models.Q(closed_at__isnull=False) & ~models.Q(closing_reason="")),
                name="subjects_closed_has_reason",
                violation_error_message=_("Une fermeture a une date et un motif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class MergeRecord(models.Model):
    """Who merged what into what, when and why, so that it can be undone."""

    loser = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="merges_lost")
    winner = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="merges_won")
    reason = models.TextField(_("motif"))
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("défait le"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("fusion")
        verbose_name_plural = _("fusions")
        constraints = [
            models.UniqueConstraint(
                fields=["loser"],
                condition=models.Q(undone_at__isnull=True),
                name="subjects_merged_once_at_a_time",
                violation_error_message=_("Ce sujet est déjà fusionné."),
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="subjects_merge_has_reason",
                violation_error_message=_("Une fusion a un motif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.winner_id}"
