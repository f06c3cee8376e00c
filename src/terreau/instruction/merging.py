"""Letters from templates: ``{place}`` is replaced by a value; an unknown or empty one is said.

Nothing is executed: a template of a call is text that an officer wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Merged:
    """A letter: its subject, its words, the places that mean nothing, those without value for this file."""

    title: str
    text: str
    unknown: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Say whether it may leave: every place exists and says something."""
        return not self.unknown and not self.empty


def merge(title: str, body: str, values: Mapping[str, str], *, optional: Collection[str] = ()) -> Merged:
    """Return the letter; places that cannot be filled stay as they are written and are listed once each.

    ``optional``: places that may say nothing; they are then left blank, and a line that was there for them
    alone is left out.
    """
    unknown: dict[str, None] = {}
    empty: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            unknown[name] = None
            return found[0]
        if not values[name].strip() and name not in optional:
            empty[name] = None
            return found[0]
        return values[name]

    def vain(line: str) -> bool:
        names = _PLACE.findall(line)
        return bool(names) and all(name in optional and not values.get(name, "").strip() for name in names)

    body = "\n".join(line for line in body.split("\n") if not vain(line))
    said = (_PLACE.sub(put, title), _PLACE.sub(put, body))
    return Merged(said[0], said[1], tuple(unknown), tuple(empty))
