"""Changes that somebody proposes to a sheet; who keeps the sheet accepts them item by item."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7
from terreau.pieces.models import Piece
from terreau.subjects.models import Subject


class Proposal(models.Model):
    """What somebody proposes: ``items`` = ``[{"field", "old", "new", "source", "status", "reason"}]``.

    ``old`` is what the sheet said when the proposal was written, so that a sheet that has moved since is
    shown three ways. The status of an item is ``open``, ``accepted`` or ``refused``.
    """

    class State(models.TextChoices):
        OPEN = "open", _("en attente")
        ACCEPTED = "accepted", _("acceptée")
        PARTLY = "partly", _("acceptée en partie")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="proposals")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="proposals"
    )
    contact = models.EmailField(_("adresse électronique"), max_length=254, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    token_hash = models.CharField(_("empreinte du lien"), max_length=64, unique=True, editable=False)
    base_version = models.PositiveIntegerField(_("version de la fiche"))
    items = models.JSONField(_("changements"), default=list)
    message = models.TextField(_("message"), blank=True)
    piece = models.ForeignKey(
        Piece,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pièce jointe"),
    )
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("proposée le"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True)
    reason = models.TextField(_("réponse"), blank=True)

    objects: ClassVar[models.Manager["Proposal"]] = models.Manager()

    class Meta:
        verbose_name = _("proposition de modification")
        verbose_name_plural = _("propositions de modification")
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="census_proposal_decided_at",
                violation_error_message=_("Une décision a une date."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["refused", "partly"]) | ~models.Q(reason=""),
                name="census_proposal_refusal_has_reason",
                violation_error_message=_("Un refus a un motif."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="census_proposal_waiting"),
            models.Index(fields=["subject", "state"], name="census_proposal_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.state}"
