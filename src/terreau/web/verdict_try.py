"""« Essayer »: who has only facts types them and reads what a grid makes of them. Nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.common.errors import DomainError
from terreau.sheets import verdicts
from terreau.sheets.facts import language
from terreau.sheets.verdicts import Asking, VerdictSheet
from terreau.web.pole_history import day_asked
from terreau.web.verdict_form import MOST_ALIKE, Problem, Question, facts, questions, with_problems
from terreau.web.verdict_pages import grid_address


@dataclass(frozen=True)
class Trial:
    """A grid to be tried: what it asks."""

    asking: Asking
    questions: list[Question]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponse:
    """The questions of a grid; once answered, the verdict above them."""
    sent = request.POST if request.method == "POST" else None
    asked = sent if sent is not None else request.GET
    problems: list[Problem] = []
    day, said = _day(asked, problems)
    asking = verdicts.asking(code, version=asked.get("version", "")[:40] or None, on=day)
    lang = language()
    shown = questions(asking.facts, asking.judged, sent, lang)
    sheet: VerdictSheet | None = None
    if sent is not None and "ajouter" not in sent and not problems:
        try:
            given = facts(asking.facts, asking.judged, sent)
            sheet = verdicts.facts_verdict(code, given, version=asking.version, on=day)
        except DomainError as error:
            shown, problems = with_problems(shown, error)
    context: dict[str, Any] = {
        "trial": Trial(asking, shown),
        "sheet": sheet,
        "problems": problems,
        "day": said,
        "most": MOST_ALIKE,
        "grid_url": grid_address(code),
    }
    return render(request, "web/verdict/try.html", context, status=422 if problems else 200)


def _day(asked: QueryDict, problems: list[Problem]) -> tuple[date | None, str]:
    """Read the day that the facts are of; what is no day is a problem of the form."""
    said = asked.get("le", "").strip()[:20]
    try:
        day = day_asked(said, "le")
    except DomainError as error:
        problems.append(Problem(str(error.message), "le"))
        return None, said
    return day, (day or timezone.localdate()).isoformat()
