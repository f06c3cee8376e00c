"""Facts of every subject: by subject, by code; their catalogue, units and vocabularies."""

from collections.abc import Iterable
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router

from terreau.api import pages
from terreau.api.fact_schemas import (
    EntriesOut,
    EntryOut,
    FactsOut,
    UnitsOut,
    VocabulariesOut,
    VocabularyOut,
)
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.paging import Page, keyset
from terreau.facts import catalogue, read, rules
from terreau.facts.models import CurrentFact
from terreau.search.models import Entry
from terreau.sheets.facts import language, lines
from terreau.subjects.actions import family, resolve

router = Router(tags=["facts"])


class FactsQuery(pages.PageQuery):
    """Which facts."""

    sujet: UUID | None = Field(None, description=_("Identifiant d'un pôle, d'un acteur, d'un territoire…"))
    nature: Literal["", "pole", "actor", "territory", "place", "project", "cooperation"] = Field(
        "", description=_("Nature des sujets.")
    )
    code: str = Field("", description=_("Code au catalogue des faits, par exemple pole.members."))
    terme: str = Field("", description=_("Terme du vocabulaire de ce code."))
    statut: Literal["", "verifie", "justifie", "declare", "calcule", "estime"] = Field(
        "", description=_("À quel point la donnée est sûre.")
    )
    provenance: Literal["", "justifie", "verifie"] = Field(
        "", description=_("Laisse de côté ce qui est moins sûr (R-56).")
    )


@router.get(
    "/facts",
    response=FactsOut,
    operation_id="list_facts",
    summary=_("Faits"),
    description=_(
        "Ce que le registre tient pour vrai aujourd'hui : d'un sujet, ou d'un code pour tous les sujets, "
        "avec la source de chaque valeur et ce qui la contredit."
    ),
    openapi_extra={"x-example": "/facts?nature=pole&code=pole.sector&limit=5"},
)
def facts(request: HttpRequest, response: HttpResponse, query: Query[FactsQuery]) -> dict[str, Any]:
    """Return a page of the public facts held today, by subject and code."""
    found = _found(query)
    keys = ("subject_id", "code", "rank")
    page = keyset(found, keys, limit=query.size, cursor=query.start, total=found.count())
    return pages.answer(
        request, response, query, Page(_lines(page.rows), page.next, page.previous, page.total), dict
    )


def _found(query: FactsQuery) -> QuerySet[CurrentFact]:
    entries = catalogue.load()
    private = [entry.code for entry in entries if entry.secrecy != "public"]
    found = CurrentFact.objects.exclude(code__in=private)
    if query.sujet:
        found = found.filter(subject__in=family([_public_subject(query.sujet)]))
    else:
        found = found.filter(
            subject__public=True, subject__closed_at__isnull=True, subject__merged_into__isnull=True
        )
    if query.nature:
        found = found.filter(subject__kind=query.nature)
    if query.code:
        if query.code not in entries or query.code in private:
            raise _unknown("code", query.code)
        found = found.filter(code=query.code)
    if query.terme:
        found = found.filter(term=query.terme)
    if query.provenance:
        found = found.filter(status__in=rules.at_least(query.provenance))
    return found.filter(status=query.statut) if query.statut else found


def _public_subject(ident: UUID) -> UUID:
    subject = resolve(ident)
    if not subject.public or subject.closed_at:
        raise NotFoundError(
            "unknown_subject", gettext("Ce sujet n'existe pas."), facts={"subject": str(ident)}
        )
    return subject.pk


def _unknown(name: str, value: str) -> DomainError:
    message = gettext("« %(value)s » n'est pas un code public du catalogue. /api/v1/catalogue les liste.")
    return DomainError(
        "unknown_value", message % {"value": value[:60]}, facts={"parameter": name, "value": value[:60]}
    )


def _lines(rows: list[CurrentFact]) -> list[dict[str, Any]]:
    """Return the facts of a page in words, each with its subject (five queries)."""
    subjects = {row.subject_id for row in rows}
    views = read.by_subject(subjects, lang=language(), codes={row.code for row in rows})
    by_id = {view.id: view for view in _every(view for held in views.values() for view in held)}
    named = {
        subject: {"id": str(subject), "nature": kind, "nom": title, "chemin": path}
        for subject, kind, title, path in Entry.objects.filter(subject__in=subjects).values_list(
            "subject", "kind", "title", "path"
        )
    }
    shown = [(row, by_id[row.fact_id]) for row in rows if row.fact_id in by_id]
    said = lines(view for _row, view in shown)
    return [
        {
            **line.as_json(),
            "sujet": named.get(row.subject_id)
            or {"id": str(row.subject_id), "nature": "", "nom": None, "chemin": None},
        }
        for (row, _view), line in zip(shown, said, strict=True)
    ]


