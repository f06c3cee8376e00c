"""What is shown of trade beyond each pair: sums of a finished year, under secrecy, in which no pair is found.

A sum is looked at as each of those who know something would: as the pairs that make it, as its sellers, as
its buyers, and as each member sees it, who takes away what it knows. It is shown only when every one of
these views may show it; hiding more gives less away, so that each view holds (see ``publication``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.publication import policies, releases
from terreau.publication.models import Release
from terreau.publication.protection import SECRET, SHOWN, ZERO, Cell
from terreau.publication.tables import WHOLE, Axis, Contribution, Key, Table, build
from terreau.subjects import actions as subjects
from terreau.trade import read, rules, who
from terreau.trade.models import Spending

POLICY: Final = "adherents"
#: The two tables: what members sell to one another by reason, where they buy.
TRADE, SPENT = "trade", "spent"
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    TRADE: ("due", "other", "unsaid"),
    SPENT: ("members", "perimeter", "outside", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What some parties bring together to a sum: both of a pair, or one who buys."""

    parties: tuple[str, ...]
    code: str
    amount: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of a year as they may be shown, the whole under an empty code; when they were made."""

    year: int
    cells: Mapping[str, Cell]
    at: datetime | None = None

    def value(self, code: str = WHOLE) -> int | None:
        """Return a sum that is shown, in cents."""
        cell = self.cells.get(code)
        return cell.value if cell is not None and cell.status in {SHOWN, ZERO} else None


def views(parts: Sequence[Part]) -> Iterator[tuple[str, list[tuple[str, Part]]]]:
    """Return the ways of looking at sums: a name, and each part with who is one contributor there."""
    if any(len(part.parties) > 1 for part in parts):
        yield "pairs", [("+".join(sorted(part.parties)), part) for part in parts]
    for rank in range(max((len(part.parties) for part in parts), default=0)):
        yield f"side{rank}", [(part.parties[rank], part) for part in parts]
    for knows in sorted({party for part in parts for party in part.parties}):
        rest = [("+".join(sorted(part.parties)), part) for part in parts if knows not in part.parties]
        yield f"without:{knows}", rest


def tables(name: str, what: str, parts: Sequence[Part]) -> list[Table]:
    """Return one table by view. The axis has every code, so that nobody there is a zero."""
    axis = Axis("code", dict.fromkeys(CODES[what], WHOLE), categories=True)
    return [
        build(
            f"{name}:{view}", [([axis], [Contribution(who_, (one.code,), one.amount) for who_, one in rows])]
        )
        for view, rows in views(parts)
    ]


def parts_of(pole: Pole, year: int, what: str) -> list[Part]:
    """Return what makes the sums of a year; a pair whose credit notes outweigh its sales brings nothing."""
    if what == SPENT:
        return _spent(pole, year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    lines = read.lines(read.agreed(pole, first, last))
    lines += read.purchases(pole, first, last, set(who.members(pole).actors))
    reasons = read.due()
    codes = {True: "due", False: "other", None: "unsaid"}
    sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for line in lines:
        sums[str(line.seller), str(line.buyer), codes[reasons.get(line.why)]] += line.cents
    return [Part((seller, buyer), code, cents) for (seller, buyer, code), cents in sums.items() if cents > 0]


def _spent(pole: Pole, year: int) -> list[Part]:
    rows = Spending.objects.filter(pole=pole, year=year)
    return [
        Part((str(row.actor_id),), code, cents)
        for row in rows
        for code in CODES[SPENT]
        if (cents := getattr(row.spent, code)) > 0
    ]


def publish(pole: Pole, year: int, *, by: User | None, at: datetime | None = None) -> list[Figures]:
    """Publish the sums of a finished year; what cannot be shown stays secret. Who may is said by the caller.

    Published again, a figure that few changed waits, as ``publication.releases`` says.
    """
    moment = at or timezone.now()
    if year >= timezone.localdate(moment).year:
        words = _("On publie les sommes d'une année finie.")
        raise DomainError("year_not_over", words, facts={"field": "year"})
    policy = policies.policy(POLICY, timezone.localdate(moment))
    if policy is None:  # pragma: no cover - the rule is older than any pole
        raise DomainError("no_policy", _("Aucune règle de secret n'est en vigueur."))
    with transaction.atomic():
        subjects.lock(pole.pk)
        for what in CODES:
            for table in tables(_name(pole, year, what), what, parts_of(pole, year, what)):
                if releases.publish(table, policy, at=moment).release is None:
                    words = _(
                        "Trop peu de membres : rien ne peut être montré sans dire ce que fait l'un d'eux."
                    )
                    raise DomainError("too_few", words, status=409)
        record(pole.actor.subject, "trade.published", by=by, data={"year": year})
    return [figures(pole, year, what) for what in CODES]


def figures(pole: Pole, year: int, what: str) -> Figures:
    """Return the sums of a year as they were published (one query); no cell when they were not."""
    return next((one for one in every(pole, what) if one.year == year), Figures(year, {}))


def every(pole: Pole, what: str) -> list[Figures]:
    """Return the sums of every year that was published, the last first (one query)."""
    return by_year(pole, what, released(pole, what).iterator())


def released(pole: Pole, what: str) -> QuerySet[Release, Any]:
    """Return the question that ``by_year`` reads: what is in force, without what is private."""
    rows = Release.objects.filter(table__startswith=_start(pole, what), current=True)
    return rows.order_by().values("table", "figures", "made_at")


def by_year(pole: Pole, what: str, rows: Iterable[Mapping[str, Any]]) -> list[Figures]:
    """Return the sums of each year from what was released, the last first; no query."""
    start = _start(pole, what)
    found: defaultdict[int, list[Release]] = defaultdict(list)
    for row in rows:
        year = int(row["table"][len(start) :].partition(":")[0])
        found[year].append(Release(table=row["table"], figures=row["figures"], made_at=row["made_at"]))
    return [
        Figures(year, joined(held), max(one.made_at for one in held))
        for year, held in sorted(found.items(), reverse=True)
    ]


def _start(pole: Pole, what: str) -> str:
    return f"{what}:{pole.pk.hex}:"


def joined(rows: Iterable[Release]) -> dict[str, Cell]:
    """Return what every view shows: a figure that one of them hides, or sees otherwise, is secret.

    Each view without a member says less than the whole: what is shown is the whole, where all show theirs.
    """
    whole: dict[str, Cell] = {}
    hidden: dict[str, Cell] = {}
    for row in rows:
        part = ":without:" in row.table
        for key, cell in releases.cells(row):
            code = _code(key)
            if cell.status == SECRET:
                hidden[code] = cell
            elif not part and whole.setdefault(code, cell).value != cell.value:
                hidden[code] = Cell(SECRET)
    return {**whole, **hidden}


def _code(key: Key) -> str:
    return key[0][1] if key else WHOLE


def _name(pole: Pole, year: int, what: str) -> str:
    return f"{_start(pole, what)}{year}"


def kept(found: Figures) -> rules.Kept:
    """Return the shares that published purchases give; nothing when one of them is secret."""
    values = [found.value(code) for code in CODES[SPENT]]
    if any(value is None for value in values):
        return rules.Kept(None, None, None)
    return rules.kept(rules.Spent(*(value or 0 for value in values)))
