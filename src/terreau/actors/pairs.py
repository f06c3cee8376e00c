"""Two actors that may be one, and what a person decided of them: the decision is kept."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.subjects.models import MergeRecord


class Pair(models.Model):
    """A suspicion that two actors are one. States: waiting → same → waiting (undone), waiting → different.

    Only ``actors.duplicates`` writes here. ``one`` has the smaller identifier, so that a pair is there once.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("à décider")
        SAME = "same", _("le même acteur")
        DIFFERENT = "different", _("deux acteurs différents")

    one = models.ForeignKey("actors.Actor", on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey("actors.Actor", on_delete=models.PROTECT, related_name="+")
    reasons = models.JSONField(_("ce qui les rapproche"), default=list)
    score = models.PositiveSmallIntegerField(_("ressemblance"), default=0)
    found_at = models.DateTimeField(_("trouvée le"), auto_now_add=True)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("décidée le"), null=True)
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    merge = models.ForeignKey(MergeRecord, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Pair"]] = models.Manager()

    class Meta:
        verbose_name = _("doublon possible")
        verbose_name_plural = _("doublons possibles")
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other"],
                name="actors_pair_once",
                violation_error_message=_("Ces deux acteurs sont déjà rapprochés."),
            ),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")),
                name="actors_pair_in_order",
                violation_error_message=_("Le premier acteur d'une paire a le plus petit identifiant."),
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(decided_at__isnull=False) & ~models.Q(reason="")),
                name="actors_pair_decided_with_reason",
                violation_error_message=_("Une décision a une date et un motif."),
            ),
            models.CheckConstraint(
                condition=models.Q(state="same", merge__isnull=False)
                | (~models.Q(state="same") & models.Q(merge__isnull=True)),
                name="actors_pair_same_is_merged",
                violation_error_message=_("Deux acteurs dits les mêmes sont fusionnés."),
            ),
        ]
        indexes = [models.Index(fields=["state", "-score"], name="actors_pair_state")]

    def __str__(self) -> str:
        return f"{self.one_id} ? {self.other_id}"
