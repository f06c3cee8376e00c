"""Sharing files among people: as evenly as conflicts allow, the same way each time it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Generic, TypeVar

File = TypeVar("File", bound="object")
Person = TypeVar("Person", bound="object")


@dataclass(frozen=True, slots=True)
class Shared(Generic[File, Person]):
    """Who reads what, added to what was held already; and the files that still lack people."""

    pairs: tuple[tuple[File, Person], ...]
    short: Mapping[File, int] = field(default_factory=dict)


def share(
    files: Sequence[File],
    people: Sequence[Person],
    each: int,
    *,
    forbidden: Collection[tuple[File, Person]] = (),
    held: Collection[tuple[File, Person]] = (),
) -> Shared[File, Person]:
    """Give each file ``each`` different people, those with the least to read first.

    ``held``: pairs that stand already and count. ``forbidden``: pairs in conflict, never made. Files
    that fewest people may read are served first, so that conflicts take the least from the evenness. Equal
    people are ordered by a digest of the pair: nobody always reads with the same others.
    """
    barred, standing = set(forbidden), set(held)
    load: Counter[Person] = Counter(person for _file, person in standing)
    of_file: dict[File, set[Person]] = {one: set() for one in files}
    for one, person in standing:
        if one in of_file:
            of_file[one].add(person)
    free = {one: sum((one, person) not in barred for person in people) for one in files}
    made: list[tuple[File, Person]] = []
    short: dict[File, int] = {}
    for one in sorted(files, key=lambda each_: (free[each_], _mix(each_))):
        wanted = max(0, each - len(of_file[one]))
        if not wanted:
            continue
        able = [who for who in people if (one, who) not in barred and who not in of_file[one]]
        able.sort(key=lambda who: (load[who], _mix(one, who)))
        for who in able[:wanted]:
            made.append((one, who))
            load[who] += 1
        if len(able) < wanted:
            short[one] = wanted - len(able)
    return Shared(tuple(made), short)


def _mix(*parts: object) -> str:
    return sha256("|".join(str(part) for part in parts).encode()).hexdigest()
