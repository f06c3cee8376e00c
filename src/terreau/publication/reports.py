"""The report of a protection: everything an auditor needs to check it again, without the code that chose.

It holds what is hidden: it is private. ``replay`` knows the rules and arithmetic, and no solver: each
secret figure comes with another table that shows exactly the same, in which it is higher, and one in which
it is lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from terreau.common.canonical import canonical
from terreau.publication.policies import Policy
from terreau.publication.rules import Weighed, secret, secret_change
from terreau.publication.systems import Proofs, System, Witness, alone_at, bound_needs, faults, knowing
from terreau.publication.tables import Key, Table

if TYPE_CHECKING:
    from terreau.publication.composing import Composed
    from terreau.publication.search import Pattern

_FORMAT = 1


def write(composed: Composed, pattern: Pattern) -> dict[str, Any]:
    """Return the report of a protection, JSON types only."""
    system = composed.system
    return {
        "format": _FORMAT,
        "table": composed.table.name,
        "digest": digest(composed.table),
        "policy": composed.policy.as_dict(),
        "figures": [_figure(composed, pattern, rank) for rank in range(len(system))],
        "sums": [[[rank, sign] for rank, sign in relation] for relation in system.relations],
        "alone": {who: sorted(ranks) for who, ranks in sorted(system.alone.items())},
        "parts": [[rank, parts] for rank, parts in sorted(system.parts.items()) if parts],
        "proofs": [
            [witness.target, witness.way, sorted(map(list, witness.moves.items()))]
            for _key, witnesses in sorted(pattern.proofs.items())
            for witness in witnesses
        ],
    }


def _figure(composed: Composed, pattern: Pattern, rank: int) -> dict[str, Any]:
    system, weighed = composed.system, composed.weighed.get(rank, Weighed(0, 0, 0))
    name: Any = system.names[rank]
    return {
        "release": name[0],
        "key": [list(place) for place in name[-1]],
        "value": system.values[rank],
        "weighed": [weighed.value, weighed.contributors, weighed.largest],
        "known": rank in system.known,
        "public": rank in system.public,
        "harmless": rank in composed.harmless,
        "hidden": rank in pattern.hidden,
        "reason": composed.reasons.get(rank, ""),
    }


def digest(table: Table) -> str:
    """Return the digest of what everybody contributes: the table that a report speaks of, and no other."""
    figures = [[[list(place) for place in key], sorted(map(list, table.figures[key].by.items()))]
               for key in sorted(table.figures)]  # fmt: skip
    return sha256(canonical({"name": table.name, "figures": figures}).encode()).hexdigest()


def replay(report: Mapping[str, Any], table: Table | None = None) -> list[str]:
    """Return what does not hold in a report; nothing when it does. With the table, also that it speaks of
    it.
    """
    if report.get("format") != _FORMAT:
        return [f"the format {report.get('format')!r} is unknown"]
    policy, system, hidden = read(report)
    problems = [f"the sum {number} is wrong" for number, relation in enumerate(system.relations)
                if sum(sign * system.values[rank] for rank, sign in relation)]  # fmt: skip
    problems += [f"{_say(report, rank)} is secret and shown" for rank in system.needs if rank not in hidden]
    problems += [f"{_say(report, rank)} is known and hidden" for rank in sorted(system.known & hidden)]
    problems += [
        f"{_say(report, rank)} is public and hidden" for rank in sorted(system.public - system.known)
    ]
    problems += _proofs(report, system, hidden)
    return problems + (_same_table(report, table, policy) if table else [])


def read(report: Mapping[str, Any]) -> tuple[Policy, System, set[int]]:
    """Return the rule, the system that an attacker holds, with the needs that the rule gives, and what is
    hidden.
    """
    policy, system = Policy.from_dict(report["policy"]), System()
    for figure in report["figures"]:
        rank = system.add(
            _say_key(figure["key"]), figure["value"], cost=0, signed=figure["release"] == "change"
        )
        if figure["public"]:
            system.public.add(rank)
        if figure["known"]:
            system.known.add(rank)
            continue
        if figure["harmless"]:
            continue
        weighed = Weighed(*figure["weighed"])
        found = (
            secret_change(figure["value"], weighed, policy)
            if system.signed[rank]
            else secret(weighed, policy)
        )
        if found:
            system.needs[rank] = found[1]
    system.relations = [tuple((rank, sign) for rank, sign in relation) for relation in report["sums"]]
    bound_needs(system)
    system.alone = {who: set(ranks) for who, ranks in report["alone"].items()}
    system.parts = {rank: dict(parts) for rank, parts in report["parts"]}
    return policy, system, {rank for rank, figure in enumerate(report["figures"]) if figure["hidden"]}


def _proofs(report: Mapping[str, Any], system: System, hidden: set[int]) -> list[str]:
    proofs: Proofs = {}
    for target, way, moves in report["proofs"]:
        proofs.setdefault((target, way), []).append(Witness(target, way, dict(moves)))
    there, problems = alone_at(system), []
    for rank in system.needs:
        for way in (1, -1):
            if system.need(rank, way) == 0:
                continue
            held = proofs.get((rank, way), [])
            wrong = [fault for witness in held for fault in faults(system, hidden, witness)]
            if not held or way * held[0].moves.get(rank, 0) < system.need(rank, way):
                wrong.append("there is no proof that goes far enough")
            elif knowing(system, held, there):
                wrong.append("a contributor who is alone elsewhere can undo it")
            problems += [f"{_say(report, rank)}, {'up' if way > 0 else 'down'}: {fault}" for fault in wrong]
    return problems


def _same_table(report: Mapping[str, Any], table: Table, policy: Policy) -> list[str]:
    """Return how a report differs from the table: nothing may be left out of what an attacker holds."""
    if report["digest"] != digest(table):
        return ["the report speaks of another table"]
    now = {_key(figure["key"]): (rank, figure) for rank, figure in enumerate(report["figures"])
           if figure["release"] == "now"}  # fmt: skip
    problems = []
    for key, figure in table.figures.items():
        wanted = [figure.value, figure.contributors, max(figure.by.values())]
        if key not in now or now[key][1]["weighed"] != wanted or now[key][1]["value"] != wanted[0]:
            problems.append(f"{_say_key(key)} is not what the report says")
        elif now[key][1]["public"] != (key in table.known) or (
            now[key][1]["harmless"] != (key in table.harmless)
        ):
            problems.append(f"{_say_key(key)} is public or not, otherwise than the report says")
        elif policy.singletons and figure.contributors == 1:
            (who,) = figure.by
            if now[key][0] not in report["alone"].get(who, ()):
                problems.append(f"{_say_key(key)}: the report forgets who is alone there")
    held = {tuple(sorted(map(tuple, relation))) for relation in report["sums"]}
    for relation in table.relations(list(now)):
        if relation.total in now:
            row = [(now[relation.total][0], 1), *((now[part][0], -1) for part in relation.parts)]
            if tuple(sorted(row)) not in held:
                problems.append(f"the report forgets that {_say_key(relation.total)} is a sum")
    return problems


def _key(places: list[list[str]]) -> Key:
    return tuple((name, code) for name, code in places)


def _say(report: Mapping[str, Any], rank: int) -> str:
    figure = report["figures"][rank]
    before = "" if figure["release"] == "now" else f"release {figure['release']}, "
    return before + _say_key(figure["key"])


def _say_key(key: Any) -> str:
    return " × ".join(f"{name} {code}" for name, code in key) or "the whole"
