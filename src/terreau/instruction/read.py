"""Lists of files under instruction, as each person may see them: few queries whatever the number of files.

What lists show, sort and filter stands in ``Progress``, one row a file: no aggregate over reviews is made to
show a page of a call of two thousand files with ten reviews each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, prefetch_related_objects
from django.http import QueryDict
from django.utils import timezone

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.calls.perms import Standing
from terreau.design.paging import Cursor, Page, decode, encode
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import DRAFT, INSTRUCTED, LABELS
from terreau.instruction import conflicts, opinions, progress
from terreau.instruction.models import Assignment, Progress

PAGE = 25
WITH = ("call", "applicant", "pole__actor", "zone", "instruction_progress__officer")
NONE, MINE = "aucun", "moi"

#: What a column of the list sorts by; each ends by the number, which makes it total.
SORTS: Mapping[str, str] = {
    "numero": "number",
    "delai": "instruction_progress__until",
    "moyenne": "instruction_progress__mean",
    "ecart": "instruction_progress__spread",
    "demande": "asked_cents",
    "region": "zone__name",
    "etat": "state",
}
DEFAULT = "numero"


# What committees rank


@dataclass(frozen=True, slots=True)
class Scored:
    """A file as it comes to the committee. ``score`` and ``spread``: thousandths of a point out of a hundred.

    ``opinions``: key (code of a stage or ``sponsor:<key>``) → favourable, reserved, unfavourable, none.
    ``given`` of ``reviewers`` reviews count; the score is None until all are given.
    """

    dossier: Dossier
    score: int | None
    opinions: Mapping[str, str] = field(default_factory=dict)
    spread: int | None = None
    reviewers: int = 0
    given: int = 0


def name_them(files: Sequence[Dossier]) -> None:
    """Read who carries each of these files: three queries, however many they are."""
    prefetch_related_objects(files, "applicant", "pole__actor")


def scored(call: Call, *, states: Iterable[str] = INSTRUCTED, named: bool = True) -> list[Scored]:
    """Return the files of a call in these states with their scores, by number: four queries.

    Without ``named``, who carries each file is not read: ``name_them`` does it for those that are shown.
    """
    rows = Dossier.objects.filter(call=call, state__in=list(states)).order_by("number")
    # The call is the same for all, and few regions and officers are: they are not read again with each file.
    with_each = rows.select_related("instruction_progress", *(("applicant", "pole__actor") if named else ()))
    found = list(with_each.prefetch_related("zone", "instruction_progress__officer"))
    for one in found:
        one.call = call
    said = opinions.of_dossiers([one.pk for one in found])
    return [_scored(one, said.get(one.pk, {})) for one in found]


def _scored(one: Dossier, said: Mapping[str, str]) -> Scored:
    held = progress_of(one)
    return Scored(one, held.mean, said, held.spread, held.reviewers, held.given)


def progress_of(one: Dossier) -> Progress:
    """Return the progress of a file read with it; an empty one when nothing was done of it yet."""
    found: Progress | None = getattr(one, "instruction_progress", None)
    return found or Progress(dossier=one, call_id=one.call_id)


# The list of a call


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list of a call. Unknown values find nothing and are said by the page."""

    text: str = ""
    states: tuple[str, ...] = ()
    region: str = ""
    officer: str = ""
    reviews: str = ""
    watch: str = ""
    sort: str = DEFAULT
    cursor: str = ""

    @classmethod
    def parse(cls, asked: QueryDict) -> Filters:
        """Read an address; a sort that does not exist is the usual one."""
        sort = asked.get("tri", DEFAULT)
        return cls(
            text=asked.get("q", "").strip()[:100],
            states=tuple(one for one in asked.getlist("etat") if one in LABELS),
            region=asked.get("region", "")[:9],
            officer=asked.get("instructeur", "")[:40],
            reviews=asked.get("relectures", "")[:12],
            watch=asked.get("suivi", "")[:12],
            sort=sort if sort.removeprefix("-") in SORTS else DEFAULT,
            cursor=asked.get("cursor", "")[:200],
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One file of a list, with what is known of it that day."""

    dossier: Dossier
    progress: Progress
    left: int | None
    stopped: bool

    @property
    def late(self) -> bool:
        """Whether the day to decide is past."""
        return self.left is not None and self.left < 0


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of a filter, with how many files have it."""

    code: str
    label: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the list of a call: its lines, counts by value of each filter, files hidden by conflicts."""

    page: Page[Line]
    total: int
    facets: Mapping[str, list[Facet]]
    hidden: int


def visible(call: Call, user: User, held: Standing) -> tuple[QuerySet[Dossier], int]:
    """Return the deposited files of a call that a person may list, and how many a conflict hides from them.

    An officer of some regions lists theirs; who only reviews, the files given to them.
    """
    # A file taken back to be corrected is a draft again, whatever the day of its first deposit.
    rows = Dossier.objects.filter(call=call).exclude(deposited_at=None).exclude(state=DRAFT)
    wide = held.owner or held.committee or held.auditor or bool(held.sponsors)
    if not wide and not (held.officer and held.zones is None):
        mine = Q(pk__in=[])
        if held.officer:
            mine |= Q(zone__code__in=held.zones or ())
        if held.reviewer:
            given = Assignment.objects.filter(user=user, part="reviewer", ended_at=None)
            mine |= Q(pk__in=given.values("dossier"))
        rows = rows.filter(mine)
    barred = conflicts.of_person(user, rows)
    return (rows.exclude(pk__in=list(barred)) if barred else rows), len(barred)


def sheet(  # noqa: PLR0913 - keyword-only: who looks, when, how much
    call: Call, filters: Filters, *, user: User, held: Standing, today: date | None = None, limit: int = PAGE
) -> Sheet:
    """Return one page of the list of a call as a person may see it: about ten queries."""
    day = today or timezone.localdate()
    rows, hidden = visible(call, user, held)
    found = chosen(rows, filters, user=user, today=day)
    total = found.count()
    start = _start(filters.cursor)
    listed = list(ordered(found, filters.sort).select_related(*WITH)[start : start + limit + 1])
    more, listed = len(listed) > limit, listed[:limit]
    lines = [line(one, day) for one in listed]
    page = Page(
        lines,
        encode(Cursor((start + limit,))) if more else None,
        encode(Cursor((max(0, start - limit),))) if start else None,
        total,
    )
    return Sheet(page, total, facets(rows, filters, user=user, today=day), hidden)


def everything(
    call: Call, filters: Filters, *, user: User, held: Standing, today: date | None = None
) -> Iterator[Line]:
    """Yield every line that the filters choose, for an export: read as it is written."""
    day = today or timezone.localdate()
    rows, _hidden = visible(call, user, held)
    found = ordered(chosen(rows, filters, user=user, today=day), filters.sort).select_related(*WITH)
    for one in found.iterator(chunk_size=500):
        yield line(one, day)


def chosen(rows: QuerySet[Dossier], asked: Filters, *, user: User, today: date) -> QuerySet[Dossier]:
    """Return the files that the filters choose."""
    if asked.text:
        rows = rows.filter(_named(asked.text))
    if asked.states:
        rows = rows.filter(state__in=asked.states)
    if asked.region:
        rows = rows.filter(zone=None) if asked.region == NONE else rows.filter(zone__code=asked.region)
    if asked.officer:
        rows = rows.filter(_officer(asked.officer, user))
    if asked.reviews:
        rows = rows.filter(REVIEWS.get(asked.reviews, Q(pk__in=[])))
    if asked.watch:
        rows = rows.filter(watches(today).get(asked.watch, Q(pk__in=[])))
    return rows


def ordered(rows: QuerySet[Dossier], sort: str) -> QuerySet[Dossier]:
    """Return the files in an order: those without the value last, whichever the way."""
    name = SORTS[sort.removeprefix("-")]
    key = F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True)
    return rows.order_by(key, "number")


def line(one: Dossier, today: date) -> Line:
    """Return a file as a list shows it."""
    held = progress_of(one)
    left, stopped = progress.left(held, today) if one.state in INSTRUCTED else (None, False)
    return Line(one, held, left, stopped)


#: State of the reviews of a file.
REVIEWS: Mapping[str, Q] = {
    "completes": Q(
        instruction_progress__given=F("instruction_progress__reviewers"),
        instruction_progress__reviewers__gt=0,
    ),
    "en-cours": Q(instruction_progress__given__lt=F("instruction_progress__reviewers")),
    "a-confier": Q(instruction_progress=None) | Q(instruction_progress__reviewers=0),
}


def watches(today: date) -> Mapping[str, Q]:
    """Return what one watches for."""
    living = Q(state__in=INSTRUCTED)
    stopped = Q(instruction_progress__waiting__gte=today)
    return {
        "retard": living & Q(instruction_progress__until__lt=today) & ~stopped,
        "complements": living & stopped,
        "sans-reponse": living & Q(instruction_progress__waiting__lt=today),
        "avis": living & Q(instruction_progress__lacking__gt=0),
        "ecarts": living & Q(instruction_progress__spread__gte=20_000),
    }


def facets(rows: QuerySet[Dossier], asked: Filters, *, user: User, today: date) -> Mapping[str, list[Facet]]:
    """Return each filter with how many files each value would give: three queries."""
    counts = Count("pk")
    without = chosen(rows, replace(asked, states=()), user=user, today=today).order_by()
    by_state = dict(without.values_list("state").annotate(n=counts))
    without = chosen(rows, replace(asked, region=""), user=user, today=today).order_by()
    by_zone = list(without.values_list("zone__code", "zone__name").annotate(n=counts))
    without = chosen(rows, replace(asked, watch="", reviews=""), user=user, today=today).order_by()
    named: dict[str, Q] = {**REVIEWS, **watches(today)}
    tallied = without.aggregate(
        **{name.replace("-", "_"): Count("pk", filter=test) for name, test in named.items()}
    )
    tallies = {name: int(tallied[name.replace("-", "_")]) for name in named}
    return {
        "etat": [
            Facet(code, str(label), by_state[code], code in asked.states)
            for code, label in LABELS.items()
            if code in by_state
        ],
        "region": [
            Facet(code or NONE, name or "", n, (code or NONE) == asked.region)
            for code, name, n in sorted(by_zone, key=lambda one: one[1] or "~")
        ],
        "relectures": [Facet(code, "", tallies[code], code == asked.reviews) for code in REVIEWS],
        "suivi": [Facet(code, "", tallies[code], code == asked.watch) for code in watches(today)],
    }


def _named(text: str) -> Q:
    number = text.rpartition("-")[2]
    found = (
        Q(title__icontains=text) | Q(applicant__name__icontains=text) | Q(pole__actor__name__icontains=text)
    )
    return found | Q(number=int(number)) if number.isdecimal() and len(number) < 9 else found


def _officer(asked: str, user: User) -> Q:
    if asked == MINE:
        return Q(instruction_progress__officer=user)
    if asked == NONE:
        return Q(instruction_progress=None) | Q(instruction_progress__officer=None)
    try:
        return Q(instruction_progress__officer=UUID(asked))
    except ValueError:
        return Q(pk__in=[])


def _start(cursor: str) -> int:
    return max(0, int(decode(cursor, 1).key[0])) if cursor else 0


# What a person has in hand


def in_hand(user: User, part: str) -> QuerySet[Dossier]:
    """Return the files under instruction given to a person in any call, those to decide first first."""
    held = Assignment.objects.filter(user=user, part=part, ended_at=None)
    rows = Dossier.objects.filter(pk__in=held.values("dossier"), state__in=INSTRUCTED)
    return rows.select_related(*WITH, "call__subject").order_by(
        F("instruction_progress__until").asc(nulls_last=True), "call", "number"
    )


def officers_of(call: Call) -> list[tuple[Any, str]]:
    """Return who instructs files of a call: identifier and name, by name; one query."""
    held = Assignment.objects.filter(dossier__call=call, part="officer", ended_at=None)
    people = User.objects.filter(pk__in=held.values("user")).order_by("name", "email")
    return [(one.pk, str(one)) for one in people]
