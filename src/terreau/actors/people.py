"""What ties people to actors: belonging to an organisation, moderating a territory or a network."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from terreau.territories.models import Zone


class BelongingQuerySet(models.QuerySet["Belonging"]):
    def asked(self) -> "BelongingQuerySet":
        """Those that wait for an answer."""
        return self.filter(confirmed_at__isnull=True, refused_at__isnull=True, ended_at__isnull=True)

    def confirmed(self) -> "BelongingQuerySet":
        """Those that give their rights today."""
        return self.filter(confirmed_at__isnull=False, refused_at__isnull=True, ended_at__isnull=True)

    def living(self) -> "BelongingQuerySet":
        """Those that are asked or confirmed."""
        return self.filter(refused_at__isnull=True, ended_at__isnull=True)


class Belonging(models.Model):
    """That a person belongs to an organisation (or a pole, which is an actor): asked, then confirmed.

    States: asked → confirmed → ended, asked → refused, asked → ended (withdrawn). One row lives at a
    time for a person and an actor; the others are history. Only ``actors.belonging`` writes here.
    """

    class Role(models.TextChoices):
        MEMBER = "member", _("membre")
        ANIMATOR = "animator", _("animation")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="belongings")
    actor = models.ForeignKey("actors.Actor", on_delete=models.PROTECT, related_name="belongings")
    role = models.CharField(_("rôle"), max_length=8, choices=Role.choices, default=Role.MEMBER)
    asked_at = models.DateTimeField(_("demandé le"))
    message = models.CharField(_("message"), max_length=500, blank=True)
    confirmed_at = models.DateTimeField(_("confirmé le"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    refused_at = models.DateTimeField(_("refusé le"), null=True, blank=True)
    reason = models.CharField(_("motif"), max_length=500, blank=True)
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    objects: ClassVar[BelongingQuerySet] = BelongingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("appartenance à une organisation")
        verbose_name_plural = _("appartenances à une organisation")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "actor"],
                condition=Q(refused_at__isnull=True, ended_at__isnull=True),
                name="actors_belongs_once",
                violation_error_message=_("Cette personne a déjà demandé à rejoindre cette organisation."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="actors_confirmed_by_somebody",
                violation_error_message=_("Une confirmation a une date et un auteur."),
            ),
            models.CheckConstraint(
                condition=Q(refused_at__isnull=True)
                | (Q(confirmed_at__isnull=True, ended_at__isnull=True) & ~Q(reason="")),
                name="actors_refusal_has_reason",
                violation_error_message=_("Un refus a un motif, et ne suit pas une confirmation."),
            ),
        ]
        indexes = [models.Index(fields=["actor", "role"], name="actors_belonging_actor")]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.actor_id} ({self.role})"

    @property
    def state(self) -> str:
        """Return ``refused``, ``ended``, ``confirmed`` or ``asked``."""
        if self.refused_at:
            return "refused"
        if self.ended_at:
            return "ended"
        return "confirmed" if self.confirmed_at else "asked"


class ModerationQuerySet(models.QuerySet["Moderation"]):
    def held_on(self, day: object) -> "ModerationQuerySet":
        """Those in force on a day."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


class Moderation(models.Model):
    """That a person moderates a department, a region or a network (R-09, R-66), named by an administrator.

    Exactly one of ``zone`` and ``network``. The zone holds whatever the year of the COG: successive
    years of one territory share a subject.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="moderations")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    network = models.ForeignKey(
        "actors.Actor", on_delete=models.PROTECT, null=True, blank=True, related_name="moderations"
    )
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[ModerationQuerySet] = ModerationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("modération d'un territoire ou d'un réseau")
        verbose_name_plural = _("modérations d'un territoire ou d'un réseau")
        ordering = ["user", "valid_from", "id"]
        constraints = [
            # Ended the day it began: never held. An end is at once.
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="actors_moderation_ends_after",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
            models.CheckConstraint(
                condition=Q(zone__isnull=True, network__isnull=False)
                | Q(zone__isnull=False, network__isnull=True),
                name="actors_moderation_of_one_thing",
                violation_error_message=_("On modère un territoire ou un réseau, l'un des deux."),
            ),
            models.UniqueConstraint(
                fields=["user", "zone"],
                condition=Q(valid_to__isnull=True, zone__isnull=False),
                name="actors_moderates_zone_once",
                violation_error_message=_("Cette personne modère déjà ce territoire."),
            ),
            models.UniqueConstraint(
                fields=["user", "network"],
                condition=Q(valid_to__isnull=True, network__isnull=False),
                name="actors_moderates_network_once",
                violation_error_message=_("Cette personne modère déjà ce réseau."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} modère {self.zone_id or self.network_id}"
