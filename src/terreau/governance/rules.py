"""Quorum, proxies, votes and majorities of a body (R-33, R-34). Pure: exact fractions, no query, no clock.

A body has seats; a seat may stand in a college. Votes count one by seat, or by college: each college weighs
what the statutes give it, and its weight is shared as its seats voted, or goes whole to what most chose.
Nothing here is fixed by Terreau: the pole types its own shares, limits and weights.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
#: What a question by yes or no may be answered.
CHOICES: Final = (FOR, AGAINST, ABSTAIN)
#: Below that many entitled seats in a college, its result says what somebody voted.
LEAST_FOR_SECRECY: Final = 3


class Counting(StrEnum):
    """How votes count: one by seat, or by the weight of the college."""

    SEAT = "seat"
    COLLEGE = "college"


class Sharing(StrEnum):
    """What becomes of the weight of a college."""

    PROPORTIONAL = "proportional"
    WHOLE = "whole"


class Majority(StrEnum):
    """What is needed: more for than against, more than half of the votes cast, or a larger share."""

    SIMPLE = "simple"
    ABSOLUTE = "absolute"
    TWO_THIRDS = "two_thirds"
    THREE_QUARTERS = "three_quarters"
    UNANIMITY = "unanimity"
    CONSENT = "consent"


_SHARES: Final = {Majority.TWO_THIRDS: Fraction(2, 3), Majority.THREE_QUARTERS: Fraction(3, 4)}


class Presence(StrEnum):
    """How a seat stands in a meeting. ``REPRESENTED`` names the seat that votes for it."""

    PRESENT = "present"
    REMOTE = "remote"
    REPRESENTED = "represented"
    EXCUSED = "excused"
    ABSENT = "absent"


_HERE: Final = {Presence.PRESENT, Presence.REMOTE}


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat with a voice (observers are not given here); ``college`` is empty when there is none."""

    id: str
    college: str = ""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How a seat stands in a meeting; ``proxy`` is the seat that holds its voice when it is represented."""

    seat: str
    how: Presence
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class BodyRules:
    """What the statutes of a body say.

    ``quorum``: share of the seats that must be present or represented; ``quorum_by_college``: the same share
    is asked of each college too. ``proxies``: voices that one seat may hold beside its own.
    ``weights``: share of each college, whole numbers that need not add up to a hundred.
    """

    quorum: Fraction = Fraction(0)
    quorum_by_college: bool = False
    proxies: int = 1
    majority: Majority = Majority.SIMPLE
    counting: Counting = Counting.SEAT
    sharing: Sharing = Sharing.PROPORTIONAL
    weights: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quorum:
    """Whether enough seats are there; ``voices`` maps who votes to the seats that he votes for."""

    reached: bool
    needed: int
    counted: int
    voices: Mapping[str, tuple[str, ...]]
    set_aside: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a vote gives. ``shares`` are the exact weights of the choices; ``adopted`` is never a guess."""

    adopted: bool
    shares: Mapping[str, Fraction]
    cast: int
    reason: str


def voices(seats: Sequence[Seat], attendance: Iterable[Attendance], rules: BodyRules) -> Quorum:
    """Return who votes for whom and whether the quorum is reached.

    A voice is set aside, never counted, when its proxy is not there, is represented himself, has no seat, or
    holds already as many as the statutes allow (in the order given). So proxies above the limit never
    make a quorum nor a majority.
    """
    known = {seat.id for seat in seats}
    said = {one.seat: one for one in attendance if one.seat in known}
    here = [seat.id for seat in seats if seat.id in said and said[seat.id].how in _HERE]
    held: dict[str, list[str]] = {seat: [seat] for seat in here}
    aside: list[str] = []
    for one in said.values():
        if one.how is not Presence.REPRESENTED:
            continue
        if one.proxy in held and len(held[one.proxy]) <= rules.proxies:
            held[one.proxy].append(one.seat)
        else:
            aside.append(one.seat)
    counted = {seat for seats_of in held.values() for seat in seats_of}
    needed = _needed(len(seats), rules.quorum)
    lacking = _lacking_colleges(seats, counted, rules) if rules.quorum_by_college else ()
    reached = len(counted) >= needed and not lacking and bool(counted)
    found = {seat: tuple(names) for seat, names in held.items()}
    return Quorum(reached, needed, len(counted), found, tuple(aside), lacking)


