"""A pole beside the median and quartiles of poles alike, and what is published of the economy of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.common.errors import DomainError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.economics.models import Kind, Origin
from terreau.economics.reference import references
from terreau.economics.rules import ORIGINS, RESOURCES
from terreau.poles.workspace import enter, show
from terreau.publication.protection import ABSENT, SECRET, Cell
from terreau.sheets import economy_between as between
from terreau.sheets.economy_between import MEASURES, Beside, Compared, Figures, Median
from terreau.snapshot import names

#: Width of a drawing, in its own units; a number is drawn as far as this share of it.
_WIDTH, _ROOM = 1000, 0.92
REASONS: Final = {
    "few": gettext_lazy("trop peu de pôles y ont ce chiffre"),
    "neighbour": gettext_lazy("trop peu de pôles le séparent d'un autre groupe montré"),
    "difference": gettext_lazy("trop peu de pôles ont changé depuis la dernière fois"),
}
_PLACES: Final = {
    "low": gettext_lazy("dans le quart le plus bas des pôles comparés"),
    "middle": gettext_lazy("dans la moitié centrale des pôles comparés"),
    "high": gettext_lazy("dans le quart le plus haut des pôles comparés"),
    "under": gettext_lazy("plus bas que la moitié des pôles comparés"),
    "at": gettext_lazy("à la médiane des pôles comparés"),
    "over": gettext_lazy("plus haut que la moitié des pôles comparés"),
}
BY: Final = {
    names.REGION: gettext_lazy("Par région"),
    names.STAGE: gettext_lazy("Par stade"),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A measure with its drawing: where the box, the median and the pole stand, in units of the drawing."""

    row: Beside
    place: str
    box: tuple[float, float] | None
    median: float | None
    mine: float | None

    @property
    def values(self) -> dict[str, Any]:
        """The numbers as they are written."""
        known, spread = self.row.known, self.row.spread
        said = {"mine": known.said(self.row.mine)}
        for name in ("first_quartile", "median", "third_quartile"):
            said[name] = known.said(getattr(spread, name)) if spread else None
        return said


