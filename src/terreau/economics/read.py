"""Reading the economics of a pole: sums by the database, projects, who bears it, lines for a snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from terreau.economics import projection
from terreau.economics.models import Line, Month
from terreau.economics.rules import Level, Side
from terreau.economics.sums import Cell, Consolidated
from terreau.flows.models import Flow
from terreau.poles.models import Pole, Stage

#: Stages in the order of the life of a pole (R-29).
PHASES: Final = tuple(str(stage) for stage in Stage.values)
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Period:
    """Two days, both included; none is without end."""

    first: date | None = None
    last: date | None = None


def between(rows: QuerySet[Any], period: Period, name: str = "on") -> QuerySet[Any]:
    """Keep the rows whose day is in a period."""
    rows = rows.filter(**{f"{name}__gte": period.first}) if period.first else rows
    return rows.filter(**{f"{name}__lte": period.last}) if period.last else rows


def classified(pole: Pole, first: date | None = None, last: date | None = None) -> list[Cell]:
    """Return the classed lines of a pole summed by what they are: one query, after ``projection.refresh``.

    Whole months are read from their sums, other days from the lines.
    """
    projection.refresh(pole)
    if _whole(first, last):
        months = between(Month.objects.filter(book=pole.pk), Period(first, last), "month").order_by()
        sums = months.values_list(*projection.ALIKE).annotate(
            whole=Sum("cents"), count=Sum("lines"), known=Sum("valued")
        )
    else:
        rows = between(Line.objects.filter(book=pole.pk), Period(first, last)).order_by()
        sums = rows.values_list(*projection.ALIKE).annotate(
            whole=Sum("cents", default=0), count=Count("pk"), known=Count("cents")
        )
    return [Cell(*row[:-3], *map(int, row[-3:])) for row in sums]


def months(pole: Pole, period: Period) -> QuerySet[Any]:
    """Return the sums of the months that begin in a period, as the values of a ``Cell``."""
    rows = between(Month.objects.filter(book=pole.pk), period, "month").order_by("month", "pk")
    return rows.values_list(*projection.ALIKE, "cents", "lines", "valued")


def _whole(first: date | None, last: date | None) -> bool:
    """Say whether two days bound whole months."""
    begins = first is None or first.day == 1
    return begins and (last is None or (last + timedelta(days=1)).day == 1)


def years(pole: Pole) -> list[int]:
    """Return the years from the first classed line of the book to the last one, the last first."""
    found = Month.objects.filter(book=pole.pk).aggregate(first=Min("month"), last=Max("month"))
    if found["first"] is None:
        return []
    return list(range(found["last"].year, found["first"].year - 1, -1))


def to_classify(pole: Pole, period: Period) -> QuerySet[Line]:
    """Return the lines whose kind or origin nobody knows; a line and its correction are left out.

    Call ``projection.refresh`` before.
    """
    return between(Line.objects.filter(book=pole.pk, to_class=True), period)


@dataclass(frozen=True, slots=True)
class OfProject:
    """Money and gifts of a joint project; ``inside``: what passed through the accounts of the pole."""

    subject: UUID
    received: int
    spent: int
    gifts: int
    inside_received: int
    lines: int


def of_projects(pole: Pole, period: Period) -> dict[UUID, OfProject]:
    """Return the account of each joint project (R-107), isolated from all the rest: one query."""
    rows = between(Line.objects.filter(book=pole.pk, level="project"), period).exclude(side=str(Side.NONE))
    came, cash = Q(side=str(Side.IN)), Q(nature="cash")
    sums = (
        rows.order_by()
        .values_list("purpose")
        .annotate(
            received=Sum("cents", filter=came & cash, default=0),
            spent=Sum("cents", filter=~came & cash, default=0),
            gifts=Sum("cents", filter=came & ~cash, default=0),
            inside=Sum("cents", filter=came & cash & Q(through=True), default=0),
            count=Count("pk"),
        )
    )
    return {pk: OfProject(pk, *map(int, rest)) for pk, *rest in sums if pk is not None}


@dataclass(frozen=True, slots=True)
class Borne:
    """What passes through an organisation that bears a pole: money in and out, hours and gifts of its own."""

    actor: UUID
    received: int = 0
    spent: int = 0
    given: int = 0
    gifts: int = 0
    thousandths: int = 0
    lines: int = 0

    @property
    def hours(self) -> Decimal:
        """Hours given."""
        return Decimal(self.thousandths) / 1000

    @property
    def held(self) -> int:
        """What it holds of the pole's, in cents: the other side of ``left``."""
        return -self.left

    @property
    def left(self) -> int:
        """What it paid for the pole and nobody gave back, in cents; negative: it holds money of the pole."""
        return self.spent - self.received


