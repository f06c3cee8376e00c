"""What changes between two versions of a text, paragraph by paragraph then word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a paragraph: kept, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of either version: kept, added, removed, or changed with its words."""

    kind: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The words, whatever became of them."""
        return "".join(piece.text for piece in self.pieces)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text: its lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def differences(before: str, after: str) -> list[Paragraph]:
    """Return the paragraphs of both versions in order; those alike on both sides stand once."""
    old, new = paragraphs(before), paragraphs(after)
    found: list[Paragraph] = []
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Paragraph(SAME, (Piece(SAME, line),)) for line in old[a0:a1]]
        else:
            found += _replaced(old[a0:a1], new[b0:b1])
    return found


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    """Pair the paragraphs that look alike, in their order; the others go or come whole."""
    rest = list(new)
    for line in old:
        alike = next((n for n, other in enumerate(rest) if _alike(line, other)), None)
        if alike is None:
            yield Paragraph(REMOVED, (Piece(REMOVED, line),))
            continue
        yield from (Paragraph(ADDED, (Piece(ADDED, other),)) for other in rest[:alike])
        yield Paragraph(CHANGED, tuple(_words(line, rest[alike])))
        del rest[: alike + 1]
    yield from (Paragraph(ADDED, (Piece(ADDED, other),)) for other in rest)


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).quick_ratio() > 0.6


def _words(one: str, other: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(one), _WORDS.findall(other)
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(SAME, "".join(old[a0:a1]))
            continue
        if a1 > a0:
            yield Piece(REMOVED, "".join(old[a0:a1]))
        if b1 > b0:
            yield Piece(ADDED, "".join(new[b0:b1]))
