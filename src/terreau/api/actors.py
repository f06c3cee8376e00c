"""Actors: the directory, a sheet."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router

from terreau.actors import directory
from terreau.api import pages
from terreau.api.actor_schemas import ActorDetailOut, ActorsOut
from terreau.api.moved import moved
from terreau.sheets.actors import actor_sheet

router = Router(tags=["actors"])


class ActorsQuery(pages.PageQuery):
    """Filters of the directory; codes are those that ``/acteurs/`` shows in its address."""

    q: str = Field("", description=_("Mots à chercher ; le dernier peut être un début de mot."))
    nature: str = Field("", description=_("Terme du vocabulaire legal_nature."))
    fonction: str = Field("", description=_("Terme du vocabulaire actor_function."))
    ess: str = Field("", description=_("Entreprise de l'ESS : oui, non ou a_verifier."))
    region: str = Field("", description=_("Code de la région, par exemple 53."))
    reseau: str = Field("", description=_("Réseau auquel l'acteur appartient : sa clé ou son identifiant."))


@router.get(
    "/actors",
    response=ActorsOut,
    operation_id="list_actors",
    summary=_("Annuaire des acteurs"),
    description=_("Les acteurs publics que laissent les filtres, par nom, une page à la fois."),
    openapi_extra={"x-example": "/actors?ess=oui&limit=5"},
)
def actors(request: HttpRequest, response: HttpResponse, query: Query[ActorsQuery]) -> dict[str, Any]:
    """Return a page of the directory of actors, sorted by name."""
    filters = directory.Filters.parse(query.filters)
    page = directory.page(filters, on=timezone.localdate(), limit=query.size, cursor=query.start)
    return pages.answer(request, response, query, page, _line)


@router.get(
    "/actors/{id}",
    response=ActorDetailOut,
    operation_id="read_actor",
    summary=_("Fiche d'un acteur"),
    description=_(
        "Noms, identifiants, appartenance à l'ESS, réseaux, pôles et faits sourcés. "
        "Un acteur fusionné avec un autre mène à la fiche de celui-ci."
    ),
)
def actor(request: HttpRequest, id: UUID) -> dict[str, Any]:  # noqa: A002
    """Return the sheet of an actor, or lead to the one it was merged into."""
    sheet = actor_sheet(id)
    if sheet.actor.pk != id:
        raise moved(request, f"/actors/{sheet.actor.pk}")
    return sheet.as_json()


def _line(row: directory.ActorRow) -> dict[str, Any]:
    """Return a line where what is unknown is null, as everywhere in the API."""
    return {name: None if value == "" else value for name, value in directory.as_json(row).items()}
