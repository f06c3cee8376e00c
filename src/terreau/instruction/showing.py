"""How pages of the room are drawn: for one person, kept by no cache, within the places of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext_lazy

from terreau.calls.perms import CallSpace, Standing
from terreau.dossiers.perms import DossierSpace
from terreau.instruction import rules

#: Roles that read the list of a call.
STAFF: Final = ("owner", "officer", "reviewer", "committee", "sponsor", "auditor")
#: Pages of a call: name of the address, label, who goes there.
_PAGES: Final = (
    ("instruction_call", gettext_lazy("Dossiers"), frozenset(STAFF)),
    ("instruction_reviews", gettext_lazy("Relectures"), frozenset({"owner", "officer", "auditor"})),
    (
        "instruction_harmonisation",
        gettext_lazy("Harmonisation"),
        frozenset({"owner", "officer", "auditor", "committee"}),
    ),
    ("instruction_draw", gettext_lazy("Tirage au sort"), frozenset({"owner", "officer", "auditor"})),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a call."""

    label: str
    href: str
    current: bool


def places(request: HttpRequest, slug: str, held: Standing) -> list[Place]:
    """Return the pages of a call that the person reads."""
    found = []
    for name, label, roles in _PAGES:
        if held.roles & roles:
            href = reverse(name, args=[slug])
            found.append(Place(str(label), href, request.path == href))
    return found if len(found) > 1 else []


def points(thousandths: int | None) -> str:
    """Return a total in the language of the page."""
    return rules.points(thousandths, "." if (get_language() or "fr").startswith("en") else ",")


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page that belongs to one person."""
    response = render(request, template, dict(context), status=status)
    add_never_cache_headers(response)
    return response


def in_call(
    request: HttpRequest, space: CallSpace, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page of a call."""
    whole = {
        "call": space.call,
        "held": space.standing,
        "places": places(request, space.call.slug, space.standing),
        **context,
    }
    return show(request, template, whole, status=status)


def in_file(
    request: HttpRequest, space: DossierSpace, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page of a file."""
    whole = {
        "dossier": space.dossier,
        "call": space.dossier.call,
        "space": space,
        "held": space.standing,
        "instructs": space.may("instruct"),
        **context,
    }
    return show(request, template, whole, status=status)
