"""The system that an attacker holds: the table of today, and those published before of the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from terreau.publication.policies import Policy
from terreau.publication.rules import Weighed, secret, secret_change
from terreau.publication.systems import System, bound_needs
from terreau.publication.tables import Figure, Key, Table

#: A zero that may be hidden is dearer than a figure of one contributor, and cheaper than any that many make.
_COST_OF_ZERO = 3
_EMPTY: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Past:
    """A release of the same table: what it counted (which stays private), and what it hid."""

    table: Table
    hidden: frozenset[Key]


@dataclass(slots=True)
class Composed:
    """A system with what each rank is: figures of today by name, why the secret ones are, what the rules
    weighed.
    """

    table: Table
    policy: Policy
    system: System = field(default_factory=System)
    now: dict[Key, int] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    weighed: dict[int, Weighed] = field(default_factory=dict)
    harmless: set[int] = field(default_factory=set)


def compose(table: Table, policy: Policy, past: Sequence[Past] = ()) -> Composed:
    """Return the system of a table and of its past releases.

    A figure that nobody changed is one figure in both: shown once, it is known. A figure that too few
    changed is tied to the one shown before by its change, which is secret.
    """
    composed = Composed(table, policy)
    for key in table.names() if policy.zeros == "usable" else table.figures:
        _add_now(composed, key)
    for number, release in enumerate(past):
        _add_past(composed, number, release)
    _relate(composed.system, table, composed.now)
    composed.system.public = {rank for key, rank in composed.now.items() if key in table.known}
    bound_needs(composed.system)
    _remember_parts(composed)
    return composed


def _add_now(composed: Composed, key: Key) -> int:
    if key not in composed.now:
        figure = composed.table.figures.get(key)
        table = composed.table
        rank = _add(composed, ("now", key), figure, known=key in table.known, harmless=key in table.harmless)
        composed.now[key] = rank
    return composed.now[key]


def _add(composed: Composed, name: object, figure: Figure | None, *, known: bool, harmless: bool) -> int:
    system = composed.system
    cost = 1 + figure.contributors if figure else _COST_OF_ZERO
    rank = system.add(name, figure.value if figure else 0, cost=cost)
    weighed = weigh(figure.by if figure else _EMPTY)
    composed.weighed[rank] = weighed
    if harmless:
        composed.harmless.add(rank)
    if known:
        system.known.add(rank)
    elif not harmless and (found := secret(weighed, composed.policy)):
        composed.reasons[rank], system.needs[rank] = found
    if composed.policy.singletons and figure and figure.contributors == 1:
        (who,) = figure.by
        system.alone.setdefault(who, set()).add(rank)
    return rank


def weigh(by: Mapping[str, int]) -> Weighed:
    """Return what the rules look at in what each contributor brings."""
    return Weighed(sum(by.values()), len(by), max(by.values(), default=0))


def _add_past(composed: Composed, number: int, release: Past) -> None:
    then: dict[Key, int] = {}
    for key in sorted(release.table.figures.keys() | release.hidden):
        before = release.table.figures.get(key)
        if key in composed.now and _same(before, composed.table.figures.get(key)):
            then[key] = composed.now[key]
            _see_again(composed, then[key], shown=key not in release.hidden)
            continue
        harmless = key in release.table.harmless
        shown = key not in release.hidden
        then[key] = _add(composed, (number, key), before, known=shown, harmless=harmless)
        if key in release.hidden:
            composed.system.hidden.add(then[key])
        if before and not harmless and key not in composed.table.known:
            _tie(composed, number, key, before, then[key])
    _relate(composed.system, release.table, then)


def _same(before: Figure | None, now: Figure | None) -> bool:
    return (before.by if before else _EMPTY) == (now.by if now else _EMPTY)


def _remember_parts(composed: Composed) -> None:
    """Note what those who are alone somewhere bring to each secret figure of today: they know that too."""
    system = composed.system
    for key, rank in composed.now.items():
        figure = composed.table.figures.get(key)
        if rank in system.needs and figure:
            system.parts[rank] = {who: amount for who, amount in figure.by.items() if who in system.alone}


def _see_again(composed: Composed, rank: int, *, shown: bool) -> None:
    """Take a figure as it was in a release: known when it was shown, cheap to hide again when it was
    hidden.
    """
    if shown:
        composed.system.known.add(rank)
        composed.system.needs.pop(rank, None)
        composed.reasons.pop(rank, None)
    else:
        composed.system.costs[rank] = 1


def _tie(composed: Composed, number: int, key: Key, before: Figure, then: int) -> None:
    """Tie a figure to what it was, when too few changed it for the change to be read."""
    after = composed.table.figures.get(key)
    new = after.by if after else _EMPTY
    moves = {who: abs(new.get(who, 0) - before.by.get(who, 0)) or 1 for who in new.keys() | before.by.keys()
             if (who in new) != (who in before.by) or new.get(who) != before.by.get(who)}  # fmt: skip
    weighed = weigh(moves)
    change = sum(new.values()) - before.value
    found = secret_change(change, weighed, composed.policy)
    if found is None:
        return
    now = _add_now(composed, key)
    if now in composed.system.known and then in composed.system.known:
        return
    system = composed.system
    rank = system.add(("change", number, key), change, cost=0, signed=True)
    composed.weighed[rank] = weighed
    composed.reasons[rank], system.needs[rank] = found
    system.hidden.add(rank)
    system.relations.append(((now, 1), (then, -1), (rank, -1)))


def _relate(system: System, table: Table, ranks: dict[Key, int]) -> None:
    """Add the sums of a table; a total that is a zero shown to all is known."""
    held = set(system.relations)
    for relation in table.relations(list(ranks)):
        if relation.total not in ranks:
            ranks[relation.total] = system.add(("zero", relation.total), 0, cost=_COST_OF_ZERO)
            system.known.add(ranks[relation.total])
        row = ((ranks[relation.total], 1), *((ranks[part], -1) for part in relation.parts))
        if row not in held:
            system.relations.append(row)
