"""Messages to people: shown in the page, gathered in an e-mail digest, as often as each chose."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.subjects.models import Subject


class Rhythm(models.TextChoices):
    """How often a person receives the digest."""

    DAILY = "daily", _("au plus une fois par jour")
    WEEKLY = "weekly", _("une fois par semaine")
    NEVER = "never", _("jamais : je lis mes messages sur le site")


class Notice(models.Model):
    """One message to one person about one subject."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="notices")
    kind = models.CharField(_("nature"), max_length=40)
    text = models.CharField(_("message"), max_length=500)
    path = models.CharField(_("adresse dans le site"), max_length=300, blank=True)
    at = models.DateTimeField(_("le"))
    read_at = models.DateTimeField(_("lu le"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)
    digest = models.UUIDField(_("envoi"), null=True, blank=True)
    dedupe = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("avis de message")
        verbose_name_plural = _("avis de message")
        ordering = ["-at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["to", "dedupe"],
                condition=~models.Q(dedupe=""),
                name="notices_said_once",
            ),
        ]
        indexes = [models.Index(fields=["to", "read_at", "-at"], name="notices_inbox")]

    def __str__(self) -> str:
        return self.text


class Preference(models.Model):
    """How often a person receives the digest, and what they said they had seen; no row, every day.

    ``since``: messages of before are not mailed, so that who comes back is not sent what they missed on
    purpose. ``seen_at``: what changed in the poles of the person was seen up to then.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notice_preference",
    )
    rhythm = models.CharField(_("rythme"), max_length=6, choices=Rhythm.choices, default=Rhythm.DAILY)
    since = models.DateTimeField(_("à compter de"), null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("vu jusqu'au"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Preference"]] = models.Manager()

    class Meta:
        verbose_name = _("choix d'envoi")
        verbose_name_plural = _("choix d'envoi")

    def __str__(self) -> str:
        return f"{self.user_id} {self.rhythm}"
