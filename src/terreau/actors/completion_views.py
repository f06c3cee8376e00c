"""What forms ask while somebody types: JSON, or options for a list when htmx asks."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from terreau.actors.completion import proposals
from terreau.directory.completion import communes

#: Letters of a question that are read.
LONGEST = 120


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Answer ``?q=``, those of ``?commune=`` first."""
    found = proposals(_asked(request), commune=request.GET.get("commune", "")[:5])
    options = [(one.organisation.name, one.said) for one in found]
    return _answer(request, options, lambda: [one.as_dict() for one in found])


@require_safe
def communes_page(request: HttpRequest) -> HttpResponse:
    """Answer ``?q=`` with communes of today; a former code gives the one that it became."""
    found = communes(_asked(request))
    options = [(one.name, f"{one.name} ({one.department})") for one in found]
    return _answer(request, options, lambda: [one.as_dict() for one in found])


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:LONGEST].replace("\x00", "")


def _answer(
    request: HttpRequest, options: list[tuple[str, str]], rows: Callable[[], list[dict[str, Any]]]
) -> HttpResponse:
    if request.headers.get("HX-Request"):
        response = render(request, "actors/completion.html", {"options": options})
    else:
        response = JsonResponse({"results": rows()}, json_dumps_params={"ensure_ascii": False})
    # Each text typed is another address: not worth a place among the pages kept.
    response["Cache-Control"] = "private, max-age=60"
    return response