def _every(views: Iterable[read.FactView]) -> Iterable[read.FactView]:
    for view in views:
        yield from view.earlier
        yield from view.contradicted_by
        yield view


@router.get(
    "/catalogue",
    response=EntriesOut,
    operation_id="list_catalogue",
    summary=_("Catalogue des faits"),
    description=_("Ce que veut dire chaque code, et quelles valeurs il prend."),
    openapi_extra={"x-example": "/catalogue?limit=5"},
)
def entries(request: HttpRequest, response: HttpResponse, query: Query[pages.PageQuery]) -> dict[str, Any]:
    """Return a page of the catalogue of facts, by code."""
    page = pages.among(list(catalogue.load()), lambda entry: entry.code, query)
    return pages.answer(request, response, query, page, _entry)


@router.get(
    "/catalogue/{code}",
    response=EntryOut,
    operation_id="read_catalogue_entry",
    summary=_("Un code du catalogue"),
    description=_("Nom, définition, type, unité ou vocabulaire d'un code."),
    openapi_extra={"x-example": "/catalogue/pole.members"},
)
def entry(request: HttpRequest, code: str) -> dict[str, Any]:
    """Return a code of the catalogue."""
    known = catalogue.load()
    if code not in known:
        message = gettext("Ce code n'est pas au catalogue des faits.")
        raise NotFoundError("unknown_fact_code", message, facts={"code": code[:60]})
    return _entry(known[code])


@router.get(
    "/units",
    response=UnitsOut,
    operation_id="list_units",
    summary=_("Unités"),
    description=_("Les unités des nombres."),
    openapi_extra={"x-example": "/units?limit=5"},
)
def units(request: HttpRequest, response: HttpResponse, query: Query[pages.PageQuery]) -> dict[str, Any]:
    """Return a page of the units, by code."""
    page = pages.among(list(catalogue.load().units.values()), lambda unit: unit.code, query)
    return pages.answer(request, response, query, page, _unit)


@router.get(
    "/vocabularies",
    response=VocabulariesOut,
    operation_id="list_vocabularies",
    summary=_("Vocabulaires"),
    description=_("Les listes fermées de termes que citent les faits et les filtres."),
    openapi_extra={"x-example": "/vocabularies"},
)
def vocabularies(
    request: HttpRequest, response: HttpResponse, query: Query[pages.PageQuery]
) -> dict[str, Any]:
    """Return a page of the vocabularies, by name."""
    page = pages.among(list(catalogue.load().vocabularies.values()), lambda words: words.name, query)
    return pages.answer(request, response, query, page, _vocabulary)


@router.get(
    "/vocabularies/{nom}",
    response=VocabularyOut,
    operation_id="read_vocabulary",
    summary=_("Un vocabulaire"),
    description=_("Les termes d'un vocabulaire, avec leurs définitions et leurs sources."),
    openapi_extra={"x-example": "/vocabularies/sector"},
)
def vocabulary(request: HttpRequest, nom: str) -> dict[str, Any]:
    """Return a vocabulary whole."""
    known = catalogue.load().vocabularies
    if nom not in known:
        message = gettext("Ce vocabulaire n'existe pas. /api/v1/vocabularies les liste.")
        raise NotFoundError("unknown_vocabulary", message, facts={"nom": nom[:60], "allowed": sorted(known)})
    words = known[nom]
    return {"nom": words.name, "source": words.source, "termes": [_term(one) for one in words.terms.values()]}


def _entry(entry: catalogue.CatalogueEntry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "libelle": dict(entry.labels),
        "definition": dict(entry.definitions),
        "type": entry.type,
        "unite": entry.unit or None,
        "vocabulaire": entry.choices or None,
        "plusieurs": not entry.single,
        "sujets": list(entry.subjects),
        "periode": entry.period,
        "diffusion": entry.secrecy,
        "source": entry.source,
    }


def _unit(unit: catalogue.Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "nature": unit.kind,
        "libelle": dict(unit.many),
        "symbole": unit.symbol or None,
    }


def _vocabulary(words: catalogue.Vocabulary) -> dict[str, Any]:
    return {"nom": words.name, "source": words.source, "termes": len(words.terms)}


def _term(term: catalogue.Term) -> dict[str, Any]:
    return {
        "code": term.code,
        "libelle": dict(term.labels),
        "definition": dict(term.definitions),
        "source": term.source,
        "parent": term.parent or None,
        "groupe": term.group or None,
    }
