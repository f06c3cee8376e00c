"""The form of who has only facts: one question for each fact that a grid reads, and nothing is kept.

Each answer may be left unsaid. Records (members) are told by sorts, « three like this », so that five lines
describe a pole of forty. What is posted becomes the JSON that the API takes: one reading for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.facts import catalogue
from terreau.grids.known import JUDGED
from terreau.grids.readables import Field, Readable

#: Lines of a question, at first, added at each asking and at most; how many alike one line may tell.
FIRST_LINES, MORE_LINES, MOST_LINES, MOST_ALIKE = 3, 3, 40, 500
_YES_NO = {"oui": True, "non": False}


@dataclass(frozen=True)
class Option:
    """A choice of a question."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Part:
    """A field of a line."""

    id: str
    label: str
    options: list[Option]
    low: str = ""


@dataclass(frozen=True)
class Line:
    """A sort of records: how many alike, and what is known of them."""

    id: str
    number: int
    count: str
    parts: list[Part]

    @property
    def first(self) -> list[Part]:
        """Categories, which say the most; everything when there is none."""
        listed = [part for part in self.parts if len(part.options) > len(_YES_NO) + 1]
        return listed or self.parts

    @property
    def rest(self) -> list[Part]:
        """What a category may leave to be said."""
        first = self.first
        return [part for part in self.parts if part not in first]

    @property
    def opened(self) -> bool:
        """Say whether something more was said."""
        return any(option.chosen and option.value for part in self.rest for option in part.options)


@dataclass(frozen=True)
class Question:
    """A question, with what was answered."""

    code: str
    label: str
    type: str
    definition: str = ""
    unit: str = ""
    options: list[Option] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    low: str = ""
    complete: bool = False
    error: str = ""

    @property
    def name(self) -> str:
        """Name of its field."""
        return self.code

    @property
    def id(self) -> str:
        """Identifier of its place on the page."""
        return f"q-{self.code}"


def questions(
    facts: Iterable[Readable], judged: Mapping[str, str], sent: QueryDict | None, lang: str
) -> list[Question]:
    """Return the questions on these facts, then those that a person answers (criterion: question)."""
    given = sent if sent is not None else QueryDict()
    found = [_question(one, given, lang) for one in facts]
    return found + [
        Question(f"{JUDGED}{code}", text, "bool", options=_yes_no(given.get(f"{JUDGED}{code}", "")))
        for code, text in judged.items()
    ]


def _question(one: Readable, sent: QueryDict, lang: str) -> Question:
    made = Question(
        code=one.code,
        label=one.label(lang),
        type=one.type,
        definition=one.definitions.get(lang) or one.definitions["fr"],
        low=sent.get(one.code, "")[:5000],
        complete=bool(sent.get(f"{one.code}.whole")),
    )
    if one.type == "bool":
        return replace(made, options=_yes_no(made.low))
    if one.type in {"code", "codes"}:
        chosen = set(sent.getlist(one.code))
        empty = [Option("", _("je ne sais pas"), not chosen)] if one.type == "code" else []
        return replace(made, options=[*empty, *_terms(one.choices, chosen, lang)])
    if one.type == "number":
        unit = catalogue.load().units[one.unit].label(lang) if one.unit else ""
        return replace(made, unit=unit, options=_senses(sent.get(f"{one.code}.sens", "")))
    if one.type == "records":
        return replace(made, lines=_lines(one, sent, lang))
    return made


def _yes_no(said: str) -> list[Option]:
    return [
        Option("oui", _("oui"), said == "oui"),
        Option("non", _("non"), said == "non"),
        Option("", _("je ne sais pas"), said not in _YES_NO),
    ]


def _terms(vocabulary: str, chosen: set[str], lang: str) -> list[Option]:
    words = catalogue.vocabulary(vocabulary)
    return [Option(code, words.label(code, lang), code in chosen) for code in words.terms]


def _senses(said: str) -> list[Option]:
    senses = {"": _("exactement"), "min": _("au moins"), "max": _("au plus")}
    return [Option(code, label, code == said) for code, label in senses.items()]


def _lines(one: Readable, sent: QueryDict, lang: str) -> list[Line]:
    return [_line(one, number, sent, lang) for number in range(1, _count(one.code, sent) + 1)]


def _count(code: str, sent: QueryDict) -> int:
    """Return how many lines are shown: those sent, and some more when they were asked for."""
    number = 0
    while number < MOST_LINES and f"{code}.{number + 1}.combien" in sent:
        number += 1
    more = MORE_LINES if sent.get("ajouter") == code else 0
    return min(max(number, FIRST_LINES) + more, MOST_LINES)


