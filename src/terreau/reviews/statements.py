"""What a scale grid asks, ready to be answered: axes, items, steps of the scale, in French or English.

Read from the content of a version (``GridVersion.content``), so that an answer is shown under the very words
that it answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from terreau.common.canonical import digest
from terreau.grids.models import GridVersion

Texts = Mapping[str, str]
#: The kind of the criteria that are answered on a scale.
SCALED = "echelle"


def language() -> str:
    """Return the language of the page: ``fr`` or ``en``."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def said(texts: Any, lang: str = "") -> str:
    """Return a text in a language, in French when it is not written in that one."""
    if not isinstance(texts, Mapping):
        return str(texts or "")
    return str(texts.get(lang or language()) or texts.get("fr") or "")


@dataclass(frozen=True, slots=True)
class Item:
    """A statement that is answered; ``axis`` is the code of its axis, ``source`` the document and section."""

    code: str
    axis: str
    titles: Texts
    texts: Texts
    source: str

    @property
    def title(self) -> str:
        """The statement in the language of the page."""
        return said(self.titles)

    @property
    def text(self) -> str:
        """What it means, in the language of the page; may be empty, or the title again."""
        words = said(self.texts)
        return "" if words == self.title else words


@dataclass(frozen=True, slots=True)
class Axis:
    """Items that go together."""

    code: str
    titles: Texts
    items: tuple[Item, ...]

    @property
    def title(self) -> str:
        """The name of the axis in the language of the page."""
        return said(self.titles)


@dataclass(frozen=True, slots=True)
class Step:
    """A value of the scale and its name."""

    value: int
    labels: Texts

    @property
    def label(self) -> str:
        """The name of the step in the language of the page."""
        return said(self.labels)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Everything that a version of a scale grid asks."""

    grid: str
    version: str
    titles: Texts
    axes: tuple[Axis, ...]
    scale: tuple[Step, ...]

    @property
    def title(self) -> str:
        """The name of the grid in the language of the page."""
        return said(self.titles)

    @property
    def levels(self) -> tuple[int, ...]:
        """The values of the scale, the lowest first."""
        return tuple(step.value for step in self.scale)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the items, in the order of the grid."""
        return tuple(item.code for item in self)

    def __iter__(self) -> Iterator[Item]:
        return (item for axis in self.axes for item in axis.items)

    def label(self, value: int | None) -> str:
        """Return the name of a step; empty for a value that the scale does not have."""
        return next((step.label for step in self.scale if step.value == value), "")

    def axis(self, code: str) -> Axis | None:
        """Return an axis by its code."""
        return next((axis for axis in self.axes if axis.code == code), None)


def questionnaire(version: GridVersion) -> Questionnaire:
    """Return what a version asks; without any item when it is no scale grid."""
    return _read(_Content(version.digest or digest(version.content), version.content))


class _Content:
    """The content of a version, known by its digest."""

    def __init__(self, known_by: str, content: Mapping[str, Any]) -> None:
        self.digest, self.content = known_by, content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=32)
def _read(held: _Content) -> Questionnaire:
    content = held.content
    steps = [Step(int(one["value"]), one["label"]) for one in content.get("scale") or ()]
    items = [_item(one) for one in content.get("criteria") or () if one.get("kind") == SCALED]
    named = {str(one["code"]): one.get("title") or {} for one in content.get("axes") or ()}
    order = dict.fromkeys([*named, *(item.axis for item in items)])
    grouped = [
        Axis(code, named.get(code) or {"fr": code}, tuple(item for item in items if item.axis == code))
        for code in order
    ]
    return Questionnaire(
        grid=str(content.get("code", "")),
        version=str(content.get("version", "")),
        titles=content.get("title") or {},
        axes=tuple(axis for axis in grouped if axis.items),
        scale=tuple(sorted(steps, key=lambda step: step.value)),
    )


def _item(one: Mapping[str, Any]) -> Item:
    source = one.get("source") or {}
    place = ", ".join(filter(None, (str(source.get("document", "")), str(source.get("section", "")))))
    return Item(
        str(one["code"]), str(one.get("axis") or "-"), one.get("title") or {}, one.get("text") or {}, place
    )
