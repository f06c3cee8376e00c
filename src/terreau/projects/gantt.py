"""The calendar of a project, drawn by the server: a scale and a bar for each task. No script, no style.

Every length is a share of the width, so that the drawing is as readable on a telephone as on a desk; what it
says stands in words beside each bar and in the table below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from terreau.projects import rules
from terreau.projects.models import Task

#: Marks at most, so that their words do not run into one another at 360 px.
_MARKS = 4
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 300, 600)
_HEIGHT = 22


@dataclass(frozen=True, slots=True)
class Scale:
    """The days that a calendar shows, both included, and its marks."""

    first: date
    last: date
    marks: tuple[date, ...]

    def at(self, day: date) -> float:
        """Return where the morning of a day stands, in hundredths of the width."""
        whole = (self.last - self.first).days + 1
        return max(0.0, min(100.0, (day - self.first).days / whole * 100))


@dataclass(frozen=True, slots=True)
class Row:
    """A task with its bar; ``after`` are the titles of what comes first."""

    task: Task
    bar: SafeString
    late: bool
    clash: bool
    after: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A calendar: its head, its rows, and the tasks that have no day yet."""

    head: SafeString
    rows: list[Row]
    undated: list[Row]


def chart(tasks: Sequence[Task], works: Sequence[rules.Work], today: date) -> Chart | None:
    """Draw the tasks that have a day; ``None`` when there is no task."""
    if not tasks:
        return None
    by_key = {work.key: work for work in works}
    scale = scale_of(works, today)
    titles = {str(task.pk): task.title for task in tasks}
    clashing = {late for late, _first in rules.clashes(works)}
    rows: list[Row] = []
    undated: list[Row] = []
    for task in tasks:
        work = by_key[str(task.pk)]
        late = rules.is_late(work, today)
        after = ", ".join(titles[key] for key in work.needs if key in titles)
        bar = _bar(work, scale, by_key, today, late=late) if scale and work.starts_on else SafeString("")
        into = rows if work.starts_on else undated
        into.append(Row(task, bar, late, str(task.pk) in clashing, after))
    return Chart(_head(scale, today) if scale else SafeString(""), rows, undated)


def scale_of(works: Iterable[rules.Work], today: date) -> Scale | None:
    """Return whole months around every day of the tasks; ``None`` when none has a day."""
    days = [day for work in works for day in (work.starts_on, work.ends_on) if day is not None]
    if not days:
        return None
    first = min(days).replace(day=1)
    last = _months(max(days).replace(day=1), 1) - timedelta(days=1)
    span = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next((one for one in _STEPS if span / one <= _MARKS), _STEPS[-1])
    marks, mark = [], first
    while mark <= last:
        marks.append(mark)
        mark = _months(mark, step)
    return Scale(first, last, tuple(marks))


def _months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(min(index // 12, 9999), index % 12 + 1, 1)


def _share(value: float) -> str:
    return f"{value:.2f}%"


def _head(scale: Scale, today: date) -> SafeString:
    words = format_html_join(
        "",
        '<line x1="{}" x2="{}" y1="18" y2="28"/><text x="{}" y="13">{}</text>',
        (
            (_share(scale.at(mark)), _share(scale.at(mark)), _share(scale.at(mark)), date_format(mark, "N Y"))
            for mark in scale.marks
        ),
    )
    return format_html(
        '<svg class="gantt-scale" width="100%" height="28" aria-hidden="true" focusable="false">{}{}</svg>',
        words,
        _today(scale, today, 28, top=18),
    )


def _today(scale: Scale, today: date, height: int, *, top: int = 0) -> SafeString:
    if not scale.first <= today <= scale.last:
        return SafeString("")
    at = _share(scale.at(today))
    return format_html('<line class="gantt-today" x1="{}" x2="{}" y1="{}" y2="{}"/>', at, at, top, height)


def _bar(
    work: rules.Work, scale: Scale, by_key: dict[str, rules.Work], today: date, *, late: bool
) -> SafeString:
    starts, ends = work.starts_on or scale.first, work.ends_on or scale.last
    left, right = scale.at(starts), scale.at(ends + timedelta(days=1))
    kind = "late" if late else work.state
    shape = format_html(
        '<rect class="gantt-{}" x="{}" y="4" width="{}" height="14" rx="2"/>',
        kind,
        _share(left),
        _share(max(right - left, 0.8)),
    )
    lines = format_html_join(
        "",
        '<line class="gantt-mark" x1="{}" x2="{}" y1="0" y2="22"/>',
        ((_share(scale.at(mark)), _share(scale.at(mark))) for mark in scale.marks),
    )
    before = format_html_join(
        "",
        '<line class="gantt-after" x1="{}" x2="{}" y1="0" y2="22"/>',
        ((_share(at), _share(at)) for at in _ends_before(work, scale, by_key)),
    )
    return format_html(
        '<svg class="gantt-bar" width="100%" height="{}" aria-hidden="true" focusable="false">{}{}{}{}</svg>',
        _HEIGHT,
        lines,
        shape,
        before,
        _today(scale, today, _HEIGHT),
    )


def _ends_before(work: rules.Work, scale: Scale, by_key: dict[str, rules.Work]) -> list[float]:
    """Return where what comes first is over."""
    firsts = [by_key[key].ends_on for key in work.needs if key in by_key]
    return [scale.at(day + timedelta(days=1)) for day in firsts if day is not None]


def said(late: bool, clash: bool) -> str:
    """Return what is to be watched in a row, in words."""
    words = []
    if late:
        words.append(_("en retard"))
    if clash:
        words.append(_("commence avant la fin de ce qu'elle attend"))
    return ", ".join(words)
