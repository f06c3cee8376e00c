"""The plan of co-financing: who brings what, how sure it is, what the call asks of it. Pure (R-77, R-87)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from terreau.agreements import levels
from terreau.common.text import fold

CASH, IN_KIND = "cash", "in_kind"
ASKED, SECURED, REFUSED = "sollicite", "acquis", "refuse"

#: First words of a name → the level that it says; a proposal that somebody confirms.
_NAMED: Final = (
    (levels.EUROPE, ("fse", "feder", "feader", "leader", "union europeenne", "europe")),
    (
        levels.STATE,
        (
            *("etat", "ministere", "prefecture", "dreets", "drac", "dreal", "direction generale"),
            *("france travail", "ademe", "anct", "fnadt", "fonjep"),
        ),
    ),
    (levels.REGION, ("region", "conseil regional", "collectivite de corse")),
    (levels.DEPARTMENT, ("departement", "conseil departemental")),
    (
        levels.LOCAL,
        ("commune", "ville", "mairie", "metropole", "communaute", "agglomeration", "epci", "petr", "pays"),
    ),
    (levels.PUBLIC, ("banque des territoires", "caisse des depots", "caf", "agence de l'eau")),
    (levels.PRIVATE, ("fondation", "banque", "credit", "mecenat", "entreprise", "fonds de dotation")),
    (
        levels.OWN,
        ("fonds propres", "autofinancement", "ressources propres", "ventes", "cotisations", "apport propre"),
    ),
)


def level_of(name: str) -> str:
    """Return the level that the name of a funder says, or nothing."""
    called = f"{fold(name)} "
    for level, starts in _NAMED:
        if any(called.startswith((f"{start} ", f"{start}s ", f"{start}+")) for start in starts):
            return level
    return levels.UNKNOWN


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who finances the budget; ``confirmed``: a person said the level, no name was guessed from."""

    key: str
    funder: str
    cents: int
    kind: str = CASH
    status: str = ASKED
    level: str = levels.UNKNOWN
    confirmed: bool = False
    letter: bool = False

    @property
    def counts(self) -> bool:
        """Say whether it may still bring something."""
        return self.status != REFUSED

    @property
    def sure(self) -> bool:
        """Say whether it is secured, with the letter that says so."""
        return self.status == SECURED and (self.letter or self.kind == IN_KIND or self.level == levels.OWN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks of the plan; None: left to its owner. Rates are hundredths of a percent."""

    cofinancing: str = ""
    cofinancing_rate: int | None = None
    aid_rate_max: int | None = None
    in_kind_counts: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The budget of a dossier and who finances it; ``aid`` is that of the call (cents)."""

    budget: int | None
    balanced: bool
    aid: int | None
    lines: tuple[Line, ...] = ()

    @property
    def others(self) -> int:
        """What others may bring, in money."""
        return sum(one.cents for one in self.lines if one.counts and one.kind == CASH)

    @property
    def secured(self) -> int:
        """What others have said yes to, in money."""
        return sum(one.cents for one in self.lines if one.status == SECURED and one.kind == CASH)

    @property
    def in_kind(self) -> int:
        """What is brought in kind, beside the money."""
        return sum(one.cents for one in self.lines if one.counts and one.kind == IN_KIND)

    @property
    def public(self) -> int:
        """Public money, the aid of the call in; money of which nobody knows the origin left out."""
        found = sum(
            one.cents for one in self.lines if one.counts and one.kind == CASH and levels.is_public(one.level)
        )
        return found + (self.aid or 0)

    @property
    def gap(self) -> int | None:
        """What nobody brings yet (positive), or what is too much (negative); none without a budget."""
        return None if self.budget is None else self.budget - (self.aid or 0) - self.others

    @property
    def over(self) -> int:
        """What is too much, in cents."""
        return max(0, -(self.gap or 0))

    def rate(self, cents: int) -> int | None:
        """Return a part of the budget in hundredths of a percent, rounded down."""
        return cents * 10_000 // self.budget if self.budget else None

    def by_level(self) -> dict[str, int]:
        """Return what each level may bring in money, from the widest; the aid of the call aside."""
        found: dict[str, int] = {}
        for level in levels.ORDER:
            sums = [one.cents for one in self.lines if one.counts and one.kind == CASH and one.level == level]
            if sums:
                found[level] = sum(sums)
        return found


#: Why an award waits; said by ``plan``.
NO_COFUNDER, NO_LETTER, NO_BUDGET, TOO_LITTLE, TOO_HIGH = (
    *("no_cofunder", "no_letter", "no_budget"),
    *("too_little", "too_high"),
)


@dataclass(frozen=True, slots=True)
class Lack:
    """What the plan lacks: a code, how much (cents) or whose letter."""

    code: str
    cents: int = 0
    names: tuple[str, ...] = ()


def lacks(plan: Plan, asked: Asked) -> list[Lack]:
    """Return what the plan lacks before an award, as the call chose (R-77); nothing when it is left open."""
    found: list[Lack] = []
    living = [one for one in plan.lines if one.counts]
    if asked.cofinancing in {"asked", "letters", "secured"} and not living:
        found.append(Lack(NO_COFUNDER))
    if asked.cofinancing in {"letters", "secured"}:
        without = tuple(one.funder for one in living if one.status == SECURED and not one.sure)
        if without:
            found.append(Lack(NO_LETTER, names=without))
    if asked.cofinancing == "secured":
        found += _unsecured(plan, asked)
    if asked.aid_rate_max is not None and plan.budget and plan.aid:
        most = plan.budget * asked.aid_rate_max // 10_000
        if plan.aid > most:
            found.append(Lack(TOO_HIGH, cents=plan.aid - most))
    return found


def _unsecured(plan: Plan, asked: Asked) -> list[Lack]:
    if not plan.budget:
        return [Lack(NO_BUDGET)]
    have = sum(one.cents for one in plan.lines if one.sure and (one.kind == CASH or asked.in_kind_counts))
    if asked.cofinancing_rate is None:
        wanted = plan.budget - (plan.aid or 0)
    else:
        wanted = -(-plan.budget * asked.cofinancing_rate // 10_000)
    return [Lack(TOO_LITTLE, cents=wanted - have)] if have < wanted else []


def read_budget(rows: Sequence[Mapping[str, Any]], *, in_kind: bool = False) -> tuple[int | None, bool]:
    """Return the cost that a budget table says, in cents, and whether its two sides are equal.

    What is brought in kind is left out of both sides, unless the call counts it.
    """
    sides = {"expense": 0, "resource": 0}
    for row in rows:
        side, cents = row.get("side"), row.get("cents")
        if row.get("kind") == IN_KIND and not in_kind:
            continue
        if side in sides and isinstance(cents, int) and not isinstance(cents, bool):
            sides[side] += cents
    spent = sides["expense"]
    return (spent or None), bool(spent) and spent == sides["resource"]


def read_lines(key: str, rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return the lines of a table of co-financers; what cannot be read is left out."""
    found = []
    for rank, row in enumerate(rows):
        name, cents = str(row.get("funder") or "").strip(), row.get("cents")
        if not name or not isinstance(cents, int) or isinstance(cents, bool) or cents <= 0:
            continue
        status = SECURED if row.get("status") == SECURED else ASKED
        found.append(
            Line(
                f"answer:{key}:{rank}",
                name[:200],
                cents,
                status=status,
                level=level_of(name),
                letter=bool(row.get("piece")),
            )
        )
    return found
