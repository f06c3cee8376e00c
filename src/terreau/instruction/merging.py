"""Letters from templates: ``{{ champ }}`` is replaced by a value; an unknown field, or an empty one, is said.

Nothing is executed: a template of a call is text that an officer wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_FIELD = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}|\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Merged:
    """A letter, the fields that do not exist, those that have no value for this file."""

    text: str
    unknown: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Say whether it may be sent: every field exists and says something."""
        return not self.unknown and not self.empty


def merge(template: str, values: Mapping[str, str]) -> Merged:
    """Return the letter; fields that cannot be filled stay as they are written and are listed once each."""
    unknown: dict[str, None] = {}
    empty: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in values:
            unknown[name] = None
            return found[0]
        if not values[name].strip():
            empty[name] = None
            return found[0]
        return values[name]

    text = _FIELD.sub(put, template)
    return Merged(text, tuple(unknown), tuple(empty))


def fields(template: str) -> list[str]:
    """Return the names of the fields of a template, once each, in their order."""
    return list(dict.fromkeys(found[1] or found[2] for found in _FIELD.finditer(template)))
