"""How an actor joins a pole: from a note of intent to the charter; and what a member agrees to share."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.governance.models.body import Statute
from terreau.governance.models.meeting import Decision
from terreau.poles.models import Pole


class Admission(models.Model):
    """The path of an actor towards a pole: intention, visit, file, decision, charter."""

    class Step(models.TextChoices):
        INTENTION = "intention", _("intention")
        VISIT = "visit", _("visite")
        FILE = "file", _("dossier")
        DECISION = "decision", _("décision")
        CHARTER = "charter", _("charte")
        ADMITTED = "admitted", _("membre")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="admissions")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="admissions")
    step = models.CharField(_("étape"), max_length=10, choices=Step.choices, default=Step.INTENTION)
    intention = models.TextField(_("note d'intention"))
    brings = models.TextField(_("ce que nous apportons"), blank=True)
    expects = models.TextField(_("ce que nous attendons"), blank=True)
    circle = models.CharField(_("cercle demandé"), max_length=12, blank=True)
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="admissions"
    )
    #: The version of the charter, of the statutes or of the rules that the newcomer accepted.
    accepted = models.ForeignKey(
        Statute, on_delete=models.PROTECT, null=True, blank=True, related_name="admissions"
    )
    asked_at = models.DateTimeField(_("demandée le"), default=timezone.now, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Admission"]] = models.Manager()

    class Meta:
        verbose_name = _("demande d'adhésion")
        verbose_name_plural = _("demandes d'adhésion")
        ordering = ["pole", "-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "actor"],
                condition=~Q(step__in=["admitted", "refused", "withdrawn"]),
                name="governance_one_admission",
                violation_error_message=_("Cette organisation a déjà une demande en cours."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} → {self.pole_id} ({self.step})"


class AdmissionMove(models.Model):
    """A step of an admission: who, when, what was seen or said, why."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=10, choices=Admission.Step.choices, blank=True)
    after = models.CharField(max_length=10, choices=Admission.Step.choices)
    on = models.DateField(_("le"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["AdmissionMove"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'une adhésion")
        verbose_name_plural = _("étapes des adhésions")
        ordering = ["admission", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(after="refused") | ~Q(note=""),
                name="governance_admission_refusal_has_reason",
                violation_error_message=_("Un refus a un motif."),
            ),
            AppendOnly(name="governance_admission_move_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.admission_id} {self.after}"


class Consent(models.Model):
    """What a member lets its pole see of its own data, datum by datum, from a day to another (R-08).

    ``what``: a code of the catalogue of facts, or a heading of the workspace. Ended, never deleted.
    """

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="consents")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="consents")
    what = models.CharField(_("donnée"), max_length=60)
    given_at = models.DateTimeField(_("donné le"), default=timezone.now, editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("repris le"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager["Consent"]] = models.Manager()

    class Meta:
        verbose_name = _("consentement d'un membre")
        verbose_name_plural = _("consentements des membres")
        ordering = ["pole", "actor", "what", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "actor", "what"],
                condition=Q(ended_at__isnull=True),
                name="governance_consent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} → {self.pole_id} {self.what}"
