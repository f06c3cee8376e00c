"""The table of a committee: files in their order, what is proposed and decided, what is left to award.

About twenty queries whatever the number of files. Files over which the person is in conflict are not there:
only their number is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call, Role
from terreau.calls.perms import Standing
from terreau.dossiers import moving, states
from terreau.dossiers.models import Answer, Dossier
from terreau.envelopes import read as money
from terreau.envelopes.rules import State
from terreau.instruction import conflicts
from terreau.instruction import read as instruction
from terreau.instruction.models import Draw
from terreau.instruction.read import Scored
from terreau.selection import committee, deciding, perms, proposing, ranking
from terreau.selection.models import Committee, Decision, Outcome, Proposal

#: Answers of the form that say where a project is, when the form asks.
MARKS: Final = ("qpv", "rural")


@dataclass(frozen=True, slots=True)
class Row:
    """A file before the committee. ``tied``: how many others share its rank."""

    dossier: Dossier
    rank: int
    tied: int
    scored: Scored
    proposal: Proposal | None = None
    decision: Decision | None = None
    marks: frozenset[str] = frozenset()

    @property
    def outcome(self) -> str:
        """What stands: what is decided, else what is proposed."""
        return self.decision.outcome if self.decision else self.proposed

    @property
    def proposed(self) -> str:
        """What is proposed and not decided."""
        return self.proposal.outcome if self.proposal and not self.decision else ""

    @property
    def cents(self) -> int | None:
        """The amount that stands for a laureate; what is asked while nothing is said."""
        if self.decision:
            return self.decision.cents
        if self.proposal and self.proposal.outcome == Outcome.LAUREATE:
            return self.proposal.cents
        return None

    @property
    def seen(self) -> int:
        """The key of the proposal that stands, 0 for none: what a form says it saw."""
        return self.proposal.pk if self.proposal else 0

    @property
    def region(self) -> str:
        """The name of the region, or nothing."""
        return self.dossier.zone.name if self.dossier.zone else ""


@dataclass(frozen=True, slots=True)
class Purse:
    """What the envelopes of a call hold, and what the proposals would still take. In cents."""

    state: State
    proposed: int
    known: bool

    @property
    def left(self) -> int:
        """What would be left once everything proposed is decided; below zero: too much is proposed."""
        return self.state.left - self.proposed

    @property
    def over(self) -> int:
        """What is proposed beyond the envelopes."""
        return max(0, -self.left)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page of a committee shows."""

    call: Call
    body: Committee | None
    rows: list[Row]
    purse: Purse
    hidden: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def waiting(self) -> list[Row]:
        """Files proposed and not decided."""
        return [row for row in self.rows if row.proposed]

    @property
    def silent(self) -> list[Row]:
        """Files of which nothing is said yet."""
        return [row for row in self.rows if not row.outcome]


def sheet(call: Call, *, user: User, held: Standing, named: bool = True) -> Sheet:
    """Return the files before the committee or decided by it, as a person may see them.

    ``named`` as ``instruction.read.scored`` says it.
    """
    stages = moving.stages_of(call)
    before = {state for state in states.LABELS if proposing.choosable(state, stages)} - {states.RESERVE}
    files = Dossier.objects.filter(call=call, state__in=before | states.DECIDED)
    barred = set(conflicts.of_person(user, files))
    every = found = instruction.scored(call, states=sorted(before | states.DECIDED), named=named)
    if not perms.reads_all(held):
        found = [one for one in found if one.dossier.zone and one.dossier.zone.code in (held.zones or ())]
    seen = [one for one in found if one.dossier.pk not in barred]
    # Ranks and what is left are those of the whole call, whatever part of it the person reads.
    places = _places(call, every)
    keys = [one.dossier.pk for one in every]
    proposals = proposing.standing_ones(keys)
    decisions = _standing([one.dossier for one in every])
    marks = marks_of(keys)
    rows = [
        Row(
            one.dossier,
            places[one.dossier.pk].rank,
            places[one.dossier.pk].tied,
            one,
            proposals.get(one.dossier.pk),
            decisions.get(one.dossier.pk),
            marks.get(one.dossier.pk, frozenset()),
        )
        for one in seen
    ]
    rows.sort(key=lambda row: (row.rank, row.dossier.number))
    purse = _purse(call, proposals, decisions)
    return Sheet(call, committee.of_call(call), rows, purse, len(found) - len(seen), _counts(rows))


