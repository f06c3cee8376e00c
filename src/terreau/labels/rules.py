"""What a label may become: the table of moves, what it is worth on a day, when it may be renewed. Pure.

R-81 (decision, validity, progress plan, renewal, withdrawal), R-83 (never before a shared evaluation). A
decision that takes something away says why and may be appealed against; an appeal suspends nothing by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from terreau.common.periods import plus_months


class State(StrEnum):
    """Where a request is, then the label that it gave."""

    REQUESTED = "requested"
    INSTRUCTED = "instructed"
    GRANTED = "granted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    IN_APPEAL = "in_appeal"
    RENEWED = "renewed"
    DROPPED = "dropped"


class Who(StrEnum):
    """Who makes a move: the pole, who instructs, who decides, the calendar, what renews it."""

    POLE = "pole"
    INSTRUCTS = "instructs"
    DECIDES = "decides"
    CLOCK = "clock"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class Step:
    """One move. ``after`` is None when an appeal that fails leads back to what was contested."""

    verb: str
    before: State
    after: State | None
    who: Who
    reason: bool = True


_S = State
#: Every move there is. What is not here cannot happen, whoever asks.
TABLE: Final[tuple[Step, ...]] = (
    Step("take", _S.REQUESTED, _S.INSTRUCTED, Who.INSTRUCTS, reason=False),
    Step("drop", _S.REQUESTED, _S.DROPPED, Who.POLE),
    Step("drop", _S.INSTRUCTED, _S.DROPPED, Who.POLE),
    Step("grant", _S.INSTRUCTED, _S.GRANTED, Who.DECIDES),
    Step("refuse", _S.INSTRUCTED, _S.REFUSED, Who.DECIDES),
    Step("suspend", _S.GRANTED, _S.SUSPENDED, Who.DECIDES),
    Step("reinstate", _S.SUSPENDED, _S.GRANTED, Who.DECIDES),
    Step("withdraw", _S.GRANTED, _S.WITHDRAWN, Who.DECIDES),
    Step("withdraw", _S.SUSPENDED, _S.WITHDRAWN, Who.DECIDES),
    Step("renew", _S.GRANTED, _S.RENEWED, Who.RENEWAL, reason=False),
    Step("expire", _S.GRANTED, _S.EXPIRED, Who.CLOCK, reason=False),
    Step("expire", _S.SUSPENDED, _S.EXPIRED, Who.CLOCK, reason=False),
    Step("appeal", _S.REFUSED, _S.IN_APPEAL, Who.POLE),
    Step("appeal", _S.SUSPENDED, _S.IN_APPEAL, Who.POLE),
    Step("appeal", _S.WITHDRAWN, _S.IN_APPEAL, Who.POLE),
    Step("uphold", _S.IN_APPEAL, None, Who.DECIDES),
    Step("overturn", _S.IN_APPEAL, None, Who.DECIDES),
)

#: What an appeal that succeeds gives back: a refused request is instructed again, a label holds again.
_OVERTURNED: Final[Mapping[State, State]] = {
    _S.REFUSED: _S.INSTRUCTED,
    _S.SUSPENDED: _S.GRANTED,
    _S.WITHDRAWN: _S.GRANTED,
}
#: Nothing follows these.
FINAL: Final = frozenset({_S.DROPPED, _S.RENEWED, _S.EXPIRED})
#: States in which a request waits for an answer.
OPEN: Final = frozenset({_S.REQUESTED, _S.INSTRUCTED})
#: States that only a request once granted can be in (``IN_APPEAL`` may be one of them).
LABELS: Final = frozenset({_S.GRANTED, _S.SUSPENDED, _S.WITHDRAWN, _S.EXPIRED, _S.RENEWED})


def steps(state: State, *, who: Collection[Who] | None = None) -> list[Step]:
    """Return what may follow a state, for some of those who move it."""
    return [one for one in TABLE if one.before == state and (who is None or one.who in who)]


def step(state: State, verb: str) -> Step | None:
    """Return the move that a verb names in a state, None when there is none."""
    return next((one for one in TABLE if one.before == state and one.verb == verb), None)


def after(one: Step, contested: State | None) -> State:
    """Return where a move leads; ``contested`` is what an appeal is against.

    Raises ``ValueError`` for the end of an appeal against nothing.
    """
    if one.after is not None:
        return one.after
    if contested is None or contested not in _OVERTURNED:
        raise ValueError("an appeal is against a refusal, a suspension or a withdrawal")
    return contested if one.verb == "uphold" else _OVERTURNED[contested]


class Worth(StrEnum):
    """What a certificate is worth on a day: what a passer-by is told."""

    TO_COME = "to_come"
    VALID = "valid"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RENEWED = "renewed"
    NONE = "none"


def worth(
    state: State, contested: State | None, valid_from: date | None, valid_to: date | None, on: date
) -> Worth:
    """Return what a label is worth on a day; ``valid_to`` is its last one. Dates win over a late clock."""
    held = contested if state == _S.IN_APPEAL and contested is not None else state
    if held not in LABELS or valid_from is None or valid_to is None:
        return Worth.NONE
    if held == _S.WITHDRAWN:
        return Worth.WITHDRAWN
    if held == _S.RENEWED:
        return Worth.VALID if valid_from <= on <= valid_to else Worth.RENEWED
    if held == _S.EXPIRED or on > valid_to:
        return Worth.EXPIRED
    if held == _S.SUSPENDED:
        return Worth.SUSPENDED
    return Worth.TO_COME if on < valid_from else Worth.VALID


def last_day(first: date, months: int) -> date:
    """Return the last day of so many months that begin on a day."""
    return plus_months(first, months) - timedelta(days=1)


def renewable_from(valid_to: date, months_before: int) -> date:
    """Return the day from which a label that ends on ``valid_to`` may be asked for again."""
    return plus_months(valid_to, -months_before)


def appeal_until(decided_on: date, days: int) -> date:
    """Return the last day to contest a decision."""
    return decided_on + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a label may be asked for, and what is missing: each a code that pages say in words."""

    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.missing


