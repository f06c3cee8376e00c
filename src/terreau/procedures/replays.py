"""A call from its opening to its closing with invented files, by the same actions as the pages.

It is how the real calls are replayed at their size, and how a demonstration is filled. Everybody in it is
invented (addresses at example.org), and so is each file. Time is the caller's: each part is done now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors import belonging
from terreau.agreements import agreeing, deed_text, paying
from terreau.agreements.models import Agreement, Instalment
from terreau.calls import building
from terreau.calls.models import Call, Role
from terreau.calls.perms import standing
from terreau.common.batches import batches
from terreau.dossiers import actions as files
from terreau.dossiers import deposit, moving, states
from terreau.dossiers.models import Dossier
from terreau.envelopes import actions as envelopes
from terreau.followup import demo as followup
from terreau.instruction import appraising, asked, assigning, bulk, opinions, read, setups
from terreau.instruction.models import Assignment
from terreau.instruction.rules import Criterion
from terreau.procedures import example_files, publishing
from terreau.selection import committee, deciding
from terreau.territories.models import Zone

#: What refusals say: each file is told the criterion on which it was the weakest.
_WHY: Final = "Exemple inventé : le dossier est moins avancé que d'autres sur ce critère : {name}."
_EMAIL: Final = "{name}-{slug}@exemples.example.org"


@dataclass(slots=True)
class Cast:
    """The invented people of a call."""

    owner: User
    officer: User
    reviewers: list[User]
    chair: User
    auditor: User


@dataclass(slots=True)
class Played:
    """A call that is played: its people and its files, in the order of their numbers."""

    call: Call
    cast: Cast
    files: list[Dossier] = field(default_factory=list)
    leads: dict[Any, User] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a call was: files, those admitted, laureates, reserve; the envelope in cents."""

    files: int
    laureates: int
    envelope: int
    admitted: int | None = None
    reserve: int = 0
    low: int = 2_000_000
    high: int = 30_000_000


def cast(call: Call, *, reviewers: int = 3) -> Cast:
    """Name the invented people of a call, from today; its owner owns its programme."""
    owner = _person("porteur", call)
    _role(owner, call, Role.Kind.OWNER)
    officer = _named("instruction", call, Role.Kind.OFFICER)
    readers = [_named(f"relecture{n + 1}", call, Role.Kind.REVIEWER) for n in range(reviewers)]
    chair, auditor = _named("comite", call, Role.Kind.COMMITTEE), _named("controle", call, Role.Kind.AUDITOR)
    return Cast(owner, officer, readers, chair, auditor)


def open_again(  # noqa: PLR0913 - keyword-only: what the sources do not say
    model: Call, title: str, size: Size, *, opens: datetime, closes: datetime, owner: User
) -> Call:
    """Copy a call, say what its sources do not (weights, dates), give it its envelope, publish it."""
    call = building.copy(model, title, people=False, by=owner)
    Call.objects.filter(pk=call.pk).update(example=True)
    call.refresh_from_db()
    criteria = [
        {**one, "weight": one.get("weight") or 1, "max": one.get("max") or 5} for one in _criteria(call)
    ]
    mine: dict[str, Any] = {
        "envelope_cents": size.envelope,
        "opens_at": opens,
        "closes_at": closes,
        "review": {**call.review, "criteria": criteria},
    }
    building.change(call, base={name: getattr(call, name) for name in mine}, mine=mine, by=owner)
    if not call.summary:
        building.change(call, base={"summary": ""}, mine={"summary": "Exemple inventé."}, by=owner)
    envelopes.open(call.programme, cents=size.envelope, name=f"Enveloppe de « {title} »", call=call, by=owner)
    return building.publish(call, by=owner)


