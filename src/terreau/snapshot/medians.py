"""Median and quartiles between poles, as they may be shown: where indicators and secrecy meet."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from terreau.analytics.indicators.spreads import GROUPINGS
from terreau.publication import spreads
from terreau.publication.policies import Policy
from terreau.publication.rules import DIFFERENCE
from terreau.publication.spreads import Group, Name
from terreau.snapshot import names
from terreau.snapshot.counting import Beat, Counted
from terreau.snapshot.models import Spread

#: World (real or fictional), year, measure, name of the group.
_Key = tuple[bool, int, str, str]


def write(counted: Counted, rule: Policy, now: datetime, *, beat: Beat) -> int:
    """Keep, for each group, what may be shown: the new quantiles, those of before, or why there are none.

    Returns how many groups changed.
    """
    this_year = timezone.localdate(now).year
    made = _Made(
        rule,
        now,
        computed={_key(row): row for row in counted.spreads if row["year"] < this_year},
        values=_values(counted, this_year),
        before={_key_of(row): row for row in Spread.objects.all()},
    )
    changed = 0
    for whole in sorted({key[:3] for key in made.computed}):
        rows = made.rows([key for key in made.computed if key[:3] == whole])
        with transaction.atomic():
            changed += sum(_keep(made.before.get(key), row) for key, row in rows.items())
        beat()
    gone = [row.pk for key, row in made.before.items() if key not in made.computed]
    Spread.objects.filter(pk__in=gone).delete()
    return changed + len(gone)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a writing knows: the quantiles, who brings what to each group, what was shown before."""

    rule: Policy
    now: datetime
    computed: Mapping[_Key, Mapping[str, Any]]
    values: Mapping[_Key, dict[str, int]]
    before: Mapping[_Key, Spread]

    def rows(self, keys: Sequence[_Key]) -> dict[_Key, Spread]:
        """Return the rows of a measure and a year.

        A group that too few changed stays as it was shown; who was in it then is set beside the others.
        """
        kept = {key: _unpack(row.private) for key in keys if (row := self.before.get(key)) and row.private}
        least = self.rule.least
        waits = {key for key in kept if not spreads.may_follow(kept[key], self.values[key], least)}
        members = {key: frozenset(kept[key] if key in waits else self.values[key]) for key in keys}
        refused = spreads.withheld([Group(_name(key[3]), members[key]) for key in keys], least)
        return {key: self._row(key, refused.get(_name(key[3]), ""), waits=key in waits) for key in keys}

    def _row(self, key: _Key, why: str, *, waits: bool) -> Spread:
        held = self.before.get(key)
        if not why and waits and held and not held.reason:
            return held
        if why or waits:
            # What each brought to what was shown last is kept: who kept that reads the change.
            return self._spread(key, reason=why or DIFFERENCE, private=held.private if held else None)
        return self._shown(key, self.computed[key], self.values[key])

    def _spread(self, key: _Key, **more: Any) -> Spread:
        fictional, year, measure, group = key
        return Spread(fictional=fictional, year=year, measure=measure, group=group, made_at=self.now, **more)

    def _shown(self, key: _Key, row: Mapping[str, Any], values: Mapping[str, int]) -> Spread:
        made = self._spread(key, private=_pack(values))
        made.poles, made.median = len(values), spreads.rounded(row["median"])
        if spreads.enough_for_quartiles(len(values), self.rule.least):
            made.first_quartile = spreads.rounded(row["first_quartile"])
            made.third_quartile = spreads.rounded(row["third_quartile"])
        return made


_SAID: Final = ("poles", "first_quartile", "median", "third_quartile", "reason", "private")


def _keep(held: Spread | None, row: Spread) -> bool:
    """Write a row that is new or says another thing; return whether it was."""
    if held is row:
        return False
    if held is not None:
        if all(_plain(getattr(held, name)) == _plain(getattr(row, name)) for name in _SAID):
            return False
        row.pk = held.pk
    row.save()
    return True


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _values(counted: Counted, this_year: int) -> dict[_Key, dict[str, int]]:
    """Return what each pole brings to each group."""
    found: dict[_Key, dict[str, int]] = defaultdict(dict)
    for row in counted.measures:
        pole = counted.poles[row["pole"]]
        if row["year"] >= this_year:
            continue
        for facets in GROUPINGS:
            if all(pole[facet] for facet in facets):
                group = names.join({facet: pole[facet] for facet in facets})
                found[pole["fictional"], row["year"], row["measure"], group][row["pole"]] = row["value"]
    return found


def _key(row: Mapping[str, Any]) -> _Key:
    group = names.join({facet: row[facet] for facet in names.FACETS if row[facet]})
    return bool(row["fictional"]), int(row["year"]), str(row["measure"]), group


def _key_of(row: Spread) -> _Key:
    return row.fictional, row.year, row.measure, row.group


def _name(group: str) -> Name:
    return tuple(names.split(group).items())


def _pack(values: Mapping[str, int]) -> bytes:
    return zlib.compress(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())


def _unpack(data: Any) -> dict[str, int]:
    found: dict[str, int] = json.loads(zlib.decompress(bytes(data))) if data else {}
    return found
