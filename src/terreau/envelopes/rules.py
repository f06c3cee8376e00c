"""The equation of an envelope, the share of each sponsor, what n poles would cost. Pure: integer cents.

In every envelope, at every instant: budget = allotted below + committed + left, none of them negative, and
for every dossier: 0 ≤ paid − given back ≤ committed (R-78).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from terreau.common.money import Euro

BUDGET, COMMIT, RELEASE, PAY, RECOVER = "budget", "commit", "release", "pay", "recover"
KINDS: Final = (BUDGET, COMMIT, RELEASE, PAY, RECOVER)

#: Why a move is refused: what is held, and which bound stands in its way.
NO_CENTS, TOO_LITTLE_LEFT, BELOW_ENGAGED = "no_cents", "too_little_left", "below_engaged"
OVER_COMMITTED, PAID_ALREADY, NOT_PAID = "over_committed", "paid_already", "not_paid"


@dataclass(frozen=True, slots=True)
class State:
    """What an envelope holds, in cents; ``allotted`` is the budget of the envelopes below it."""

    budget: int = 0
    committed: int = 0
    paid: int = 0
    recovered: int = 0
    allotted: int = 0

    @property
    def left(self) -> int:
        """What may still be committed or allotted."""
        return self.budget - self.allotted - self.committed

    @property
    def to_pay(self) -> int:
        """What is committed and not paid (what was given back may be paid again)."""
        return self.committed - self.paid + self.recovered

    @property
    def sound(self) -> bool:
        """Say whether the equation holds."""
        return (
            min(self.budget, self.committed, self.paid, self.recovered, self.allotted, self.left) >= 0
            and self.recovered <= self.paid
            and self.paid - self.recovered <= self.committed
        )

    def __add__(self, other: State) -> State:
        return State(
            self.budget + other.budget,
            self.committed + other.committed,
            self.paid + other.paid,
            self.recovered + other.recovered,
            self.allotted + other.allotted,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """What one dossier has in an envelope: committed (net of what was released), paid, given back."""

    committed: int = 0
    paid: int = 0
    recovered: int = 0

    @property
    def out(self) -> int:
        """What is paid and was not given back."""
        return self.paid - self.recovered

    @property
    def to_pay(self) -> int:
        """What may still be paid."""
        return self.committed - self.out


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move cannot be made, and the most that could be, in cents."""

    code: str
    most: int


def refusal(kind: str, cents: int, state: State, held: Held) -> Refusal | None:
    """Return why a move is refused; none when it may be made. Only a budget may be negative: a cut."""
    if cents == 0 or (cents < 0 and kind != BUDGET):
        return Refusal(NO_CENTS, 0)
    bound, code = _bound(kind, cents, state, held)
    return Refusal(code, bound) if abs(cents) > bound else None


def _bound(kind: str, cents: int, state: State, held: Held) -> tuple[int, str]:
    if kind == BUDGET:
        return (state.left, BELOW_ENGAGED) if cents < 0 else (cents, "")
    return {
        COMMIT: (state.left, TOO_LITTLE_LEFT),
        RELEASE: (held.to_pay, PAID_ALREADY),
        PAY: (held.to_pay, OVER_COMMITTED),
        RECOVER: (held.out, NOT_PAID),
    }[kind]


def moved(kind: str, cents: int, state: State, held: Held) -> tuple[State, Held]:
    """Return what an envelope and a dossier hold after a move, negative when it undoes one."""
    if kind == BUDGET:
        return replace(state, budget=state.budget + cents), held
    if kind in {COMMIT, RELEASE}:
        change = cents if kind == COMMIT else -cents
        return (
            replace(state, committed=state.committed + change),
            replace(held, committed=held.committed + change),
        )
    if kind == PAY:
        return replace(state, paid=state.paid + cents), replace(held, paid=held.paid + cents)
    return (
        replace(state, recovered=state.recovered + cents),
        replace(held, recovered=held.recovered + cents),
    )


def fits(state: State, held: Held) -> bool:
    """Say whether both equations hold: what an undoing must leave behind it."""
    return state.sound and 0 <= held.out <= held.committed and held.recovered >= 0


def shared(cents: int, weights: Sequence[int]) -> list[int]:
    """Share an amount between sponsors by their weights, to the cent (R-85)."""
    return [part.cents for part in Euro(cents).split(list(weights))]


def drawn(cents: int, rooms: Sequence[int]) -> list[int]:
    """Take an amount out of places that hold ``rooms``, the first first; what is missing is not taken."""
    taken: list[int] = []
    for room in rooms:
        part = max(0, min(cents, room))
        taken.append(part)
        cents -= part
    return taken


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many poles, so much for each every year, so many years (R-79)."""

    poles: int
    aid: int
    years: int = 1

    @property
    def cost(self) -> int:
        """What the whole costs, in cents."""
        return self.poles * self.aid * self.years


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario before an envelope: what is left or missing, how many poles fit, what aid would fit."""

    scenario: Scenario
    envelope: int
    left: int
    most_poles: int
    most_aid: int

    @property
    def fits(self) -> bool:
        """Say whether the envelope is enough."""
        return self.left >= 0

    @property
    def missing(self) -> int:
        """What lacks, in cents."""
        return max(0, -self.left)


def simulate(scenario: Scenario, envelope: int) -> Outcome:
    """Say what an envelope allows of a scenario; the envelope is for all its years."""
    each = scenario.aid * scenario.years
    shares = scenario.poles * scenario.years
    return Outcome(
        scenario,
        envelope,
        envelope - scenario.cost,
        max(0, envelope) // each if each else 0,
        max(0, envelope) // shares if shares else 0,
    )
