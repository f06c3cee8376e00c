"""Rows of the contract, read from the rooms: poles, parties, classified lines. No name, no account.

A natural person is an identifier and « particuliers »: its place is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from terreau.actors.models import Actor, LegalNature
from terreau.common.batches import batches
from terreau.economics import projection
from terreau.economics.rules import Origin, trait
from terreau.flows.models import Flow
from terreau.poles.models import Pole, Tag
from terreau.territories.models import Level

_BATCH = 500
_LINE = (
    *("rank", "on", "giver", "receiver", "nature", "economics__cents", "thousandths", "unit", "method"),
    *("status", "attributable", "reverses"),
    *("economics__level", "economics__side", "economics__kind", "economics__origin", "economics__phase"),
    *("economics__function", "economics__how", "economics__through"),
)
_FACETS = {
    Tag.Facet.SECTOR: "sector",
    Tag.Facet.REGION: "region",
    Tag.Facet.DEPARTMENT: "department",
}


def books() -> list[UUID]:
    """Return the poles that have a book, in a stable order."""
    written = Flow.objects.order_by().values("book").distinct()
    return list(Pole.objects.filter(pk__in=written).order_by("pk").values_list("pk", flat=True))


def poles(ids: Iterable[UUID]) -> Iterator[dict[str, Any]]:
    """Give the rows of ``poles``."""
    for batch in batches(ids, _BATCH):
        rows = Pole.objects.filter(pk__in=batch).select_related("actor").order_by("pk")
        facets = facets_of(batch)
        for pole in rows:
            yield {
                "pole": str(pole.pk),
                "stage": pole.stage,
                "sector": "",
                "region": "",
                "department": "",
                **facets[pole.pk],
                "legal_form": projection.has_form(pole.actor),
                "fictional": pole.fictional,
            }


def facets_of(batch: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """Return the first sector, region and department of each pole, those that are known."""
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    tags = Tag.objects.filter(listing__in=batch, facet__in=_FACETS).order_by(
        "listing", "facet", "rank", "code"
    )
    for pole, facet, code in tags.values_list("listing", "facet", "code"):
        found[pole].setdefault(_FACETS[Tag.Facet(facet)], code)
    return found


def actors(ids: Iterable[UUID]) -> Iterator[dict[str, Any]]:
    """Give the rows of ``actors``."""
    columns = ["legal_nature", "legal_category", "ess", "pole", "zone__level", "zone__code"]
    columns += ["zone__department__code", "zone__region__code"]
    for batch in batches(ids, _BATCH):
        rows = Actor.objects.filter(pk__in=batch).order_by("pk")
        for pk, nature, category, ess, pole, *place in rows.values_list("pk", *columns):
            origin = trait(nature, ess, category)
            kind = _kind(nature, origin, is_pole=pole is not None)
            department, region = ("", "") if kind == "person" else _place(*place)
            yield {
                "actor": str(pk),
                "kind": kind,
                "ess": ess,
                "origin": str(origin),
                "region": region,
                "department": department,
            }


def _kind(nature: str, origin: Origin, *, is_pole: bool) -> str:
    if is_pole:
        return "pole"
    if nature == LegalNature.NATURAL_PERSON:
        return "person"
    return "public" if origin is Origin.PUBLIC else "organisation"


def _place(
    level: str | None, code: str | None, department: str | None, region: str | None
) -> tuple[str, str]:
    """Return the codes of the department and of the region of a zone, itself when it is one."""
    own_department = code if level == Level.DEPARTEMENT else department
    own_region = code if level == Level.REGION else region
    return own_department or "", own_region or ""


def last_ranks(ids: Iterable[UUID]) -> dict[UUID, int]:
    """Bring the classification of each book up to date; return the last line of each that is classed."""
    found = {}
    for batch in batches(ids, _BATCH):
        for pole in Pole.objects.filter(pk__in=batch).select_related("actor").order_by("pk"):
            projection.refresh(pole)
            rows = Flow.objects.filter(book=pole.pk, economics__isnull=False)
            found[pole.pk] = rows.order_by("-rank").values_list("rank", flat=True).first() or 0
    return found


def flows(pole: UUID, *, after: int, until: int, most: int) -> list[dict[str, Any]]:
    """Return the next lines of a book after a rank, at most so many (one query)."""
    rows = Flow.objects.filter(book=pole, rank__gt=after, rank__lte=until, economics__isnull=False)
    return [_line(pole, row) for row in rows.order_by("rank").values_list(*_LINE)[:most]]


def _line(pole: UUID, row: tuple[Any, ...]) -> dict[str, Any]:
    rank, on, giver, receiver, nature, cents, thousandths, unit, method, status, due, reverses, *said = row
    level, side, kind, origin, phase, function, how, through = said
    return {
        "pole": str(pole),
        "rank": rank,
        "on": on,
        "year": on.year,
        "giver": str(giver),
        "receiver": str(receiver),
        "nature": nature,
        "cents": cents,
        "thousandths": thousandths,
        "unit": unit,
        "method": method,
        "status": status,
        "attributable": due,
        "correction": reverses is not None,
        "level": level,
        "side": side,
        "kind": kind,
        "origin": origin,
        "phase": phase,
        "function": function,
        "how": how,
        "through": through,
    }
