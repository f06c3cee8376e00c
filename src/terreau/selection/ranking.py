"""Files in the order of the call's rule, ties said and never broken in secret. Pure values (R-73, R-85).

``score``: the greatest first. ``opinion``: opinions count first (favourable less unfavourable, then the
fewest reserved), then the score. ``instructed``: as they come, by the instant of their deposit. What is
equal shares one rank; the call says how a tie is broken: by the deposit, by a draw, or by the committee,
which is asked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_LAST: Final = "~"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ranking looks at. ``score``: thousandths, None when not known; ``drawn``: place in a draw."""

    key: Any
    number: int
    score: int | None
    opinions: Mapping[str, str]
    deposited: str = ""
    drawn: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A rank, and with how many others it is shared: more than none is a tie that the committee breaks."""

    key: Any
    rank: int
    tied: int


def rank(entries: Iterable[Entry], *, by: str = "score", tie: str = "asked") -> list[Place]:
    """Return the place of each file, the first first."""
    rows = list(entries)
    worth = {"opinion": _by_opinion, "instructed": _by_deposit}.get(by, _by_score)
    told: Callable[[Entry], tuple[Any, ...]] = lambda one: (worth(one), _broken(one, tie))  # noqa: E731
    ordered = sorted(rows, key=lambda one: (told(one), one.number))
    same: dict[tuple[Any, ...], int] = {}
    for one in ordered:
        same[told(one)] = same.get(told(one), 0) + 1
    first: dict[tuple[Any, ...], int] = {}
    return [
        Place(one.key, first.setdefault(told(one), place), same[told(one)] - 1)
        for place, one in enumerate(ordered, 1)
    ]


def _by_score(one: Entry) -> tuple[Any, ...]:
    return (one.score is None, -(one.score or 0))


def _by_opinion(one: Entry) -> tuple[Any, ...]:
    said = list(one.opinions.values())
    balance = said.count("favourable") - said.count("unfavourable")
    return (-balance, said.count("reserved"), *_by_score(one))


def _by_deposit(one: Entry) -> tuple[Any, ...]:
    return (one.deposited or _LAST,)


def _broken(one: Entry, tie: str) -> tuple[Any, ...]:
    if tie == "deposit":
        return (one.deposited or _LAST,)
    if tie == "draw":
        return (one.drawn is None, one.drawn or 0)
    return ()