def _criteria(call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call.review.get("criteria") or [{"code": "projet", "label": "Projet"}]
    return found


def apply(played: Played, size: Size, *, regions: Sequence[Zone] = ()) -> None:
    """Have as many invented organisations answer and deposit, each by somebody of its own."""
    call = played.call
    for rank in range(len(played.files), size.files):
        zone = regions[example_files.drawn(rank, "zone", len(regions))] if regions else None
        name = f"Pôle inventé n° {rank + 1} ({call.slug})"
        actor = actors.create_actor(name, source=None, public=False, journalled=False, zone=zone)
        lead = _person(f"candidat{rank + 1}", call)
        belonging.found(lead, actor, by=lead)
        begun = files.Begun(actor, category=_one(call.categories, rank), kind=_one(call.applicants, rank),
                            strand=call.strands.order_by("rank", "pk").first())  # fmt: skip
        row = files.start(call, begun, by=lead, example=True, prefill=False)
        cents = example_files.asked(call, rank, least=size.low, most=size.high)
        where = f"region:{zone.code}" if zone else ""
        given = example_files.answers(row.form.content, rank, cents=cents, zone=where)
        files.answer_all(row, given, by=lead)
        deposit.deposit(row, by=lead, key=uuid4().hex)
        played.files.append(row)
        played.leads[row.pk] = lead


def _one(codes: Sequence[str], rank: int) -> str:
    return str(codes[example_files.drawn(rank, "kind", len(codes))]) if codes else ""


def instruct(played: Played, size: Size) -> None:
    """Admit or not, share, review, give the opinions that the call asks, send to the committee."""
    call, officer = played.call, played.cast.officer
    rows = _rows(call, states.DEPOSITED)
    admitted = size.files if size.admitted is None else size.admitted
    for row in rows[admitted:]:
        moving.move(row, "reject", by=officer, reason="Exemple inventé : une pièce obligatoire manque.")
    _in_bulk(call, rows[:admitted], "admit", officer)
    _one_reader(call, played.cast.owner)
    assigning.give(assigning.plan_officers(call), by=officer)
    assigning.give(assigning.plan_reviewers(call), by=officer)
    _review(call)
    for stage in (*(one for one in call.stage_codes if one != "committee"), "committee"):
        _opinions(played, stage)
        if stage in call.stage_codes:
            _in_bulk(call, _rows(call, *states.INSTRUCTED), f"to_{stage}", officer)
    _opinions(played, "committee")


def _one_reader(call: Call, owner: User) -> None:
    """Have each file read by one person: what the sources say of it is nothing."""
    held = setups.of(call)
    if held.each != 1:
        setups.change(call, base={"each": held.each}, mine={"each": 1}, by=owner)


def _review(call: Call) -> None:
    """Each reviewer gives each of their reviews."""
    grid = setups.grid(call)
    held = Assignment.objects.filter(dossier__call=call, part="reviewer", ended_at=None)
    for one in held.select_related("dossier__call", "dossier__subject", "user").order_by(
        "dossier__number", "pk"
    ):
        words = _words(grid, one.dossier.number, str(one.user_id))
        appraising.give(one.dossier, one.user, base={}, mine_=words)


def _words(grid: Iterable[Criterion], number: int, who: str) -> dict[str, Any]:
    found: dict[str, Any] = {"advice": ""}
    for one in grid:
        best = one.most or 5
        merit = example_files.drawn(number, "merit", best + 1)
        score = min(best, max(0, merit + example_files.drawn(number, f"{who}/{one.code}", 3) - 1))
        found |= {f"score:{one.code}": score, f"text:{one.code}": "Exemple inventé : de bonnes bases."}
    return found


def _opinions(played: Played, stage: str) -> None:
    """Give every mandatory opinion that is lacking before a stage."""
    owner = played.cast.owner
    held = standing(owner, played.call)
    due = [one for one in asked.of_call(played.call) if one.mandatory]
    for row in _rows(played.call, *states.INSTRUCTED) if due else ():
        for one in opinions.lacking(row):
            if opinions.can_give(one, row, held):
                opinions.give(row, one.key, value="favourable", text="", held=held, by=owner)


def decide(played: Played, size: Size) -> None:
    """Seat the committee, decide of each file in the order of the scores, publish the results."""
    call, chair, owner = played.call, played.cast.chair, played.cast.owner
    seated = committee.compose(call, name="Comité inventé", by=owner)
    committee.seat(seated, name=str(chair), quality="Préside", since=timezone.localdate(), email=chair.email,
                   chair=True, by=owner)  # fmt: skip
    committee.publish(seated, by=owner)
    found = sorted(read.scored(call), key=lambda one: (-(one.score or 0), one.dossier.number))
    chosen = [one.dossier for one in found[: size.laureates]]
    sums = example_files.shared_out(size.envelope, [_most(one) for one in chosen], *_limits(call, size))
    for row, cents in zip(chosen, sums, strict=True):
        deciding.decide(row, "laureate", cents=cents, reason="", by=chair, seen=None)
    weakest = _weakest(call)
    for rank, one in enumerate(found[size.laureates :]):
        outcome = "reserve" if rank < size.reserve else "refused"
        deciding.decide(one.dossier, outcome, reason=_WHY.format(name=weakest), by=chair, seen=None)
    publishing.publish(call, by=owner)


def _most(row: Dossier) -> int:
    return row.asked_cents or 0


def _limits(call: Call, size: Size) -> tuple[int, int]:
    return max(size.low, call.min_cents or 0), min(size.high, call.max_cents or size.high)


def _weakest(call: Call) -> str:
    return str(_criteria(call)[-1].get("label", ""))


def agree(played: Played) -> None:
    """Prepare, freeze and sign the agreement of each laureate; the last signature starts the action."""
    owner = played.cast.owner
    for row in _rows(played.call, states.LAUREATE):
        agreement = agreeing.prepare(row, by=owner)
        deed = agreement.deeds.get(number=0)
        body: dict[str, Any] = {}
        if not deed.body.get("valid_to"):
            body["valid_to"] = f"{timezone.localdate().year + 2}-12-31"
        if not deed.body.get("object"):
            body["object"] = "Exemple inventé."
        if body:
            deed = agreeing.write(deed, body, seen=deed.version, by=owner)
        deed = agreeing.freeze(deed, seen=deed.version, by=owner)
        for one in deed_text.signatories(deed):
            signer = played.leads.get(row.pk, owner) if one.side == "applicant" else owner
            agreeing.sign(deed, one, sha256=deed.sha256, by=signer)


def pay(played: Played, *, all_of_it: bool = True) -> None:
    """Ask, accept and pay the instalments of each agreement (``all_of_it``: or the first alone)."""
    officer = played.cast.officer
    rows = Instalment.objects.filter(agreement__dossier__call=played.call, dropped_at=None)
    due = rows.select_related("agreement__dossier__subject", "agreement__subject").order_by(
        "agreement", "rank"
    )
    paid: set[Any] = set()
    for one in due:
        if not all_of_it and one.agreement_id in paid:
            continue
        dossier = one.agreement.dossier
        lead = played.leads.get(dossier.pk, officer) if dossier else officer
        request = paying.ask(one, cents=None, key=uuid4().hex, by=lead, note="Exemple inventé.")
        request = paying.accept(request, cents=None, by=officer)
        paying.pay(request, cents=None, paid_on=timezone.localdate(), reference=f"EX-{one.pk.hex[:8]}",
                   by=officer, origin=f"exemple:{one.pk.hex}")  # fmt: skip
        paid.add(one.agreement_id)


def close(played: Played) -> None:
    """Have both sides of each file that runs evaluate it and sign what they conclude, then close it."""
    officer = played.cast.officer
    for row in _rows(played.call, states.RUNNING):
        followup.conclude_together(row, played.leads[row.pk], officer)
        moving.move(row, "close", by=officer)


def agreements(call: Call) -> int:
    """Return how many agreements of a call are signed."""
    return Agreement.objects.filter(dossier__call=call, state=Agreement.State.SIGNED).count()


def _rows(call: Call, *wanted: str) -> list[Dossier]:
    rows = Dossier.objects.filter(call=call, state__in=wanted).order_by("number")
    return list(
        rows.select_related("call__programme", "call__subject", "subject", "form", "applicant", "strand")
    )


def _in_bulk(call: Call, rows: Sequence[Dossier], step: str, officer: User) -> None:
    """Take a step with the files that may, by batches, as the page of the call does."""
    held = standing(officer, call)
    for some in batches(rows, bulk.MOST):
        order = bulk.Order(bulk.Verb.MOVE, tuple(one.pk for one in some), step=step)
        bulk.do(call, order, key=uuid4(), by=officer, held=held)


def _person(name: str, call: Call) -> User:
    email = _EMAIL.format(name=name, slug=call.slug)
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, name=f"{name.capitalize()} (exemple)")


def _named(name: str, call: Call, kind: str) -> User:
    user = _person(name, call)
    _role(user, call, kind)
    return user


def _role(user: User, call: Call, kind: str) -> None:
    day = timezone.localdate()
    if not Role.objects.held_on(day).filter(user=user, call=call, role=kind).exists():
        Role.objects.create(user=user, call=call, role=kind, valid_from=day)
