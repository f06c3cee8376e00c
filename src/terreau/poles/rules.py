"""Rules about poles, on plain values: no Django, no clock, no query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

#: The stages of R-29 in the order of a life that goes forward.
STAGES = (
    "manifestation_interet",
    "en_projet",
    "prefiguration",
    "emergence",
    "creation",
    "developpement",
    "consolidation",
)
#: From a stage to those it may move to. Every other one: a pole may skip a stage (a census sees it late) and
#: may go back (« se déliter », R-151). "" is a stage not known yet: nothing comes back to it.
TRANSITIONS: dict[str, frozenset[str]] = {
    "": frozenset(STAGES),
    **{stage: frozenset(STAGES) - {stage} for stage in STAGES},
}

#: How sure the register is (R-51), from the least to the most.
STATUSES = ("repere", "declare", "verifie")
#: From a register status to those it may move to: forward by steps or at once, back when it proves wrong.
STATUS_TRANSITIONS: dict[str, frozenset[str]] = {
    "repere": frozenset({"declare", "verifie"}),
    "declare": frozenset({"repere", "verifie"}),
    "verifie": frozenset({"repere", "declare"}),
}

#: R-07: S0 annexe §6 and S1 §6 (« un nombre significatif : au minimum 5/10 »), S3 §2 (fifteen on average).
MEMBERS_MINIMUM, MEMBERS_WANTED, MEMBERS_AVERAGE = 5, 10, 15
#: R-154: a pole that nobody confirmed for so many years is shown as such.
YEARS_BEFORE_OLD = 2

ESS, NOT_ESS, UNSURE = "oui", "non", "a_verifier"
LUCRATIVE = frozenset({"company"})
PERSONS = frozenset({"natural_person"})
MEMBER_ROLES = frozenset({"founder", "member", "host"})


@dataclass(frozen=True, slots=True)
class Move:
    """Whether a change of stage is possible, whether it goes back, and why not when it is not."""

    ok: bool
    back: bool = False
    code: str = ""


def stage_move(
    current: str, wanted: str, *, reason: str = "", last_on: date | None = None, on: date | None = None
) -> Move:
    """Say whether a pole may go from a stage to another (R-29, R-151).

    Going back needs a reason; a move is never dated before the one it follows. ``code`` is ``unknown_stage``,
    ``same_stage``, ``reason_needed`` or ``before_last_move``.
    """
    if current not in TRANSITIONS or wanted not in STAGES:
        return Move(ok=False, code="unknown_stage")
    if wanted not in TRANSITIONS[current]:
        return Move(ok=False, code="same_stage")
    back = bool(current) and STAGES.index(wanted) < STAGES.index(current)
    if back and not reason.strip():
        return Move(ok=False, back=back, code="reason_needed")
    if last_on and on and on < last_on:
        return Move(ok=False, back=back, code="before_last_move")
    return Move(ok=True, back=back)


def status_problem(current: str, wanted: str, *, by_a_person: bool) -> str:
    """Return why a register status may not become another, "" when it may (R-51).

    ``unknown_status``, ``same_status``, or ``person_needed``: no source says « vérifié ».
    """
    if current not in STATUS_TRANSITIONS or wanted not in STATUSES:
        return "unknown_status"
    if wanted not in STATUS_TRANSITIONS[current]:
        return "same_status"
    return "person_needed" if wanted == "verifie" and not by_a_person else ""


@dataclass(frozen=True, slots=True)
class Member:
    """What the composition looks at: nature, ESS verdict (`oui`, `non`, `a_verifier`), role, circle."""

    nature: str
    ess: str
    role: str = "member"
    circle: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A share between the least and the most that what is unknown allows; ``None`` of nothing."""

    least: float
    most: float

    @property
    def known(self) -> bool:
        """Whether nothing unknown could change it."""
        return self.least == self.most


