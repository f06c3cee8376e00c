"""A datum, a signature or an answer asked of somebody by a personal link, without an account."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.subjects.models import Subject


class Invitation(models.Model):
    """What is asked, of which address. Only the digest of the link is kept.

    ``subject`` asks (a pole), ``about`` is who is asked (one of its members), the pole itself when empty.
    ``asks`` is a list of codes of the catalogue for a datum, else a list of one text.
    """

    class Purpose(models.TextChoices):
        DATUM = "datum", _("une donnée")
        SIGNATURE = "signature", _("une signature")
        ANSWER = "answer", _("une réponse")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="invitations")
    about = models.ForeignKey(
        Subject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("à propos de"),
    )
    purpose = models.CharField(_("objet"), max_length=10, choices=Purpose.choices)
    asks = models.JSONField(_("ce qui est demandé"), default=list)
    message = models.TextField(_("message"), blank=True)
    email = models.EmailField(_("adresse électronique"), max_length=254)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    token_hash = models.CharField(_("empreinte du lien"), max_length=64, unique=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="invitations"
    )
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("rappelée le"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("rappels"), default=0)
    expires_at = models.DateTimeField(_("expire le"))
    revoked_at = models.DateTimeField(_("révoquée le"), null=True, blank=True)
    answered_at = models.DateTimeField(_("répondue le"), null=True, blank=True)
    answer = models.JSONField(_("réponse"), default=dict)

    objects: ClassVar[models.Manager["Invitation"]] = models.Manager()

    class Meta:
        verbose_name = _("demande par lien personnel")
        verbose_name_plural = _("demandes par lien personnel")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True) | models.Q(revoked_at__isnull=True),
                name="census_invitation_answered_or_revoked",
                violation_error_message=_("Une demande révoquée ne reçoit plus de réponse."),
            ),
        ]
        indexes = [models.Index(fields=["subject", "answered_at"], name="census_invitation_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"
