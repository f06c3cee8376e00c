"""What follows an agreement: reports that are due, meetings, the shared evaluation, what it concludes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.dossiers.models import Dossier
from terreau.grids.models import GridVersion
from terreau.reviews.models import Review

_USER = settings.AUTH_USER_MODEL


class ReportSchedule(models.Model):
    """A report that is due, when. ``months``: so many after ``anchor_on``, the agreement's day."""

    class Kind(models.TextChoices):
        INTERMEDIATE = "intermediate", _("rapport d'étape")
        FINAL = "final", _("rapport final")
        FINANCIAL = "financial", _("compte rendu financier")
        OTHER = "other", _("autre document")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="report_schedules")
    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("intitulé"), max_length=160, blank=True)
    asked = models.TextField(_("ce qui est demandé"), blank=True)
    anchor_on = models.DateField(_("date de la convention"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("mois après"), null=True, blank=True)
    due_on = models.DateField(_("attendu pour le"))
    dropped_at = models.DateTimeField(_("annulé le"), null=True, blank=True)
    drop_reason = models.CharField(_("motif"), max_length=300, blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("inscrit le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["ReportSchedule"]] = models.Manager()

    class Meta:
        verbose_name = _("rapport attendu")
        verbose_name_plural = _("rapports attendus")
        ordering = ["dossier", "due_on", "id"]
        indexes = [models.Index(fields=["due_on"], name="followup_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "kind", "due_on"],
                condition=Q(dropped_at=None),
                name="followup_schedule_once",
                violation_error_message=_("Ce rapport est déjà demandé pour ce jour."),
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None, drop_reason="")
                | Q(dropped_at__isnull=False) & ~Q(drop_reason=""),
                name="followup_dropped_says_why",
                violation_error_message=_("Dites pourquoi ce rapport n'est plus demandé."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.kind} {self.due_on}"

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or str(self.get_kind_display())


class Report(models.Model):
    """What the beneficiary writes for a report: saved as it is written, sent, given back or accepted."""

    class State(models.TextChoices):
        DRAFT = "draft", _("en cours d'écriture")
        SENT = "sent", _("envoyé")
        RETURNED = "returned", _("à compléter")
        ACCEPTED = "accepted", _("accepté")

    schedule = models.OneToOneField(
        ReportSchedule, on_delete=models.PROTECT, primary_key=True, related_name="report"
    )
    state = models.CharField(_("état"), max_length=8, choices=State.choices, default=State.DRAFT)
    done = models.TextField(_("ce qui a été fait"), blank=True)
    gaps = models.TextField(_("ce qui a changé, ce qui a manqué"), blank=True)
    coming = models.TextField(_("la suite"), blank=True)
    money = models.TextField(_("ce qui a été dépensé, et par qui payé"), blank=True)
    #: Codes of the figures that the beneficiary does not join.
    left_out = models.JSONField(_("chiffres non joints"), default=list, blank=True)
    sent_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)
    answer = models.TextField(_("réponse de l'instruction"), blank=True)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    answered_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Report"]] = models.Manager()

    class Meta:
        verbose_name = _("rapport")
        verbose_name_plural = _("rapports")
        ordering = ["schedule"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(sent_at__isnull=False),
                name="followup_report_sent_has_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(answer=""),
                name="followup_report_returned_says_why",
                violation_error_message=_("Dites ce qu'il faut compléter."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.state}"


class ReportSending(models.Model):
    """A report as it was sent, figures included: canonical JSON and its SHA-256. Never changed."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="sendings")
    number = models.PositiveIntegerField(_("numéro"))
    content = models.JSONField(_("contenu"))
    digest = models.CharField(_("empreinte"), max_length=64)
    at = models.DateTimeField(_("envoyé le"), default=timezone.now)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["ReportSending"]] = models.Manager()

    class Meta:
        verbose_name = _("envoi d'un rapport")
        verbose_name_plural = _("envois des rapports")
        ordering = ["report", "number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="followup_sending_once"),
            AppendOnly(name="followup_sending_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.number}"


class Steering(models.Model):
    """A meeting of both sides: a steering committee, or the contradictory meeting of the evaluation."""

    class Kind(models.TextChoices):
        STEERING = "steering", _("comité de pilotage")
        CONTRADICTORY = "contradictory", _("réunion contradictoire")

    class State(models.TextChoices):
        PLANNED = "planned", _("prévue")
        HELD = "held", _("tenue")
        CANCELLED = "cancelled", _("annulée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="steerings")
    kind = models.CharField(_("nature"), max_length=13, choices=Kind.choices, default=Kind.STEERING)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.PLANNED)
    at = models.DateTimeField(_("quand"))
    place = models.CharField(_("où"), max_length=200, blank=True)
    agenda = models.TextField(_("ordre du jour"), blank=True)
    present = models.TextField(_("organisations présentes"), blank=True)
    minutes = models.TextField(_("compte rendu"), blank=True)
    decisions = models.TextField(_("ce qui a été décidé"), blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Steering"]] = models.Manager()

    class Meta:
        verbose_name = _("réunion de suivi")
        verbose_name_plural = _("réunions de suivi")
        ordering = ["dossier", "-at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="held") | ~Q(minutes=""),
                name="followup_held_has_minutes",
                violation_error_message=_("Une réunion tenue a un compte rendu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.kind}"


class Evaluation(models.Model):
    """The shared evaluation of a file: the two campaigns it rests on, or words when it has no pole."""

    dossier = models.OneToOneField(
        Dossier, on_delete=models.PROTECT, primary_key=True, related_name="evaluation"
    )
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, null=True, related_name="+")
    self_review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="+")
    external_review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="+")
    self_words = models.TextField(_("ce que le bénéficiaire constate"), blank=True)
    external_words = models.TextField(_("ce que l'évaluateur constate"), blank=True)
    opened_at = models.DateTimeField(_("ouverte le"), default=timezone.now, editable=False)
    opened_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Evaluation"]] = models.Manager()

    class Meta:
        verbose_name = _("évaluation partagée")
        verbose_name_plural = _("évaluations partagées")
        ordering = ["opened_at", "dossier"]

    def __str__(self) -> str:
        return str(self.dossier_id)


class Conclusion(models.Model):
    """What both sides conclude; frozen for ever by the second signature, which dates it."""

    class Advice(models.TextChoices):
        GO_ON = "go_on", _("poursuivre")
        ADAPT = "adapt", _("poursuivre en changeant")
        STOP = "stop", _("arrêter")

    evaluation = models.OneToOneField(
        Evaluation, on_delete=models.PROTECT, primary_key=True, related_name="conclusion"
    )
    results = models.TextField(_("résultats constatés"), blank=True)
    impacts = models.TextField(_("effets sur le territoire"), blank=True)
    disagreements = models.TextField(_("désaccords qui demeurent"), blank=True)
    progress = models.TextField(_("progrès à faire"), blank=True)
    advice = models.CharField(
        _("ce que les deux parties recommandent"), max_length=6, choices=Advice.choices, blank=True
    )
    concluded_at = models.DateTimeField(_("conclue le"), null=True, blank=True)
    content = models.TextField(_("contenu canonique"), blank=True)
    digest = models.CharField(_("empreinte"), max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Conclusion"]] = models.Manager()

    class Meta:
        verbose_name = _("conclusion d'une évaluation partagée")
        verbose_name_plural = _("conclusions des évaluations partagées")
        ordering = ["evaluation"]
        constraints = [
            models.CheckConstraint(
                condition=Q(concluded_at=None) | ~Q(digest="") & ~Q(content=""),
                name="followup_concluded_has_digest",
            ),
            FrozenOnce(
                once="concluded_at",
                fields=[
                    *("evaluation", "results", "impacts", "disagreements", "progress", "advice"),
                    *("content", "digest"),
                ],
                name="followup_conclusion_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.digest[:12]}"


class ConclusionSignature(models.Model):
    """Who signed a conclusion, for which side, and the digest of the very text. Taken back, it stays."""

    class Side(models.TextChoices):
        BENEFICIARY = "beneficiary", _("le bénéficiaire")
        FUNDER = "funder", _("le financeur")

    conclusion = models.ForeignKey(Conclusion, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(_("partie"), max_length=11, choices=Side.choices)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nom"), max_length=120)
    quality = models.CharField(_("en quelle qualité"), max_length=120)
    digest = models.CharField(_("empreinte du texte signé"), max_length=64)
    at = models.DateTimeField(_("signé le"), default=timezone.now)
    taken_back_at = models.DateTimeField(_("reprise le"), null=True, blank=True)

    objects: ClassVar[models.Manager["ConclusionSignature"]] = models.Manager()

    class Meta:
        verbose_name = _("signature d'une conclusion")
        verbose_name_plural = _("signatures des conclusions")
        ordering = ["conclusion", "at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conclusion", "side"],
                condition=Q(taken_back_at=None),
                name="followup_signed_once",
                violation_error_message=_("Cette partie a déjà signé."),
            ),
            models.CheckConstraint(
                condition=~Q(quality=""),
                name="followup_signature_says_quality",
                violation_error_message=_("Une signature dit en quelle qualité."),
            ),
            # The name alone may go, when the person asks to be forgotten.
            FrozenOnce(
                once="at",
                fields=["conclusion", "side", "by", "quality", "digest"],
                name="followup_signature_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conclusion_id} {self.side}"