def _standing(files: list[Dossier]) -> dict[UUID, Decision]:
    """Return the decisions that hold: not those of files that came back before the committee."""
    return deciding.current([one.pk for one in files if one.state in states.DECIDED])


def _places(call: Call, found: list[Scored]) -> dict[UUID, ranking.Place]:
    rule = call.ranking or {}
    tie = str(rule.get("tie", "asked"))
    drawn = _drawn(call) if tie == "draw" else {}
    entries = [
        ranking.Entry(
            one.dossier.pk,
            one.dossier.number,
            one.score,
            one.opinions,
            one.dossier.deposited_at.isoformat() if one.dossier.deposited_at else "",
            drawn.get(one.dossier.reference),
        )
        for one in found
    ]
    return {one.key: one for one in ranking.rank(entries, by=str(rule.get("by", "score")), tie=tie)}


def _drawn(call: Call) -> dict[str, int]:
    """Return the number of each file → its place in the last draw of the call."""
    row = Draw.objects.filter(call=call).exclude(drawn_at=None).order_by("-drawn_at").first()
    return {one["name"]: one["rank"] for one in row.result} if row else {}


def _purse(call: Call, proposals: Mapping[UUID, Proposal], decisions: Mapping[UUID, Decision]) -> Purse:
    rows = money.of_call(call)
    proposed = sum(
        one.cents or 0
        for key, one in proposals.items()
        if one.outcome == Outcome.LAUREATE and key not in decisions
    )
    return Purse(money.total(rows), proposed, bool(rows))


def _counts(rows: list[Row]) -> dict[str, int]:
    found = dict.fromkeys((*Outcome.values, ""), 0)
    for row in rows:
        found[row.outcome] += 1
    return found


def marks_of(dossiers: list[UUID]) -> dict[UUID, frozenset[str]]:
    """Return what the files themselves say of where they are: ``qpv``, ``rural``. Unsaid is not counted."""
    rows = Answer.objects.filter(dossier__in=dossiers, key__in=MARKS)
    found: dict[UUID, set[str]] = {}
    for one, key, value in rows.order_by().values_list("dossier", "key", "value"):
        if value is True:
            found.setdefault(one, set()).add(key)
    return {one: frozenset(said) for one, said in found.items()}


@dataclass(frozen=True, slots=True)
class Desk:
    """A call in the list of those whose committee a person follows."""

    call: Call
    role: str
    before: int
    decided: int


def desks(user: User) -> list[Desk]:
    """Return the calls whose committee the person sits in, owns, instructs or audits: a few queries."""
    held = Role.objects.held_on(timezone.localdate()).filter(user=user, role__in=perms.READERS)
    named: dict[Any, str] = {}
    for role, programme, call in held.order_by("role").values_list("role", "programme", "call"):
        named.setdefault(call or programme, role)
    waiting = Count("dossiers", filter=Q(dossiers__state__in=[states.COMMITTEE]))
    decided = Count("dossiers", filter=Q(dossiers__state__in=list(states.DECIDED)))
    rows = Call.objects.filter(Q(pk__in=named) | Q(programme__in=named)).exclude(state=Call.State.ARCHIVED)
    rows = rows.annotate(before=waiting, done=decided).order_by("-before", "-closes_at", "slug")
    return [
        Desk(row, _role(named.get(row.pk) or named[row.programme_id]), row.before, row.done) for row in rows
    ]


def _role(code: str) -> str:
    return str(dict(Role.Kind.choices).get(code, _("rôle")))
