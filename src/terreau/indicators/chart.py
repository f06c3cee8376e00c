"""Values of an indicator in time, drawn: a bar a period, the target and the starting point as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from terreau.indicators import amounts
from terreau.indicators.models import Indicator, Value

_WIDTH, _HEIGHT, _LEFT, _FOOT, _HEAD = 640, 240, 12, 26, 26
_MOSS, _SOFT, _EARTH, _STRAW, _INK = "#2f5d46", "#444f49", "#8a3f1d", "#d9d0bd", "#1f2a24"


@dataclass(frozen=True, slots=True)
class _Line:
    amount: int
    words: str
    colour: str


def period_said(value: Value) -> str:
    """Return the period of a value: a year, or two days."""
    first, last = value.period_from, value.period_to
    whole = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year
    return str(first.year) if whole else f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"


def svg(row: Indicator, values: Sequence[Value]) -> SafeString:
    """Return the chart of the current values, the oldest first; empty when there is none."""
    shown = [value for value in values if value.amount is not None]
    if not shown:
        return mark_safe("")
    lines = []
    if row.target is not None:
        lines.append(_Line(row.target, _("cible"), _EARTH))
    if row.baseline is not None:
        lines.append(_Line(row.baseline, _("départ"), _SOFT))
    top = _nice(max([int(value.amount or 0) for value in shown] + [line.amount for line in lines]))
    parts = [*_bars(row, shown, top), *(_mark(line, top) for line in lines)]
    label = escape(_("%(label)s, période par période") % {"label": row.label})
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{label}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
    )
    return mark_safe(f"{head}{''.join(parts)}</svg>")  # noqa: S308 - numbers of ours, words escaped


def _nice(most: int) -> int:
    """Return a round number at least as large: 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 1000
    step: int = 10 ** (len(str(most)) - 1)
    part = (Decimal(most) / step).to_integral_value(ROUND_CEILING)
    return int(next(n for n in (1, 2, 3, 4, 5, 6, 8, 10) if n >= part)) * step


def _y(amount: int, top: int) -> float:
    return round(_HEIGHT - _FOOT - (_HEIGHT - _FOOT - _HEAD) * amount / top, 1)


def _bars(row: Indicator, shown: Sequence[Value], top: int) -> list[str]:
    room = (_WIDTH - _LEFT - 110) / len(shown)
    wide = round(min(room * 0.62, 64), 1)
    floor = _HEIGHT - _FOOT
    parts = [f'<path d="M{_LEFT} {floor}H{_WIDTH}" stroke="{_INK}" stroke-width="1"/>']
    for rank, value in enumerate(shown):
        x = round(_LEFT + room * (rank + 0.5), 1)
        y = _y(int(value.amount or 0), top)
        hatch = ' fill-opacity="0.55"' if value.status in {"estime", "declare"} else ""
        parts.append(
            f'<rect x="{round(x - wide / 2, 1)}" y="{y}" width="{wide}" height="{round(floor - y, 1)}" '
            f'fill="{_MOSS}"{hatch}/>'
        )
        if len(shown) <= 12:
            number = escape(
                amounts.said(value.amount, row.unit) if room > 90 else amounts.typed(value.amount)
            )
            parts.append(f'<text x="{x}" y="{y - 6}" {_text(_INK)}>{number}</text>')
        if rank % max(1, len(shown) // 12) == 0:
            parts.append(f'<text x="{x}" y="{_HEIGHT - 8}" {_text(_SOFT)}>{value.period_to.year}</text>')
    return parts


def _text(colour: str, anchor: str = "middle") -> str:
    return f'font-size="13" text-anchor="{anchor}" fill="{colour}"'


def _mark(line: _Line, top: int) -> str:
    y = _y(line.amount, top)
    look = f'stroke="{line.colour}" stroke-width="2" stroke-dasharray="6 4"'
    path = f'<path d="M{_LEFT} {y}H{_WIDTH - 100}" {look}/>'
    words = f'<text x="{_WIDTH - 94}" y="{y + 4}" {_text(line.colour, "start")}>{escape(line.words)}</text>'
    return path + words
