"""What the rules and the grids of a call say of a file that was deposited: what officers start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terreau.accounts.models import User
from terreau.calls.eligibility import Line, Part, Said, judge
from terreau.common.verdicts import Answer
from terreau.dossiers.models import Dossier


@dataclass(frozen=True, slots=True)
class Found:
    """What is known for one rule or grid: a code, its label, the answer, why, where the rule stands."""

    code: str
    label: str
    answer: Answer
    why: str = ""
    source: str = ""


def verdicts(dossier: Dossier, answers: Mapping[str, Any], viewer: User | None = None) -> list[Found]:
    """Return what each rule and grid of the call gives for a file, as before it was typed.

    A rule that the file answers (a field that bears its code) reads that answer.
    """
    said = Said(
        kind=dossier.applicant_kind,
        category=dossier.category,
        rules={
            str(rule["code"]): value
            for rule in dossier.call.criteria
            if isinstance(value := answers.get(str(rule["code"])), bool)
        },
    )
    about = dossier.pole.actor if dossier.pole else dossier.applicant
    found = judge(dossier.call, about, said, viewer=viewer)
    return [one for part in found.parts for one in _of(part)]


def _of(part: Part) -> list[Found]:
    """Return a grid as one point, with what decides it; the own rules of the call one by one."""
    if part.grid:
        telling = [one.label for one in part.lines if one.answer == part.answer != Answer.YES]
        return [Found(f"grid:{part.grid}", part.title, part.answer, ", ".join(telling[:4]))]
    return [_line(one) for one in part.lines]


def _line(one: Line) -> Found:
    return Found(f"rule:{one.code}", one.label, one.answer, ", ".join(one.reasons), one.source)
