"""Reading the ledger: the day-book, the statement of each party, and whether they agree to the cent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from terreau.actors.models import Actor
from terreau.flows import rules
from terreau.flows.models import Flow
from terreau.subjects.actions import family

_FIGURES = ("giver", "receiver", "nature", "unit", "cents", "thousandths")
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Totals of the day-book, the statements, and the kinds where they differ (none, unless altered)."""

    totals: rules.Totals
    statements: dict[UUID, rules.Statement]
    differing: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Say whether day-book and statements are equal to the cent."""
        return not self.differing


def daybook(
    book: Actor, *, first: date | None = None, last: date | None = None, but: Q | None = None
) -> QuerySet[Flow]:
    """Return the lines of a book in their order, both days included; ``but``: those that are not shown."""
    rows = Flow.objects.filter(book=book).select_related("giver", "receiver", "purpose")
    rows = rows.filter(on__gte=first) if first else rows
    rows = rows.exclude(but) if but is not None else rows
    return (rows.filter(on__lte=last) if last else rows).order_by("rank")


def lines_of(
    book: Actor, party: Actor, *, first: date | None = None, last: date | None = None, but: Q | None = None
) -> QuerySet[Flow]:
    """Return the lines of a book where an actor, or one merged into it, gave or received."""
    ids = list(family([party.pk]))
    return daybook(book, first=first, last=last, but=but).filter(Q(giver__in=ids) | Q(receiver__in=ids))


def movements(rows: QuerySet[Flow]) -> Iterator[rules.Movement]:
    """Return what the arithmetic needs of the lines, narrow and by chunks."""
    return (rules.Movement(*row) for row in rows.values_list(*_FIGURES).iterator(chunk_size=_CHUNK))


def statement(
    book: Actor, party: Actor, *, first: date | None = None, last: date | None = None, but: Q | None = None
) -> rules.Statement:
    """Return what one party gave and received in a book."""
    ids = set(family([party.pk]))
    found = rules.Statement(party.pk)
    for move in movements(lines_of(book, party, first=first, last=last, but=but)):
        for mine, into in ((move.giver in ids, found.given), (move.receiver in ids, found.received)):
            if mine:
                into.setdefault((move.nature, move.unit), rules.Total()).add(move)
    return found


def reconcile(
    book: Actor, *, first: date | None = None, last: date | None = None, but: Q | None = None
) -> Reconciliation:
    """Return the sums of a book by nature and by party, and where they differ."""
    rows = list(movements(daybook(book, first=first, last=last, but=but)))
    sums, parties = rules.totals(rows), rules.statements(rows)
    return Reconciliation(sums, parties, tuple(rules.disagreements(sums, parties.values())))
