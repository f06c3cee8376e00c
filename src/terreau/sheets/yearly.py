"""The year of a pole: the figures that its rooms count, then its report, as plain data (R-16, R-92, R-99).

The report is made of texts and nothing else, so that what is published can be frozen, read again by any later
version of Terreau, and drawn the same on a page and on paper.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from terreau.common.money import Euro
from terreau.common.together import Step, abreast, gather, run, total
from terreau.facts import read
from terreau.facts.models import Status
from terreau.flows.models import Flow, Nature
from terreau.indicators.actions import year_of
from terreau.indicators.amounts import of_figure, said
from terreau.indicators.models import Value, Words
from terreau.indicators.read import Followed, current_values, following
from terreau.poles.models import Pole
from terreau.poles.workspace import Published, Said
from terreau.sheets import rooms
from terreau.sheets.facts import language

LANGUAGES = ("fr", "en")
#: Sections of the report and the rooms whose figures and published things they hold.
ROOMS_OF = {
    Words.Section.MEMBERS: ("poles",),
    Words.Section.GOVERNANCE: ("governance",),
    Words.Section.COOPERATIONS: ("cooperations", "exchanges"),
    Words.Section.MEANS: ("means",),
    Words.Section.PROJECTS: ("projects",),
    Words.Section.RESULTS: ("indicators",),
    Words.Section.WEIGHT: ("flows",),
}
_WHO = {"governance.members", "governance.kinds", "governance.entered", "governance.left"}
#: Facts of the register that speak of the members' whole activity, never of the pole's (R-99).
_WEIGHT = ("pole.turnover", "pole.employees", "pole.employees_fte", "pole.jobs", "pole.volunteers")
WEIGHT_NOTE = gettext_lazy(
    "Deux mesures qui ne s'additionnent pas : ce que pèsent les membres, toutes leurs activités confondues, "
    "et ce qui est dû au pôle. L'économie de la coopération n'est pas la somme des chiffres d'affaires."
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the year and the room that counted it."""

    room: str
    said: Said

    def __bool__(self) -> bool:
        """Say whether something was counted: a report does not list what did not happen."""
        return bool(of_figure(self.said.value))

    @property
    def words(self) -> str:
        """The figure with its unit, in the language of the moment."""
        return said(of_figure(self.said.value), unit_of(self.said))


def unit_of(one: Said) -> str:
    """Return the unit of a figure, euros for an amount of money."""
    return "EUR" if isinstance(one.value, Euro) else one.unit


def figures(pole: Pole, year: int, codes: Collection[str] | None = None) -> list[Figure]:
    """Return all that is counted of a year by each room, then by the book of the pole.

    ``codes``: ask only the rooms that may say one of these.
    """
    return run(counted(pole, year, codes))


def counted(pole: Pole, year: int, codes: Collection[str] | None = None) -> Step[list[Figure]]:
    """The step of ``figures``."""
    first, last = year_of(year)
    of_rooms, of_book = yield from abreast(rooms.counted(pole, first, last, codes), _book(pole, first, last))
    found = [Figure(_room(room, one), one) for room, one in of_rooms]
    return [*found, *(Figure("flows", one) for one in of_book)]


def _room(room: str, one: Said) -> str:
    """Who is in the pole is told by the room of governance, and read before how it decides."""
    return "poles" if one.code in _WHO else room


def by_code(found: Iterable[Figure]) -> dict[str, Figure]:
    """Return the figures by code."""
    return {one.said.code: one for one in found}


