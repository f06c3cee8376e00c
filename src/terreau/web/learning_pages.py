"""« Ce qu'apprennent les pôles »: how each criterion of a grid is answered, by place and by stage, under
secrecy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

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
from terreau.publication.protection import SECRET, Cell
from terreau.sheets import learning
from terreau.sheets.learning import BY, OUTCOME_LABELS, Learned, Learning, Row
from terreau.sheets.learning_count import OUTCOMES
from terreau.web.verdict_pages import grid_address

#: Width of a bar, in its own units.
_WIDTH = 1000
_BY_LABELS = {
    learning.REGION: gettext_lazy("Par région"),
    learning.DEPARTMENT: gettext_lazy("Par département"),
    learning.BY_STAGE: gettext_lazy("Par stade"),
}


@dataclass(frozen=True)
class Segment:
    """A part of a bar: what it is (an outcome, ``secret`` or ``absent``), from where, how wide."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A row with its drawing, and its answers in the order of the legend."""

    row: Row
    title: str
    segments: list[Segment]
    cells: list[tuple[str, Cell]]

    @property
    def said(self) -> str:
        """What the bar shows, in a sentence."""
        words = [f"{OUTCOME_LABELS[code]} : {_cell(cell)}" for code, cell in self.cells]
        return " ; ".join(words)


@dataclass(frozen=True)
class Line:
    """A line of the export."""

    criterion: Learned
    row: Row


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponseBase:
    """What a grid teaches across poles; ``par`` and ``critere`` open one criterion by place or stage."""
    by, version = request.GET.get("par", ""), request.GET.get("version", "")[:40]
    found = learning.learning(code, timezone.localdate(), version=version or None, by=by)
    name, title = f"statistiques-{found.grid.code}", _("Ce qu'apprennent les pôles")
    sent = export_response(request, _lines(found), _columns(), name, title=title, back=request.path)
    if sent:
        return sent
    chosen = _chosen(found, request.GET.get("critere", ""))
    context: dict[str, Any] = {
        "found": found,
        "bars": [(one, _bar(one.whole, one.title)) for one in found.criteria],
        "chosen": chosen,
        "rows": [_bar(row, row.label) for row in chosen.rows] if chosen else [],
        "outcomes": OUTCOME_LABELS.items(),
        "ways": [(one, _BY_LABELS[one], one == by) for one in BY],
        "grid_path": f"/grilles/{found.grid.code}/",
        "grid_url": grid_address(found.grid.code),
        "least": found.policy.least if found.policy else 0,
        "least_answered": learning.LEAST_ANSWERED,
        "same_day": bool(found.oldest and found.latest and found.oldest.date() == found.latest.date()),
    }
    return render(request, "web/learning.html", context)


def _chosen(found: Learning, code: str) -> Learned | None:
    if not code or not found.criteria:
        return found.criteria[0] if found.criteria else None
    for one in found.criteria:
        if one.criterion.code == code:
            return one
    known = [one.criterion.code for one in found.criteria]
    message = _("Ce critère n'existe pas dans cette grille. Critères possibles : %(known)s.")
    facts = {"parameter": "critere", "value": code[:60], "allowed": known}
    raise DomainError("unknown_value", message % {"known": ", ".join(known)}, facts=facts)


def _bar(row: Row, title: str) -> Bar:
    return Bar(row, title, list(_segments(row)), [(one, row.cells[one]) for one in OUTCOMES])


def _segments(row: Row) -> Iterator[Segment]:
    total = row.total.value or 0
    if not total:
        yield Segment("absent", 0, _WIDTH)
        return
    start = 0.0
    for code in OUTCOMES:
        if value := row.cells[code].value:
            width = _WIDTH * value / total
            yield Segment(code.replace("_", "-"), round(start, 1), round(width, 1))
            start += width
    if _WIDTH - start > 0.5:
        yield Segment("secret" if row.hidden else "absent", round(start, 1), round(_WIDTH - start, 1))


def _cell(cell: Cell) -> str:
    if cell.value is None:
        return _("secret statistique") if cell.status == SECRET else _("pas de donnée")
    return str(cell.value)


# Exports


def _lines(found: Learning) -> Iterable[Line]:
    for one in found.criteria:
        yield Line(one, one.whole)
        yield from (Line(one, row) for row in one.rows)


def _columns() -> list[Column]:
    answers = [Column(OUTCOME_LABELS[code], partial(_value, code), "integer") for code in OUTCOMES]
    return [
        Column(gettext_lazy("Critère"), lambda line: line.criterion.criterion.code),
        Column(gettext_lazy("Texte du critère"), lambda line: line.criterion.title),
        Column(gettext_lazy("Nature"), lambda line: line.criterion.kind),
        Column(gettext_lazy("Code du territoire ou du stade"), lambda line: line.row.code),
        Column(gettext_lazy("Territoire ou stade"), lambda line: line.row.label),
        Column(gettext_lazy("Pôles"), lambda line: line.row.total.value, "integer"),
        *answers,
        Column(gettext_lazy("Réponses sous secret"), _secret),
        Column(gettext_lazy("Pouvoir de distinguer (%)"), lambda line: line.row.power, "integer"),
        Column(gettext_lazy("Compté le"), lambda line: line.criterion.made_at, "date"),
    ]


def _value(code: str, line: Line) -> int | None:
    return line.row.cells[code].value


def _secret(line: Line) -> str:
    hidden = [str(OUTCOME_LABELS[code]) for code in OUTCOMES if line.row.cells[code].status == SECRET]
    return ", ".join(hidden)