@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The pole beside the nearest group of poles of which the median may be shown, measure by measure."""
    ws = enter(request, slug)
    found = between.compare(ws.pole, ws.today, year=_year(request))
    sent = export_response(
        request, found.rows, _columns(), f"comparer-{slug}-{found.year}", back=request.path
    )
    if sent:
        return sent
    context = {
        "found": found,
        "rows": [_drawn(row) for row in found.rows],
        "reasons": REASONS,
        "known": references(),
        "nearest": _nearest(found),
    }
    return show(request, ws, "web/espace/compare.html", context)


def _year(request: HttpRequest) -> int | None:
    asked = request.GET.get("annee", "")
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit() or len(asked) != 4:
        message = _("L'année s'écrit en quatre chiffres.")
        raise DomainError("unknown_value", message, facts={"parameter": "annee", "value": asked[:20]})
    return int(asked)


def _nearest(found: Compared) -> int:
    """Return how many others make a median shown, whoever looks."""
    return 2 * (found.policy.least + 1) if found.policy else 0


def _drawn(row: Beside) -> Drawn:
    spread = row.spread
    ends = [row.mine, *((spread.median, spread.third_quartile) if spread else ())]
    most = max((end for end in ends if end is not None), default=0)
    if spread is None or most <= 0:
        return Drawn(row, "", None, None, None)

    def at(value: int | None) -> float | None:
        return None if value is None else round(max(0, value) / most * _WIDTH * _ROOM, 1)

    first, third = at(spread.first_quartile), at(spread.third_quartile)
    box = None if first is None or third is None else (first, round(third - first, 1))
    return Drawn(row, str(_PLACES.get(row.place, "")), box, at(spread.median), at(row.mine))


def _columns() -> list[Column]:
    def shown(name: str) -> Any:
        return lambda row: row.known.said(getattr(row.spread, name)) if row.spread else None

    return [
        Column(gettext_lazy("Mesure"), lambda row: str(row.known.label)),
        Column(gettext_lazy("Unité"), lambda row: row.known.unit),
        Column(gettext_lazy("Ce pôle"), lambda row: row.known.said(row.mine), "number"),
        Column(gettext_lazy("Premier quartile"), shown("first_quartile"), "number"),
        Column(gettext_lazy("Médiane"), shown("median"), "number"),
        Column(gettext_lazy("Troisième quartile"), shown("third_quartile"), "number"),
        Column(
            gettext_lazy("Pôles comparés"), lambda row: row.spread.poles if row.spread else None, "integer"
        ),
        Column(gettext_lazy("Groupe comparé"), lambda row: _group(row.alike.common) if row.alike else ""),
    ]


def _group(common: Iterable[tuple[str, str]]) -> str:
    return " ; ".join(f"{facet} : {label}" for facet, label in common) or _("tous les pôles")


# Everybody's page


@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    """What may be shown of the economy of all poles: medians, resources by type, trade between members."""
    found = between.figures(timezone.localdate(), year=_year(request))
    by = request.GET.get("par", names.REGION)
    if by not in BY:
        message = _("Façons de compter possibles : %(known)s.") % {"known": ", ".join(BY)}
        raise DomainError("unknown_value", message, facts={"parameter": "par", "value": by[:40]})
    title = _("Économie des pôles")
    sent = export_response(
        request,
        list(_lines(found)),
        _line_columns(),
        f"economie-{found.year}",
        title=title,
        back=request.path,
    )
    if sent:
        return sent
    context: dict[str, Any] = {
        "found": found,
        "medians": [one for known in MEASURES if (one := found.median(known.code)) is not None],
        "groups": list(_by_group(found, by)),
        "by": by,
        "ways": [(code, label, code == by) for code, label in BY.items()],
        "matrix": list(_matrix(found)),
        "origins": [Origin(code).label for code in _origins(found)],
        "places": list(_by_place(found, by)),
        "trade": _trade(found),
        "known": references(),
        "reasons": REASONS,
        "secret": SECRET,
    }
    return render(request, "web/economy_figures.html", context)


def _by_group(found: Figures, by: str) -> Iterator[Median]:
    """Give the medians of the budget of a cell by region or stage, those that are secret too."""
    for one in found.medians:
        if one.known.code == MEASURES[0].code and list(names.split(one.spread.group)) == [by]:
            yield one


def _origins(found: Figures) -> list[str]:
    return [
        str(code) for code in (*ORIGINS, Origin.UNKNOWN) if ((names.ORIGIN, str(code)),) in found.resources
    ]


def _kinds(found: Figures) -> list[str]:
    return [str(code) for code in (*RESOURCES, Kind.UNKNOWN) if ((names.KIND, str(code)),) in found.resources]


def _matrix(found: Figures) -> Iterator[tuple[str, list[between.Amount], between.Amount]]:
    """Give the resources by type: what comes from each origin, then all of them."""
    for kind in _kinds(found):
        row = [_amount(found, {names.KIND: kind, names.ORIGIN: origin}) for origin in _origins(found)]
        yield str(Kind(kind).label), row, _amount(found, {names.KIND: kind})


def _by_place(found: Figures, by: str) -> Iterator[tuple[str, between.Amount]]:
    """Give all the resources by region or by stage, what is secret too."""
    codes = sorted(key[0][1] for key in found.resources if len(key) == 1 and key[0][0] == by)
    for code in codes:
        label = _("inconnu") if code == names.UNKNOWN else between.label(by, code)
        yield label, _amount(found, {by: code})


def _trade(found: Figures) -> list[tuple[str, between.Amount]]:
    if not found.trade:
        return []
    words = (
        ("", _("Tous les achats entre membres")),
        ("oui", _("dus au pôle")),
        ("non", _("sans lien avec le pôle")),
        (names.UNKNOWN, _("personne ne l'a dit")),
    )
    return [
        (label, _of(found.trade, {names.DUE: code} if code else {}))
        for code, label in words
        if not code or ((names.DUE, code),) in found.trade
    ]


def _amount(found: Figures, at: dict[str, str]) -> between.Amount:
    return _of(found.resources, at)


def _of(table: Any, at: dict[str, str]) -> between.Amount:
    return between.Amount(at, table.get(tuple(sorted(at.items())), Cell(ABSENT)))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the export: a median or an amount."""

    what: str
    at: str
    unit: str
    value: Any
    first: Any = None
    third: Any = None
    poles: int | None = None
    state: str = ""


def _lines(found: Figures) -> Iterator[Line]:
    states = {SECRET: _("secret statistique"), ABSENT: _("pas de donnée")}
    for one in found.medians:
        said, row = one.known.said, one.spread
        state = states[SECRET] if row.reason else ""
        values = (said(row.median), said(row.first_quartile), said(row.third_quartile))
        yield Line(str(one.known.label), _group(one.alike.common), one.known.unit, *values, row.poles, state)
    titles = ((found.resources, _("Ressources en argent")), (found.trade, _("Achats entre membres")))
    for table, title in titles:
        for amount in found.amounts(table):
            at = " ; ".join(_code(name, code) for name, code in amount.at.items()) or _("tous les pôles")
            yield Line(title, at, between.EUROS, amount.euro, state=states.get(amount.cell.status, ""))


def _code(name: str, code: str) -> str:
    if code == names.UNKNOWN:
        return _("inconnu")
    if name == names.KIND:
        return str(Kind(code).label)
    if name == names.ORIGIN:
        return str(Origin(code).label)
    if name == names.DUE:
        return {"oui": _("dus au pôle"), "non": _("sans lien avec le pôle")}[code]
    return between.label(name, code)


def _line_columns() -> list[Column]:
    return [
        Column(gettext_lazy("Chiffre"), lambda line: line.what),
        Column(gettext_lazy("Groupe ou case"), lambda line: line.at),
        Column(gettext_lazy("Unité"), lambda line: line.unit),
        Column(gettext_lazy("Valeur ou médiane"), lambda line: line.value, "number"),
        Column(gettext_lazy("Premier quartile"), lambda line: line.first, "number"),
        Column(gettext_lazy("Troisième quartile"), lambda line: line.third, "number"),
        Column(gettext_lazy("Pôles comparés"), lambda line: line.poles, "integer"),
        Column(gettext_lazy("Secret ou absent"), lambda line: line.state),
    ]
