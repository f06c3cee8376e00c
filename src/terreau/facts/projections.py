"""Columns of upper rooms that repeat a fact, because a constraint, a sort or a filter needs them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

#: Writes the columns of these subjects from their current facts; returns how many rows changed.
Apply = Callable[[Collection[UUID]], int]


@dataclass(frozen=True, slots=True)
class Projection:
    """Columns filled from facts. ``codes``: the facts that they repeat."""

    name: str
    codes: frozenset[str]
    apply: Apply


_registered: dict[str, Projection] = {}


def register(name: str, codes: Iterable[str], apply: Apply) -> None:
    """Have ``apply(subject_ids)`` called in the transaction of any change to a fact of ``codes``.

    Call it from ``AppConfig.ready`` of the room that owns the columns; the same name replaces.
    ``apply`` reads ``CurrentFact`` and must give the same result when called again.
    """
    _registered[name] = Projection(name, frozenset(codes), apply)


def registered() -> list[Projection]:
    """Return the projections, in the order of their names."""
    return [_registered[name] for name in sorted(_registered)]


def apply_to(pairs: Iterable[tuple[UUID, str]]) -> int:
    """Apply the projections that repeat these facts (subject, code); return how many rows changed."""
    wanted = list(pairs)
    changed = 0
    for projection in registered():
        if ids := {subject for subject, code in wanted if code in projection.codes}:
            changed += projection.apply(ids)
    return changed
