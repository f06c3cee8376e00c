"""Publish a table again and again: each release protects those before it, or waits."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from terreau.publication import reports
from terreau.publication.composing import Past
from terreau.publication.models import Release
from terreau.publication.policies import Policy
from terreau.publication.protection import SECRET, Cell, Protected, protect
from terreau.publication.rules import DIFFERENCE
from terreau.publication.search import UnprotectableError
from terreau.publication.tables import Axis, Contribution, Key, Table, build

#: How many releases of a table are compared with the next one; what older ones hide is then thrown away.
MEMORY = 3
#: How long a release stays in force when a new one would have to hide more so as not to give changes away.
PATIENCE = timedelta(days=30)
#: Percent of the figures that a release may hide more than it would alone, rather than wait.
MOST_MORE = 5
NEW, SAME, HELD = "new", "same", "held"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a table: ``new`` release, the ``same`` as before, or ``held`` back for a while."""

    release: Release | None
    state: str


@transaction.atomic
def publish(table: Table, policy: Policy, *, at: datetime) -> Outcome:
    """Publish a table, unless it is what is published, or too little changed for its changes to be secret.

    A release that would hide figures only because few contributors changed them waits for others, at most
    ``PATIENCE``. What cannot be protected is not published: the release in force stays, or there is none.
    """
    kept = list(Release.objects.filter(table=table.name, private__isnull=False).order_by("-made_at")[:MEMORY])
    last = next((one for one in kept if one.current), None)
    if last and last.digest == reports.digest(table) and last.policy == policy.as_dict():
        return _stays(last, SAME, at)
    try:
        protected = protect(table, policy, [_past(one) for one in kept])
    except UnprotectableError:
        return _stays(last, HELD, at)
    if last and at - last.made_at < PATIENCE and _gives_changes_away(protected, table, policy):
        return _stays(last, HELD, at)
    return Outcome(_replace(protected, kept, at), NEW)


def _stays(last: Release | None, state: str, at: datetime) -> Outcome:
    if last:
        last.checked_at = at
        last.save(update_fields=["checked_at"])
    return Outcome(last, state)


def _gives_changes_away(protected: Protected, table: Table, policy: Policy) -> bool:
    """Say whether many more are hidden than the table alone would need."""
    changes = any(figure["reason"] == DIFFERENCE for figure in protected.report["figures"])
    more = len(protected.hidden) - len(protect(table, policy).hidden) if changes else 0
    return more * 100 > MOST_MORE * len(table.figures)


def _replace(protected: Protected, kept: list[Release], at: datetime) -> Release:
    table = protected.table
    Release.objects.filter(table=table.name, current=True).update(current=False)
    recent = [one.pk for one in kept[: MEMORY - 1]]
    Release.objects.filter(table=table.name).exclude(pk__in=recent).update(private=None)
    return Release.objects.create(
        table=table.name,
        made_at=at,
        checked_at=at,
        digest=protected.report["digest"],
        policy=protected.policy.as_dict(),
        figures=[[_list(key), cell.status, cell.value, cell.reason] for key, cell in protected.cells()],
        private=_pack({"table": _table_as_json(table), "report": protected.report}),
    )


def latest(tables: Iterable[str]) -> dict[str, Release]:
    """Return the release in force of each table that has one, without what is private: one query."""
    found = Release.objects.filter(table__in=list(tables), current=True).defer("private")
    return {release.table: release for release in found}


def named(start: str) -> list[str]:
    """Return the tables in force whose name begins so, in order: one query."""
    found = Release.objects.filter(table__startswith=start, current=True).order_by("table")
    return list(found.values_list("table", flat=True))


def cells(release: Release) -> Iterator[tuple[Key, Cell]]:
    """Give the figures of a release as they may be shown."""
    for key, status, value, reason in release.figures:
        yield _key(key), Cell(status, value, reason)


def check(release: Release) -> list[str]:
    """Return what does not hold in a release, by its report alone; nothing when it does. ``private`` must
    be there.
    """
    private = _unpack(release.private)
    table = _table_from_json(private["table"])
    problems = reports.replay(private["report"], table)
    secret = {_key(key) for key, status, _value, _reason in release.figures if status == SECRET}
    reported = {_key(figure["key"]) for figure in private["report"]["figures"]
                if figure["release"] == "now" and figure["hidden"]}  # fmt: skip
    return problems if secret == reported else [*problems, "what is shown is not what the report says"]


def report(release: Release) -> dict[str, Any]:
    """Return the report of a release (private)."""
    found: dict[str, Any] = _unpack(release.private)["report"]
    return found


def _past(release: Release) -> Past:
    hidden = frozenset(_key(key) for key, status, _value, _reason in release.figures if status == SECRET)
    return Past(_table_from_json(_unpack(release.private)["table"]), hidden)


def _table_as_json(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "known": [_list(key) for key in sorted(table.known)],
        "harmless": [_list(key) for key in sorted(table.harmless)],
        "faces": [
            {
                "axes": [[axis.name, dict(axis.parents), axis.categories] for axis in face],
                "rows": [[one.contributor, list(one.at), one.amount] for one in table.contributions(face)],
            }
            for face in table.axes
        ],
    }


def _table_from_json(data: dict[str, Any]) -> Table:
    faces = [
        (
            [Axis(name, parents, categories) for name, parents, categories in face["axes"]],
            [Contribution(who, tuple(at), amount) for who, at, amount in face["rows"]],
        )
        for face in data["faces"]
    ]
    harmless = {_key(key) for key in data["harmless"]}
    known = [_key(key) for key in data["known"]]
    return build(data["name"], faces, known=known, harmless=harmless.__contains__)


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode())


def _unpack(data: Any) -> Any:
    return json.loads(zlib.decompress(bytes(data)))


def _list(key: Key) -> list[list[str]]:
    return [list(place) for place in key]


def _key(places: list[list[str]]) -> Key:
    return tuple((name, code) for name, code in places)
