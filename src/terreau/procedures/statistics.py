"""Who applied and who was chosen, by region, stage and sector, under statistical secrecy; and the delays.

Those who were chosen are named by the results: what could be said of the others is protected (three
applicants at least, ``publication``). The figures of a call are frozen when its results are published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from terreau.agreements.models import Deed
from terreau.calls.models import Call, Category, Programme
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, Transition
from terreau.envelopes.models import EnvelopeMove
from terreau.poles import directory
from terreau.poles.models import Tag
from terreau.procedures import results
from terreau.publication import policies, releases
from terreau.publication.protection import ABSENT, SECRET, ZERO, Cell
from terreau.publication.tables import WHOLE, Axis, Contribution, Key, Table, build

POLICY: Final = "poles"
FACETS: Final = ("region", "stage", "sector")
CHOSEN, OTHER = "chosen", "other"
#: What is not known, and a pole of several sectors.
UNKNOWN, SEVERAL = "unknown", "several"


@dataclass(frozen=True, slots=True)
class Line:
    """A value of a facet: who applied, who was chosen."""

    label: str
    applied: Cell
    chosen: Cell

    @property
    def share(self) -> float | None:
        """The part of those who were chosen, None where one of the two is not shown."""
        if self.applied.value and self.chosen.value is not None:
            return self.chosen.value / self.applied.value
        return None


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to divide those who applied."""

    code: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a step took: the median in days, over how many files."""

    label: str
    days: int
    files: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The statistics of a decided call; no facet as long as nothing could be published."""

    call: Call
    facets: tuple[Facet, ...]
    delays: tuple[Delay, ...]
    made_at: datetime | None


def publish(call: Call, *, at: datetime) -> bool:
    """Freeze the figures of a call; False when nothing can be shown without saying what one applicant did."""
    policy = policies.policy(POLICY, timezone.localdate(at))
    if policy is None:  # pragma: no cover - the rule is older than any call
        return False
    return releases.publish(table(call), policy, at=at).release is not None


def table(call: Call) -> Table:
    """Return who applied to a call, on three faces that share their margins: four queries."""
    files = list(applied(call))
    of = {"region": _regions(files), "stage": _stages(files), "sector": _sectors(files)}
    outcome = Axis("outcome", {CHOSEN: WHOLE, OTHER: WHOLE}, categories=True)
    faces = [
        (
            (Axis(name, {codes[one.pk]: WHOLE for one in files}), outcome),
            [Contribution(str(one.applicant_id), (codes[one.pk], _outcome(one))) for one in files],
        )
        for name, codes in of.items()
    ]
    return build(_name(call), faces, known=_known(files, of))


def applied(call: Call) -> QuerySet[Dossier]:
    """Return the files that were deposited and not withdrawn."""
    return _applied([call]).select_related("zone").order_by("number")


def _applied(calls: Iterable[Call]) -> QuerySet[Dossier]:
    rows = Dossier.objects.filter(call__in=[one.pk for one in calls]).exclude(deposited_at=None)
    return rows.exclude(state__in=(states.WITHDRAWN, states.DRAFT)).order_by()


def figures(programme: Programme) -> list[Figures]:
    """Return the statistics of the decided calls of a programme, the last first."""
    deposited = Dossier.objects.filter(call=OuterRef("pk")).exclude(deposited_at=None)
    calls = Call.objects.filter(Exists(deposited), programme=programme, state__in=results.PUBLIC)
    found = list(calls.order_by("-closes_at", "slug"))
    held, taken = releases.latest([_name(one) for one in found]), delays(found)
    return [
        Figures(
            one,
            _facets(dict(releases.cells(held[_name(one)]))) if _name(one) in held else (),
            tuple(taken[one.pk]),
            held[_name(one)].made_at if _name(one) in held else None,
        )
        for one in found
    ]


def delays(calls: Sequence[Call]) -> dict[UUID, list[Delay]]:
    """Return the median of each step by call, where three files at least took it: four queries in all."""
    files: dict[UUID, dict[UUID, datetime]] = {one.pk: {} for one in calls}
    for call, pk, at in _applied(calls).values_list("call", "pk", "deposited_at"):
        if at is not None:
            files[call][pk] = at
    verdicts = ("award", "refuse", "reserve", "reject")
    moves = Transition.objects.filter(dossier__call__in=files, verb__in=verdicts).order_by()
    decided = dict(moves.values_list("dossier").annotate(at=Min("at")))
    deeds = Deed.objects.filter(number=0, state=Deed.State.IN_FORCE, agreement__dossier__call__in=files)
    agreed = {
        dossier: _noon(on) for dossier, on in deeds.values_list("agreement__dossier", "in_force_on") if on
    }
    moved = EnvelopeMove.objects.filter(
        dossier__call__in=files, kind=EnvelopeMove.Kind.PAY, cents__gt=0
    ).order_by()
    paid = dict(moved.values_list("dossier").annotate(at=Min("at")))
    return {call: _steps(deposited, decided, agreed, paid) for call, deposited in files.items()}


