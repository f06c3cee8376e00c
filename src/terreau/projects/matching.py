"""Which unused resource may answer which need, and why: kind, words, place, dates. Pure (R-24, R-25).

Nothing is decided here: reasons are shown to people, who keep a match or set it aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from rapidfuzz import fuzz

KIND, KIN, WORDS, PLACE, NEAR, DATES = "kind", "kin", "words", "place", "near", "dates"
#: What each reason weighs, to order what is shown; never shown itself.
_WEIGHTS: Final = {KIND: 6, KIN: 4, WORDS: 5, PLACE: 3, NEAR: 2, DATES: 1}
#: Kilometres, as the crow flies.
NEAR_KM: Final = 30.0
_SHORTEST = 4
_ALIKE = 85.0
#: Kinds that answer one another though their names differ.
_KIN: Final[tuple[frozenset[str], ...]] = (
    frozenset({"materials", "waste"}),
    frozenset({"skills", "know_how", "volunteers"}),
    frozenset({"premises", "heritage"}),
    frozenset({"premises", "land"}),
)
#: Words that say nothing of what is sought.
_HOLLOW: Final = frozenset(
    [
        *("avec", "avoir", "besoin", "besoins", "cherche", "chercher", "dans", "depuis", "disponible"),
        *("disponibles", "encore", "entre", "etre", "faire", "libre", "libres", "manque", "mettre", "notre"),
        *("nous", "offre", "partager", "plus", "pour", "quelques", "recherche", "ressource", "ressources"),
        *("sans", "sous", "toute", "toutes", "trouver", "utiliser", "vers", "votre"),
    ]
)


@dataclass(frozen=True, slots=True)
class Side:
    """A need or a resource, as it is compared."""

    key: UUID
    kind: str
    words: str
    actor: UUID
    at: tuple[float, float] | None = None
    commune: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two sides may meet: a code, and the words or the kilometres that it speaks of."""

    code: str
    detail: str = ""

    @property
    def said(self) -> str:
        """The reason in the language of the reader."""
        words = {
            KIND: _("même nature"),
            KIN: _("natures voisines"),
            WORDS: _("mêmes mots : %(words)s"),
            PLACE: _("même commune"),
            NEAR: _("à %(km)s km à vol d'oiseau"),
            DATES: _("aux mêmes dates"),
        }
        return words.get(self.code, self.code) % {"words": self.detail, "km": self.detail}


@dataclass(frozen=True, slots=True)
class Pair:
    """A resource that may answer, with all its reasons."""

    resource: UUID
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        """What orders the pairs."""
        return sum(_WEIGHTS[reason.code] for reason in self.reasons)


def pairs(need: Side, resources: Sequence[Side]) -> list[Pair]:
    """Return the resources that share a kind or words with a need, those with most reasons first.

    A place or dates alone bring nothing together; dates that never meet set a resource aside.
    """
    found = []
    for resource in resources:
        reasons = compare(need, resource)
        if any(reason.code in {KIND, KIN, WORDS} for reason in reasons):
            found.append(Pair(resource.key, tuple(reasons)))
    return sorted(found, key=lambda pair: (-pair.weight, str(pair.resource)))


def compare(need: Side, resource: Side) -> list[Reason]:
    """Return why a resource may answer a need; nothing when their dates never meet."""
    if _apart(need, resource):
        return []
    found = []
    if need.kind == resource.kind and need.kind != "other":
        found.append(Reason(KIND))
    elif any({need.kind, resource.kind} <= kin for kin in _KIN):
        found.append(Reason(KIN))
    if shared := common_words(need.words, resource.words):
        words = ", ".join(shared[:4])
        found.append(Reason(WORDS, words))
    found += _places(need, resource)
    if _dated(need) and _dated(resource):
        found.append(Reason(DATES))
    return found


def common_words(first: str, second: str) -> list[str]:
    """Return the words of the first text that the second has too, or nearly (plural, gender, slip)."""
    others = _telling(second)
    return [word for word in _telling(first) if any(_alike(word, other) for other in others)]


def _telling(text: str) -> list[str]:
    words = [word for word in text.split() if len(word) >= _SHORTEST and word not in _HOLLOW]
    return list(dict.fromkeys(words))


def _alike(first: str, second: str) -> bool:
    return first == second or fuzz.ratio(first, second, score_cutoff=_ALIKE) > 0


def _places(need: Side, resource: Side) -> list[Reason]:
    if need.commune and need.commune == resource.commune:
        return [Reason(PLACE)]
    if need.at is None or resource.at is None:
        return []
    away = kilometres(need.at, resource.at)
    if away > NEAR_KM:
        return []
    return [Reason(NEAR, str(max(1, round(away))))]


def kilometres(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the distance between two points (longitude, latitude), in kilometres, as the crow flies."""
    (x1, y1), (x2, y2) = ((radians(a), radians(b)) for a, b in (first, second))
    half = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def _dated(side: Side) -> bool:
    return side.starts_on is not None or side.ends_on is not None


def _apart(need: Side, resource: Side) -> bool:
    starts = max(need.starts_on or date.min, resource.starts_on or date.min)
    ends = min(need.ends_on or date.max, resource.ends_on or date.max)
    return starts > ends
