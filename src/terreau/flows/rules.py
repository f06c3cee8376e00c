"""The arithmetic of the ledger: problems, totals, statements. Pure: no query, no clock.

Quantities are whole thousandths of their unit and values whole cents, so that sums are exact on both
databases. A correction is a counter-entry: the same line with the signs turned (R-98 to R-110).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

CASH, IN_KIND, TIME, SKILL, OPPORTUNITY = NATURES = ("cash", "in_kind", "time", "skill", "opportunity")
#: Units that a nature is counted in; cash is counted in cents only.
UNITS: Final[Mapping[str, tuple[str, ...]]] = {
    CASH: (),
    IN_KIND: ("m2", "m2_day", "hours", "days", "units", "kg", "kwh", "km"),
    TIME: ("hours", "days"),
    SKILL: ("hours", "days", "units"),
    OPPORTUNITY: ("units",),
}
#: How a value that is no payment was found; the date and the rate stand in the label or the piece (R-109).
METHODS: Final = (
    "invoice",
    "market_price",
    "cost",
    "hourly_rate",
    "minimum_wage",
    "owner_estimate",
    "agreed",
)
INSTRUMENTS: Final = (
    *(
        "invoice",
        "agreement",
        "receipt",
        "timesheet",
        "booking",
        "order",
        "transfer",
        "cash",
        "oral",
        "other",
    ),
)
_LONGEST = 300
#: Nothing in a pole is worth more: a larger number is a slip of the keyboard (cents).
MOST_CENTS: Final = 100_000_000_000
MOST_THOUSANDTHS: Final = 1_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line to write: what moves from an actor to another, when, for what, and what it is worth."""

    giver: UUID
    receiver: UUID
    nature: str
    on: date
    label: str
    cents: int | None = None
    method: str = ""
    thousandths: int | None = None
    unit: str = ""
    period_from: date | None = None
    period_to: date | None = None
    purpose: UUID | None = None
    instrument: str = ""
    piece: UUID | None = None
    status: str = "declare"
    attributable: bool | None = None
    attributable_why: str = ""
    #: What wrote the line (``booking:…``): the same origin is written once in a book.
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in which line (from 0) and field, in words that say what to do."""

    code: str
    line: int
    field: str
    message: str

    def as_dict(self) -> dict[str, object]:
        """Return the JSON of a problem."""
        return {"code": self.code, "line": self.line, "field": self.field, "message": self.message}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the checks compare with: today, the last day of the closed periods, who may be a party."""

    today: date
    closed_to: date | None = None
    parties: frozenset[UUID] | None = None


Check = Callable[[int, Entry, Bounds], Iterable[Problem]]


def check(entries: Sequence[Entry], bounds: Bounds) -> list[Problem]:
    """Return every problem of every line at once, in their order; an empty list when all can be written."""
    found = [
        problem
        for line, entry in enumerate(entries)
        for one in CHECKS
        for problem in one(line, entry, bounds)
    ]
    return [*found, *_twice(entries)]


def _parties(line: int, entry: Entry, bounds: Bounds) -> Iterable[Problem]:
    if entry.giver == entry.receiver:
        yield Problem("same_party", line, "receiver", _("Qui donne et qui reçoit sont le même acteur."))
    for name in ("giver", "receiver"):
        if bounds.parties is not None and getattr(entry, name) not in bounds.parties:
            words = _("Cet acteur est inconnu ici : ajoutez-le d'abord au registre.")
            yield Problem("unknown_party", line, name, words)


def _nature(line: int, entry: Entry, bounds: Bounds) -> Iterable[Problem]:
    if entry.nature not in NATURES:
        yield Problem("unknown_nature", line, "nature", _("Cette nature de flux n'existe pas."))
        return
    allowed = UNITS[entry.nature]
    if entry.unit and entry.unit not in allowed:
        words = _("Cette unité ne va pas avec la nature du flux.")
        yield Problem("wrong_unit", line, "unit", words)
    if (entry.thousandths is None) != (not entry.unit):
        yield Problem("unit_missing", line, "unit", _("Une quantité va avec une unité, et l'inverse."))
    if entry.nature == CASH and entry.cents is None:
        yield Problem("no_amount", line, "cents", _("Un paiement a un montant."))
    if entry.nature in {IN_KIND, TIME} and entry.thousandths is None:
        yield Problem("no_quantity", line, "thousandths", _("Dites combien : des heures, des mètres carrés…"))


def _amounts(line: int, entry: Entry, bounds: Bounds) -> Iterable[Problem]:
    limits = (("cents", MOST_CENTS, entry.cents), ("thousandths", MOST_THOUSANDTHS, entry.thousandths))
    for name, most, value in limits:
        if value is None:
            continue
        if value < 0:
            words = _("Un flux n'est pas négatif : dites-le dans l'autre sens, ou corrigez la ligne fautive.")
            yield Problem("negative", line, name, words)
        elif value > most:
            yield Problem("too_large", line, name, _("Ce nombre est trop grand pour être vrai."))
        elif value == 0 and (name == "thousandths" or entry.nature == CASH):
            yield Problem("zero", line, name, _("Rien ne bouge : la quantité est nulle."))


