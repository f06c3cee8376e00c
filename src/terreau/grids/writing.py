"""A grid written as YAML, always in the same way: what the editor of an owner gives back to files."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_ORDER = (
    *("code", "version", "title", "summary", "owner", "licence", "nature", "subject"),
    *("valid_from", "valid_to", "verified_on", "prescriptive", "source"),
    *("axes", "scale", "verdict", "criteria", "mapping"),
)
#: Texts that YAML reads as the same text without quotes.
_PLAIN = re.compile(r"^[A-Za-z][A-Za-z0-9_.-]*$")
_NOT_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_WIDTH = 100


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return the file of a grid; read again it says the same (texts, numbers, days, true, false, null)."""
    known = {key: document[key] for key in _ORDER if key in document}
    more = {key: value for key, value in document.items() if key not in known}
    return "".join(f"{line}\n" for line in _mapping({**known, **more}, 0))


def snippet(value: Any) -> str:
    """Return a part of a grid (a rule) as YAML, without a line break at its end."""
    return "\n".join(_block(value, 0))


def _block(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield from _mapping(value, depth)
    elif isinstance(value, list | tuple) and value:
        yield from _sequence(value, depth)
    else:
        yield "  " * depth + _scalar(value)


def _mapping(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, one in value.items():
        start = "  " * depth + _scalar(str(key)) + ":"
        flat = _flat(one)
        if len(start) + len(flat) <= _WIDTH or not isinstance(one, Mapping | list | tuple) or not one:
            yield f"{start} {flat}"
            continue
        yield start
        yield from _block(one, depth + 1)


def _sequence(value: list[Any] | tuple[Any, ...], depth: int) -> Iterator[str]:
    dash = "  " * depth + "- "
    for one in value:
        flat = _flat(one)
        if len(dash) + len(flat) <= _WIDTH or not isinstance(one, Mapping | list | tuple) or not one:
            yield dash + flat
            continue
        lines = list(_block(one, depth + 1))
        yield dash + lines[0].lstrip()
        yield from lines[1:]


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flat(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flat(one) for one in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text if "." in text else f"{text}.0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if _PLAIN.match(text) and text.lower() not in _NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)


__all__ = ["as_yaml", "snippet"]