def result(seats: Sequence[Seat], cast: Mapping[str, str], rules: BodyRules) -> Result:
    """Return the result of a question answered by yes or no, from the choice of each seat that voted.

    By college, a college where nobody voted weighs nothing. A tie is a refusal: nothing is adopted by
    chance. Consent: one vote against is enough to refuse, an abstention is none.
    """
    colleges = {seat.id: seat.college for seat in seats}
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for seat, choice in cast.items():
        if seat in colleges and choice in CHOICES:
            tallies[colleges[seat]][choice] += 1
    return tallied(tallies, rules)


def tallied(tallies: Mapping[str, Mapping[str, int]], rules: BodyRules) -> Result:
    """Return the result from counts by college and choice: all that a secret ballot keeps."""
    number = sum(sum(counts.values()) for counts in tallies.values())
    shares = _by_college(tallies, rules) if rules.counting is Counting.COLLEGE else _by_seat(tallies)
    if not number:
        return Result(adopted=False, shares=shares, cast=0, reason="nobody_voted")
    reason = _refusal(shares, rules.majority)
    return Result(adopted=not reason, shares=shares, cast=number, reason=reason or "adopted")


def not_secret(seats: Sequence[Seat], rules: BodyRules) -> tuple[str, ...]:
    """Return the colleges too small for a secret ballot (the empty name: the whole body); none when it holds.

    Counted by seat, the colleges are not kept apart and only the whole body matters.
    """
    if rules.counting is Counting.SEAT:
        return () if len(seats) >= LEAST_FOR_SECRECY else ("",)
    sizes = Counter(seat.college for seat in seats)
    return tuple(sorted(name for name, size in sizes.items() if size < LEAST_FOR_SECRECY))


def _needed(seats: int, share: Fraction) -> int:
    """Return the smallest whole number of seats that makes the share."""
    return -(-seats * share.numerator // share.denominator)


def _lacking_colleges(seats: Sequence[Seat], counted: set[str], rules: BodyRules) -> tuple[str, ...]:
    sizes, there = Counter(seat.college for seat in seats), Counter[str]()
    there.update(seat.college for seat in seats if seat.id in counted)
    return tuple(sorted(name for name, size in sizes.items() if there[name] < _needed(size, rules.quorum)))


def _by_seat(tallies: Mapping[str, Mapping[str, int]]) -> dict[str, Fraction]:
    counts = Counter[str]()
    for one in tallies.values():
        counts.update(one)
    total = sum(counts.values()) or 1
    return {choice: Fraction(counts[choice], total) for choice in CHOICES}


def _by_college(tallies: Mapping[str, Mapping[str, int]], rules: BodyRules) -> dict[str, Fraction]:
    shares = dict.fromkeys(CHOICES, Fraction(0))
    voting = {name: counts for name, counts in tallies.items() if sum(counts.values())}
    total = sum(rules.weights.get(name, 0) for name in voting)
    for name, counts in voting.items():
        weight = Fraction(rules.weights.get(name, 0), total or 1)
        for choice, part in _parts(counts, rules.sharing).items():
            shares[choice] += weight * part
    return shares


def _parts(counts: Mapping[str, int], sharing: Sharing) -> dict[str, Fraction]:
    number = sum(counts.values())
    if sharing is Sharing.PROPORTIONAL:
        return {choice: Fraction(counts.get(choice, 0), number) for choice in CHOICES}
    for choice in (FOR, AGAINST):
        if 2 * counts.get(choice, 0) > number:
            return {choice: Fraction(1)}
    return {ABSTAIN: Fraction(1)}


def _refusal(shares: Mapping[str, Fraction], majority: Majority) -> str:
    """Return why nothing is adopted, empty when it is."""
    yes, no = shares[FOR], shares[AGAINST]
    if majority is Majority.CONSENT:
        return "" if not no and yes else "objection" if no else "nobody_for"
    if majority is Majority.UNANIMITY:
        return "" if yes and not no and not shares[ABSTAIN] else "not_unanimous"
    if majority is Majority.SIMPLE:
        return "" if yes > no else "tie" if yes == no else "more_against"
    if majority is Majority.ABSOLUTE:
        return "" if yes > Fraction(1, 2) else "not_half"
    return "" if yes >= _SHARES[majority] * (yes + no) and yes else "share_not_reached"