def may_ask(  # noqa: PLR0913 - each is a condition of the request
    *,
    published: bool,
    public: bool,
    concluded_on: date | None,
    used: bool,
    open_already: bool,
    held_until: date | None,
    suspended: bool,
    renew_months: int,
    on: date,
) -> Gate:
    """Say whether a pole may ask for a label on a day (R-81, R-83: after a shared evaluation, a fresh one).

    ``concluded_on``: the day both sides signed the shared evaluation; ``used``: a label was decided on it
    already; ``held_until``: the last day of the label the pole holds, None when it holds none; ``suspended``:
    it has one that is suspended, which another would go around.
    """
    missing = [] if published else ["scheme_closed"]
    if not public:
        missing.append("pole_private")
    if concluded_on is None or concluded_on > on:
        missing.append("no_evaluation")
    elif used:
        missing.append("evaluation_used")
    if open_already:
        missing.append("asked_already")
    if held_until is not None and held_until >= on and on < renewable_from(held_until, renew_months):
        missing.append("too_soon")
    if suspended:
        missing.append("suspended")
    return Gate(tuple(missing))


def unjudged(codes: Iterable[str], answers: Mapping[str, str]) -> list[str]:
    """Return the criteria to which nobody has answered yet."""
    return [code for code in codes if not answers.get(code)]


#: An advantage lasts three years unless its text says otherwise (R-82).
ADVANTAGE_MONTHS: Final = 36
#: Days before the end of an advantage, or of a label, on which people are told.
ALERTS: Final = (90, 30, 7)


def alert(ends_on: date, on: date) -> int | None:
    """Return the alert that is due on a day: the last one passed, None before the first and after the end."""
    left = (ends_on - on).days
    if left < 0:
        return None
    due = [days for days in ALERTS if left <= days]
    return min(due) if due else None