def _line(one: Readable, number: int, sent: QueryDict, lang: str) -> Line:
    start = f"{one.code}.{number}"
    parts = [_part(part, f"{start}.{part.name}", sent, lang) for part in one.fields.values()]
    return Line(start, number, sent.get(f"{start}.combien", ""), parts)


def _part(part: Field, name: str, sent: QueryDict, lang: str) -> Part:
    said = sent.get(name, "")[:5000]
    label = part.labels.get(lang) or part.labels["fr"]
    if part.type == "bool":
        unsaid, *rest = reversed(_yes_no(said))
        return Part(name, label, [unsaid, *reversed(rest)])
    if part.type in {"code", "codes"}:
        return Part(
            name, label, [Option("", _("je ne sais pas"), not said), *_terms(part.choices, {said}, lang)]
        )
    return Part(name, label, [], said)


# What was answered


def facts(read: Iterable[Readable], judged: Iterable[str], sent: QueryDict) -> dict[str, Any]:
    """Return what was answered as the API takes it; a question left unsaid is not there."""
    found = {one.code: _given(one, sent) for one in read}
    found |= {f"{JUDGED}{code}": _YES_NO.get(sent.get(f"{JUDGED}{code}", "")) for code in judged}
    return {code: value for code, value in found.items() if value is not None}


def _given(one: Readable, sent: QueryDict) -> Any:
    whole = bool(sent.get(f"{one.code}.whole"))
    if one.type == "records":
        return _listed(_records(one, sent), whole=whole)
    if one.type == "codes":
        return _listed([code for code in sent.getlist(one.code) if code], whole=whole)
    said = sent.get(one.code, "").strip()
    if one.type == "number":
        return _number(said, sent.get(f"{one.code}.sens", ""))
    return _scalar(one.type, said)


def _listed(values: list[Any], *, whole: bool) -> Any:
    if not values and not whole:
        return None
    return values if whole else {"values": values, "complete": False}


def _scalar(kind: str, said: str) -> Any:
    if kind == "bool":
        return _YES_NO.get(said)
    if kind == "number":
        return _number(said, "")
    return ([said] if kind == "codes" else said) if said else None


def _number(said: str, sense: str) -> Any:
    text = "".join(said.split()).replace("\u202f", "").replace(",", ".")
    if not text:
        return None
    return {sense: text} if sense in {"min", "max"} else text


def _records(one: Readable, sent: QueryDict) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(1, _count(one.code, sent) + 1):
        start = f"{one.code}.{number}"
        record = {
            name: _scalar(part.type, sent.get(f"{start}.{name}", "").strip())
            for name, part in one.fields.items()
        }
        record = {name: value for name, value in record.items() if value is not None}
        found += [record] * _alike(one.code, number, sent.get(f"{start}.combien", "").strip(), bool(record))
    return found


def _alike(code: str, number: int, said: str, described: bool) -> int:
    """Return how many records a line tells: the number typed, one when something else was said."""
    if not said:
        return int(described)
    if said.isdecimal() and len(said) < 6 and int(said) <= MOST_ALIKE:
        return int(said)
    message = _("Ligne %(n)s : écrivez un nombre entre 0 et %(most)s.") % {"n": number, "most": MOST_ALIKE}
    problem = {"path": f"facts.{code}", "code": "bad_number", "message": message}
    raise DomainError("bad_facts", message, facts={"problems": [problem]})


@dataclass(frozen=True)
class Problem:
    """Something to correct, and the question it is about."""

    text: str
    target: str = ""


def with_problems(asked: list[Question], error: DomainError) -> tuple[list[Question], list[Problem]]:
    """Put the problems of a refusal beside their questions; return both."""
    told: dict[str, list[str]] = {}
    problems = []
    for one in error.facts.get("problems", [{"path": "", "message": str(error.message)}]):
        code = _code_of(one["path"], asked)
        question = next((question for question in asked if question.code == code), None)
        label = f"{question.label} : " if question else ""
        problems.append(Problem(f"{label}{one['message']}", question.id if question else ""))
        told.setdefault(code, []).append(one["message"])
    return [replace(one, error=" ".join(dict.fromkeys(told.get(one.code, [])))) for one in asked], problems


def _code_of(path: str, asked: list[Question]) -> str:
    rest = path.removeprefix("facts.")
    fits = [
        one.code for one in asked if rest == one.code or rest.startswith((f"{one.code}.", f"{one.code}["))
    ]
    return max(fits, key=len, default="")
