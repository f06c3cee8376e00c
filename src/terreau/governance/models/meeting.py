"""What a body does: meetings, agendas, attendance, ballots, decisions, what follows them, minutes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.governance import rules
from terreau.governance.models.body import Body, Seat
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Meeting(models.Model):
    """A meeting of a body: prepared, convened, held, its minutes signed; or cancelled with a reason."""

    class State(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        CONVENED = "convened", _("convoquée")
        HELD = "held", _("tenue")
        SIGNED = "signed", _("compte rendu signé")
        CANCELLED = "cancelled", _("annulée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField(_("titre"), max_length=160)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    place = models.CharField(_("lieu ou lien"), max_length=300, blank=True)
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(_("motif de l'annulation"), max_length=300, blank=True)
    convened_at = models.DateTimeField(_("convoquée le"), null=True, blank=True, editable=False)
    #: Rules of the body as they were when the meeting was convened (JSON of ``rules.BodyRules``).
    said = models.JSONField(default=dict, editable=False)
    #: Number of times that it was announced, for calendars (SEQUENCE of RFC 5545).
    sequence = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Meeting"]] = models.Manager()

    class Meta:
        verbose_name = _("séance")
        verbose_name_plural = _("séances")
        ordering = ["-starts_at", "id"]
        indexes = [models.Index(fields=["body", "starts_at"], name="governance_meeting_body")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="governance_meeting_ends_after",
                violation_error_message=_("La fin suit le début."),
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled") & ~Q(reason="") | ~Q(state="cancelled") & Q(reason=""),
                name="governance_cancelled_has_reason",
                violation_error_message=_("Une annulation a un motif, et elle seule."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(convened_at__isnull=False),
                name="governance_convened_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Move(models.Model):
    """A change of state of a meeting: who, when, from what to what, why."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=10, choices=Meeting.State.choices)
    after = models.CharField(max_length=10, choices=Meeting.State.choices)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Move"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'une séance")
        verbose_name_plural = _("étapes des séances")
        ordering = ["meeting", "id"]
        constraints = [AppendOnly(name="governance_move_append_only")]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.before} → {self.after}"


