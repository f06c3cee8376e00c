"""Grids and verdicts: what each grid asks, what it gives for a pole, what it gives for facts that one has."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.api import pages
from terreau.api.grid_schemas import FactsIn, GridOut, GridsOut, VerdictOut
from terreau.api.moved import moved
from terreau.common.errors import DomainError, NotFoundError
from terreau.sheets import grids, verdicts

router = Router(tags=["grids"])

_BODY = '{"on": "2015-06-30", "facts": {"pole.legal_person": true, "members": [{"kind": "ess_enterprise"}]}}'


@router.get(
    "/grids",
    response=GridsOut,
    operation_id="list_grids",
    summary=_("Grilles"),
    description=_(
        "Les grilles publiques : définitions, critères, conditions d'un texte. Une grille sans version est "
        "la place d'un texte que Terreau ne détient pas."
    ),
    openapi_extra={"x-example": "/grids?limit=5"},
)
def list_grids(request: HttpRequest, response: HttpResponse, query: Query[pages.PageQuery]) -> dict[str, Any]:
    """Return a page of the public grids, by code."""
    page = pages.among(grids.lines(timezone.localdate()), lambda one: one.code, query)
    return pages.answer(request, response, query, page, lambda one: one.as_json())


class GridQuery(Schema):
    """Which version of a grid."""

    version: str = Field(
        "", description=_("Version de la grille ; celle en vigueur par défaut."), max_length=40
    )


@router.get(
    "/grids/{grid}",
    response=GridOut,
    operation_id="read_grid",
    summary=_("Une grille"),
    description=_("Ses critères, leurs règles, les faits qu'elle lit, ses versions."),
    openapi_extra={"x-example": "/grids/decret-2015-431"},
)
def read_grid(request: HttpRequest, grid: str, query: Query[GridQuery]) -> dict[str, Any]:
    """Return a grid whole, in the version asked or in force."""
    return grids.as_json(grid, query.version or None, timezone.localdate())


class VerdictQuery(Schema):
    """Under which version, on which day."""

    version: str = Field(
        "", description=_("Version de la grille ; celle qui valait ce jour-là par défaut."), max_length=40
    )
    on: date | None = Field(
        None, description=_("Le jour dont on parle (AAAA-MM-JJ) ; aujourd'hui par défaut.")
    )


@router.get(
    "/poles/{slug}/verdicts/{grid}",
    response=VerdictOut,
    operation_id="read_verdict",
    summary=_("Appréciation d'un pôle"),
    description=_(
        "Ce que donne une grille pour un pôle, d'après ce que le registre en dit à tous : oui, non ou à "
        "vérifier, critère par critère, avec les faits, les raisons et ce qui changerait la réponse."
    ),
    openapi_extra={"x-example": "/poles/pole-sud/verdicts/decret-2015-431"},
)
def read_verdict(request: HttpRequest, slug: str, grid: str, query: Query[VerdictQuery]) -> dict[str, Any]:
    """Return what a grid gives for a pole as a stranger may know it."""
    on = _day(query.on)
    try:
        return verdicts.pole_verdict(slug, grid, version=query.version or None, on=on).as_json()
    except NotFoundError as error:
        if now := error.facts.get("slug"):
            raise moved(request, f"/poles/{now}/verdicts/{grid}") from error
        raise


@router.post(
    "/grids/{grid}/verdict",
    response=VerdictOut,
    operation_id="make_verdict",
    summary=_("Appréciation de faits donnés"),
    description=_(
        "Ce que donne une grille pour les faits de la demande, sans pôle ni compte. Rien n'est gardé. "
        "Un fait absent, ou nul, est inconnu."
    ),
    openapi_extra={"x-example": "/grids/decret-2015-431/verdict", "x-body": _BODY},
)
def make_verdict(request: HttpRequest, grid: str, given: FactsIn) -> dict[str, Any]:
    """Return what a grid gives for facts; nothing is written."""
    return verdicts.facts_verdict(
        grid, given.facts, version=given.version or None, on=_day(given.on)
    ).as_json()


def _day(day: date | None) -> date | None:
    """Refuse (422) a day to come or too old."""
    if day and (day > timezone.localdate() or day.year < 1900):
        message = gettext("Cette date est à venir, ou trop ancienne.")
        raise DomainError("out_of_reach", message, facts={"parameter": "on", "value": day.isoformat()})
    return day
