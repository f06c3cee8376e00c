"""What the rules and the grids of a call say of a file that was deposited: what officers start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from terreau.calls import form_rules
from terreau.common.verdicts import Answer
from terreau.dossiers.models import Dossier


@dataclass(frozen=True, slots=True)
class Found:
    """What is known for one rule or grid: a code, its label, the answer, why."""

    code: str
    label: str
    answer: Answer
    why: str = ""


def verdicts(dossier: Dossier, answers: Mapping[str, Any]) -> list[Found]:
    """Return what each rule and grid of the call gives on the answers of a file."""
    return [*_rules(dossier, answers), *_grids(dossier, answers)]


def _rules(dossier: Dossier, answers: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the own rules of the call: a declared one reads the answer of the field that bears its code."""
    for rule in dossier.call.criteria:
        code = str(rule["code"])
        said = answers.get(code)
        if isinstance(said, bool):
            suits = said is bool(rule.get("expected", True))
            yield Found(f"rule:{code}", _label(rule), Answer.YES if suits else Answer.NO)
        else:
            yield Found(f"rule:{code}", _label(rule), Answer.TO_CHECK)


def _grids(dossier: Dossier, answers: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the verdicts of grids, as they stand in the deposited answers."""
    asked = {
        str(placed.field.get("grid")): placed
        for placed in form_rules.fields(dossier.form.content)
        if placed.field.get("kind") == "grid"
    }
    for code in dict.fromkeys([*dossier.call.grids, *asked]):
        placed = asked.get(code)
        value = answers.get(placed.key) if placed else None
        verdict = value.get("verdict") if isinstance(value, Mapping) else None
        known = isinstance(verdict, str) and verdict in list(Answer)
        label = _label(placed.field) if placed else str(code)
        yield Found(f"grid:{code}", label, Answer(str(verdict)) if known else Answer.TO_CHECK)


def _label(row: Mapping[str, Any]) -> str:
    english = (get_language() or "fr").startswith("en")
    return str((english and row.get("label_en")) or row.get("label") or row.get("code"))
