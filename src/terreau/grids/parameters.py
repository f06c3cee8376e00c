"""Numbers that come from texts: dated, sourced, verified or not. Before the first known date: unknown.

Files: ``content/parameters/*.yaml`` of any room, each a list of ``{code, label, unit?, source, values}``
where a value is ``{from, to?, value, verified_on, source?}``; ``value`` null is « inconnu » from that day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.apps import apps

from terreau.common.content import Section, read_list
from terreau.facts import catalogue


@dataclass(frozen=True, slots=True)
class Dated:
    """A value from a day (included) to another (excluded), with its source and when it was verified."""

    start: date | None
    end: date | None
    value: int | Decimal | None
    verified_on: date | None
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a text and its values in time."""

    code: str
    labels: Mapping[str, str]
    unit: str
    source: Mapping[str, str]
    values: tuple[Dated, ...]

    def on(self, day: date) -> Dated | None:
        """Return what holds on a day; None before the first known date, and between."""
        for one in self.values:
            if (one.start is None or one.start <= day) and (one.end is None or day < one.end):
                return one
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """A parameter as it holds on a day: ``value`` None is unknown, not ``verified`` is to be checked."""

    code: str
    labels: Mapping[str, str]
    value: int | Decimal | None
    verified: bool
    source: Mapping[str, str]
    first: date | None = None
    unit: str = ""


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return every parameter by code, read once a process; raise ``ContentError`` (file, line)."""
    folders = [
        Path(app.path) / "content" / "parameters"
        for app in apps.get_app_configs()
        if app.name.startswith("terreau.")
    ]
    return read_parameters(path for folder in folders for path in sorted(folder.glob("*.yaml")))


def held(code: str, on: date, known: Mapping[str, Parameter] | None = None) -> Held:
    """Return a parameter on a day; raise ``KeyError`` for an unknown code."""
    parameter = (parameters() if known is None else known)[code]
    one = parameter.on(on)
    first = min((value.start for value in parameter.values if value.start), default=None)
    if one is None:
        return Held(
            code,
            parameter.labels,
            None,
            verified=True,
            source=parameter.source,
            first=first,
            unit=parameter.unit,
        )
    verified = one.verified_on is not None
    return Held(code, parameter.labels, one.value, verified, one.source, first, parameter.unit)


def read_parameters(paths: Iterable[Path]) -> Mapping[str, Parameter]:
    """Return the parameters of these files; raise ``ContentError`` (file, line) at the first mistake."""
    found: dict[str, Parameter] = {}
    for path in paths:
        for section in read_list(path):
            one = _parameter(section)
            if one.code in found:
                raise section.refuse(f"the parameter {one.code} is declared twice")
            found[one.code] = one
    return MappingProxyType(found)


def _parameter(section: Section) -> Parameter:
    section.expect(("code", "label", "source", "values"), ("unit", "definition"))
    labels = section.section("label").expect(("fr", "en"))
    unit = str(section.get("unit", ""))
    if unit and unit not in catalogue.load().units:
        raise section.refuse(f"there is no unit {unit!r}")
    source = _source(section)
    values = [_dated(section, entry, source) for entry in section["values"] or []]
    if not values:
        raise section.refuse("a parameter has at least one value, even unknown")
    values.sort(key=lambda one: one.start or date.min)
    for before, after in pairwise(values):
        if after.start is None or (before.end is not None and before.end > after.start):
            raise section.refuse("two values hold on the same day")
    closed = [_until(one, after) for one, after in zip(values, [*values[1:], None], strict=True)]
    texts = MappingProxyType({lang: str(labels[lang]) for lang in ("fr", "en")})
    return Parameter(str(section["code"]), texts, unit, source, tuple(closed))


def _until(one: Dated, after: Dated | None) -> Dated:
    end = one.end or (after.start if after else None)
    return Dated(one.start, end, one.value, one.verified_on, one.source)


def _dated(parent: Section, entry: Any, source: Mapping[str, str]) -> Dated:
    if not isinstance(entry, Section):
        raise parent.refuse(f"a value is not a mapping: {entry!r}")
    entry.expect(("from", "value", "verified_on"), ("to", "source"))
    days = {key: entry.get(key) for key in ("from", "to", "verified_on")}
    if wrong := [key for key, day in days.items() if not (day is None or isinstance(day, date))]:
        raise entry.refuse(f"{wrong[0]} must be a day, or null")
    value = entry["value"]
    if isinstance(value, bool) or not isinstance(value, int | Decimal | None):
        raise entry.refuse("value must be a number, or null")
    own = _source(entry) if "source" in entry else source
    return Dated(days["from"], days["to"], value, days["verified_on"], own)


def _source(section: Section) -> Mapping[str, str]:
    source = section.section("source").expect(("document", "section"), ("url",))
    return MappingProxyType({key: str(value) for key, value in source.items()})
