"""When two names may be one organisation: French names made comparable, and the reasons to suspect (R-51)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

import numpy as np
from rapidfuzz import fuzz, process

from terreau.common.text import search_text

#: Names at least this near (0 to 100) in one place are suspected.
NEAR = 90
#: A name of fewer letters says too little to be suspected anywhere.
_LETTERS = 8
#: Members of one group compared two by two at most: beyond, the key says nothing.
_CROWD = 40
#: Words that say what a body is, or join others: not who it is.
_COMMON = frozenset({
    "a", "association", "asso", "au", "aux", "cooperative", "d", "de", "des", "du", "e", "en",
    "entreprise", "et", "federation", "fondation", "groupe", "groupement", "l", "la", "le", "les",
    "mutuelle", "pole", "ptce", "reseau", "s", "sa", "sarl", "sas", "sasu", "scic", "scop", "sca",
    "sci", "societe", "structure", "un", "une", "union",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What is compared of an actor; empty texts are unknown.

    ``places`` hold the commune of an actor, or the departments of a pole.
    """

    id: UUID
    name: str
    siren: str = ""
    siret: str = ""
    rna: str = ""
    places: frozenset[str] = frozenset()
    pole: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two actors that may be one, the smaller identifier first, and why.

    Reasons: ``siren``, ``siret``, ``rna``, ``name_place`` (in one place), ``name`` (the places are unknown).
    """

    one: UUID
    other: UUID
    reasons: tuple[str, ...]
    score: int


def own_words(name: str) -> str:
    """Return what is a name's own: « Association Les Amis du Bois (SCIC) » → ``amis bois``."""
    words = search_text(name).split()
    return " ".join(word for word in words if word not in _COMMON) or " ".join(words)


def suspicions(actors: Sequence[Known]) -> list[Suspicion]:
    """Return the pairs to be looked at by a person, the surest first.

    Two establishments of one SIREN (two SIRET) are two actors. A pole is only compared with poles.
    """
    reasons: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
    scores: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for one, other, reason, score in _found(actors):
        pair = (one.id, other.id) if one.id < other.id else (other.id, one.id)
        reasons[pair].add(reason)
        scores[pair] = max(scores[pair], score)
    made = [Suspicion(*pair, tuple(sorted(why)), scores[pair]) for pair, why in reasons.items()]
    return sorted(made, key=lambda one: (-one.score, -len(one.reasons), one.one, one.other))


def _found(actors: Sequence[Known]) -> Iterator[tuple[Known, Known, str, int]]:
    bodies, poles = [a for a in actors if not a.pole], [a for a in actors if a.pole]
    for reason in ("siret", "rna", "siren"):
        for one, other in _alike(bodies, reason):
            if not (one.siret and other.siret and one.siret != other.siret):
                yield one, other, reason, 100
    for kind in (bodies, poles):
        yield from _same_name(kind)
        yield from _near_names(kind)


def _alike(actors: Iterable[Known], number: str) -> Iterator[tuple[Known, Known]]:
    groups: dict[str, list[Known]] = defaultdict(list)
    for actor in actors:
        if held := getattr(actor, number):
            groups[held].append(actor)
    for group in groups.values():
        if len(group) <= _CROWD:
            yield from combinations(group, 2)


def _apart(one: Known, other: Known) -> bool:
    """Say whether what is known of two actors forbids that they be one."""
    numbers = (
        (one.siren, other.siren),
        (one.siret, other.siret),
        (one.rna, other.rna),
    )
    return any(a and b and a != b for a, b in numbers) or bool(
        one.places and other.places and not one.places & other.places
    )


def _same_name(actors: Iterable[Known]) -> Iterator[tuple[Known, Known, str, int]]:
    groups: dict[str, list[Known]] = defaultdict(list)
    for actor in actors:
        words = own_words(actor.name)
        if len(words) >= _LETTERS:
            groups[words].append(actor)
    for group in groups.values():
        for one, other in combinations(group, 2) if len(group) <= _CROWD else ():
            if not _apart(one, other):
                yield one, other, "name_place" if one.places & other.places else "name", 95


def _near_names(actors: Iterable[Known]) -> Iterator[tuple[Known, Known, str, int]]:
    """Compare the names of those of one place; `rapidfuzz` does it a place at a time."""
    groups: dict[str, list[Known]] = defaultdict(list)
    for actor in actors:
        for place in actor.places:
            groups[place].append(actor)
    for group in groups.values():
        names = [own_words(actor.name) for actor in group]
        near = process.cdist(names, names, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR, dtype=np.uint8)
        for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True):
            if not _apart(group[i], group[j]):
                yield group[i], group[j], "name_place", int(near[i, j])