def _method(line: int, entry: Entry, bounds: Bounds) -> Iterable[Problem]:
    if entry.method and entry.method not in METHODS:
        yield Problem("unknown_method", line, "method", _("Cette méthode de valorisation n'existe pas."))
    if entry.nature in NATURES[1:] and entry.cents is not None and not entry.method:
        words = _("Une valeur sans paiement dit comment elle a été trouvée.")
        yield Problem("no_method", line, "method", words)
    if entry.method and entry.cents is None:
        yield Problem("no_value", line, "cents", _("Une méthode de valorisation va avec une valeur."))


def _dates(line: int, entry: Entry, bounds: Bounds) -> Iterable[Problem]:
    if entry.on > bounds.today:
        yield Problem("future", line, "on", _("Le journal dit ce qui a eu lieu : cette date est à venir."))
    if bounds.closed_to is not None and entry.on <= bounds.closed_to:
        words = _("La période est close jusqu'au %(day)s : datez la ligne d'après.") % {
            "day": bounds.closed_to
        }
        yield Problem("closed_period", line, "on", words)
    if entry.period_from and entry.period_to and entry.period_to < entry.period_from:
        yield Problem("period_backwards", line, "period_to", _("La fin de la période précède son début."))
    if bool(entry.period_from) != bool(entry.period_to):
        yield Problem("half_period", line, "period_to", _("Une période a un début et une fin."))


def _words(line: int, entry: Entry, bounds: Bounds) -> Iterable[Problem]:
    if not entry.label.strip():
        yield Problem("no_label", line, "label", _("Dites en quelques mots de quoi il s'agit."))
    if len(entry.label) > _LONGEST:
        yield Problem("long_label", line, "label", _("Le libellé est trop long."))
    if entry.instrument and entry.instrument not in INSTRUMENTS:
        yield Problem("unknown_instrument", line, "instrument", _("Cet instrument n'existe pas."))
    if entry.attributable is not None and not entry.attributable_why.strip():
        words = _("Dites pourquoi ce flux est dû au pôle, ou ne l'est pas.")
        yield Problem("no_why", line, "attributable_why", words)


CHECKS: Final[tuple[Check, ...]] = (_parties, _nature, _amounts, _method, _dates, _words)


def _twice(entries: Sequence[Entry]) -> Iterable[Problem]:
    first: dict[str, int] = {}
    for line, entry in enumerate(entries):
        if not entry.origin:
            continue
        if entry.origin in first:
            words = _("Cette ligne est déjà la ligne %(first)d du même envoi.") % {
                "first": first[entry.origin] + 1
            }
            yield Problem("twice", line, "origin", words)
        first.setdefault(entry.origin, line)


@dataclass(slots=True)
class Total:
    """A sum: cents of what has a value, thousandths of the unit, and how many lines have no value."""

    cents: int = 0
    thousandths: int = 0
    lines: int = 0
    unvalued: int = 0

    def add(self, movement: "Movement") -> None:
        """Count a line in."""
        self.cents += movement.cents or 0
        self.thousandths += movement.thousandths or 0
        self.lines += 1
        self.unvalued += movement.cents is None


@dataclass(frozen=True, slots=True)
class Movement:
    """What the arithmetic needs of a written line."""

    giver: UUID
    receiver: UUID
    nature: str
    unit: str
    cents: int | None
    thousandths: int | None


#: Nature and unit: cash, hours and square metres are never added to one another.
Kind = tuple[str, str]
Totals = dict[Kind, Total]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one party gave and received in a book, by nature and unit."""

    party: UUID
    given: Totals = field(default_factory=dict)
    received: Totals = field(default_factory=dict)

    def net_cents(self, kind: Kind) -> int:
        """Return what was received less what was given, in cents."""
        zero = Total()
        return self.received.get(kind, zero).cents - self.given.get(kind, zero).cents


def totals(movements: Iterable[Movement]) -> Totals:
    """Return the sums of the day-book by nature and unit."""
    found: defaultdict[Kind, Total] = defaultdict(Total)
    for movement in movements:
        found[movement.nature, movement.unit].add(movement)
    return dict(found)


def statements(movements: Iterable[Movement]) -> dict[UUID, Statement]:
    """Return the statement of each party, in one pass."""
    given: defaultdict[UUID, defaultdict[Kind, Total]] = defaultdict(lambda: defaultdict(Total))
    received: defaultdict[UUID, defaultdict[Kind, Total]] = defaultdict(lambda: defaultdict(Total))
    for movement in movements:
        kind = (movement.nature, movement.unit)
        given[movement.giver][kind].add(movement)
        received[movement.receiver][kind].add(movement)
    return {
        party: Statement(party, dict(given.get(party, {})), dict(received.get(party, {})))
        for party in {**given, **received}
    }


def disagreements(daybook: Totals, parties: Iterable[Statement]) -> list[str]:
    """Return where the statements and the day-book differ: an empty list, or somebody touched a line."""
    given: defaultdict[Kind, list[int]] = defaultdict(lambda: [0, 0, 0])
    received: defaultdict[Kind, list[int]] = defaultdict(lambda: [0, 0, 0])
    for statement in parties:
        for side, into in ((statement.given, given), (statement.received, received)):
            for kind, total in side.items():
                into[kind] = [a + b for a, b in zip(into[kind], _figures(total), strict=True)]
    kinds = sorted({*daybook, *given, *received})
    return [
        f"{nature} {unit}".strip()
        for nature, unit in kinds
        if not (
            _figures(daybook.get((nature, unit), Total())) == given[nature, unit] == received[nature, unit]
        )
    ]


def _figures(total: Total) -> list[int]:
    return [total.cents, total.thousandths, total.lines]
