"""Which kind a line that nobody classed may have: what was said before, else words. Never decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from terreau.common.text import fold
from terreau.economics.rules import Kind, Origin, Side
from terreau.economics.tables import Words


@dataclass(frozen=True, slots=True)
class Unclassed:
    """What is known of a line to class: its words, who it is with, who gives, its side."""

    label: str
    other: UUID
    trait: str
    side: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What people said before, by side: kinds by folded label, and by who the line was with."""

    labels: Mapping[tuple[str, str], str]
    others: Mapping[tuple[str, UUID], str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A kind, and where it comes from: ``label``, ``other`` (same party before), ``words``, ``public``."""

    kind: str
    why: str


def suggest(line: Unclassed, memory: Memory, words: Iterable[Words]) -> Suggestion | None:
    """Return a kind for a line: same label before, words of its label, same party before, public giver."""
    folded = fold(line.label)
    if kind := memory.labels.get((line.side, folded)):
        return Suggestion(kind, "label")
    spaced = f" {folded} "
    for entry in words:
        if entry.side == line.side and any(f" {word}" in spaced for word in entry.words):
            return Suggestion(entry.kind, "words")
    if kind := memory.others.get((line.side, line.other)):
        return Suggestion(kind, "other")
    if line.side == Side.IN and line.trait == Origin.PUBLIC:
        return Suggestion(Kind.SUBSIDIES, "public")
    return None
