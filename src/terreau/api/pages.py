"""Pages of a list: how many lines, from where, and the addresses of the pages around."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Field, Schema

from terreau.design.paging import Cursor, Page, decode, encode

Item = TypeVar("Item")

LIMIT = 25
MAX_LIMIT = 100


class PageQuery(Schema):
    """Which page of a list."""

    limit: int = Field(LIMIT, description=_("Lignes par page : de 1 à 100, 25 par défaut."))
    cursor: str | None = Field(
        None, description=_("Repère d'une page, tel que « next » et « previous » le donnent.")
    )

    @property
    def size(self) -> int:
        """Number of lines of the page, within what is served."""
        return min(max(self.limit, 1), MAX_LIMIT)

    @property
    def start(self) -> str | None:
        """The cursor, None when it is empty."""
        return self.cursor or None

    @property
    def filters(self) -> dict[str, Any]:
        """What was asked beyond the page, as given."""
        return self.dict(exclude={"limit", "cursor"})


class PageOut(Schema):
    """What every page of a list says beside its lines."""

    count: int = Field(description=_("Nombre de lignes de toute la liste."))
    next: str | None = Field(description=_("Adresse de la page suivante ; nul à la fin."))
    previous: str | None = Field(description=_("Adresse de la page précédente ; nul au début."))


def answer(
    request: HttpRequest,
    response: HttpResponse,
    query: PageQuery,
    page: Page[Any],
    line: Callable[[Any], Mapping[str, Any]],
) -> dict[str, Any]:
    """Return a page as the API says it, and put the addresses of those around in ``Link`` (RFC 8288)."""
    following, preceding = _address(request, query, page.next), _address(request, query, page.previous)
    around = {"next": following, "prev": preceding}
    links = [f'<{address}>; rel="{name}"' for name, address in around.items() if address]
    if links:
        response["Link"] = ", ".join(links)
    return {
        "results": [line(row) for row in page.rows],
        "count": page.total,
        "next": following,
        "previous": preceding,
    }


def among(items: Sequence[Item], key: Callable[[Item], str], query: PageQuery) -> Page[Item]:
    """Return a page of what is held in memory, in the order of a unique key; 422 for a bad cursor."""
    ordered = sorted(items, key=key)
    start = decode(query.start, 1) if query.start else None
    mark = str(start.key[0]) if start else ""
    if start and start.backwards:
        found = [item for item in ordered if key(item) < mark][-query.size :]
    else:
        found = [item for item in ordered if start is None or key(item) > mark][: query.size]
    if not found:
        return Page([], total=len(ordered))
    first, last = key(found[0]), key(found[-1])
    return Page(
        found,
        encode(Cursor((last,))) if last < key(ordered[-1]) else None,
        encode(Cursor((first,), backwards=True)) if first > key(ordered[0]) else None,
        len(ordered),
    )


def _address(request: HttpRequest, query: PageQuery, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    asked = {name: value for name, value in query.filters.items() if value not in (None, "")}
    return request.build_absolute_uri(
        f"{request.path}?{urlencode(asked | {'limit': query.size, 'cursor': cursor})}"
    )