def borne(pole: Pole, owners: Mapping[UUID, UUID], period: Period) -> dict[UUID, Borne]:
    """Return the account of the pole inside each organisation that bears it (R-102): two queries for all.

    ``owners``: it, or what was merged into it → it. Money between it and the pole itself stays in the account
    (``given``: what it put into the purse of the pole); hours and rooms that it gives are gifts.
    """
    rows = between(Line.objects.filter(book=pole.pk, bearer__in=list(owners)), period)
    rows = rows.exclude(level=str(Level.MEMBERS)).order_by()
    sums = rows.values_list("bearer", "borne", "nature", "side").annotate(
        worth=Sum("cents", default=0), count=Count("pk")
    )
    found: dict[UUID, list[int]] = {}
    for bearer, gave, nature, side, cents, lines in sums:
        row = found.setdefault(owners[bearer], [0] * 6)
        at = _column(nature == "cash", side, gave=gave)
        if at is not None:
            row[at] += int(cents)
        row[5] += lines
    gifts = rows.exclude(nature="cash").filter(borne=True, side=str(Side.IN), flow__unit="hours")
    for bearer, hours in gifts.values_list("bearer").annotate(hours=Sum("flow__thousandths", default=0)):
        found[owners[bearer]][4] += int(hours)
    return {actor: Borne(actor, *row) for actor, row in found.items()}


_RECEIVED, _SPENT, _GIVEN, _GIFTS = range(4)


def _column(cash: bool, side: str, *, gave: bool) -> int | None:
    """Return where lines of a bearer are counted in its account."""
    if cash and side == Side.NONE:
        return _GIVEN if gave else None
    if cash:
        return _SPENT if gave else _RECEIVED
    return _GIFTS if gave and side == Side.IN else None


def consolidated(poles: Sequence[Pole], period: Period) -> Consolidated:
    """Return the account of several poles taken as one: what moves between them is eliminated (R-98).

    What is inside one pole (between it and its carrier while it has no legal form) already is. A line that
    both books hold is between two of them, so that it is in neither sum.
    """
    of_pole: dict[UUID, frozenset[UUID]] = {}
    for pole in poles:
        projection.refresh(pole)
        found = projection.setting(pole)
        of_pole[pole.pk] = found.pole | frozenset(found.carriers)
    group = frozenset().union(*of_pole.values())
    lines = between(Line.objects.filter(book__in=of_pole, through=True), period).exclude(side=str(Side.NONE))
    fields = ("book", "side", "nature", "flow__giver", "flow__receiver")
    whole = Consolidated()
    for book, side, nature, giver, receiver, cents in (
        lines.order_by().values_list(*fields).annotate(whole=Sum("cents", default=0))
    ):
        other = giver if side == Side.IN else receiver
        into = whole.received if side == Side.IN else whole.given
        into = whole.internal if other in group - of_pole[book] else into
        into[nature] = into.get(nature, 0) + int(cents)
    return whole


#: What a snapshot keeps of each line: names of columns, in the order of ``rows_for_snapshot``.
SNAPSHOT: Final = (
    *("flow", "book", "on", "nature", "cents", "level", "side", "kind", "origin"),
    *("phase", "function", "how", "through", "giver", "receiver", "purpose"),
)


def rows_for_snapshot(*, poles: QuerySet[Pole] | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield every classed line of the poles (all of them when left out), as ``SNAPSHOT`` names its columns.

    Each book is brought up to date first. Ids are ``UUID``, days ``date``, money whole cents or None.
    """
    chosen = Pole.objects.all() if poles is None else poles
    fields = [f"flow__{name}" if name in {"giver", "receiver"} else name for name in SNAPSHOT]
    for pole in chosen.filter(pk__in=Flow.objects.values("book")).select_related("actor").order_by("pk"):
        projection.refresh(pole)
        rows = Line.objects.filter(book=pole.pk).order_by("on", "pk")
        yield from rows.values_list(*fields).iterator(chunk_size=_CHUNK)
