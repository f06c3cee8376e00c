"""One way to write a value as bytes, so that its digest is the same everywhere and for ever."""

import hashlib
import json
from typing import Any

_LARGEST = 2**53 - 1


def canonical(value: Any) -> str:
    """Return the canonical JSON (RFC 8785) of texts, whole numbers, booleans, None, lists and mappings.

    Raises ``TypeError`` for anything else, floats included (they differ from one machine to
    another), and ``ValueError`` for what a database or another reader would change: a whole
    number beyond 2⁵³, a text with NUL or half a surrogate pair.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(value: Any) -> str:
    """Return the SHA-256, in hexadecimal, of the canonical JSON of ``value``."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError(f"{value} is too large for canonical JSON: write it as a text")
        return int(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise TypeError(f"keys of canonical JSON are texts, not {wrong[0]!r}")
        keys = sorted(value, key=lambda key: _text(key).encode("utf-16-be"))
        return {str(key): _ordered(value[key]) for key in keys}
    raise TypeError(f"canonical JSON holds no {type(value).__name__}: {value!r}")


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("a text of canonical JSON holds no NUL")
    value.encode()  # UnicodeEncodeError, a ValueError, for half a surrogate pair
    return str(value)