@dataclass(frozen=True, slots=True)
class Remark:
    """An information on the composition, never a block: a code, its numbers and the source of the rule."""

    code: str
    source: str
    value: int | None = None
    threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """Who makes the pole: organisations (not persons), their types, the shares of R-05, the remarks.

    ``organisations`` are those that are named; ``stated`` is the number that a source gives, when one does.
    """

    organisations: int
    stated: int | None
    types: int
    ess: Share | None
    core_ess: Share | None
    lucrative: Share | None
    remarks: tuple[Remark, ...] = ()

    @property
    def size(self) -> int:
        """The larger of what is named and what is stated: a source that counts seldom names them all."""
        return max(self.organisations, self.stated or 0)


def composition(members: Iterable[Member], stated: int | None = None) -> Composition:
    """Describe the members of a pole (R-05, R-07, R-38): everything said is an information.

    Persons and funders are not counted. A type is a legal nature; « unknown » makes no type. The shares are
    those of the founders and members, not of the partners and stakeholders around them.
    """
    counted = [m for m in members if m.nature not in PERSONS and m.role != "funder"]
    inside = [m for m in counted if m.role in MEMBER_ROLES]
    core = [m for m in counted if m.circle == "core"]
    lucrative = [m for m in inside if m.nature in LUCRATIVE and m.ess == NOT_ESS]
    maybe = [m for m in inside if m.nature in {*LUCRATIVE, "unknown"} and m.ess == UNSURE]
    made = Composition(
        organisations=len(counted),
        stated=stated,
        types=len({m.nature for m in counted} - {"unknown"}),
        ess=_share_of_ess(inside),
        core_ess=_share_of_ess(core),
        lucrative=_share(len(lucrative), len(maybe), len(inside)),
    )
    return replace(made, remarks=tuple(_remarks(made)))


def _share_of_ess(members: Sequence[Member]) -> Share | None:
    sure = sum(m.ess == ESS for m in members)
    unsure = sum(m.ess == UNSURE for m in members)
    return _share(sure, unsure, len(members))


def _share(sure: int, unsure: int, total: int) -> Share | None:
    return Share(sure / total, (sure + unsure) / total) if total else None


def _remarks(made: Composition) -> Iterator[Remark]:
    if not made.size:
        yield Remark("no_member_known", "R-07")
        return
    if made.size < MEMBERS_MINIMUM:
        yield Remark("below_minimum", "S0 annexe §6", made.size, MEMBERS_MINIMUM)
    elif made.size < MEMBERS_WANTED:
        yield Remark("between_5_and_10", "S0 annexe §6", made.size, MEMBERS_WANTED)
    if made.types == 1 and made.organisations == made.size > 1:
        yield Remark("one_type_only", "S0 annexe §6", made.types)
    if made.core_ess and made.core_ess.most < 0.5:
        yield Remark("core_not_ess", "S3 §2 les parties prenantes")
    if made.lucrative and made.lucrative.least > 0.5:
        yield Remark("mostly_lucrative", "S3 §2 les parties prenantes")


@dataclass(frozen=True, slots=True)
class OldInformation:
    """That what is shown is old: the year of the newest source, and the day it was confirmed, if ever."""

    year: int | None
    confirmed_on: date | None


def old_information(newest: date | None, confirmed_on: date | None, today: date) -> OldInformation | None:
    """Return what to say of information that is old (R-154), or ``None`` when it is fresh.

    ``newest`` is the most recent day that a source of the pole speaks of. A confirmation counts as fresh for
    `YEARS_BEFORE_OLD` years; without any, the newest source does. With neither, nothing is known: say so.
    """
    fresh = max((day for day in (newest, confirmed_on) if day), default=None)
    if fresh and _years_between(fresh, today) < YEARS_BEFORE_OLD:
        return None
    return OldInformation(newest.year if newest else None, confirmed_on)


def _years_between(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


#: Recognitions that a pole has by an act of its own: it applied, engaged itself or signed.
OWN_ACTS = frozenset({"engage-2014", "temoin", "laureat", "ami-phase-1", "ami-phase-2", "signataire"})


def register_status(schemes: Iterable[str]) -> str:
    """Return how sure the register is of a pole that only sources describe (R-51).

    `declare` when the pole engaged itself in a scheme, since that declared it to a body; `repere` otherwise.
    `verifie` needs a person and a day: no source gives it.
    """
    return "declare" if OWN_ACTS & set(schemes) else "repere"
