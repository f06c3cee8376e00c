"""What the worker writes for pages: numbers of each pole, medians between poles, public tables.

Years that have ended alone are compared and published: a number that still grows would give its changes away
each night.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from terreau.common.batches import batches
from terreau.poles.models import Pole
from terreau.publication import policies, releases
from terreau.snapshot import medians
from terreau.snapshot.counting import Beat, Counted
from terreau.snapshot.models import Measure
from terreau.snapshot.public_tables import tables

_BATCH: Final = 500
#: Poles are compared under the rule of counts of poles.
POLES: Final = "poles"


def publish(counted: Counted, *, at: datetime | None = None, beat: Beat = lambda: None) -> dict[str, int]:
    """Write what pages read; return how many rows changed, and what became of the public tables."""
    now = at or timezone.now()
    today = timezone.localdate(now)
    report: Counter[str] = Counter(measures=_write_measures(counted, beat))
    if rule := policies.policy(POLES, today):
        report["spreads"] = medians.write(counted, rule, now, beat=beat)
    for table, code in tables(counted, today.year):
        beat()
        if standing := policies.policy(code, today):
            report[releases.publish(table, standing, at=now).state] += 1
    return dict(report)


def _write_measures(counted: Counted, beat: Beat) -> int:
    """Write what changed, by batches in short transactions: no page sees a pole without its numbers."""
    known = set(Pole.objects.order_by().values_list("pk", flat=True))
    wanted = {
        (UUID(row["pole"]), row["year"], row["measure"]): row["value"]
        for row in counted.measures
        if UUID(row["pole"]) in known
    }
    held = {(pole, year, code): (pk, value) for pk, pole, year, code, value in _held()}
    gone = [pk for key, (pk, _value) in held.items() if key not in wanted]
    fresh = [
        Measure(pole_id=pole, year=year, code=code, value=value)
        for (pole, year, code), value in wanted.items()
        if (pole, year, code) not in held or held[pole, year, code][1] != value
    ]
    for rows in batches(fresh, _BATCH):
        Measure.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["pole", "year", "code"], update_fields=["value"]
        )
        beat()
    for batch in batches(gone, _BATCH):
        Measure.objects.filter(pk__in=batch).delete()
        beat()
    return len(fresh) + len(gone)


def _held() -> Iterator[tuple[int, UUID, int, str, int]]:
    rows = Measure.objects.order_by().values_list("pk", "pole", "year", "code", "value")
    yield from rows.iterator(chunk_size=2_000)
