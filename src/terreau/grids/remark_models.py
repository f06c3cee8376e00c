"""Remarks of the community on a version of a grid."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor


class Remark(models.Model):
    """What a person of an organisation says of a version or of a criterion; hidden, never lost."""

    grid_version = models.ForeignKey("grids.GridVersion", on_delete=models.PROTECT, related_name="remarks")
    criterion = models.CharField(_("critère"), max_length=60, blank=True)
    text = models.TextField(_("remarque"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("dite le"))
    hidden_at = models.DateTimeField(_("retirée le"), null=True, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hidden_reason = models.CharField(_("motif du retrait"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Remark"]] = models.Manager()

    class Meta:
        app_label = "grids"
        verbose_name = _("remarque sur une grille")
        verbose_name_plural = _("remarques sur une grille")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hidden_at__isnull=True, hidden_by__isnull=True, hidden_reason="")
                | (models.Q(hidden_at__isnull=False) & ~models.Q(hidden_reason="")),
                name="grids_remark_hidden_reason",
                violation_error_message=_("Une remarque retirée a une date et un motif."),
            ),
            models.CheckConstraint(
                condition=~models.Q(text=""),
                name="grids_remark_text",
                violation_error_message=_("Une remarque dit quelque chose."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grid_version_id} {self.pk}"