def _book(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    rows = Flow.objects.filter(book=pole.actor_id, on__range=(first, last))
    given = (Nature.TIME, Nature.IN_KIND, Nature.SKILL)
    (sums,) = yield total(
        rows,
        hours=Sum("thousandths", filter=Q(nature=Nature.TIME, unit="hours")),
        given=Sum("cents", filter=Q(nature__in=given)),
        due=Sum("cents", filter=Q(nature=Nature.CASH, attributable=True)),
    )
    path = f"/poles/{pole.slug}/espace/livre/"
    found = []
    if sums["hours"]:
        how = _("Lignes de temps du livre du pôle, corrections déduites.")
        hours = Decimal(sums["hours"]) / 1000
        found.append(Said("flows.hours", _("Heures données au pôle"), hours, "hours", path, how))
    if sums["given"]:
        how = _("Valeur de ce qui est donné sans paiement, selon la méthode dite à chaque ligne.")
        label = _("Contributions volontaires valorisées")
        found.append(Said("flows.contributions", label, Euro(sums["given"]), "", path, how))
    if sums["due"]:
        how = _("Paiements que le livre dit dus au pôle, chacun avec sa raison.")
        found.append(Said("flows.attributable", _("Activité due au pôle"), Euro(sums["due"]), "", path, how))
    return found


def report(pole: Pole, year: int, *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the report of a year in the language of the moment: texts only, in the order of reading.

    ``leave_out``: codes of figures that the pole does not publish. Indicators and things are those that the
    pole chose to publish, one by one.
    """
    return report_of(pole, year, material(pole, year), leave_out=leave_out)


@dataclass(frozen=True, slots=True)
class Material:
    """What the report of a year is made of, in the language of the moment."""

    figures: list[Figure]
    shown: list[Published]
    words: dict[str, str]
    lines: list[Followed]


def material(pole: Pole, year: int) -> Material:
    """Return what the report of a year is made of: every room is asked side by side."""
    words = Words.objects.filter(pole=pole, year=year).order_by().values_list("section", "text")
    found = gather(
        counted(pole, year),
        rooms.shown(pole, year_of(year)[1]),
        _rows(words),
        following(pole, public_only=True),
    )
    return Material(found[0], found[1], dict(found[2]), found[3])


def _rows(rows: QuerySet[Any, Any]) -> Step[Any]:
    found = yield rows
    return found


def report_of(pole: Pole, year: int, made_of: Material, *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the report that ``report`` gives, of what was already read."""
    kept_figures = [one for one in made_of.figures if one and one.said.code not in leave_out]
    first, last = year_of(year)
    shown = [one for one in made_of.shown if one.on is None or first <= one.on <= last]
    words = made_of.words
    sections = [_section(code, kept_figures, shown, words.get(code, "")) for code in Words.Section.values]
    indicators = _indicators(made_of.lines, year)
    weight = _weight(pole, year, [one for one in kept_figures if one.room == "flows"])
    full = {"results": bool(indicators), "weight": bool(weight["members"] or weight["pole"])}
    kept = [
        one for one in sections if one["words"] or one["figures"] or one["things"] or full.get(one["code"])
    ]
    return {
        "pole": pole.actor.name,
        "slug": pole.slug,
        "year": year,
        "language": language(),
        "fictional": pole.fictional,
        "sections": kept,
        "indicators": indicators,
        "weight": weight,
    }


def frozen(pole: Pole, year: int, *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the report in every language, as it is published."""
    found: dict[str, Any] = {}
    for code in LANGUAGES:
        with override(code):
            found[code] = report(pole, year, leave_out=leave_out)
    return found


def _section(code: str, counted: list[Figure], shown: list[Published], words: str) -> dict[str, Any]:
    wanted = ROOMS_OF.get(Words.Section(code), ())
    apart = code in {Words.Section.WEIGHT, Words.Section.RESULTS}
    return {
        "code": code,
        "title": str(Words.Section(code).label),
        "words": words,
        "figures": [_figure(one) for one in counted if one.room in wanted and not apart],
        "things": [_thing(one) for one in shown if one.section in wanted and not apart],
    }


def _figure(one: Figure) -> dict[str, Any]:
    said_of = one.said
    return {
        "code": said_of.code,
        "label": said_of.label,
        "value": one.words,
        "how": said_of.how,
        "status": Status.COMPUTED.value,
    }


def _thing(one: Published) -> dict[str, Any]:
    on = date_format(one.on, "j F Y") if one.on else ""
    return {"title": one.title, "text": one.text, "on": on, "meta": " · ".join(one.meta)}


def _indicators(lines: list[Followed], year: int) -> list[dict[str, Any]]:
    """Return the indicators that the pole shows, each with its last value of the year (one query)."""
    values = current_values([line.row.pk for line in lines])
    first, last = year_of(year)
    found = []
    for line in lines:
        held = [value for value in values[line.row.pk] if first <= value.period_to <= last]
        found.append(_indicator(line, held[-1] if held else None))
    return found


def _indicator(line: Followed, value: Value | None) -> dict[str, Any]:
    row = line.row
    return {
        "label": line.label,
        "family": row.get_family_display(),
        "beneficiaries": row.get_beneficiaries_display() if row.beneficiaries else "",
        "value": said(value.amount, row.unit) if value else "",
        "status": value.status if value else "",
        "proof": str(value.get_status_display()) if value else "",
        "how": value.how if value else "",
        "target": line.target_said,
    }


def _weight(pole: Pole, year: int, due: list[Figure]) -> dict[str, Any]:
    """Return the two columns of R-99, never added."""
    last = year_of(year)[1]
    facts = read.facts_of(pole.actor.subject, lang=language(), codes=_WEIGHT, on=last)
    members = [
        {
            "label": one.label,
            "value": one.display,
            "how": " · ".join(filter(None, (one.period, str(one.source)))),
            "status": one.status,
        }
        for one in facts
    ]
    return {"note": str(WEIGHT_NOTE), "members": members, "pole": [_figure(one) for one in due]}


__all__ = ["Figure", "by_code", "figures", "frozen", "report"]
