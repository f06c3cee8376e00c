"""The yearly round of a pole on one light page: prefilled, resumed, answered together, then closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.common.errors import DomainError
from terreau.facts.models import Status
from terreau.indicators import amounts, library, rounds
from terreau.indicators.forms import SAYABLE
from terreau.indicators.models import Answer, Indicator, Round
from terreau.indicators.read import Followed, followed
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import yearly
from terreau.sheets.yearly import Figure


@dataclass
class Line:
    """An indicator on the page of the round: what was answered, what the workspace counted, what is wrong."""

    followed: Followed
    figure: Figure | None
    base: dict[str, str]
    mine: dict[str, str]
    error: str = ""

    @property
    def pk(self) -> UUID:
        """Identifier of the indicator."""
        return self.followed.row.pk

    @property
    def unit(self) -> str:
        """Words of its unit."""
        return amounts.unit_label(self.followed.row.unit)

    @property
    def answered(self) -> bool:
        """Say whether it has an answer that is kept."""
        return bool(self.base["amount"] or self.base["unknown"])

    @property
    def counted(self) -> str:
        """What the workspace counted, as it is typed; empty when it counted nothing."""
        return amounts.typed(amounts.of_figure(self.figure.said.value)) if self.figure else ""

    @property
    def suggested(self) -> bool:
        """Say whether what the field holds is what the workspace counted, and nobody's answer yet."""
        return bool(self.figure) and not self.answered and self.mine["amount"] == self.counted


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, year: int) -> HttpResponseBase:
    """Fill the round of a year; who animates the pole closes it."""
    ws = enter(request, slug, run=request.method == "POST", verb="indicator.answer_round")
    held = Round.objects.filter(pole=ws.pole, year=year).first()
    if not rounds.FIRST_YEAR <= year <= ws.today.year:
        raise DomainError("bad_year", _("Le tour d'une année se fait quand elle a commencé."))
    if held is not None and held.closed_at:
        return _closed(request, ws, held)
    lines = _lines(ws, year, held)
    if request.method == "POST":
        return _save(request, ws, year, lines)
    return _draw(request, ws, year, lines, held)


def _closed(request: HttpRequest, ws: Workspace, held: Round) -> HttpResponseBase:
    if request.method == "POST":
        messages.info(request, _("Ce tour vient d'être clos : corrigez la valeur de l'indicateur lui-même."))
        return redirect("espace_round", ws.slug, held.year)
    rows = [
        {
            **one,
            "said": amounts.said(one["amount"], one["unit"]) if one["amount"] is not None else "",
            "pk": UUID(one["indicator"]),
        }
        for one in held.data["answers"]
    ]
    return show(request, ws, "web/round_closed.html", {"round": held, "rows": rows})


def _lines(ws: Workspace, year: int, held: Round | None) -> list[Line]:
    """Return what the pole follows and what is known of it; a field without answer holds what was counted."""
    answers = {one.indicator_id: one for one in Answer.objects.filter(round=held)} if held else {}
    lines = followed(ws.pole)
    codes = {known.said for one in lines if (known := library.load().get(one.row.code)) and known.said}
    figures = yearly.figures(ws.pole, year, codes) if codes else []
    counted = yearly.by_code(one for one in figures if one.said.value is not None)
    found = []
    for one in lines:
        base = _typed(answers.get(one.row.pk))
        known = library.load().get(one.row.code)
        figure = counted.get(known.said) if known and known.said else None
        line = Line(one, figure, base, dict(base))
        if not line.answered and line.counted:
            line.mine["amount"] = line.counted
        found.append(line)
    return found


def _typed(answer: Answer | None) -> dict[str, str]:
    if answer is None:
        return {"amount": "", "unknown": "", "status": Status.DECLARED.value, "origin": ""}
    return {
        "amount": amounts.typed(answer.amount),
        "unknown": "on" if answer.unknown else "",
        "status": answer.status,
        "origin": answer.origin,
    }


