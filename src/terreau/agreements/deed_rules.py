"""What a deed must say before it is signed, and the schedule that a call proposes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

ADVANCE, PART, BALANCE = "advance", "part", "balance"

NO_OBJECT, NO_AMOUNT, NO_PERIOD, PERIOD_ORDER = "no_object", "no_amount", "no_period", "period_order"
NO_SCHEDULE, SUM_DIFFERS, PART_EMPTY, BALANCE_LAST = (
    "no_schedule",
    "sum_differs",
    "part_empty",
    "balance_last",
)
BELOW_FIXED, NO_REASON, FEW_SIGNATORIES = "below_fixed", "no_reason", "few_signatories"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a deed lacks: a code, and how much differs (cents)."""

    code: str
    cents: int = 0


def check(
    body: Mapping[str, Any], *, number: int, fixed: int, signatories: int, pays: bool = True
) -> list[Problem]:
    """Return all that a deed lacks. ``fixed``: what earlier deeds already asked or paid, which stays (cents).

    ``pays``: the deed gives money by instalments; a contract between the State and authorities may not.
    """
    found = [] if str(body.get("object") or "").strip() else [Problem(NO_OBJECT)]
    found += _period(body)
    if number and not str(body.get("reason") or "").strip():
        found.append(Problem(NO_REASON))
    if signatories < 2:
        found.append(Problem(FEW_SIGNATORIES))
    return found + (_money(body, fixed) if pays else [])


def _period(body: Mapping[str, Any]) -> list[Problem]:
    first, last = body.get("valid_from"), body.get("valid_to")
    if not first or not last:
        return [Problem(NO_PERIOD)]
    return [Problem(PERIOD_ORDER)] if str(last) < str(first) else []


def _money(body: Mapping[str, Any], fixed: int) -> list[Problem]:
    cents = body.get("cents")
    if not isinstance(cents, int) or cents <= 0:
        return [Problem(NO_AMOUNT)]
    if cents < fixed:
        return [Problem(BELOW_FIXED, fixed)]
    rows = body.get("schedule") or []
    if not rows and cents > fixed:
        return [Problem(NO_SCHEDULE)]
    found = []
    if any(not isinstance(row.get("cents"), int) or row["cents"] <= 0 for row in rows):
        found.append(Problem(PART_EMPTY))
    total = sum(row["cents"] for row in rows if isinstance(row.get("cents"), int))
    if total + fixed != cents:
        found.append(Problem(SUM_DIFFERS, cents - fixed - total))
    if any(row.get("kind") == BALANCE for row in rows[:-1]):
        found.append(Problem(BALANCE_LAST))
    return found


def proposed(
    cents: int, *, advance_rate: int | None, first: date | None = None, last: date | None = None
) -> list[dict[str, Any]]:
    """Return the schedule that a call proposes: its advance when it says one, then the balance."""
    rows: list[dict[str, Any]] = []
    advance = cents * (advance_rate or 0) // 10_000
    if 0 < advance < cents:
        rows.append(_row(ADVANCE, advance, first))
    rows.append(_row(BALANCE, cents - advance if rows else cents, last))
    return rows


def _row(kind: str, cents: int, due: date | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "label": "",
        "cents": cents,
        "due": due.isoformat() if due else None,
        "condition": "",
    }


def later(day: date, months: int) -> date:
    """Return the last day of a period of some months that begins on ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date.fromordinal(date(year, month + 1, last).toordinal() - 1)
        except ValueError:
            continue
    return date.fromordinal(date(year, month + 1, min(day.day, 28)).toordinal() - 1)
