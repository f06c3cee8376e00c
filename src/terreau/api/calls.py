"""Calls: which are open, what one asks and how it is instructed, what those decided gave."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.api import pages
from terreau.api.schemas import TextsOut
from terreau.calls.models import Call
from terreau.common.errors import NotFoundError
from terreau.design.context import design
from terreau.procedures import openings, results, results_table

router = Router(tags=["calls"])
_CSV = {"responses": {200: {"description": "OK", "content": {"text/csv": {"schema": {"type": "string"}}}}}}


class CallProgrammeOut(Schema):
    """The programme of a call."""

    slug: str = Field(description=_("Mot du programme dans les adresses."))
    nom: str = Field(description=_("Nom du programme."))


class SponsorOut(Schema):
    """Who puts money in a call, and whether their opinion is asked."""

    nom: str = Field(description=_("Nom du financeur."))
    part_centimes: int | None = Field(
        description=_("Part en centimes d'euro ; nulle si elle n'est pas dite.")
    )
    part_centiemes: int | None = Field(
        description=_("Part en centièmes de pour cent ; nulle si elle n'est pas dite.")
    )
    avis: str = Field(description=_("none (aucun), asked (demandé) ou mandatory (obligatoire)."))


class CallStrandOut(Schema):
    """A strand that a call opens."""

    code: str = Field(description=_("Repère du volet."))
    nom: str = Field(description=_("Nom du volet."))
    aides: list[str] = Field(
        description=_(
            "Formes de l'aide : job, investment, accompaniment, logistics, intellectual ou subsidy."
        )
    )


class CallOut(Schema):
    """A line of the list of calls. A null value is left to the owner of the programme."""

    slug: str = Field(description=_("Mot de l'appel dans les adresses."))
    titre: TextsOut = Field(description=_("Titre de l'appel."))
    resume: TextsOut = Field(description=_("Résumé de l'appel."))
    programme: CallProgrammeOut = Field(description=_("Programme de l'appel."))
    porteur: str = Field(description=_("Qui porte le programme."))
    etat: str = Field(
        description=_("announced, open, closed, decided ou archived, à l'instant de la réponse.")
    )
    ouvre_le: str | None = Field(description=_("Instant d'ouverture, avec l'heure de Paris et son décalage."))
    ferme_le: str | None = Field(description=_("Instant de clôture, avec l'heure de Paris et son décalage."))
    decision_prevue_le: date | None = Field(description=_("Jour prévu de la décision."))
    candidats: list[str] = Field(
        description=_("pole, ess_enterprise, company, authority, network, research ou other ; vide : tous.")
    )
    categories: list[str] = Field(description=_("existing, project ou interest ; vide pour toutes."))
    enveloppe_centimes: int | None = Field(description=_("Enveloppe en centimes d'euro."))
    aide_min_centimes: int | None = Field(description=_("Aide minimale en centimes d'euro."))
    aide_max_centimes: int | None = Field(description=_("Aide maximale en centimes d'euro."))
    duree_mois: int | None = Field(description=_("Durée de l'aide en mois."))
    taux_max_centiemes: int | None = Field(
        description=_("Taux maximal de l'aide, en centièmes de pour cent.")
    )
    places: int | None = Field(description=_("Nombre de lauréats attendus."))
    de_minimis: bool = Field(description=_("L'aide est une aide de minimis."))
    financeurs: list[SponsorOut] = Field(description=_("Financeurs de l'appel, dans leur ordre."))
    volets: list[CallStrandOut] = Field(description=_("Volets que l'appel ouvre."))
    exemple: bool = Field(description=_("Appel reconstruit des sources, ou inventé, pour servir d'exemple."))
    source: str | None = Field(description=_("D'où vient la description de l'appel."))
    adresse: str = Field(description=_("Page de l'appel."))


class CallsOut(pages.PageOut):
    """A page of the list of calls."""

    results: list[CallOut] = Field(description=_("Les lignes de la page."))


class StageOut(Schema):
    """A stage of the instruction that a call uses."""

    code: str = Field(description=_("region, national ou committee."))
    avis: str = Field(description=_("none (aucun), asked (demandé) ou mandatory (obligatoire)."))


class ReviewCriterionOut(Schema):
    """A criterion of the review grid."""

    code: str = Field(description=_("Repère du critère."))
    nom: TextsOut = Field(description=_("Nom du critère."))
    poids: int | None = Field(description=_("Poids ; nul quand il est laissé au porteur du programme."))
    maximum: int | None = Field(description=_("Note la plus haute."))


class AskedOut(Schema):
    """The form in use."""

    version: int = Field(description=_("Numéro de la version publiée."))
    pages: list[dict[str, Any]] = Field(description=_("Pages, sections et champs du formulaire."))


class KnownFigureOut(Schema):
    """What a source says of the real call."""

    code: str = Field(description=_("Repère du chiffre."))
    valeur: Any = Field(description=_("Valeur que donne la source."))
    source: str | None = Field(description=_("D'où vient le chiffre."))


class CallResultsOut(Schema):
    """What a decided call gave."""

    deposes: int = Field(description=_("Dossiers déposés."))
    irrecevables: int = Field(description=_("Dossiers irrecevables."))
    retenus: int = Field(description=_("Dossiers retenus."))
    liste_complementaire: int = Field(description=_("Dossiers sur la liste complémentaire."))
    non_retenus: int = Field(description=_("Dossiers non retenus : ils ne sont pas nommés."))
    attribue_centimes: int | None = Field(
        description=_("Total attribué en centimes d'euro ; nul s'il n'est pas connu.")
    )
    tableau: str = Field(description=_("Adresse du tableau de ceux qui sont retenus."))


class CallDetailOut(CallOut):
    """A call whole."""

    etapes: list[StageOut] = Field(description=_("Étapes de l'instruction, dans leur ordre."))
    grilles: list[str] = Field(description=_("Repères des grilles d'éligibilité."))
    criteres: list[ReviewCriterionOut] = Field(description=_("Grille de relecture."))
    formulaire: AskedOut | None = Field(description=_("Ce que l'appel demande ; nul s'il n'est pas publié."))
    chiffres: list[KnownFigureOut] = Field(description=_("Ce que les sources disent de l'appel réel."))
    sources: dict[str, str] = Field(description=_("Source de chaque valeur de l'appel."))
    resultats: CallResultsOut | None = Field(
        description=_("Ce que l'appel a donné ; nul avant la publication.")
    )


class CallsQuery(pages.PageQuery):
    """Which calls."""

    etat: Literal["", "announced", "open", "closed", "decided", "archived"] = Field(
        "", description=_("État de l'appel à cet instant ; tous par défaut.")
    )


@router.get(
    "/calls",
    response=CallsOut,
    operation_id="list_calls",
    summary=_("Appels"),
    description=_(
        "Les appels publiés de tous les programmes ; etat=open ne laisse que ceux qui reçoivent des dossiers."
    ),
    openapi_extra={"x-example": "/calls?limit=5"},
)
def calls(request: HttpRequest, response: HttpResponse, query: Query[CallsQuery]) -> dict[str, Any]:
    """Return a page of the public calls, by their word in addresses."""
    found = [one for one in openings.public() if query.etat in ("", one.phase())]
    page = pages.among(found, lambda one: one.slug, query)
    origin = design(request)["site_origin"]
    return pages.answer(request, response, query, page, lambda one: openings.line(one, origin))


@router.get(
    "/calls/{slug}",
    response=CallDetailOut,
    operation_id="read_call",
    summary=_("Un appel"),
    description=_("Qui peut répondre, ce qu'il demande, comment il est instruit, et ce qu'il a donné."),
)
def call(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return a public call whole; 404 for a draft."""
    return openings.whole(_find(slug), design(request)["site_origin"])


@router.get(
    "/calls/{slug}/results.csv",
    operation_id="read_call_results",
    summary=_("Résultats d'un appel"),
    description=_("Ceux qui sont retenus, en CSV (UTF-8, virgules) ; les autres ne sont pas nommés."),
    openapi_extra=_CSV,
)
def call_results(request: HttpRequest, slug: str) -> HttpResponse:
    """Return those who were chosen; 404 until the results are published."""
    found = _find(slug)
    if found.state not in results.PUBLIC:
        message = gettext("Les résultats de cet appel ne sont pas publiés.")
        raise NotFoundError("no_results", message, facts={"etat": found.phase()})
    return HttpResponse(results_table.csv_of(results.grants(found)), content_type="text/csv; charset=utf-8")


def _find(slug: str) -> Call:
    found = openings.public().filter(slug=slug).first()
    if found is None:
        raise NotFoundError("unknown_call", gettext("Cet appel n'est pas dans le registre."))
    return found
