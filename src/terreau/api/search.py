"""Search of every public subject."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router

from terreau.api import pages
from terreau.api.fact_schemas import FoundListOut
from terreau.design.paging import keyset
from terreau.search import index
from terreau.search.models import Entry

router = Router(tags=["search"])


class SearchQuery(pages.PageQuery):
    """What to look for."""

    q: str = Field(description=_("Mots à chercher ; le dernier peut être un début de mot."))
    nature: Literal["", "pole", "actor", "territory", "place", "project", "cooperation"] = Field(
        "", description=_("Nature des sujets.")
    )


@router.get(
    "/search",
    response=FoundListOut,
    operation_id="search_subjects",
    summary=_("Chercher"),
    description=_("Pôles, acteurs, territoires et lieux qui ont tous les mots, les meilleurs d'abord."),
    openapi_extra={"x-example": "/search?q=redon&limit=5"},
)
def search(request: HttpRequest, response: HttpResponse, query: Query[SearchQuery]) -> dict[str, Any]:
    """Return a page of what holds every word, the best first."""
    found = index.found(query.q, kinds={query.nature} if query.nature else None)
    page = keyset(found, index.ORDER, limit=query.size, cursor=query.start, total=found.count())
    return pages.answer(request, response, query, page, _line)


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.subject_id),
        "nature": entry.kind,
        "nom": entry.title,
        "detail": entry.said,
        "chemin": entry.path,
    }
