"""Figures that a report is filled with, so that nobody types again what the pole holds already (R-94).

Those of the indicators that the pole follows, and of its book over the twelve months before the report
is due. The beneficiary leaves out what they do not want to join; what is sent is frozen with the report.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.design import numbers
from terreau.economics import composed as economics
from terreau.followup import rules
from terreau.indicators import read as indicators
from terreau.poles.models import Pole


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words: ``said`` has its unit; ``status`` is a provenance (déclaré, calculé)."""

    code: str
    label: str
    said: str
    period: str
    how: str
    status: str

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON types."""
        return asdict(self)


def of_pole(pole: Pole | None, due_on: date, left_out: Collection[str] = ()) -> list[Figure]:
    """Return the figures of a report: none when the file has no pole."""
    if pole is None:
        return []
    found = [*_indicators(pole), *_economics(pole, due_on)]
    return [one for one in found if one.code not in left_out]


def _indicators(pole: Pole) -> list[Figure]:
    return [
        Figure(
            f"indicator:{one.row.pk.hex}",
            one.label,
            one.said,
            one.period,
            _("indicateur suivi par le pôle"),
            "declare",
        )
        for one in indicators.followed(pole)
        if one.last is not None
    ]


def _economics(pole: Pole, due_on: date) -> list[Figure]:
    first, last = rules.fiscal_year(due_on)
    lang = get_language() or "fr"
    period = _("du %(first)s au %(last)s") % {"first": date_format(first), "last": date_format(last)}
    return [
        Figure(one.code, one.label, numbers.with_unit(one.value, "", lang), period, one.how, "calcule")
        for one in economics.figures(pole, first, last)
        if isinstance(one.value, Euro)
    ]
