"""From a version of a form to the next: answers of open files are carried along, what is lost is listed.

Nothing vanishes silently: an answer that the new form cannot hold is given back with the reason, and the
frozen copies keep what they held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from terreau.calls.answer_rules import filled, wrong
from terreau.calls.form_rules import fields

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """An answer that the new form does not hold: ``why`` is ``removed``, ``kind`` or a code of ``wrong``."""

    key: str
    label: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The answers in the new form, what was lost, and the keys that are asked for the first time."""

    answers: dict[str, Any]
    lost: tuple[Lost, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two forms: keys of questions, in the order of the form they stand in."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


#: A text fits where another text did; what is whole fits where decimals do.
_WIDENS: Final = frozenset({("text", "long_text"), ("integer", "number"), ("choice", "choices")})


def carry(old: Content, new: Content, answers: Mapping[str, Any]) -> Carried:
    """Return the answers of a file in a new version of its form, and what was lost, listed.

    An answer stays when its question does and still takes it; a text too long for the new form stays too,
    and is told as missing by ``form_rules.missing``, so that the person shortens it.
    """
    before = {one.key: one.field for one in fields(old)}
    after = {one.key: one.field for one in fields(new)}
    kept, lost = {}, []
    for key, value in answers.items():
        found = _moved(before.get(key), after.get(key), value)
        if isinstance(found, str):
            label = str((before.get(key) or {}).get("label", key))
            if filled(value):
                lost.append(Lost(key, label, value, found))
        else:
            kept[key] = found[0]
    asked = tuple(key for key in after if key not in before)
    return Carried(kept, tuple(lost), asked)


def changes(old: Content, new: Content) -> Changes:
    """Return what differs between two forms, question by question."""
    before = {one.key: dict(one.field) for one in fields(old)}
    after = {one.key: dict(one.field) for one in fields(new)}
    return Changes(
        added=tuple(key for key in after if key not in before),
        removed=tuple(key for key in before if key not in after),
        changed=tuple(key for key in after if key in before and after[key] != before[key]),
    )


def _moved(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, value: Any) -> str | tuple[Any]:
    """Return the answer in a tuple, or why it is lost."""
    if after is None:
        return "removed"
    kind, was = after["kind"], (before or after)["kind"]
    if not filled(value):
        return (value,) if kind == was else "kind"
    if kind != was:
        if (was, kind) not in _WIDENS:
            return "kind"
        value = [value] if kind == "choices" else str(value)
    why = wrong(after, value)
    return why if why in {"wrong_kind", "unknown_option"} else (value,)
