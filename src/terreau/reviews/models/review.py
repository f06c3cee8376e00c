"""A campaign on a version of a grid, and the seats of those who answer in it (R-90, R-94)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.identifiers import uuid7
from terreau.grids.models import GridVersion
from terreau.poles.models import Pole


class Mode(models.TextChoices):
    """Who answers: each member alone, the pole together, or somebody invited."""

    SELF = "self", _("autodiagnostic")
    INTERNAL = "internal", _("co-évaluation interne")
    EXTERNAL = "external", _("co-évaluation externe")


class State(models.TextChoices):
    """Where a campaign is; ``rules.MOVES`` says what leads from one to another."""

    OPEN = "open", _("ouverte")
    DELIVERED = "delivered", _("remise au pôle")
    SIGNED = "signed", _("cosignée")
    CLOSED = "closed", _("close")
    CANCELLED = "cancelled", _("annulée")


class Review(models.Model):
    """A campaign of a pole: on which version of which grid, in which mode, since when, until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="reviews")
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, related_name="reviews")
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.OPEN)
    title = models.CharField(_("titre"), max_length=120)
    words = models.TextField(_("ce que l'on en dit"), blank=True)
    due_on = models.DateField(_("réponses attendues pour le"), null=True, blank=True)
    opened_at = models.DateTimeField(_("ouverte le"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    delivered_at = models.DateTimeField(_("remise le"), null=True)
    closed_at = models.DateTimeField(_("close le"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[models.Manager["Review"]] = models.Manager()

    class Meta:
        verbose_name = _("campagne d'évaluation")
        verbose_name_plural = _("campagnes d'évaluation")
        ordering = ["-opened_at", "id"]
        indexes = [models.Index(fields=["pole", "state"], name="reviews_review_of_pole")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["closed", "cancelled"], closed_at__isnull=False)
                | models.Q(state__in=["open", "delivered", "signed"], closed_at__isnull=True),
                name="reviews_review_closed_has_date",
                violation_error_message=_("Une campagne close a une date de clôture."),
            ),
            models.CheckConstraint(
                condition=models.Q(mode="external") | ~models.Q(state__in=["delivered", "signed"]),
                name="reviews_review_signed_is_external",
                violation_error_message=_("Seule une co-évaluation externe se remet et se cosigne."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.id}"


class Seat(models.Model):
    """Who answers in a campaign: a person (by an account or a personal link), the workshop, the reviewer.

    Only the digest of a personal link is kept. ``actor`` is the organisation for which somebody answers, the
    one invited for a reviewer.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("membre")
        WORKSHOP = "workshop", _("atelier")
        REVIEWER = "reviewer", _("évaluateur invité")

    class Quality(models.TextChoices):
        PEER = "peer", _("pôle pair")
        FUNDER = "funder", _("financeur")
        AUTHORITY = "authority", _("collectivité")
        OTHER = "other", _("autre tiers")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="seats")
    kind = models.CharField(_("nature"), max_length=8, choices=Kind.choices)
    quality = models.CharField(_("qualité"), max_length=9, choices=Quality.choices, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(_("nom"), max_length=120, blank=True)
    email = models.EmailField(_("adresse électronique"), max_length=254, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    token_hash = models.CharField(
        _("empreinte du lien"), max_length=64, null=True, unique=True, editable=False
    )
    expires_at = models.DateTimeField(_("expire le"), null=True)
    added_at = models.DateTimeField(_("ajouté le"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    sent_at = models.DateTimeField(_("envoyé le"), null=True)
    reminded_at = models.DateTimeField(_("rappelé le"), null=True)
    reminders = models.PositiveSmallIntegerField(_("rappels"), default=0)
    accepted_at = models.DateTimeField(_("accepté le"), null=True)
    finished_at = models.DateTimeField(_("terminé le"), null=True)
    revoked_at = models.DateTimeField(_("retiré le"), null=True)
    revoked_because = models.CharField(_("motif"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Seat"]] = models.Manager()

    class Meta:
        verbose_name = _("place dans une campagne")
        verbose_name_plural = _("places dans une campagne")
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "user"],
                condition=models.Q(user__isnull=False, kind="person"),
                name="reviews_seat_once",
                violation_error_message=_("Cette personne répond déjà à cette campagne."),
            ),
            models.UniqueConstraint(
                fields=["review", "kind"],
                condition=models.Q(kind__in=["workshop", "reviewer"]),
                name="reviews_seat_one_workshop",
                violation_error_message=_("Une campagne a un atelier ou un évaluateur, pas deux."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="reviewer")
                | (models.Q(actor__isnull=False) & ~models.Q(quality="")),
                name="reviews_seat_reviewer_is_somebody",
                violation_error_message=_("Un évaluateur est une organisation, avec sa qualité."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
