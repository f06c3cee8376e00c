"""Sourced facts as every face says them: pages, API and commands read the same lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from terreau.facts import read
from terreau.pieces.models import Source


@dataclass(frozen=True)
class SourceLine:
    """Where a datum comes from: a document, a place in it, an address."""

    document: str
    section: str = ""
    url: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the source as the API says it."""
        return {"document": self.document, "section": self.section, "url": self.url}


@dataclass(frozen=True)
class FactLine:
    """A datum with all that makes it readable.

    ``value`` is made of JSON types, ``display`` is the whole value in words, ``period`` its dates in words,
    ``on`` the same for machines (``2014``, ``2014-09/..``), ``contradicted_by`` what other sources say of the
    same thing.
    """

    code: str
    label: str
    value: Any
    display: str
    source: SourceLine
    status: str
    unit: str = ""
    period: str = ""
    on: str = ""
    qualifier: str = ""
    note: str = ""
    contradicted_by: tuple["FactLine", ...] = ()
    written_in: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the fact as the API says it."""
        return {
            "code": self.code,
            "libelle": self.label,
            "precision": self.qualifier,
            "contredit": [other._short_json() for other in self.contradicted_by],
            **self._short_json(),
        }

    def _short_json(self) -> dict[str, Any]:
        return {
            "valeur": self.value,
            "unite": self.unit or None,
            "periode": self.on or None,
            "source": self.source.as_json(),
            "statut": self.status,
        }


def source_line(source: Source | None) -> SourceLine:
    """Return the line of a source; an empty one when there is none."""
    return SourceLine(source.document, source.section, source.url) if source else SourceLine("")


def lines_of(subject: UUID) -> list[FactLine]:
    """Return the public facts held today of a subject, in the language of the moment (three queries)."""
    return lines(read.facts_of(subject, lang=language()))


def lines(views: Iterable[read.FactView]) -> list[FactLine]:
    """Return facts as every face says them."""
    return [
        FactLine(
            code=view.code,
            label=view.label,
            value=view.plain,
            display=view.display,
            source=SourceLine(view.source.document, view.source.section, view.source.url),
            status=view.status,
            unit=view.unit,
            period=view.period,
            on=view.on,
            qualifier=view.qualifier,
            note=view.note,
            contradicted_by=tuple(lines(view.contradicted_by)),
            written_in=view.written_in,
        )
        for view in views
    ]


def language() -> str:
    """Return ``en`` or ``fr``: the language of what is being written."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"