def _steps(
    deposited: dict[UUID, datetime],
    decided: dict[UUID, datetime],
    agreed: dict[UUID, datetime],
    paid: dict[UUID, datetime],
) -> list[Delay]:
    def mine(days: dict[UUID, datetime]) -> dict[UUID, datetime]:
        return {pk: at for pk, at in days.items() if pk in deposited}

    steps = (
        (_("du dépôt à la décision"), deposited, decided),
        (_("de la décision à la convention"), mine(decided), agreed),
        (_("de la convention au premier versement"), mine(agreed), paid),
    )
    return [found for label, start, end in steps if (found := _delay(label, start, end))]


def _delay(label: str, start: dict[UUID, datetime], end: dict[UUID, datetime]) -> Delay | None:
    policy = policies.policy(POLICY, timezone.localdate())
    days = [(end[pk].date() - at.date()).days for pk, at in start.items() if pk in end]
    days = [max(0, one) for one in days]
    if policy is None or len(days) < policy.least:
        return None
    return Delay(label, round(median(days)), len(days))


def _noon(on: object) -> datetime:
    return datetime.fromisoformat(f"{on}T12:00:00+00:00")


def _outcome(row: Dossier) -> str:
    return CHOSEN if row.state in states.CHOSEN else OTHER


def _regions(files: Sequence[Dossier]) -> dict[UUID, str]:
    return {one.pk: one.zone.code if one.zone else UNKNOWN for one in files}


def _stages(files: Sequence[Dossier]) -> dict[UUID, str]:
    return {one.pk: one.category or UNKNOWN for one in files}


def _sectors(files: Sequence[Dossier]) -> dict[UUID, str]:
    poles = {one.pole_id for one in files if one.pole_id}
    tags = Tag.objects.filter(listing__pole__in=poles, facet=Tag.Facet.SECTOR)
    held: dict[UUID, set[str]] = {}
    for pole, code in tags.values_list("listing__pole", "code"):
        held.setdefault(pole, set()).add(code)
    return {one.pk: _one_of(held.get(one.pole_id, set()) if one.pole_id else set()) for one in files}


def _one_of(codes: set[str]) -> str:
    if len(codes) > 1:
        return SEVERAL
    return next(iter(codes), UNKNOWN)


def _known(files: Sequence[Dossier], of: dict[str, dict[UUID, str]]) -> set[Key]:
    """Return what the results say anyway: the totals, and everything of those who were chosen."""
    found: set[Key] = {(), (("outcome", CHOSEN),), (("outcome", OTHER),)}
    for name, codes in of.items():
        found |= {
            tuple(sorted(((name, codes[one.pk]), ("outcome", CHOSEN))))
            for one in files
            if _outcome(one) == CHOSEN
        }
    return found


def _facets(cells: dict[Key, Cell]) -> tuple[Facet, ...]:
    titles = {"region": _("Par région"), "stage": _("Par stade"), "sector": _("Par secteur")}
    return tuple(Facet(name, titles[name], tuple(_lines(name, cells))) for name in FACETS)


def _lines(name: str, cells: dict[Key, Cell]) -> list[Line]:
    codes = {dict(key)[name] for key in cells if name in dict(key)}
    labels = {code: _label(name, code) for code in codes}
    ordered = sorted(codes, key=lambda code: (code in {UNKNOWN, SEVERAL}, labels[code]))
    return [
        Line(
            labels[code],
            cells.get(((name, code),), Cell(ABSENT)),
            cells.get(_key(name, code), Cell(ZERO, 0)),
        )
        for code in ordered
    ]


def _key(name: str, code: str) -> Key:
    return tuple(sorted(((name, code), ("outcome", CHOSEN))))


def _label(name: str, code: str) -> str:
    if code == UNKNOWN:
        return pgettext("facet of applicants", "inconnu")
    if code == SEVERAL:
        return _("plusieurs secteurs")
    if name == "stage":
        return str(dict(Category.choices).get(code, code))
    return directory.labels("region" if name == "region" else "secteur").get(code, code)


def shown(cell: Cell) -> str:
    """Return a figure as a page says it."""
    if cell.status == SECRET:
        return _("secret")
    return "" if cell.value is None else str(cell.value)


def _name(call: Call) -> str:
    return f"calls:{call.pk.hex}"
