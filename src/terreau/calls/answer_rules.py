"""What an answer must be for the kind of its field, pure: see ``calls.form_rules`` for the shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

KINDS: Final = (
    *("text", "long_text", "integer", "number", "euro", "date", "yes_no", "choice", "choices", "file"),
    *("actor", "members", "perimeter", "budget", "financing", "table", "grid", "declaration"),
)
#: What is shown and never typed: a grid gives its verdict by itself.
COMPUTED: Final = frozenset({"grid"})
#: Kinds of the columns of a table.
COLUMN_KINDS: Final = ("text", "integer", "number", "euro", "date", "yes_no", "choice")
SIDES: Final = ("expense", "resource")
MEANS: Final = ("cash", "in_kind")
STATUSES: Final = ("acquis", "sollicite")
#: The longest text of each kind when the form says nothing, in characters.
LONGEST: Final[Mapping[str, int]] = {"text": 300, "long_text": 20_000}
_MOST_CENTS: Final = 10**15
#: Beyond, a whole number is not the same for every reader of JSON (RFC 8785): no copy could hold it.
_EXACT: Final = 2**53 - 1

Field = Mapping[str, Any]


def filled(value: Any) -> bool:
    """Say whether an answer holds something: false is an answer, an empty text or list is none."""
    return value is not None and value not in ("", [], {})


def balance(rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return the cents of the expenses and of the resources of a budget, what is given in kind in."""
    spent = sum(_cents(one) for one in rows if one.get("side") == "expense")
    found = sum(_cents(one) for one in rows if one.get("side") == "resource")
    return spent, found


def wrong(field: Field, value: Any) -> str:
    """Return why an answer does not stand (a code of ``calls.wording.MISSING``), or nothing.

    ``value`` holds something (``filled``). Any JSON value is read without an exception.
    """
    return _CHECKS[field["kind"]](field, value)


def _cents(row: Mapping[str, Any]) -> int:
    value = row.get("cents")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        return "wrong_kind"
    most = field.get("max") or LONGEST.get(field["kind"], 20_000)
    if len(value) > most:
        return "too_long"
    return "empty" if not value.strip() else ""


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT


def _whole(field: Field, value: Any) -> str:
    if not _is_whole(value):
        return "wrong_kind"
    return _bounded(field, Decimal(value))


def _euro(field: Field, value: Any) -> str:
    if not _is_whole(value):
        return "wrong_kind"
    return "too_big" if abs(value) > _MOST_CENTS else _bounded(field, Decimal(value))


def _number(field: Field, value: Any) -> str:
    try:
        found = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except InvalidOperation:
        return "wrong_kind"
    return "wrong_kind" if found is None or not found.is_finite() else _bounded(field, found)


def _bounded(field: Field, value: Decimal) -> str:
    low, high = field.get("min"), field.get("max")
    if low is not None and value < Decimal(str(low)):
        return "too_small"
    return "too_big" if high is not None and value > Decimal(str(high)) else ""


def _day(field: Field, value: Any) -> str:
    try:
        return "" if isinstance(value, str) and date.fromisoformat(value) else "wrong_kind"
    except ValueError:
        return "wrong_kind"


def _truth(field: Field, value: Any) -> str:
    return "" if isinstance(value, bool) else "wrong_kind"


def _codes(field: Field) -> frozenset[str]:
    return frozenset(str(one["code"]) for one in field.get("options", ()))


def _choice(field: Field, value: Any) -> str:
    return "" if isinstance(value, str) and value in _codes(field) else "unknown_option"


def _choices(field: Field, value: Any) -> str:
    if not isinstance(value, list):
        return "wrong_kind"
    known = _codes(field)
    if any(not isinstance(one, str) or one not in known for one in value):
        return "unknown_option"
    most = field.get("max")
    return "too_many" if most is not None and len(value) > most else ""


def _rows(check: Callable[[Field, Mapping[str, Any]], str]) -> Callable[[Field, Any], str]:
    """Return the check of a list of rows, each of which is right."""

    def found(field: Field, value: Any) -> str:
        if not isinstance(value, list) or any(not isinstance(one, Mapping) for one in value):
            return "wrong_kind"
        most = field.get("max")
        if most is not None and len(value) > most:
            return "too_many"
        least = field.get("min")
        if least is not None and len(value) < least:
            return "too_few"
        return next((why for one in value if (why := check(field, one))), "")

    return found


def _named(field: Field, row: Mapping[str, Any]) -> str:
    name = row.get("name")
    return "" if isinstance(name, str) and name.strip() else "row_incomplete"


def _one_named(field: Field, value: Any) -> str:
    return _named(field, value) if isinstance(value, Mapping) else "wrong_kind"


def _piece(field: Field, row: Mapping[str, Any]) -> str:
    return "" if row.get("piece") and isinstance(row.get("name"), str) else "row_incomplete"


def _money(row: Mapping[str, Any]) -> str:
    cents = row.get("cents")
    if isinstance(cents, bool) or not isinstance(cents, int):
        return "row_incomplete"
    if not _is_whole(cents):
        return "wrong_kind"
    return "too_small" if cents < 0 else "too_big" if cents > _MOST_CENTS else ""


def _budget_row(field: Field, row: Mapping[str, Any]) -> str:
    post = row.get("post")
    if row.get("side") not in SIDES or row.get("kind", "cash") not in MEANS:
        return "row_incomplete"
    if row.get("year") is not None and not _is_whole(row["year"]):
        return "wrong_kind"
    return _money(row) if isinstance(post, str) and post.strip() else "row_incomplete"


def _budget(field: Field, value: Any) -> str:
    if why := _rows(_budget_row)(field, value):
        return why
    spent, found = balance(value)
    return "" if spent == found else "unbalanced"


def _financing_row(field: Field, row: Mapping[str, Any]) -> str:
    funder = row.get("funder")
    if row.get("status") not in STATUSES or not isinstance(funder, str) or not funder.strip():
        return "row_incomplete"
    return _money(row)


def _table_row(field: Field, row: Mapping[str, Any]) -> str:
    for column in field.get("columns", ()):
        value = row.get(column["key"])
        if not filled(value):
            if column.get("required"):
                return "row_incomplete"
        elif why := wrong(column, value):
            return why
    return ""


def _any(field: Field, value: Any) -> str:
    return ""


_CHECKS: Final[Mapping[str, Callable[[Field, Any], str]]] = {
    "text": _text,
    "long_text": _text,
    "integer": _whole,
    "number": _number,
    "euro": _euro,
    "date": _day,
    "yes_no": _truth,
    "declaration": _truth,
    "choice": _choice,
    "choices": _choices,
    "file": _rows(_piece),
    "actor": _one_named,
    "members": _rows(_named),
    "perimeter": _one_named,
    "budget": _budget,
    "financing": _rows(_financing_row),
    "table": _rows(_table_row),
    "grid": _any,
}
