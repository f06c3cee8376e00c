"""The language of forms, pure: what a call asks, shows and still misses (issue 8, R-73 to R-79).

``content = {"pages": [{"code", "title", "title_en", "sections": [{"code", "title", "fields": [Field]}]}]}``.
A field has a ``key`` once in the form, a ``kind``, a ``label``; the rest is left out when it is not said:
``label_en, help, help_en, required`` (bool or condition), ``show_when`` (condition), ``options``
(``[{"code", "label", "label_en"}]``), ``max``, ``min``, ``unit``, ``grid``, ``source`` (where the living file
has it), ``columns`` (``[{"key", "label", "kind"}]``), ``dimension``, ``origin`` (where the rule was read).

Answers are JSON without floats. A key that is absent is not answered; "" or [] says « nothing ».

- text, long_text, choice: str · choices: [str] · yes_no, declaration: bool · date: "2026-11-22"
- integer: int · number: "12.5" · euro: int, in cents · file: [{"piece", "name"}]
- actor: {"actor", "name", "siren"} · members: [{"name", "siren", "nature", "ess"}]
- perimeter: {"name", "zones": [codes], "perimeter"} · table: [{column: value}] · grid: {"verdict", …}
- budget: [{"side": "expense"|"resource", "post", "cents", "year", "kind": "cash"|"in_kind"}]
- financing: [{"funder", "cents", "status": "acquis"|"sollicite", "piece"}]

A condition reads fields that come before it alone, so that nothing goes round. It is three-valued: what is
not answered decides nothing, and forgetting an answer never turns « à vérifier » into « non ».
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from terreau.calls.answer_rules import COMPUTED, KINDS, balance, filled, wrong
from terreau.common.verdicts import Answer, all_of, any_of, opposite

__all__ = [
    "KINDS",
    "OPS",
    "Missing",
    "Placed",
    "balance",
    "completeness",
    "fields",
    "filled",
    "holds",
    "kept",
    "missing",
    "read_by",
    "required",
    "visible",
]

Content = Mapping[str, Any]
Answers = Mapping[str, Any]
Field = Mapping[str, Any]

OPS: Final = ("eq", "ne", "in", "contains", "at_least", "at_most", "filled", "in_zone")


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that still lacks something; ``why`` is a code of ``calls.wording.MISSING``."""

    page: str
    key: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A field with the codes of its page and section."""

    page: str
    section: str
    field: Field

    @property
    def key(self) -> str:
        """The key of the field."""
        return str(self.field["key"])


def fields(content: Content) -> Iterator[Placed]:
    """Return the fields in their order, each with its page and section."""
    for page in content.get("pages", ()):
        for section in page.get("sections", ()):
            for one in section.get("fields", ()):
                yield Placed(str(page.get("code", "")), str(section.get("code", "")), one)


def holds(condition: Any, answers: Answers) -> Answer:
    """Return what a condition gives on answers; without a condition, yes."""
    if condition is None or condition is True:
        return Answer.YES
    if condition is False:
        return Answer.NO
    if "all" in condition:
        return all_of(holds(one, answers) for one in condition["all"])
    if "any" in condition:
        return any_of(holds(one, answers) for one in condition["any"])
    if "not" in condition:
        return opposite(holds(condition["not"], answers))
    return _compared(condition, answers)


def read_by(condition: Any) -> frozenset[str]:
    """Return the keys of the fields that a condition reads."""
    if not isinstance(condition, Mapping):
        return frozenset()
    parts = [*condition.get("all", ()), *condition.get("any", ())]
    if "not" in condition:
        parts.append(condition["not"])
    own = frozenset({str(condition["field"])}) if "field" in condition else frozenset[str]()
    return own.union(*(read_by(one) for one in parts))


def visible(content: Content, answers: Answers) -> frozenset[str]:
    """Return the keys of the fields that are shown.

    A field hides when its condition says no, and waits while a field that the condition reads is not
    answered. Undecided though everything was answered (a territory unknown), it shows and is not required.
    The answer of a hidden field counts for nothing in the conditions of the next ones.
    """
    return frozenset(key for key, (shown, _certain) in _shown(content, answers).items() if shown)


def missing(content: Content, answers: Answers) -> list[Missing]:
    """Return what a file still lacks: required fields left empty, and answers that do not stand.

    A field that is hidden lacks nothing, whatever it holds.
    """
    seen: dict[str, Any] = {}
    states = _shown(content, answers)
    found = []
    for placed in fields(content):
        shown, certain = states[placed.key]
        if not shown:
            continue
        if why := _lacks(placed.field, answers, seen, certain=certain):
            found.append(Missing(placed.page, placed.key, str(placed.field.get("label", "")), why))
        if placed.key in answers:
            seen[placed.key] = answers[placed.key]
    return found


def completeness(content: Content, answers: Answers) -> tuple[int, int]:
    """Return how many of the required fields that show are answered, and how many there are."""
    lacking = {one.key for one in missing(content, answers)}
    asked = required(content, answers)
    return len(asked - lacking), len(asked)


def required(content: Content, answers: Answers) -> frozenset[str]:
    """Return the keys of the fields that show and must be answered."""
    return frozenset(key for key, asked in _required(content, answers).items() if asked)


def kept(content: Content, answers: Answers) -> dict[str, Any]:
    """Return the answers of the fields that show: what is deposited, frozen and read by others."""
    shown = visible(content, answers)
    return {key: value for key, value in answers.items() if key in shown}


def _required(content: Content, answers: Answers) -> dict[str, bool]:
    seen: dict[str, Any] = {}
    found = {}
    for placed in fields(content):
        shown, certain = _state(placed.field, answers, seen)
        found[placed.key] = shown and certain and _asked(placed.field, seen)
        if shown and placed.key in answers:
            seen[placed.key] = answers[placed.key]
    return found


def _shown(content: Content, answers: Answers) -> dict[str, tuple[bool, bool]]:
    seen: dict[str, Any] = {}
    found = {}
    for placed in fields(content):
        found[placed.key] = _state(placed.field, answers, seen)
        if found[placed.key][0] and placed.key in answers:
            seen[placed.key] = answers[placed.key]
    return found


def _state(field: Field, answers: Answers, seen: Answers) -> tuple[bool, bool]:
    """Return whether a field shows, and whether that is certain."""
    condition = field.get("show_when")
    found = holds(condition, seen)
    if found == Answer.TO_CHECK:
        return all(filled(seen.get(key)) for key in read_by(condition)), False
    return found == Answer.YES, True


def _asked(field: Field, seen: Answers) -> bool:
    if field["kind"] in COMPUTED:
        return False
    return holds(field.get("required", False), seen) == Answer.YES


def _lacks(field: Field, answers: Answers, seen: Answers, *, certain: bool) -> str:
    value = answers.get(field["key"])
    if not filled(value):
        return "empty" if certain and _asked(field, seen) else ""
    if field["kind"] == "declaration" and value is not True and _asked(field, seen):
        return "not_declared"
    if field["kind"] in COMPUTED:
        return ""
    return wrong(field, value)


def _compared(condition: Mapping[str, Any], answers: Answers) -> Answer:
    key, op, wanted = condition["field"], condition["op"], condition.get("value")
    if key not in answers or answers[key] is None:
        return Answer.TO_CHECK
    value = answers[key]
    if op == "filled":
        return _of(filled(value))
    if not filled(value):
        return Answer.TO_CHECK
    return _OPS[op](value, wanted)


def _of(found: bool) -> Answer:
    return Answer.YES if found else Answer.NO


def _contains(value: Any, wanted: Any) -> Answer:
    if isinstance(value, str):
        return _of(isinstance(wanted, str) and wanted in value)
    return _of(wanted in value) if isinstance(value, list) else Answer.TO_CHECK


def _among(value: Any, wanted: Any) -> Answer:
    return _of(value in wanted)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Answer]:
    def found(value: Any, wanted: Any) -> Answer:
        left, right = _figure(value), _figure(wanted)
        if left is not None and right is not None:
            return _of(compare(left, right))
        if isinstance(value, str) and isinstance(wanted, str):
            return _of(compare(value, wanted))
        return Answer.TO_CHECK

    return found


def _figure(value: Any) -> Decimal | None:
    """Return a number; for a list, how many it holds."""
    if isinstance(value, list):
        return Decimal(len(value))
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _in_zone(value: Any, wanted: Any) -> Answer:
    """Say whether a perimeter touches one of the territories; one that is not placed decides nothing."""
    zones = value.get("zones") if isinstance(value, Mapping) else None
    if not zones:
        return Answer.TO_CHECK
    asked = wanted if isinstance(wanted, list) else [wanted]
    return _of(bool(set(map(str, zones)) & set(map(str, asked))))


_OPS: Final[Mapping[str, Callable[[Any, Any], Answer]]] = {
    "eq": lambda value, wanted: _of(value == wanted),
    "ne": lambda value, wanted: _of(value != wanted),
    "in": _among,
    "contains": _contains,
    "at_least": _ordered(lambda left, right: left >= right),
    "at_most": _ordered(lambda left, right: left <= right),
    "in_zone": _in_zone,
}
