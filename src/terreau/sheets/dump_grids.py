"""The rows of grids in open data: public versions, and their criteria with rules in words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from terreau.grids.models import GridVersion
from terreau.grids.wording import lexicon, sentence

Row = tuple[Any, ...]


def _published() -> Iterator[GridVersion]:
    rows = GridVersion.objects.exclude(state=GridVersion.State.DRAFT).filter(grid__public=True)
    rows = (
        rows.select_related("grid", "supersedes").defer("text").order_by("grid__code", "published_at", "pk")
    )
    yield from rows.iterator(chunk_size=50)


def versions() -> Iterator[Row]:
    """Yield each public version, by grid then by publication."""
    for row in _published():
        content, source = row.content, row.content.get("source") or {}
        yield (
            f"{row.grid.code}@{row.version}",
            row.grid.code,
            row.version,
            *_both(content["title"]),
            content["nature"],
            content["subject"],
            (content.get("owner") or {}).get("name"),
            *_both(content["licence"]),
            row.state,
            row.valid_from,
            row.valid_to,
            _day(content.get("verified_on")),
            content["prescriptive"],
            row.supersedes.version if row.supersedes else None,
            row.published_at,
            source.get("document"),
            source.get("url"),
            row.digest,
        )


def criteria() -> Iterator[Row]:
    """Yield each criterion of each public version, in the order of its text."""
    names = lexicon()
    for row in _published():
        for rank, one in enumerate(row.content["criteria"], start=1):
            rule, source = one.get("rule"), one["source"]
            yield (
                f"{row.grid.code}@{row.version}",
                one["code"],
                rank,
                one["kind"],
                one.get("axis"),
                *_both(one["title"]),
                *_both(one["text"]),
                *(sentence(rule, lang, names) if rule else None for lang in ("fr", "en")),
                source.get("document"),
                source.get("section"),
            )


def _both(texts: Mapping[str, str]) -> tuple[str, str]:
    return texts["fr"], texts["en"]


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if value else None
