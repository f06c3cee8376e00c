"""Poles that may be the one that somebody is about to register: asked before it is entered twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz

from terreau.census.entry_rules import Entry, Likeness, own_words
from terreau.common.text import sort_key
from terreau.poles.models import Carrier, Listing, Pole
from terreau.territories.models import Perimeter, PerimeterCommune

#: Candidates whose perimeters are read, and poles that are shown.
_MOST, _SHOWN = 60, 5
_WORTH = 75.0


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A pole that is known, and what it shares: ``name``, ``carrier``, ``communes``."""

    pole: Pole
    place: str
    reasons: tuple[str, ...]


def lookalikes(entry: Entry) -> list[Lookalike]:
    """Return the public poles that the entry may be, the likeliest first; four queries.

    Only what anybody may see is shown: a pole that is not public is found by who moderates.
    """
    names = {
        line.pk: (line, _nearness(entry.name, line.name))
        for line in Listing.objects.only("pk", "name", "place").order_by("pk")
    }
    carried = _carried_by(entry) & names.keys()
    near = sorted((pk for pk in names if names[pk][1] >= _WORTH), key=lambda pk: -names[pk][1])[:_MOST]
    candidates = list(dict.fromkeys([*near, *sorted(carried)]))
    shared = _shared_communes(candidates, set(entry.communes))
    found: list[tuple[float, UUID, tuple[str, ...]]] = []
    for pk in candidates:
        likeness = Likeness(names[pk][1], shared[pk], pk in carried)
        if likeness.reasons:
            found.append((-len(likeness.reasons) * 1000 - likeness.name, pk, likeness.reasons))
    chosen = sorted(found)[:_SHOWN]
    rows = Pole.objects.select_related("actor__subject").in_bulk([pk for _rank, pk, _reasons in chosen])
    return [Lookalike(rows[pk], names[pk][0].place, reasons) for _rank, pk, reasons in chosen]


def _nearness(typed: str, name: str) -> float:
    """Return 100 for the same name, less when words differ or are spelt otherwise."""
    if sort_key(typed) == sort_key(name):
        return 100.0
    return min(99.0, float(fuzz.ratio(own_words(typed), own_words(name))))


def _carried_by(entry: Entry) -> set[UUID]:
    if not entry.carrier:
        return set()
    rows = Carrier.objects.filter(valid_to=None)
    kind, _colon, number = entry.carrier_actor.partition(":")
    if number:
        rows = rows.filter(**{f"actor__{kind}": number})
    elif entry.carrier_actor:
        rows = rows.filter(actor=UUID(entry.carrier_actor))
    else:
        rows = rows.filter(actor__sort_key=sort_key(entry.carrier)[:250])
    return set(rows.values_list("pole", flat=True))


def _shared_communes(poles: list[UUID], codes: set[str]) -> dict[UUID, int]:
    """Count the communes that the perimeters in force of these poles share with ``codes``."""
    shared: dict[UUID, int] = defaultdict(int)
    rows = PerimeterCommune.objects.filter(
        perimeter__subject__in=poles,
        perimeter__kind=Perimeter.Kind.COOPERATION,
        perimeter__valid_to=None,
    )
    for pole, code in rows.values_list("perimeter__subject", "commune__code"):
        shared[pole] += code in codes
    return shared
