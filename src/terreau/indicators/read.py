"""Reading indicators: what a pole follows, with the latest value of each, in two queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from terreau.common.together import Step, run
from terreau.indicators import amounts, chart, library
from terreau.indicators.models import Indicator, Value
from terreau.poles.models import Pole


@dataclass(frozen=True, slots=True)
class Followed:
    """An indicator and its latest value."""

    row: Indicator
    last: Value | None
    before: Value | None = None

    @property
    def label(self) -> str:
        """Its name: that of the core in the language of the moment while the pole did not rename it."""
        known = library.load().get(self.row.code)
        return known.label if known and self.row.label in known.labels.values() else self.row.label

    @property
    def period(self) -> str:
        """The period of the latest value."""
        return chart.period_said(self.last) if self.last else ""

    @property
    def said(self) -> str:
        """The latest value with its unit, empty when there is none."""
        return amounts.said(self.last.amount, self.row.unit) if self.last else ""

    @property
    def target_said(self) -> str:
        """The target with its unit, empty when there is none."""
        return amounts.said(self.row.target, self.row.unit) if self.row.target is not None else ""

    @property
    def share(self) -> float | None:
        """How far it is from its starting point to its target, between 0 and 1; None when not known."""
        if self.last is None or self.last.amount is None or self.row.target is None:
            return None
        start = self.row.baseline or 0
        way = self.row.target - start
        return max(0.0, min(1.0, (self.last.amount - start) / way)) if way else None


def current_values(indicators: Collection[UUID]) -> dict[UUID, list[Value]]:
    """Return the values that stand, the oldest first, by indicator (one query)."""
    return by_indicator(indicators, standing(indicators))


def standing(indicators: Collection[UUID]) -> QuerySet[Value]:
    """Return the values that stand, the oldest first."""
    rows = Value.objects.filter(indicator__in=indicators, superseded_by=None, amount__isnull=False)
    return rows.select_related("indicator", "by").order_by("period_to", "period_from", "pk")


def by_indicator(indicators: Collection[UUID], rows: Iterable[Value]) -> dict[UUID, list[Value]]:
    """Return values by indicator, in their order."""
    found: dict[UUID, list[Value]] = {pk: [] for pk in indicators}
    for row in rows:
        found[row.indicator_id].append(row)
    return found


def followed(pole: Pole, *, ended: bool = False, public_only: bool = False) -> list[Followed]:
    """Return what a pole follows (or followed), each with its latest value."""
    return run(following(pole, ended=ended, public_only=public_only))


def following(pole: Pole, *, ended: bool = False, public_only: bool = False) -> Step[list[Followed]]:
    """The step of ``followed``: two rounds of questions."""
    rows = Indicator.objects.filter(pole=pole, ended_on__isnull=not ended)
    rows = rows.filter(public=True) if public_only else rows
    held = yield rows.order_by("family", "label", "pk")
    ids = [row.pk for row in held]
    values = by_indicator(ids, (yield standing(ids)))
    return [
        Followed(
            row,
            values[row.pk][-1] if values[row.pk] else None,
            values[row.pk][-2] if len(values[row.pk]) > 1 else None,
        )
        for row in held
    ]
