"""Reading the economics of a pole: sums by the database, projects, who bears it, lines for a snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from terreau.economics import projection
from terreau.economics.models import Line
from terreau.economics.rules import Kind, Origin, Side
from terreau.economics.sums import Cell, Consolidated
from terreau.flows.models import Flow
from terreau.poles.models import Pole, Stage

_ALIKE: Final = (
    *("level", "side", "kind", "origin", "phase"),
    *("function", "nature", "how", "through"),
)
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
    """Return the classed lines of a pole summed by what they are: one query, after ``projection.refresh``."""
    projection.refresh(pole)
    rows = between(Line.objects.filter(book=pole.pk), Period(first, last)).order_by()
    sums = rows.values_list(*_ALIKE).annotate(
        whole=Sum("cents", default=0), count=Count("pk"), valued=Count("cents")
    )
    return [Cell(*row[:-3], *map(int, row[-3:])) for row in sums]


def years(pole: Pole) -> list[int]:
    """Return the years from the first line of the book to the last one, the last first."""
    found = Flow.objects.filter(book=pole.pk).aggregate(first=Min("on"), last=Max("on"))
    if found["first"] is None:
        return []
    return list(range(found["last"].year, found["first"].year - 1, -1))


def to_classify(pole: Pole, period: Period) -> QuerySet[Line]:
    """Return the lines whose kind or origin nobody knows; a line and its correction are left out.

    Call ``projection.refresh`` before. The first ones are the largest.
    """
    unknown = Q(kind=str(Kind.UNKNOWN)) | Q(side=str(Side.IN), origin=str(Origin.UNKNOWN))
    rows = Line.objects.filter(unknown, book=pole.pk, flow__reverses=None, flow__reversed_by=None)
    return between(rows, period)


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
        .values_list("flow__purpose")
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


def borne(pole: Pole, actors: Mapping[UUID, UUID], period: Period) -> dict[UUID, Borne]:
    """Return the account of the pole inside each organisation that bears it (R-102): one query for all.

    ``actors``: it, or what was merged into it → it. Money between it and the pole itself stays in the account
    (``given``: what it put into the purse of the pole); hours and rooms that it gives are gifts.
    """
    rows = between(Flow.objects.filter(book=pole.pk), period)
    rows = rows.filter(Q(giver__in=list(actors)) | Q(receiver__in=list(actors)))
    found: dict[UUID, list[int]] = {}
    fields = ("giver", "receiver", "nature", "economics__side", "unit")
    sums = (
        rows.order_by()
        .values_list(*fields)
        .annotate(
            worth=Sum("economics__cents", default=0),
            quantity=Sum("thousandths", default=0),
            count=Count("pk"),
        )
    )
    for giver, receiver, nature, side, unit, cents, thousandths, lines in sums:
        gave = giver in actors
        row = found.setdefault(actors[giver if gave else receiver], [0] * 6)
        if nature == "cash":
            at = 1 if gave and side == Side.OUT else 0 if not gave and side == Side.IN else None
            at = 2 if gave and receiver == pole.pk else at
        else:
            at = 3 if gave and side == Side.IN else None
        if at is None:
            continue
        row[at] += int(cents)
        row[4] += int(thousandths) if nature != "cash" and unit == "hours" else 0
        row[5] += lines
    return {actor: Borne(actor, *row) for actor, row in found.items()}


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
    fields = [f"flow__{name}" if name in {"giver", "receiver", "purpose"} else name for name in SNAPSHOT]
    for pole in chosen.filter(pk__in=Flow.objects.values("book")).select_related("actor").order_by("pk"):
        projection.refresh(pole)
        rows = Line.objects.filter(book=pole.pk).order_by("on", "pk")
        yield from rows.values_list(*fields).iterator(chunk_size=_CHUNK)
