"""Drawings of what is to come, each with its table twin: the balance day by day, the years side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.common.periods import plus_months
from terreau.design import numbers
from terreau.forecast.rules import Plan, Year, month_of

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _FOOT, _HEAD = 720, 280, 78, 14, 30, 26
_MOSS, _SOFT, _EARTH, _STRAW, _INK, _CLAY = "#2f5d46", "#444f49", "#8a3f1d", "#d9d0bd", "#1f2a24", "#a8432f"


def euros(cents: int) -> str:
    """Return an amount without cents, as an axis says it."""
    whole = Euro(round(cents / 100) * 100)
    return numbers.with_unit(whole, "", get_language() or "fr")


def balance(plan: Plan, other: Plan | None = None) -> SafeString:
    """Return the balance of each day as steps, the low point marked; ``other`` is drawn dashed beside it."""
    plans = [plan] if other is None else [plan, other]
    values = [one.cents for each in plans for one in each.days]
    scale = _Scale(min(0, *values), max(0, *values))
    span = max(1, (plan.last - plan.today).days)

    def x(day: date) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * (day - plan.today).days / span, 1)

    parts = [*scale.grid(), *_month_marks(plan, x)]
    if other is not None:
        parts.append(_steps(other, x, scale, f'stroke="{_SOFT}" stroke-dasharray="5 4" stroke-width="2"'))
    parts.append(_steps(plan, x, scale, f'stroke="{_MOSS}" stroke-width="2.5"'))
    parts.append(_low_mark(plan, x, scale))
    words = _("Solde jour après jour ; au plus bas %(amount)s le %(day)s") % {
        "amount": euros(plan.low.cents),
        "day": date_format(plan.low.on),
    }
    return _svg(words, parts)


def years(rows: Sequence[Year]) -> SafeString:
    """Return two bars a year: what comes in (sure, then asked), what goes out."""
    most = max([1, *(max(one.certain + one.asked, one.spent) for one in rows)])
    scale = _Scale(0, most)
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(rows))
    wide = round(min(room * 0.3, 60), 1)
    parts = scale.grid()
    for rank, one in enumerate(rows):
        middle = _LEFT + room * (rank + 0.5)
        left, right = round(middle - wide - 3, 1), round(middle + 3, 1)
        parts.append(_bar(left, wide, scale, (0, one.certain), f'fill="{_MOSS}"'))
        asked = f'fill="{_MOSS}" fill-opacity="0.25" stroke="{_MOSS}" stroke-dasharray="4 3"'
        parts.append(_bar(left, wide, scale, (one.certain, one.certain + one.asked), asked))
        parts.append(_bar(right, wide, scale, (0, one.spent), f'fill="{_EARTH}"'))
        parts.append(_text(round(middle, 1), _HEIGHT - 10, str(one.year), "middle", bold=True))
    return _svg(_("Ce qui entre et ce qui sort, année par année"), parts)


class _Scale:
    """From cents to places on the drawing, with four or five round marks."""

    def __init__(self, least: int, most: int) -> None:
        self.step = _round(max(1, most - least) // 4 + 1)
        self.low = -(-least // self.step) * self.step if least >= 0 else least // self.step * self.step
        self.top = max(self.low + self.step, -(-most // self.step) * self.step)

    def y(self, cents: int) -> float:
        """Return the place of an amount."""
        return round(
            _HEIGHT - _FOOT - (_HEIGHT - _FOOT - _HEAD) * (cents - self.low) / (self.top - self.low), 1
        )

    def grid(self) -> list[str]:
        """Return the marks and their amounts; zero is darker."""
        parts = []
        for mark in range(self.low, self.top + 1, self.step):
            y, colour = self.y(mark), _INK if mark == 0 else _STRAW
            parts.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{colour}" stroke-width="1"/>')
            parts.append(_text(_LEFT - 8, y + 4, euros(mark), "end"))
        return parts


def _round(least: int) -> int:
    """Return 1, 2 or 5 times a power of ten, at least as large, and whole euros."""
    size: int = max(100, 10 ** (len(str(least)) - 1))
    part = (Decimal(least) / size).to_integral_value(ROUND_CEILING)
    return int(next(n for n in (1, 2, 5, 10) if n >= part)) * size


def _steps(plan: Plan, x: Callable[[date], float], scale: _Scale, look: str) -> str:
    first = plan.days[0]
    path = f"M{x(first.on)} {scale.y(first.cents)}"
    path += "".join(f"H{x(one.on)}V{scale.y(one.cents)}" for one in plan.days[1:])
    return f'<path d="{path}H{x(plan.last)}" fill="none" {look}/>'


def _low_mark(plan: Plan, x: Callable[[date], float], scale: _Scale) -> str:
    left, y = x(plan.low.on), scale.y(plan.low.cents)
    colour = _CLAY if plan.low.cents < 0 else _EARTH
    anchor = "start" if left < _WIDTH / 2 else "end"
    words = f"{euros(plan.low.cents)} · {date_format(plan.low.on, 'j M')}"
    above = y - 12 if y > _HEAD + 40 else y + 22
    away = 9 if anchor == "start" else -9
    dot = f'<circle cx="{left}" cy="{y}" r="5" fill="{colour}"/>'
    return dot + _text(left + away, above, words, anchor, bold=True, colour=colour)


def _month_marks(plan: Plan, x: Callable[[date], float]) -> list[str]:
    parts, count = [], len(plan.months)
    every = 1 if count <= 8 else 2 if count <= 14 else 3 if count <= 20 else 4
    for rank, month in enumerate(plan.months):
        first = month.first
        if first <= plan.today:
            continue
        parts.append(f'<path d="M{x(first)} {_HEIGHT - _FOOT}v5" stroke="{_SOFT}"/>')
        if rank % every == 0 and plus_months(first, every) <= plus_months(month_of(plan.last), 1):
            parts.append(_text(x(first), _HEIGHT - 10, date_format(first, "M y"), "middle"))
    return parts


def _bar(x: float, wide: float, scale: _Scale, span: tuple[int, int], look: str) -> str:
    low, top = span
    if top <= low:
        return ""
    y, foot = scale.y(top), scale.y(low)
    return f'<rect x="{x}" y="{y}" width="{wide}" height="{round(foot - y, 1)}" {look}/>'


def _text(  # noqa: PLR0913 - keyword-only: how it looks
    x: float, y: float, words: str, anchor: str, *, bold: bool = False, colour: str = _SOFT
) -> str:
    halo = ' stroke="#fbf8f1" stroke-width="5" stroke-linejoin="round" paint-order="stroke"'
    weight = f' font-weight="700"{halo}' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="13" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(words)}</text>"
    )


def _svg(label: str, parts: Sequence[str]) -> SafeString:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
    )
    return mark_safe(f"{head}{''.join(parts)}</svg>")  # noqa: S308 - numbers of ours, words escaped
