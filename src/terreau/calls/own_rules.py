"""Own rules of a call on who may answer, pure: shapes, checks, and what each gives on what is known.

``{"code", "label", "label_en", "rule", "source", …}``, where ``rule`` is one of:

- ``declared``: a question to the applicant; ``expected`` (true unless said) is the answer that suits.
- ``territory``: the perimeter touches one of ``zones`` (``"region:11"``, ``"departement:75"``).
- ``recognition``: the pole was recognised under one of ``schemes``; ``expected`` false: under none of them.
- ``laureate``: the applicant was laureate of one of ``calls``; ``expected`` false: of none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from terreau.calls.models import Category
from terreau.common.verdicts import Answer, opposite

RULES: Final = ("declared", "territory", "recognition", "laureate")
#: What each rule has of its own, beside ``expected``.
OWN: Final[Mapping[str, str]] = {"territory": "zones", "recognition": "schemes", "laureate": "calls"}
#: Codes of the two questions that ``applicants`` and ``categories`` ask.
KIND, CATEGORY = "applicant", "category"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an applicant; None or absent: not known, which decides nothing.

    ``kinds``: what it is for certain; ``not_kinds``: what it is not. ``laureate``: slug of a call → answer.
    """

    kinds: frozenset[str] = frozenset()
    not_kinds: frozenset[str] = frozenset()
    category: str | None = None
    zones: frozenset[str] | None = None
    recognitions: frozenset[str] | None = None
    laureate: Mapping[str, Answer] = field(default_factory=dict)
    said: Mapping[str, bool] = field(default_factory=dict)


def of_kinds(asked: Collection[str], known: Known) -> Answer:
    """Say whether the applicant is one of the kinds that a call takes; every kind when it names none."""
    if not asked or known.kinds & set(asked):
        return Answer.YES
    return Answer.NO if set(asked) <= known.not_kinds else Answer.TO_CHECK


def of_category(asked: Collection[str], known: Known) -> Answer:
    """Say whether the pole is as far as a call asks; at any stage when it names none."""
    if not asked:
        return Answer.YES
    if known.category not in Category.values:
        return Answer.TO_CHECK
    return Answer.YES if known.category in asked else Answer.NO


def answer(rule: Mapping[str, Any], known: Known) -> Answer:
    """Return what a rule gives; what is not known decides nothing."""
    found = _FINDERS[rule["rule"]](rule, known)
    return found if rule.get("expected", True) else opposite(found)


def _declared(rule: Mapping[str, Any], known: Known) -> Answer:
    said = known.said.get(rule["code"])
    return Answer.TO_CHECK if said is None else Answer.YES if said else Answer.NO


def _territory(rule: Mapping[str, Any], known: Known) -> Answer:
    if not known.zones:
        return _declared(rule, known)
    return Answer.YES if known.zones & set(rule["zones"]) else Answer.NO


def _recognition(rule: Mapping[str, Any], known: Known) -> Answer:
    """A recognition that the register does not hold may still exist: it is asked."""
    if known.recognitions and known.recognitions & set(rule["schemes"]):
        return Answer.YES
    return _declared(rule, known)


def _laureate(rule: Mapping[str, Any], known: Known) -> Answer:
    found = [known.laureate.get(one, Answer.TO_CHECK) for one in rule["calls"]]
    if Answer.YES in found:
        return Answer.YES
    return Answer.NO if found and set(found) == {Answer.NO} else _declared(rule, known)


_FINDERS: Final = {
    "declared": _declared,
    "territory": _territory,
    "recognition": _recognition,
    "laureate": _laureate,
}


def asked(rules: Iterable[Mapping[str, Any]], known: Known) -> list[str]:
    """Return the codes of the rules that what is known leaves open: questions to the applicant."""
    return [str(one["code"]) for one in rules if answer(one, known) == Answer.TO_CHECK]