def _save(request: HttpRequest, ws: Workspace, year: int, lines: list[Line]) -> HttpResponseBase:
    held = rounds.open_round(ws.pole, year, by=ws.user)
    held.pole = ws.pole
    said: list[rounds.Said] = []
    by_pk = {line.pk: line for line in lines}
    for line in lines:
        _read(request, line, said)
    outcome = rounds.answer(held, said, by=ws.user)
    for pk, conflict in outcome.conflicts.items():
        by_pk[pk].error = _conflict(by_pk[pk], conflict)
    for pk, problem in outcome.refusals.items():
        by_pk[pk].error = str(problem.message)
    troubled = [line for line in lines if line.error]
    if troubled:
        return _draw(request, ws, year, lines, held, status=409 if outcome.conflicts else 422)
    if "clore" in request.POST:
        try:
            rounds.close(held, by=ws.user)
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("Le tour est clos : ses chiffres sont gardés tels quels."))
    else:
        messages.success(request, _("C'est enregistré. Vous pourrez reprendre quand vous voudrez."))
    return redirect("espace_round", ws.slug, year)


def _read(request: HttpRequest, line: Line, said: list[rounds.Said]) -> None:
    """Read what was typed of one indicator; a figure that is the one counted says so by itself."""
    post, pk = request.POST, line.pk
    if f"valeur-{pk}" not in post:
        return
    line.mine = {
        "amount": post.get(f"valeur-{pk}", "").strip()[:40],
        "unknown": "on" if post.get(f"inconnu-{pk}") else "",
        "status": post.get(f"statut-{pk}", ""),
        "origin": post.get(f"origine-{pk}", "").strip()[:300],
    }
    base = {name: post.get(f"vu-{name}-{pk}", "") for name in line.mine}
    row = line.followed.row
    try:
        mine, seen = _values(line.mine, row), _values(base, row)
    except DomainError as error:
        line.error = str(error.message)
        return
    if mine["unknown"] and line.mine["amount"] == line.counted:
        mine["amount"], line.mine["amount"] = None, ""
    computed = line.figure is not None and mine["amount"] is not None and line.mine["amount"] == line.counted
    if computed and mine["status"] in {Status.DECLARED, Status.COMPUTED}:
        how = line.figure.said.how if line.figure else ""
        mine |= {"status": Status.COMPUTED.value, "origin": (mine["origin"] or how)[:300]}
    elif mine["status"] == Status.COMPUTED:
        mine["status"] = Status.DECLARED.value
    said.append(rounds.Said(row, seen, mine))


def _values(typed: dict[str, str], row: Indicator) -> dict[str, Any]:
    allowed = {*(str(code) for code, _label in SAYABLE), Status.COMPUTED.value}
    return {
        "amount": amounts.read(typed["amount"], row.unit),
        "unknown": bool(typed["unknown"]),
        "status": typed["status"] if typed["status"] in allowed else Status.DECLARED.value,
        "origin": typed["origin"],
    }


def _conflict(line: Line, conflict: dict[str, dict[str, Any]]) -> str:
    """Say what somebody else answered, and take it as seen, so that the next save is a choice."""
    theirs = {name: sides["theirs"] for name, sides in conflict.items()}
    row = line.followed.row
    if "amount" in theirs:
        line.base["amount"] = amounts.typed(theirs["amount"])
    for name in ("status", "origin"):
        if name in theirs:
            line.base[name] = str(theirs[name])
    if "unknown" in theirs:
        line.base["unknown"] = "on" if theirs["unknown"] else ""
    what = amounts.said(theirs["amount"], row.unit) if "amount" in theirs else _("autre chose")
    words = _(
        "Quelqu'un a répondu « %(theirs)s » pendant ce temps : gardez votre réponse, ou prenez la sienne."
    )
    return words % {"theirs": what}


def _draw(  # noqa: PLR0913, PLR0917 - what the page shows
    request: HttpRequest,
    ws: Workspace,
    year: int,
    lines: list[Line],
    held: Round | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "year": year,
        "lines": lines,
        "round": held,
        "sayable": SAYABLE,
        "answered": sum(line.answered for line in lines),
        "suggested": sum(line.suggested for line in lines),
        "troubled": [line for line in lines if line.error],
    }
    return show(request, ws, "web/round.html", context, status=status)
