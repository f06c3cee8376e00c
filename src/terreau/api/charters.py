"""Charters: their texts, their versions, the public register of who signed and who withdrew."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.api import pages
from terreau.api.schemas import TextsOut
from terreau.charters import published, register
from terreau.charters.register import Line
from terreau.poles.directory import labels

router = Router(tags=["charters"])


class CharterOut(Schema):
    """A line of the list of charters."""

    code: str = Field(description=_("Mot de la charte dans les adresses."))
    titre: TextsOut = Field(description=_("Titre de la charte."))
    tenue_par: str | None = Field(description=_("Nom de l'organisation qui tient la charte."))
    texte_detenu: bool = Field(description=_("Faux quand le registre attend le texte : rien ne se signe."))
    version: str | None = Field(description=_("Version en vigueur."))
    empreinte: str | None = Field(description=_("SHA-256 du texte en vigueur."))
    signataires: int = Field(description=_("Nombre de signataires en vigueur, toutes versions."))


class ChartersOut(pages.PageOut):
    """A page of the list of charters."""

    results: list[CharterOut] = Field(description=_("Les lignes de la page."))


class CharterTextOut(Schema):
    """The three parts of a text."""

    preambule: TextsOut = Field(description=_("Préambule."))
    valeurs: list[TextsOut] = Field(description=_("Valeurs, dans leur ordre."))
    engagements: list[TextsOut] = Field(description=_("Engagements, dans leur ordre."))


class CharterVersionOut(Schema):
    """A published version."""

    version: str = Field(description=_("Nom de la version."))
    publiee_le: date = Field(description=_("Jour de la publication."))
    empreinte: str = Field(description=_("SHA-256 du texte."))


class CharterDetailOut(CharterOut):
    """A charter with its text in force and its versions."""

    texte: CharterTextOut | None = Field(description=_("Texte en vigueur ; nul quand il n'est pas détenu."))
    versions: list[CharterVersionOut] = Field(description=_("Versions, la plus récente d'abord."))


class SignatureOut(Schema):
    """A signature of the public register; one that was withdrawn stays, with its day."""

    id: str = Field(description=_("Identifiant de la signature."))
    acteur: str = Field(description=_("Identifiant de l'acteur qui a signé."))
    nom: str = Field(description=_("Nom de l'acteur."))
    version: str = Field(description=_("Version signée."))
    signe_le: date = Field(description=_("Jour de la signature."))
    preuve: str = Field(description=_("proved (identité confirmée à nouveau) ou link (lien personnel)."))
    retire_le: date | None = Field(description=_("Jour du retrait ; nul tant que la signature tient."))
    motif: str | None = Field(description=_("Motif du retrait, s'il est donné."))
    signataire: str | None = Field(description=_("Personne qui a signé, si elle l'a voulu public."))
    qualite: str | None = Field(description=_("Sa qualité, si elle l'a voulue publique."))
    regions: list[str] = Field(description=_("Codes des régions."))
    departements: list[str] = Field(description=_("Codes des départements."))
    empreinte: str = Field(description=_("SHA-256 du texte signé."))
    sceau: str = Field(description=_("SHA-256 de toute la signature."))


class SignaturesOut(pages.PageOut):
    """A page of the register."""

    results: list[SignatureOut] = Field(description=_("Les lignes de la page."))


class SignatoriesQuery(pages.PageQuery):
    """Which territory."""

    region: str = Field("", description=_("Code de la région, par exemple 53."))
    departement: str = Field("", description=_("Code du département, par exemple 35."))


@router.get(
    "/charters",
    response=ChartersOut,
    operation_id="list_charters",
    summary=_("Chartes"),
    description=_("Les chartes publiques, et celles dont le texte est attendu."),
    openapi_extra={"x-example": "/charters?limit=5"},
)
def charters(request: HttpRequest, response: HttpResponse, query: Query[pages.PageQuery]) -> dict[str, Any]:
    """Return a page of the public charters, by code."""
    page = pages.among(published.charters(), lambda one: str(one["code"]), query)
    return pages.answer(request, response, query, page, lambda one: one)


@router.get(
    "/charters/{code}",
    response=CharterDetailOut,
    operation_id="read_charter",
    summary=_("Une charte"),
    description=_("Le texte en vigueur et les versions. Signer ne donne ni label ni note."),
    openapi_extra={"x-example": "/charters/charte-nationale"},
)
def charter(request: HttpRequest, code: str) -> dict[str, Any]:
    """Return a public charter whole."""
    return published.charter(code)


@router.get(
    "/charters/{code}/signatories",
    response=SignaturesOut,
    operation_id="list_signatories",
    summary=_("Signataires d'une charte"),
    description=_("Le registre public : qui a signé, quand, sous quelle version ; qui s'est retiré."),
    openapi_extra={"x-example": "/charters/charte-nationale/signatories"},
)
def signatories(
    request: HttpRequest, response: HttpResponse, code: str, query: Query[SignatoriesQuery]
) -> dict[str, Any]:
    """Return a page of the register, by name then by day."""
    region = register.check_place("region", query.region, labels("region"))
    department = register.check_place("departement", query.departement, labels("departement"))
    lines = published.signatories(code, region=region, department=department)
    page = pages.among(lines, _key, query)
    return pages.answer(request, response, query, page, Line.as_json)


def _key(line: Line) -> str:
    return f"{line.actor.sort_key} {line.signature.at.isoformat()} {line.signature.pk.hex}"