class Item(models.Model):
    """A point of an agenda, with what was said of it."""

    class Kind(models.TextChoices):
        INFORMATION = "information", _("information")
        DISCUSSION = "discussion", _("échange")
        DECISION = "decision", _("décision")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    rank = models.PositiveSmallIntegerField(_("rang"))
    title = models.CharField(_("point"), max_length=200)
    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices, default=Kind.DISCUSSION)
    minutes = models.PositiveSmallIntegerField(_("durée prévue (minutes)"), null=True, blank=True)
    text = models.TextField(_("présentation"), blank=True)
    said = models.TextField(_("ce qui s'est dit"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Item"]] = models.Manager()

    class Meta:
        verbose_name = _("point de l'ordre du jour")
        verbose_name_plural = _("points de l'ordre du jour")
        ordering = ["meeting", "rank", "id"]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """How a seat stands in a meeting; a proxy is another seat of the same body."""

    class How(models.TextChoices):
        PRESENT = rules.Presence.PRESENT.value, _("présent")
        REMOTE = rules.Presence.REMOTE.value, _("à distance")
        REPRESENTED = rules.Presence.REPRESENTED.value, _("représenté")
        EXCUSED = rules.Presence.EXCUSED.value, _("excusé")
        ABSENT = rules.Presence.ABSENT.value, _("absent")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="attendances")
    how = models.CharField(_("présence"), max_length=12, choices=How.choices)
    proxy = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="proxies")
    #: Who said it: the seat itself before the meeting, whoever holds the list during it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Attendance"]] = models.Manager()

    class Meta:
        verbose_name = _("présence à une séance")
        verbose_name_plural = _("présences aux séances")
        ordering = ["meeting", "seat"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seat"], name="governance_attendance_once"),
            models.CheckConstraint(
                condition=Q(how="represented", proxy__isnull=False)
                | ~Q(how="represented") & Q(proxy__isnull=True),
                name="governance_represented_by_somebody",
                violation_error_message=_("Qui est représenté l'est par quelqu'un, et lui seul."),
            ),
            models.CheckConstraint(
                condition=Q(proxy__isnull=True) | ~Q(proxy=F("seat")),
                name="governance_not_its_own_proxy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.seat_id} {self.how}"


class Decision(models.Model):
    """What a body decided, or refused; it has a subject, so that actions, money and results point to it."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("en cours")
        ADOPTED = "adopted", _("adoptée")
        REJECTED = "rejected", _("rejetée")
        POSTPONED = "postponed", _("reportée")

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="decision"
    )
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="decisions")
    item = models.OneToOneField(Item, on_delete=models.PROTECT, null=True, related_name="decision")
    number = models.PositiveIntegerField(_("numéro"))
    title = models.CharField(_("titre"), max_length=200)
    text = models.TextField(_("ce qui est décidé"))
    outcome = models.CharField(_("issue"), max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    why = models.CharField(_("motif"), max_length=300, blank=True)
    decided_on = models.DateField(_("le"), null=True, blank=True)
    #: The project, the cooperation or the place that it is about.
    about = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions_about"
    )
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    public = models.BooleanField(_("publiée"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Decision"]] = models.Manager()

    class Meta:
        verbose_name = _("décision")
        verbose_name_plural = _("décisions")
        ordering = ["pole", "-number"]
        indexes = [models.Index(fields=["pole", "decided_on"], name="governance_decision_pole")]
        constraints = [
            models.UniqueConstraint(fields=["pole", "number"], name="governance_decision_number"),
            models.CheckConstraint(
                condition=Q(outcome="pending", decided_on__isnull=True)
                | ~Q(outcome="pending") & Q(decided_on__isnull=False),
                name="governance_decided_has_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Action(models.Model):
    """What a decision asks of somebody, by when, and how it ended."""

    class State(models.TextChoices):
        TODO = "todo", _("à faire")
        DONE = "done", _("fait")
        DROPPED = "dropped", _("abandonné")

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    what = models.CharField(_("ce qui est à faire"), max_length=200)
    who = models.ForeignKey(
        "actors.Actor", on_delete=models.PROTECT, null=True, blank=True, related_name="governance_actions"
    )
    person = models.CharField(_("qui le fait"), max_length=120, blank=True)
    due = models.DateField(_("pour le"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=8, choices=State.choices, default=State.TODO)
    result = models.CharField(_("résultat"), max_length=300, blank=True)
    ended_on = models.DateField(_("le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Action"]] = models.Manager()

    class Meta:
        verbose_name = _("suite d'une décision")
        verbose_name_plural = _("suites des décisions")
        ordering = ["decision", "id"]
        indexes = [models.Index(fields=["state", "due"], name="governance_action_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="todo", ended_on__isnull=True)
                | ~Q(state="todo") & Q(ended_on__isnull=False),
                name="governance_action_end_has_day",
            ),
        ]

    def __str__(self) -> str:
        return self.what


class Ballot(models.Model):
    """A question put to the vote on a decision. Its rules are frozen when it opens.

    Open: one ``Vote`` a seat. Secret: the roll says who voted, ``box`` holds counts by college and choice and
    nothing else; the row is written whole at each vote (docs/decisions/037).
    """

    class State(models.TextChoices):
        OPEN = "open", _("ouvert")
        CLOSED = "closed", _("clos")
        VOID = "void", _("sans effet")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="ballots")
    question = models.CharField(_("question"), max_length=300)
    secret = models.BooleanField(_("secret"), default=False)
    state = models.CharField(_("état"), max_length=6, choices=State.choices, default=State.OPEN)
    #: Rules, seats (id, college) and voices as they were at the opening: what the result is computed from.
    said = models.JSONField(default=dict, editable=False)
    box = models.JSONField(default=dict, editable=False)
    result = models.JSONField(default=dict, editable=False)
    opened_at = models.DateTimeField(_("ouvert le"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("clos le"), null=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Ballot"]] = models.Manager()

    class Meta:
        verbose_name = _("scrutin")
        verbose_name_plural = _("scrutins")
        ordering = ["decision", "opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(state="open"), name="governance_one_open_ballot"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | ~Q(state="open") & Q(closed_at__isnull=False),
                name="governance_ballot_closed_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return self.question


class Voter(models.Model):
    """A seat on the roll of a ballot: whose voice it casts, and whether it voted. No instant, on purpose."""

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="voters")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="votes_on_roll")
    #: The seat present that votes for this one: itself, or the one that holds its proxy.
    voice_of = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    voted = models.BooleanField(_("a voté"), default=False)

    objects: ClassVar[models.Manager["Voter"]] = models.Manager()

    class Meta:
        verbose_name = _("inscrit à un scrutin")
        verbose_name_plural = _("inscrits aux scrutins")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ballot", "seat"], name="governance_voter_once")]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.seat_id}"


class Vote(models.Model):
    """What a seat chose in an open ballot; never changed."""

    voter = models.OneToOneField(Voter, on_delete=models.PROTECT, related_name="vote")
    choice = models.CharField(_("choix"), max_length=8, choices=[(one, one) for one in rules.CHOICES])
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Vote"]] = models.Manager()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        ordering = ["id"]
        constraints = [AppendOnly(name="governance_vote_append_only")]

    def __str__(self) -> str:
        return f"{self.voter_id} {self.choice}"


class Minutes(models.Model):
    """The minutes of a meeting as they were frozen: canonical data and its digest, made again identically."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="all_minutes")
    number = models.PositiveSmallIntegerField(_("version"))
    data = models.TextField(editable=False)
    digest = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(_("établi le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Minutes"]] = models.Manager()

    class Meta:
        verbose_name = _("compte rendu")
        verbose_name_plural = _("comptes rendus")
        ordering = ["meeting", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="governance_minutes_once"),
            AppendOnly(name="governance_minutes_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.number}"


class MinutesSignature(models.Model):
    """Who signed the minutes, for which seat, with the digest of what was signed."""

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="signatures")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nom"), max_length=120)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(_("signé le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager["MinutesSignature"]] = models.Manager()

    class Meta:
        verbose_name = _("signature d'un compte rendu")
        verbose_name_plural = _("signatures des comptes rendus")
        ordering = ["minutes", "id"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "seat"], name="governance_signed_once"),
            AppendOnly(name="governance_signature_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes_id} {self.name}"
