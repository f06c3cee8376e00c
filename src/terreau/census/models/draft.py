"""A first entry that is being written, left and found again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole


class Draft(models.Model):
    """What somebody has typed so far: of a person who signed in, or of who holds the private link."""

    class Kind(models.TextChoices):
        POLE = "pole", _("inscription d'un pôle")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices, default=Kind.POLE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts"
    )
    token_hash = models.CharField(_("empreinte du lien"), max_length=64, blank=True, editable=False)
    data = models.JSONField(_("saisie"), default=dict)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("commencé le"), auto_now_add=True)
    updated_at = models.DateTimeField(_("modifié le"), auto_now=True)
    expires_at = models.DateTimeField(_("expire le"))
    submitted_at = models.DateTimeField(_("déposé le"), null=True, blank=True)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, null=True, blank=True, related_name="drafts")

    objects: ClassVar[models.Manager["Draft"]] = models.Manager()

    class Meta:
        verbose_name = _("brouillon")
        verbose_name_plural = _("brouillons")
        ordering = ["-updated_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(token_hash=""),
                name="census_draft_is_someones",
                violation_error_message=_("Un brouillon appartient à une personne ou à qui en a le lien."),
            ),
            models.UniqueConstraint(
                fields=["token_hash"],
                condition=~models.Q(token_hash=""),
                name="census_draft_one_link",
            ),
            models.CheckConstraint(
                condition=models.Q(pole__isnull=True) | models.Q(submitted_at__isnull=False),
                name="census_draft_pole_when_submitted",
                violation_error_message=_("Seul un brouillon déposé devient un pôle."),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="census_draft_expiry")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
