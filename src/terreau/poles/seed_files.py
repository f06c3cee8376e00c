"""Shapes of content files: small functions that report every problem, so that one mends a file in one go.

Nothing here touches the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from terreau.common.content import Section
from terreau.common.periods import PartialDate

_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """Something wrong at a line of a file, with what to write instead."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class SeedError(Exception):
    """The files cannot be loaded; ``problems`` says all that is wrong, in the order of the files."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def problem(section: Section, message: str, key: str = "") -> Problem:
    """Return a problem at the line of ``key``, or of the mapping."""
    return Problem(section.path.name, section.lines.get(key, section.line), message)


@dataclass
class Report:
    """The problems found so far, and where one is."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, section: Section, key: str, message: str) -> None:
        """Note a problem at the line of a key."""
        self.problems.append(problem(section, message, key))


#: Looks at the value of ``section[key]`` and reports what is wrong with it.
Shape = Callable[[Any, Section, str, Report], None]


def text(value: Any, section: Section, key: str, report: Report) -> None:
    """A text that is not empty; a number must be quoted."""
    if not isinstance(value, str) or not value.strip():
        report.add(section, key, f"{key}: a text is expected, not {value!r} (quote a number)")


def slug(value: Any, section: Section, key: str, report: Report) -> None:
    """Lower case letters, digits and hyphens."""
    if not isinstance(value, str) or not _SLUG.match(value) or len(value) > 80:
        report.add(section, key, f"{key}: {value!r} is not a key: lower case letters, digits and hyphens")


def integer(value: Any, section: Section, key: str, report: Report) -> None:
    """A whole number; null is accepted (no row of the spec)."""
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        report.add(section, key, f"{key}: a whole number is expected, not {value!r}")


def flag(value: Any, section: Section, key: str, report: Report) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add(section, key, f"{key}: true or false is expected, not {value!r}")


def yes_or_no(value: Any, section: Section, key: str, report: Report) -> None:
    """``yes`` or ``no``, quoted or not."""
    if value not in {"yes", "no", True, False}:
        report.add(section, key, f"{key}: yes or no is expected, not {value!r}")


def day(value: Any, section: Section, key: str, report: Report) -> None:
    """2014, 2014-09 or 2014-09-19; null when unknown."""
    if value is None:
        return
    try:
        PartialDate.parse(value)
    except (TypeError, ValueError) as error:
        report.add(section, key, f"{key}: {error}")


def anything(value: Any, section: Section, key: str, report: Report) -> None:
    """A value whose type the catalogue of facts decides."""


def one_of(*codes: str) -> Shape:
    """Return the shape of a closed list of codes."""

    def shape(value: Any, section: Section, key: str, report: Report) -> None:
        if value not in codes:
            report.add(section, key, f"{key}: {value!r} is not one of {', '.join(codes)}")

    return shape


def many(inner: Shape) -> Shape:
    """Return the shape of a list."""

    def shape(value: Any, section: Section, key: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add(section, key, f"{key}: a list is expected")
            return
        for item in value:
            inner(item, section, key, report)

    return shape


def mapping(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    """Return the shape of a closed mapping: a key that is not named is refused."""
    known = required | (optional or {})

    def shape(value: Any, section: Section, key: str, report: Report) -> None:
        if not isinstance(value, Section):
            report.add(section, key, f"{key}: a mapping is expected with {', '.join(known)}")
            return
        for name in value.keys() - known.keys():
            report.add(value, name, f"unknown key “{name}”: known are {', '.join(known)}")
        for name in required.keys() - value.keys():
            report.add(value, "", f"“{name}” is missing")
        for name in known.keys() & value.keys():
            known[name](value[name], value, name, report)

    return shape


def table(inner: Shape) -> Shape:
    """Return the shape of a mapping with free keys and values of one shape."""

    def shape(value: Any, section: Section, key: str, report: Report) -> None:
        if not isinstance(value, Section):
            report.add(section, key, f"{key}: a mapping is expected")
            return
        for name, item in value.items():
            inner(item, value, name, report)

    return shape


def either(first: Shape, second: Shape) -> Shape:
    """Return the shape of a value that is a mapping (``second``) or something plainer (``first``)."""

    def shape(value: Any, section: Section, key: str, report: Report) -> None:
        (second if isinstance(value, Section) else first)(value, section, key, report)

    return shape


texts: Shape = mapping({"fr": text, "en": text})
