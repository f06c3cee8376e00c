"""What a pole says of itself on a grid: its answers in time, what supports them, what it shows."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.facts.models import Fact
from terreau.grids.models import Grid, GridVersion
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.reviews.models.answers import LEVELED, Leveled, leveled
from terreau.reviews.models.review import Review


class Stance(Leveled):
    """The answer of a pole to an item, until another supersedes it; never changed nor removed otherwise.

    ``review`` is the campaign that it comes from.
    """

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="stances")
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="stances")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("retenu le"))
    superseded_at = models.DateTimeField(_("remplacé le"), null=True)

    objects: ClassVar[models.Manager["Stance"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse du pôle")
        verbose_name_plural = _("réponses du pôle")
        ordering = ["pole", "id"]
        indexes = [models.Index(fields=["pole", "superseded_at"], name="reviews_stance_of_pole")]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "grid_version", "criterion"],
                condition=models.Q(superseded_at__isnull=True),
                name="reviews_stance_one_at_a_time",
                violation_error_message=_("Le pôle a une réponse à la fois pour un item."),
            ),
            *leveled("stance"),
            FrozenOnce(
                once="at",
                fields=["pole", "grid_version", "review", *LEVELED],
                name="reviews_stance_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.criterion}"


class Evidence(models.Model):
    """What supports a pole's answer to an item: one of its facts, or a piece; one piece may serve many items.

    Until ``shared`` is said, a private piece is named to nobody outside the pole.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="evidence")
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, related_name="+")
    criterion = models.CharField(_("item"), max_length=60)
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, null=True, related_name="+")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, related_name="+")
    shared = models.BooleanField(_("montrée à qui nous évalue"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("ajoutée le"))
    removed_at = models.DateTimeField(_("retirée le"), null=True)

    objects: ClassVar[models.Manager["Evidence"]] = models.Manager()

    class Meta:
        verbose_name = _("appui d'une réponse")
        verbose_name_plural = _("appuis des réponses")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fact__isnull=True, piece__isnull=False)
                | models.Q(fact__isnull=False, piece__isnull=True),
                name="reviews_evidence_fact_or_piece",
                violation_error_message=_("Un appui est un fait ou une pièce."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.criterion}"


class Shown(models.Model):
    """What a pole shows of its situation on a grid: axes, and with them targets and first steps or not."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="shown_situations")
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+")
    axes = models.JSONField(_("axes"), default=list)
    targets = models.BooleanField(_("où nous voulons aller"), default=False)
    steps = models.BooleanField(_("premiers pas"), default=False)
    progress = models.BooleanField(_("progression"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("choisi le"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Shown"]] = models.Manager()

    class Meta:
        verbose_name = _("situation montrée")
        verbose_name_plural = _("situations montrées")
        ordering = ["pole", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "grid"],
                name="reviews_shown_once",
                violation_error_message=_("Ce pôle a déjà choisi ce qu'il montre."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.grid_id}"
