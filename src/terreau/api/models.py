"""Tokens of the API: an organisation's key, with what it may do and until when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.identifiers import uuid7


class ApiToken(models.Model):
    """A token of an organisation. Only the digest of its secret is kept: nobody can read it again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="api_tokens")
    label = models.CharField(_("usage"), max_length=120, blank=True)
    digest = models.CharField(_("empreinte du secret"), max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("droits"), default=list)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_on = models.DateField(_("expire le"), help_text=_("Premier jour où il n'ouvre plus rien."))
    last_used_on = models.DateField(_("dernier usage"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("révoqué le"), null=True, blank=True)
    revoking_reason = models.CharField(_("motif de la révocation"), max_length=200, blank=True)

    objects: ClassVar[models.Manager["ApiToken"]] = models.Manager()

    class Meta:
        verbose_name = _("jeton de l'API")
        verbose_name_plural = _("jetons de l'API")
        ordering = ["expires_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="api_token_keeps_a_digest",
                violation_error_message=_("Seule l'empreinte du secret est gardée."),
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revoking_reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoking_reason="")),
                name="api_token_revoked_has_reason",
                violation_error_message=_("Une révocation a un motif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.expires_on}"
