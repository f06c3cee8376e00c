"""The committee of a call, what it proposes, what is decided: written once, superseded, never overwritten."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from terreau.calls.models import Call, Sponsor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.dossiers.models import Dossier
from terreau.pieces.models import Piece

_USER = settings.AUTH_USER_MODEL


def _by() -> Any:
    return models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")


class Outcome(models.TextChoices):
    """What a committee says of a file."""

    LAUREATE = "laureate", pgettext_lazy("outcome of a committee", "retenu")
    RESERVE = "reserve", pgettext_lazy("outcome of a committee", "liste complémentaire")
    REFUSED = "refused", pgettext_lazy("outcome of a committee", "non retenu")


class Committee(models.Model):
    """Who chooses among the files of one call (decree 2015-431, art. 2: it changes at each call).

    The list of its members is public once ``published_at``; it adopts its own rules of procedure (``rules``).
    The assistant is off until the committee asks for it, and who asked is kept.
    """

    call = models.OneToOneField(Call, on_delete=models.PROTECT, primary_key=True, related_name="committee")
    name = models.CharField(_("nom du comité"), max_length=200)
    legal_basis = models.CharField(_("texte qui l'institue"), max_length=300, blank=True)
    rules = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rules_on = models.DateField(_("règlement adopté le"), null=True, blank=True)
    published_at = models.DateTimeField(_("liste publiée le"), null=True, blank=True, editable=False)
    assistant_at = models.DateTimeField(_("assistant demandé le"), null=True, blank=True, editable=False)
    assistant_by = _by()
    assistant_why = models.CharField(_("qui l'a demandé, et pourquoi"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Committee"]] = models.Manager()

    class Meta:
        verbose_name = _("comité")
        verbose_name_plural = _("comités")
        ordering = ["call"]
        constraints = [
            models.CheckConstraint(
                condition=Q(assistant_at=None) | ~Q(assistant_why=""),
                name="selection_assistant_asked",
                violation_error_message=_("Dites qui demande l'assistant, et pourquoi."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A place in the committee, held for some days; the end is out. The person may have no account."""

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="seats")
    name = models.CharField(_("nom"), max_length=200)
    quality = models.CharField(_("au titre de"), max_length=200)
    sponsor = models.ForeignKey(
        Sponsor, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )
    chair = models.BooleanField(_("préside"), default=False)
    user = models.ForeignKey(
        _USER, on_delete=models.PROTECT, null=True, blank=True, related_name="committee_seats"
    )
    valid_from = models.DateField(_("depuis le"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    by = _by()
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Seat"]] = models.Manager()

    class Meta:
        verbose_name = _("siège au comité")
        verbose_name_plural = _("sièges au comité")
        ordering = ["committee", "-chair", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="selection_seat_ends_after",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Session(models.Model):
    """A sitting of the committee: who was there, what was said. Decisions say in which they were taken."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="sessions")
    on = models.DateField(_("tenue le"))
    place = models.CharField(_("lieu"), max_length=200, blank=True)
    present: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        Seat, related_name="sessions", blank=True
    )
    minutes = models.TextField(_("relevé"), blank=True)
    by = _by()
    at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Session"]] = models.Manager()

    class Meta:
        verbose_name = _("séance du comité")
        verbose_name_plural = _("séances du comité")
        ordering = ["committee", "-on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "on"],
                name="selection_one_session_a_day",
                violation_error_message=_("Une séance est déjà notée ce jour-là."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.committee_id} {self.on}"


class PortfolioRun(models.Model):
    """What the assistant was asked and found; it becomes a proposal only when somebody takes it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        DONE = "done", _("trouvé")
        STOPPED = "stopped", _("arrêté")
        FAILED = "failed", _("échoué")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="runs")
    problem: models.JSONField[Any, Any] = models.JSONField(_("ce qui est demandé"))
    result: models.JSONField[Any, Any] = models.JSONField(_("ce qui est trouvé"), null=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    stop_asked = models.BooleanField(default=False)
    by = _by()
    at = models.DateTimeField(_("demandé le"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("fini le"), null=True, blank=True)
    taken_at = models.DateTimeField(_("repris le"), null=True, blank=True)
    taken_by = _by()

    objects: ClassVar[models.Manager["PortfolioRun"]] = models.Manager()

    class Meta:
        verbose_name = _("recherche de l'assistant")
        verbose_name_plural = _("recherches de l'assistant")
        ordering = ["committee", "-at", "-id"]

    def __str__(self) -> str:
        return f"{self.committee_id} {self.at}"


class Proposal(models.Model):
    """What was proposed for a file, by whom or from which search. The last one stands; none is changed.

    An empty outcome takes back what was proposed.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="committee_proposals")
    outcome = models.CharField(_("proposé"), max_length=8, choices=Outcome.choices, blank=True)
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True)
    reason = models.TextField(_("motif"), blank=True)
    run = models.ForeignKey(
        PortfolioRun, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    by = _by()
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Proposal"]] = models.Manager()

    class Meta:
        verbose_name = _("proposition au comité")
        verbose_name_plural = _("propositions au comité")
        ordering = ["dossier", "id"]
        indexes = [models.Index(fields=["dossier", "-id"], name="selection_last_proposal")]
        constraints = [
            AppendOnly(name="selection_proposals_stay"),
            models.CheckConstraint(
                condition=Q(cents=None) | Q(outcome__in=["laureate", "reserve"], cents__gte=0),
                name="selection_proposal_amount",
                violation_error_message=_("Un montant va avec un dossier retenu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.outcome}"


class Decision(models.Model):
    """What was decided of a file, for ever; a later decision supersedes it and says why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("décision"), max_length=8, choices=Outcome.choices)
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True)
    rank = models.PositiveIntegerField(_("rang"), null=True, blank=True)
    reason = models.TextField(_("motif"), blank=True)
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    by = _by()
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Decision"]] = models.Manager()

    class Meta:
        verbose_name = _("décision du comité")
        verbose_name_plural = _("décisions du comité")
        ordering = ["dossier", "at", "id"]
        constraints = [
            AppendOnly(name="selection_decisions_stay"),
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(supersedes=None), name="selection_one_first_decision"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""),
                name="selection_refusal_says_why",
                violation_error_message=_("Un refus dit pourquoi : le motif est transmis au candidat."),
            ),
            models.CheckConstraint(
                condition=Q(cents=None) | Q(outcome__in=["laureate", "reserve"], cents__gte=0),
                name="selection_decision_amount",
                violation_error_message=_("Un montant va avec un dossier retenu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.outcome}"

    @property
    def amount(self) -> Euro | None:
        """What is granted, when something is."""
        return None if self.cents is None else Euro(self.cents)
