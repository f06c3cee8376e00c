"""Stages of a project, shares of its partners, order of its tasks, enjeux. Pure: no query, no clock.

Sources: R-15, R-17, R-23 (strategy), R-107 (joint projects), R-113 (jobs), Q-51 (financial engineering).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.parsing import number

IDEA, STUDIED, DECIDED, RUNNING, DONE, DROPPED = STAGES = (
    "idea",
    "studied",
    "decided",
    "running",
    "done",
    "dropped",
)
STUDY, DECIDE, REVIEW, START, FINISH, REOPEN, DROP = (
    "study",
    "decide",
    "review",
    "start",
    "finish",
    "reopen",
    "drop",
)
#: Move → stages it leaves, stage it reaches.
TRANSITIONS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    STUDY: (frozenset({IDEA, DROPPED}), STUDIED),
    DECIDE: (frozenset({STUDIED}), DECIDED),
    REVIEW: (frozenset({DECIDED}), STUDIED),
    START: (frozenset({DECIDED}), RUNNING),
    FINISH: (frozenset({RUNNING}), DONE),
    REOPEN: (frozenset({DONE}), RUNNING),
    DROP: (frozenset({IDEA, STUDIED, DECIDED, RUNNING}), DROPPED),
}
#: Moves that say why.
ASK_WHY: Final = frozenset({DROP, REVIEW, REOPEN})
#: Stages in which the pole is committed: these projects count as successive projects (R-26).
COMMITTED: Final = frozenset({DECIDED, RUNNING, DONE})

TODO, DOING, FINISHED, GIVEN_UP = TASK_STATES = ("todo", "doing", "done", "dropped")

#: Parts of the financial engineering, all asked before a project is decided (Q-51).
ENGINEERING: Final = ("modes", "tools", "advisers", "cents", "calendar")


def moves_from(stage: str) -> list[str]:
    """Return the moves that a project at this stage may make, in the order of the table."""
    return [move for move, (sources, _to) in TRANSITIONS.items() if stage in sources]


def target(stage: str, move: str) -> str:
    """Return the stage that a move reaches; raise ``DomainError`` when it cannot be made from there."""
    sources, to = TRANSITIONS.get(move, (frozenset(), ""))
    if stage not in sources:
        words = _("Ce projet n'est pas à une étape d'où l'on peut faire cela : rechargez la page.")
        raise DomainError("no_such_move", words, facts={"stage": stage, "move": move}, status=409)
    return to


def missing(engineering: Mapping[str, object] | None) -> list[str]:
    """Return the parts of the financial engineering that lack (Q-51); a cost of zero is an answer."""
    held = engineering or {}
    return [part for part in ENGINEERING if held.get(part) in (None, "", [], ())]


# Shares


def read_share(typed: str) -> Fraction | None:
    """Return the share written « 33,3 % », « 33,3 » or « 1/3 », exactly; ``None`` when nothing is written."""
    text = typed.strip().removesuffix("%").strip()
    if not text:
        return None
    if "/" in text:
        return _fraction(typed, text)
    share = Fraction(number(text)) / 100
    return _bounded(typed, share)


def _fraction(typed: str, text: str) -> Fraction:
    above, _mark, below = text.partition("/")
    try:
        share = Fraction(int(above), int(below))
    except (ValueError, ZeroDivisionError) as error:
        words = _("« %(text)s » n'est pas une part : écrire par exemple 25 %% ou 1/3.") % {"text": typed}
        raise DomainError("not_a_share", words, facts={"typed": typed}) from error
    return _bounded(typed, share)


def _bounded(typed: str, share: Fraction) -> Fraction:
    if not 0 < share <= 1:
        words = _("« %(text)s » : une part est plus que zéro et au plus le tout.") % {"text": typed}
        raise DomainError("share_out_of_bounds", words, facts={"typed": typed})
    if share.denominator > 1_000_000:
        words = _("« %(text)s » : quatre décimales au plus.") % {"text": typed}
        raise DomainError("share_too_fine", words, facts={"typed": typed})
    return share


def say_share(share: Fraction | None) -> str:
    """Return a share as it is typed: « 33,3 % », or « 1/3 » when decimals would not be exact."""
    if share is None:
        return ""
    percent = share * 100
    scaled = percent * 10_000
    if scaled.denominator != 1:
        return f"{share.numerator}/{share.denominator}"
    whole, rest = divmod(int(scaled), 10_000)
    decimals = f"{rest:04d}".rstrip("0")
    return f"{whole},{decimals} %" if decimals else f"{whole} %"


def check_shares(shares: Sequence[Fraction | None]) -> None:
    """Raise ``DomainError`` unless nobody's share is said, or all are and they make the whole exactly."""
    said = [share for share in shares if share is not None]
    if not said:
        return
    if len(said) < len(shares):
        words = _("Dites la part de chaque partenaire, ou d'aucun.")
        raise DomainError("shares_half_said", words, facts={"field": "shares"})
    total = sum(said, Fraction(0))
    if total != 1:
        words = _("Les parts font %(total)s : elles doivent faire 100 %% exactement (un tiers s'écrit 1/3).")
        raise DomainError("shares_not_whole", words % {"total": say_share(total)}, facts={"field": "shares"})


# Tasks


@dataclass(frozen=True, slots=True)
class Work:
    """A task as the calendar knows it: ``needs`` are the keys of those that come first."""

    key: str
    starts_on: date | None
    ends_on: date | None
    state: str = TODO
    needs: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Say whether nothing is left to do."""
        return self.state in {FINISHED, GIVEN_UP}


def is_late(work: Work, today: date) -> bool:
    """Say whether a task should be over."""
    return not work.over and work.ends_on is not None and work.ends_on < today


def loops(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the keys of tasks that wait for one another in a ring, sorted; an empty list when none does."""
    left = {key: {one for one in wanted if one in needs} for key, wanted in needs.items()}
    free = [key for key, wanted in left.items() if not wanted]
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for key, wanted in left.items():
        for one in wanted:
            waiting[one].append(key)
    while free:
        done = free.pop()
        left.pop(done, None)
        for key in waiting[done]:
            left[key].discard(done)
            if not left[key]:
                free.append(key)
    return sorted(left)


def clashes(works: Sequence[Work]) -> list[tuple[str, str]]:
    """Return the pairs (task, what it needs) where the task begins before what it needs is over."""
    by_key = {work.key: work for work in works}
    found = []
    for work in works:
        for key in work.needs:
            first = by_key.get(key)
            if first is None or work.over or first.over or work.starts_on is None or first.ends_on is None:
                continue
            if work.starts_on <= first.ends_on:
                found.append((work.key, key))
    return found


# Enjeux


@dataclass(slots=True)
class Rolled:
    """What serves an enjeu: how many objectives, projects, needs (R-23)."""

    objectives: int = 0
    reached: int = 0
    projects: int = 0
    needs: int = 0

    @property
    def total(self) -> int:
        """How many things serve it."""
        return self.objectives + self.projects + self.needs


def majority(recognised: int, total: int) -> bool | None:
    """Say whether most activities have a recognised social utility; ``None`` when there is none (R-146)."""
    return None if total == 0 else 2 * recognised > total
