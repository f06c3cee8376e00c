"""What a questionnaire asks and what does not add up in an answer (R-55). Pure: no query, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from terreau.common.content import ContentError, read_content
from terreau.facts.catalogue import Catalogue

_CONTENT = Path(__file__).parent / "content" / "campaign.yaml"


@dataclass(frozen=True, slots=True)
class Plan:
    """The questionnaire as content: themes with their codes, comparisons, and the two parameters."""

    themes: tuple[tuple[str, Mapping[str, str], tuple[str, ...]], ...]
    at_most: tuple[tuple[str, str], ...]
    factor: Decimal
    fewest: int

    @property
    def codes(self) -> list[str]:
        """Codes asked for, in the order of the questionnaire."""
        return [code for _theme, _label, codes in self.themes for code in codes]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of an answer to be explained: ``more_than`` another value, or ``jump`` since before."""

    code: str
    kind: str
    other: str = ""
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What poles answered to a question; sum and median are None when too few answered."""

    answers: int
    total: Decimal | None
    middle: Decimal | None


@cache
def plan() -> Plan:
    """Return the questionnaire; ``ContentError`` for an unknown key, or for comparing what is not asked."""
    content = read_content(_CONTENT).expect(["source", "themes", "at_most", "factor", "fewest"])
    themes = tuple(
        (one["code"], one["label"], tuple(one["codes"]))
        for one in (theme.expect(["code", "label", "codes"]) for theme in content["themes"])
    )
    pairs = tuple((one["code"], one["of"]) for one in content["at_most"])
    found = Plan(themes, pairs, Decimal(content["factor"]), int(content["fewest"]))
    if unknown := {code for pair in pairs for code in pair} - set(found.codes):
        raise ContentError(f"{_CONTENT}: not asked: {', '.join(sorted(unknown))}")
    return found


def questions(held: Catalogue, asked: Plan) -> list[dict[str, Any]]:
    """Return the questions with the definitions of the catalogue as they are now: what is to be frozen."""
    return [
        {
            "theme": theme,
            "code": code,
            "type": held[code].type,
            "unit": held[code].unit or "",
            "label": {lang: held[code].label(lang) for lang in ("fr", "en")},
            "definition": {lang: held[code].definition(lang) for lang in ("fr", "en")},
        }
        for theme, _label, codes in asked.themes
        for code in codes
    ]


def problems(values: Mapping[str, Decimal], before: Mapping[str, Decimal], asked: Plan) -> list[Problem]:
    """Return all that is to be explained; ``before`` is what was held of an earlier year."""
    found = [
        Problem(code, "more_than", of)
        for code, of in asked.at_most
        if code in values and of in values and values[code] > values[of]
    ]
    for code, value in values.items():
        past = before.get(code)
        if past and past > 0 and value >= 0 and not past / asked.factor <= value <= past * asked.factor:
            found.append(Problem(code, "jump", before=past))
    return found


def figure(values: Sequence[Decimal], fewest: int) -> Figure:
    """Return the sum and the median of the answers to a question, when they are ``fewest`` at least."""
    if len(values) < fewest:
        return Figure(len(values), None, None)
    return Figure(len(values), sum(values, Decimal(0)), Decimal(median(values)))
