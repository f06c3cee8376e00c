"""A draw that anybody can do again: the seed, the list and a digest that every computer has.

Each name of the list is put after the seed, on a line of its own, and SHA-256 is taken of the two lines; the
names are then ordered by their digest. With the seed in a shell:
``printf '%s\\n%s' "$SEED" "$NAME" | sha256sum``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Drawn:
    """A name, its digest with the seed, its rank from 1."""

    rank: int
    name: str
    digest: str


def list_text(names: Iterable[str]) -> str:
    """Return the list as it is published: one name a line, in alphabetical order, a line break at the end."""
    return "".join(f"{name}\n" for name in sorted(names))


def list_hash(names: Iterable[str]) -> str:
    """Return the SHA-256 of the published list."""
    return sha256(list_text(names).encode()).hexdigest()


def draw(seed: str, names: Iterable[str]) -> list[Drawn]:
    """Return the names in the order of the draw; two equal names are refused."""
    listed = sorted(names)
    if len(set(listed)) != len(listed):
        raise ValueError("a name stands twice in the list")
    found = sorted((digest(seed, name), name) for name in listed)
    return [Drawn(rank, name, code) for rank, (code, name) in enumerate(found, start=1)]


def digest(seed: str, name: str) -> str:
    """Return the digest that gives a name its place."""
    return sha256(f"{seed}\n{name}".encode()).hexdigest()
