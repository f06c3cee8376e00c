"""The activities of poles as grids read them: many poles at once, few queries (R-146)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef

from terreau.projects import activities
from terreau.projects.models import Activity, UtilityRecognition, WholeList


@dataclass(frozen=True, slots=True)
class Line:
    """An activity: ``recognised`` is True when somebody recognises it, None when nobody is known to."""

    name: str
    sector: str
    recognised: bool | None


@dataclass(slots=True)
class Listed:
    """The activities of a pole that may be shown, and whether they are all of them."""

    lines: list[Line] = field(default_factory=list)
    whole: bool = False


def of_poles(poles: Collection[UUID], on: date, *, inside: bool) -> dict[UUID, Listed]:
    """Return the activities that run on a day, by pole; public ones alone unless ``inside`` (two queries).

    A list that hides an activity is never whole.
    """
    found: dict[UUID, Listed] = {}
    recognised = UtilityRecognition.objects.filter(activities.recognised_on(on), activity=OuterRef("pk"))
    rows = Activity.objects.filter(activities.running_on(on), pole__in=poles)
    rows = rows.annotate(known=Exists(recognised)).order_by("pole", "name", "pk")
    hidden = set()
    for pole, name, sector, public, known in rows.values_list("pole", "name", "sector", "public", "known"):
        held = found.setdefault(pole, Listed())
        if public or inside:
            held.lines.append(Line(name, sector, recognised=True if known else None))
        else:
            hidden.add(pole)
    for pole in WholeList.objects.filter(activities.whole_on(on), pole__in=found).values_list(
        "pole", flat=True
    ):
        found[pole].whole = pole not in hidden
    return {pole: held for pole, held in found.items() if held.lines}
