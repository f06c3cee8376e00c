"""Pages of a list by a unique key: stable while rows come and go, as fast at the end as at the start."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

Row = TypeVar("Row")
MAX_CURSOR = 1000
Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of what comes after and before them (``None`` at the ends)."""

    rows: list[Row]
    next: str | None = None
    previous: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The key beside which a page begins; ``backwards`` for the rows before it."""

    key: Key
    backwards: bool = False


def encode(cursor: Cursor) -> str:
    """Return the cursor as one opaque word for an address."""
    text = json.dumps([int(cursor.backwards), *cursor.key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, size: int) -> Cursor:
    """Read a cursor whose key has ``size`` parts; ``DomainError`` (422) when it is not one of ours."""
    try:
        if len(text) > MAX_CURSOR:
            raise ValueError("too long")
        padded = text + "=" * (-len(text) % 4)
        parts = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        backwards, *key = parts
        if backwards not in (0, 1) or len(key) != size or not all(_is_part(part) for part in key):
            raise ValueError("not a key")
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise bad_cursor() from error
    return Cursor(tuple(key), bool(backwards))


def _is_part(part: object) -> bool:
    if isinstance(part, str):
        return "\x00" not in part and part.isprintable()
    return isinstance(part, int) and not isinstance(part, bool) and abs(part) < 2**63


def bad_cursor() -> DomainError:
    """Return the error of a cursor that cannot be read."""
    message = _("Cette page de la liste ne peut pas être retrouvée. Repartez du début de la liste.")
    return DomainError("bad_cursor", message, facts={"parameter": "cursor"})


def keyset(
    rows: QuerySet[Any],
    keys: Sequence[str],
    *,
    limit: int,
    cursor: str | None = None,
    total: int | None = None,
) -> Page[Any]:
    """Return one page of ``rows`` in the order of ``keys``, whose last makes every row unique.

    Keys are names of columns without nulls, in ascending order. One query. A cursor that is
    malformed, or does not suit the columns, is a ``DomainError`` (422).
    """
    start = decode(cursor, len(keys)) if cursor else None
    backwards = bool(start and start.backwards)
    ordered = rows.order_by(*(f"-{key}" for key in keys)) if backwards else rows.order_by(*keys)
    if start:
        try:
            ordered = ordered.filter(_beyond(keys, start))
        except (ValidationError, ValueError, TypeError) as error:
            raise bad_cursor() from error
    found = list(ordered[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    return _page(found, keys, start=start, more=more, total=total)


def _page(
    found: list[Any], keys: Sequence[str], *, start: Cursor | None, more: bool, total: int | None
) -> Page[Any]:
    backwards = bool(start and start.backwards)
    after, before = (bool(found), more) if backwards else (more, bool(start and found))
    following = encode(Cursor(_key_of(found[-1], keys))) if after else None
    preceding = encode(Cursor(_key_of(found[0], keys), backwards=True)) if before else None
    return Page(found, following, preceding, total)


def _beyond(keys: Sequence[str], start: Cursor) -> Q:
    """Return the rows past the key: first key at least as far, then one key further with equals before."""
    test = "lt" if start.backwards else "gt"
    beyond, equal = Q(), Q()
    for name, value in zip(keys, start.key, strict=True):
        beyond |= equal & Q(**{f"{name}__{test}": value})
        equal &= Q(**{name: value})
    return Q(**{f"{keys[0]}__{test}e": start.key[0]}) & beyond


def _key_of(row: Model | dict[str, Any], keys: Sequence[str]) -> Key:
    return tuple(_plain(_value(row, key)) for key in keys)


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def _plain(value: Any) -> str | int:
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)
