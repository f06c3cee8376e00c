"""A file that runs, its pole, people of both sides; ``conclude`` leads it to a signed conclusion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.common.canonical import canonical, digest
from terreau.dossiers.models import Dossier
from terreau.followup import concluding, evaluating, meetings
from terreau.followup.concluding import Signing
from terreau.followup.models import Conclusion, ConclusionSignature, Evaluation
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from tests.calls import making as calls
from tests.dossiers import making as dossiers
from tests.people import enrol

Side = ConclusionSignature.Side
STAGES = ({"code": "committee"},)


@dataclass
class Course:
    """A file in progress. ``animator`` leads it and animates the pole; ``officer`` instructs the call."""

    dossier: Dossier
    pole: Pole
    member: Actor
    animator: User
    colleague: User
    officer: User
    auditor: User
    stranger: User

    def path(self, tail: str = "suivi/") -> str:
        """Return an address of the file."""
        return f"/dossiers/{self.dossier.pk}/{tail}"


def belong(user: User, actor: Actor, role: str = Belonging.Role.ANIMATOR) -> User:
    """Make a person of an actor."""
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )
    return user


def pole(name: str = "Pôle d'essai", *, slug: str = "pole-essai") -> Pole:
    """Make a public pole."""
    actor = create_actor(name, source=None, public=True, kind=Subject.Kind.POLE)
    return Pole.objects.create(actor=actor, slug=slug)


def course(*, state: str = "running", months: int | None = 24) -> Course:
    """Make a file, its pole of one member, and people."""
    made = pole()
    member = create_actor("Cantine", source=None, public=True, kind=Subject.Kind.ACTOR)
    call = calls.call(stages=list(STAGES), duration_months=months, title="Appel d'essai")
    animator, colleague, stranger = (calls.user(name) for name in ("Anime", "Collegue", "Passante"))
    belong(animator, made.actor)
    add_member(made, member, by=animator)
    dossier = dossiers.dossier(
        call, lead=animator, applicant=made.actor, pole=made, state=state, title="Une légumerie"
    )
    dossiers.joins(dossier, colleague, "reader")
    officer, auditor = calls.somebody(call, "officer"), calls.somebody(call, "auditor")
    return Course(dossier, made, member, animator, colleague, officer, auditor, stranger)


def evaluated(of: Course) -> Evaluation:
    """Lead a file to the eve of its signatures, with words of both sides and a meeting."""
    made = evaluating.open_evaluation(of.dossier, None, by=of.officer)
    row = evaluating.of(of.dossier)
    assert row is not None
    words = {"self_words": "Trois emplois.", "external_words": "Trois emplois, deux durables."}
    blank = {"self_words": "", "external_words": ""}
    evaluating.write(row, base=blank, mine=words, by=of.officer)
    meet(of)
    conclusion = Conclusion.objects.select_related("evaluation__dossier").get(evaluation=made)
    text = {"results": "Trois emplois, dont deux durables.", "advice": "go_on"}
    concluding.write(conclusion, base={"results": "", "advice": ""}, mine=text, by=of.officer)
    return _fresh(of)


def meet(of: Course, kind: str = "contradictory") -> None:
    """Hold a meeting."""
    at = timezone.now() - timedelta(days=2)
    meeting = meetings.plan(of.dossier, kind=kind, at=at, by=of.officer)
    meetings.hold(meeting, base={"minutes": ""}, mine={"minutes": "Chacun a dit."}, by=of.officer)


def seen(of: Course) -> str:
    """Return the digest of what would be signed."""
    return digest(concluding.text(evaluating.progress(_fresh(of))))


def sign(of: Course, side: str, by: User, *, read: str = "") -> ConclusionSignature:
    """Sign for a side."""
    given = Signing(side, by.name, "mandatée", read or seen(of))
    return concluding.sign(_fresh(of), given, by=by)


def conclude(of: Course) -> Conclusion:
    """Have both sides sign."""
    evaluated(of)
    sign(of, Side.BENEFICIARY, of.animator)
    sign(of, Side.FUNDER, of.officer)
    return Conclusion.objects.get(evaluation=of.dossier.pk)


def conclude_by_rows(of: Course) -> Conclusion:
    """Make a signed conclusion by rows alone: nobody is told, nothing is journalled."""
    made = Evaluation.objects.create(dossier=of.dossier, self_words="Trois.", external_words="Deux.")
    held = {"results": "Trois emplois.", "advice": "go_on"}
    return Conclusion.objects.create(
        evaluation=made,
        concluded_at=timezone.now(),
        content=canonical(held),
        digest=digest({**held, "dossier": of.dossier.pk.hex}),
        **held,
    )


def conclude_again(of: Course) -> Conclusion:
    """Make a second file of the same pole, concluded: what a renewal rests on."""
    call = of.dossier.call
    second = dossiers.dossier(call, lead=of.animator, applicant=of.pole.actor, pole=of.pole, state="running")
    other = Course(second, of.pole, of.member, of.animator, of.colleague, of.officer, of.auditor, of.stranger)
    return conclude_by_rows(other)


def proved(user: User) -> User:
    """Give a person a second factor."""
    enrol(user)
    return user


def _fresh(of: Course) -> Evaluation:
    row = evaluating.of(of.dossier)
    assert row is not None
    return row


#: An instant, for what must not depend on the clock.
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
