"""Votes: opened with a quorum, cast once by each voice, closed by the rules frozen at the opening.

A secret ballot keeps who voted and what was chosen in two places that nothing ties together: the roll without
an instant, and counts in one row, written whole at each vote (docs/decisions/037).
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.governance import meetings, rules, said
from terreau.governance.models import Ballot, Decision, Item, Meeting, Objection, Seat, Vote, Voter
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

Row = TypeVar("Row", Decision, Ballot)
_LEAST = rules.LEAST_FOR_SECRECY


def propose(  # noqa: PLR0913 - keyword-only: each is a part of what is to be decided
    pole: Pole,
    *,
    title: str,
    text: str,
    item: Item | None = None,
    about: Subject | None = None,
    replaces: Decision | None = None,
    by: User,
) -> Decision:
    """Write what is to be decided, on a point of an agenda or apart from any; it takes the next number."""
    if not title.strip() or not text.strip():
        words = _("Une décision a un titre et un texte.")
        raise DomainError("no_words", words, facts={"field": "title" if not title.strip() else "text"})
    if item is not None and item.meeting.body.pole_id != pole.pk:
        raise DomainError("other_pole", _("Ce point est d'un autre pôle."), facts={"field": "item"})
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        last = Decision.objects.filter(pole=pole).aggregate(last=Max("number"))["last"] or 0
        subject = subjects.create(Subject.Kind.DECISION)
        values: dict[str, Any] = {
            "title": title.strip()[:200],
            "text": text.strip(),
            "item": item,
            "about": about,
        }
        values["replaces"] = replaces
        row = _insert(Decision(subject=subject, pole=pole, number=last + 1, **values))
        record(
            pole.actor.subject,
            "decision.proposed",
            by=by,
            data={"decision": row.pk.hex, "number": row.number},
        )
    return row


def open_ballot(decision: Decision, *, question: str = "", secret: bool = False, by: User) -> Ballot:
    """Open a vote on a decision during its meeting; rules, seats and voices are frozen.

    Raises ``DomainError``: the meeting is not being held, the quorum is not reached (with the numbers), a
    vote is open already, or the ballot could not be secret (``facts["colleges"]``).
    """
    if decision.item is None:
        raise DomainError("no_meeting", _("On vote dans une séance : inscrivez ce point à l'ordre du jour."))
    meeting = decision.item.meeting
    if meeting.state != Meeting.State.HELD:
        raise DomainError("not_held", _("La séance n'est pas ouverte, ou elle est close."), status=409)
    if decision.outcome not in {Decision.Outcome.PENDING, Decision.Outcome.POSTPONED}:
        raise DomainError("decided", _("Cette décision est déjà prise."), status=409)
    seats = meetings.voters(meeting)
    present = meetings.quorum(meeting)
    _check_quorum(present, len(seats))
    voiced = [
        seat for seat in seats if str(seat.pk) in {one for held in present.voices.values() for one in held}
    ]
    frozen: dict[str, Any] = {
        "rules": dict(meeting.said),
        "seats": {str(one.pk): _college(one) for one in seats},
        "text": decision.text,
        "voices": len(voiced),
    }
    _check_consent(frozen["rules"], secret=secret)
    _check_secret(voiced, frozen["rules"], secret=secret)
    holders = {one: holder for holder, held in present.voices.items() for one in held}
    with transaction.atomic():
        subjects.lock(_subject(decision).pk)
        row = _insert(
            Ballot(decision=decision, question=question or decision.title, secret=secret, said=frozen, by=by)
        )
        Voter.objects.bulk_create(
            Voter(ballot=row, seat=one, voice_of_id=holders[str(one.pk)]) for one in voiced
        )
        data = {"ballot": row.pk.hex, "secret": secret, "voices": len(voiced)}
        record(_subject(decision), "ballot.opened", by=by, data=data)
    return row


def cast(ballot: Ballot, seat: Seat, choice: str, *, by: User | None, words: str = "") -> None:
    """Cast the voice of a seat, once. Who may speak for it is said by the caller.

    Two people at once: one is counted, the other is told (409). A secret choice is journalled as a vote,
    without the choice and without the seat. Where the body decides by consent, a voice against is an
    objection: it is said in ``words``, so that it can be heard.
    """
    if choice not in rules.CHOICES:
        raise DomainError("no_such_choice", _("Ce choix n'existe pas."), facts={"field": "choice"})
    objects = choice == rules.AGAINST and by_consent(ballot.said["rules"])
    if objects and not words.strip():
        message = _("Dites votre objection en quelques mots : le groupe doit pouvoir l'entendre.")
        raise DomainError("objection_unsaid", message, facts={"field": "words"})
    with transaction.atomic():
        row = Ballot.objects.select_for_update().get(pk=ballot.pk)
        if row.state != Ballot.State.OPEN:
            raise DomainError("ballot_closed", _("Ce scrutin est clos."), status=409)
        if not Voter.objects.filter(ballot=row, seat=seat, voted=False).update(voted=True):
            raise _not_again(row, seat)
        if row.secret:
            _into_the_box(row, seat, choice)
        else:
            Vote.objects.create(voter=Voter.objects.get(ballot=row, seat=seat), choice=choice, by=by)
        if objects:
            Objection.objects.create(ballot=row, seat=seat, words=words.strip()[:1000], by=by)


def by_consent(frozen: Mapping[str, Any]) -> bool:
    """Say whether the rules of a body, as they were frozen, ask for the consent of each seat there."""
    return frozen.get("majority") == rules.Majority.CONSENT


def close(ballot: Ballot, *, by: User, on: date | None = None) -> Ballot:
    """Close a vote and write what it gives on its decision.

    Raises ``DomainError`` (409) when it is closed already, or secret with fewer than three voices cast, in a
    college counted apart too: its result would say what somebody chose. By consent, silence is no consent:
    every voice of the roll is asked first, unless somebody objected; the decision then waits.
    """
    with transaction.atomic():
        row = (
            Ballot.objects.select_for_update()
            .select_related("decision__pole__actor__subject")
            .get(pk=ballot.pk)
        )
        if row.state != Ballot.State.OPEN:
            raise DomainError("ballot_closed", _("Ce scrutin est déjà clos."), status=409)
        counts = tallies(row)
        if row.secret and any(0 < sum(one.values()) < _LEAST for one in counts.values()):
            words = _("Moins de %(least)d voix : le résultat dirait qui a choisi quoi. Attendez, ou annulez.")
            raise DomainError("not_secret", words % {"least": _LEAST}, status=409)
        found = rules.tallied(counts, said.read(row.said["rules"]))
        _check_everybody_asked(row, found)
        row.state, row.closed_at, row.result = Ballot.State.CLOSED, timezone.now(), _as_json(found, counts)
        row.save(update_fields=["state", "closed_at", "result"])
        outcome = Decision.Outcome.ADOPTED if found.adopted else Decision.Outcome.REJECTED
        if found.reason == "objection":
            outcome = Decision.Outcome.POSTPONED
        _decide(row.decision, outcome, on or timezone.localdate(), why=found.reason, by=by, ballot=row)
    return row


def void(ballot: Ballot, *, by: User, reason: str) -> Ballot:
    """Stop a vote without effect: the decision waits for another; what was cast counts for nothing."""
    if not reason.strip():
        raise DomainError(
            "reason_needed", _("Dites pourquoi le scrutin s'arrête."), facts={"field": "reason"}
        )
    with transaction.atomic():
        rows = Ballot.objects.filter(pk=ballot.pk, state=Ballot.State.OPEN)
        # The counts go too: of one or two voices they would say what was chosen.
        if not rows.update(state=Ballot.State.VOID, closed_at=timezone.now(), box={}):
            raise DomainError("ballot_closed", _("Ce scrutin est déjà clos."), status=409)
        data = {"ballot": ballot.pk.hex, "reason": reason.strip()}
        record(_subject(ballot.decision), "ballot.voided", by=by, data=data)
    return Ballot.objects.get(pk=ballot.pk)


def decide(decision: Decision, outcome: str, *, on: date, why: str = "", by: User) -> Decision:
    """Write what was decided without a ballot; what is not adopted says why."""
    if outcome != Decision.Outcome.ADOPTED and not why.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "why"})
    if Ballot.objects.filter(decision=decision, state=Ballot.State.OPEN).exists():
        raise DomainError("ballot_open", _("Un scrutin est ouvert sur cette décision."), status=409)
    if outcome == Decision.Outcome.ADOPTED and decision.item and by_consent(decision.item.meeting.said):
        words = _("Cette instance décide par consentement : posez la question à chacun, par un scrutin.")
        raise DomainError("consent_needed", words, status=409)
    with transaction.atomic():
        return _decide(decision, outcome, on, why=why.strip(), by=by)


def tallies(ballot: Ballot) -> dict[str, dict[str, int]]:
    """Return the counts by college and choice."""
    if ballot.secret:
        return {college: dict(counts) for college, counts in ballot.box.items()}
    counts: dict[str, Counter[str]] = {}
    rows = Vote.objects.filter(voter__ballot=ballot).values_list("voter__seat", "choice")
    for seat, choice in rows:
        counts.setdefault(ballot.said["seats"][str(seat)], Counter())[choice] += 1
    return {college: dict(one) for college, one in counts.items()}


def _into_the_box(ballot: Ballot, seat: Seat, choice: str) -> None:
    counted = said.read(ballot.said["rules"]).counting
    college = ballot.said["seats"][str(seat.pk)] if counted is rules.Counting.COLLEGE else ""
    box = {name: dict(counts) for name, counts in ballot.box.items()}
    counts = box.setdefault(college, dict.fromkeys(rules.CHOICES, 0))
    counts[choice] += 1
    ballot.box = box
    ballot.save(update_fields=["box"])


def _decide(  # noqa: PLR0913 - keyword-only, as above
    decision: Decision, outcome: str, on: date, *, why: str, by: User, ballot: Ballot | None = None
) -> Decision:
    open_states = [Decision.Outcome.PENDING, Decision.Outcome.POSTPONED]
    rows = Decision.objects.filter(pk=decision.pk, outcome__in=open_states)
    if not rows.update(outcome=outcome, why=why[:300], decided_on=on):
        raise DomainError("decided", _("Cette décision est déjà prise."), status=409)
    data = {"decision": decision.pk.hex, "outcome": outcome, "ballot": ballot.pk.hex if ballot else None}
    record(_subject(decision), "decision.taken", by=by, data=data)
    return Decision.objects.get(pk=decision.pk)


def _as_json(found: rules.Result, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    shares = {choice: [share.numerator, share.denominator] for choice, share in found.shares.items()}
    return {
        "adopted": found.adopted,
        "reason": found.reason,
        "cast": found.cast,
        "shares": shares,
        "counts": {college: dict(one) for college, one in counts.items()},
    }


def shares(ballot: Ballot) -> dict[str, Fraction]:
    """Return the exact share of each choice in a closed ballot."""
    return {choice: Fraction(*pair) for choice, pair in ballot.result.get("shares", {}).items()}


def _check_quorum(present: rules.Quorum, seats: int) -> None:
    if present.reached:
        return
    words = _(
        "Le quorum n'est pas atteint : %(counted)d présents ou représentés sur %(seats)d, "
        "il en faut %(needed)d."
    )
    facts = {
        "counted": present.counted,
        "seats": seats,
        "needed": present.needed,
        "colleges": list(present.lacking),
    }
    raise DomainError("no_quorum", words % facts, facts=facts, status=409)


def _check_consent(frozen: Mapping[str, Any], *, secret: bool) -> None:
    if secret and by_consent(frozen):
        words = _("Un consentement se donne à voix haute : une objection secrète ne peut pas être entendue.")
        raise DomainError("consent_is_open", words, facts={"field": "secret"})


def _check_everybody_asked(ballot: Ballot, found: rules.Result) -> None:
    """By consent, every voice there is asked: silence is not taken for an agreement."""
    if found.reason == "objection" or not by_consent(ballot.said["rules"]):
        return
    silent = Voter.objects.filter(ballot=ballot, voted=False).count()
    if silent:
        words = ngettext(
            "%(count)d voix ne s'est pas encore exprimée : qui ne dit rien ne consent pas.",
            "%(count)d voix ne se sont pas encore exprimées : qui ne dit rien ne consent pas.",
            silent,
        )
        raise DomainError("not_everybody_asked", words % {"count": silent}, status=409)


def _check_secret(voiced: list[Seat], frozen: Mapping[str, Any], *, secret: bool) -> None:
    small = rules.not_secret(said.seats(voiced), said.read(frozen)) if secret else ()
    if small:
        words = _("Un collège a moins de %(least)d voix présentes : son résultat dirait qui a choisi quoi.")
        raise DomainError(
            "not_secret", words % {"least": _LEAST}, facts={"colleges": list(small)}, status=409
        )


def _not_again(ballot: Ballot, seat: Seat) -> DomainError:
    if Voter.objects.filter(ballot=ballot, seat=seat).exists():
        return DomainError("voted", _("Ce siège a déjà voté."), status=409)
    return DomainError("not_on_roll", _("Ce siège n'est pas inscrit à ce scrutin."), status=403)


def _insert(row: Row) -> Row:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        words = _("Un scrutin est déjà ouvert, ou ce point a déjà sa décision : rouvrez la page.")
        raise DomainError("already_there", words, status=409) from error
    return row


def _college(seat: Seat) -> str:
    return seat.college.name if seat.college else ""


def _subject(decision: Decision) -> Subject:
    subject: Subject = decision.pole.actor.subject
    return subject
