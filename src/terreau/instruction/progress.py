"""What lists show of each file, written from what it repeats: people, reviews, opinions, the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from terreau.calls.models import Call
from terreau.common.batches import batches
from terreau.common.together import ask
from terreau.dossiers.models import Dossier
from terreau.instruction import asked, clock, rules, setups
from terreau.instruction.models import Appraisal, Assignment, Complement, Opinion, Progress

_BATCH = 400
_FIELDS = (
    *("officer", "reviewers", "given", "mean", "spread", "until", "waiting"),
    *("favourable", "reserved", "unfavourable", "lacking"),
)


def project(ids: Collection[UUID]) -> None:
    """Write the progress of these files: a few queries for four hundred of them."""
    for some in batches(list(ids), _BATCH):
        with transaction.atomic():
            _project(some)


def project_call(call: Call) -> None:
    """Write the progress of every file of a call: after its settings or its opinions changed."""
    project(list(Dossier.objects.filter(call=call).order_by("pk").values_list("pk", flat=True)))


def _project(ids: Collection[UUID]) -> None:
    rows = Dossier.objects.filter(pk__in=ids).select_related("call").order_by("pk")
    made = built(rows)
    Progress.objects.bulk_create(
        made,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["dossier"],
        update_fields=["call", *_FIELDS],
    )


def built(rows: Iterable[Dossier]) -> list[Progress]:
    """Return the progress of files as it should stand: what ``project`` writes, a test compares."""
    rows = list(rows)
    ids = [one.pk for one in rows]
    calls = {one.call_id: one.call for one in rows}
    days = {pk: setups.of(call).days for pk, call in calls.items()}
    due = {pk: [one.key for one in asked.of_call(call) if one.mandatory] for pk, call in calls.items()}
    found = _Held(ids)
    return [_one(row, found, days[row.call_id], due[row.call_id]) for row in rows]


class _Held:
    """Everything that counts for some files: one query."""

    def __init__(self, ids: Collection[UUID]) -> None:
        self.officer: dict[UUID, UUID] = {}
        self.reviewers: dict[UUID, set[UUID]] = defaultdict(set)
        self.totals: dict[UUID, dict[UUID, int]] = defaultdict(dict)
        self.opinions: dict[UUID, dict[str, str]] = defaultdict(dict)
        self.complements: dict[UUID, list[Complement]] = defaultdict(list)
        held = Assignment.objects.filter(dossier__in=ids, ended_at=None).order_by()
        given = Appraisal.objects.filter(dossier__in=ids, ended_at=None, total__isnull=False).order_by()
        said = Opinion.objects.filter(dossier__in=ids).order_by("at", "id")
        people, totals, opinions, complements = ask(
            held.values_list("dossier", "user", "part"),
            given.values_list("dossier", "reviewer", "total"),
            said.values_list("dossier", "who", "value"),
            Complement.objects.filter(dossier__in=ids).order_by("asked_at", "id"),
        )
        for one, user, part in people:
            if part == Assignment.Part.OFFICER:
                self.officer[one] = user
            else:
                self.reviewers[one].add(user)
        for one, user, total in totals:
            self.totals[one][user] = total
        for one, who, value in opinions:
            self.opinions[one][who] = value
        for row in complements:
            self.complements[row.dossier_id].append(row)


def pauses(complements: Iterable[Complement], *, open_until_due: bool = False) -> list[clock.Pause]:
    """Return complements as the clock reads them; ``open_until_due``: as if those awaited came late."""
    found = []
    for one in complements:
        ended = one.answered_at or one.closed_at
        day = timezone.localdate(ended) if ended else None
        if day is None and open_until_due:
            day = one.due + timedelta(days=1)
        found.append(clock.Pause(timezone.localdate(one.asked_at), one.due, day))
    return found


def _one(row: Dossier, found: _Held, days: int, due: list[str]) -> Progress:
    reviewers, totals = found.reviewers[row.pk], found.totals[row.pk]
    given = [totals[who] for who in reviewers if who in totals]
    opened = rules.unsealed(reviewers, totals)
    said = found.opinions[row.pk]
    values = list(said.values())
    waiting = [one for one in found.complements[row.pk] if not (one.answered_at or one.closed_at)]
    return Progress(
        dossier=row,
        call_id=row.call_id,
        officer_id=found.officer.get(row.pk),
        reviewers=len(reviewers),
        given=len(given),
        mean=rules.mean(given) if opened else None,
        spread=rules.spread(given) if opened else None,
        until=_until(row, found.complements[row.pk], days),
        waiting=waiting[-1].due if waiting else None,
        favourable=values.count(Opinion.Value.FAVOURABLE),
        reserved=values.count(Opinion.Value.RESERVED),
        unfavourable=values.count(Opinion.Value.UNFAVOURABLE),
        lacking=len(rules.opinions_missing(due, said)),
    )


def _until(row: Dossier, complements: list[Complement], days: int) -> date | None:
    if row.deposited_at is None:
        return None
    start = timezone.localdate(row.deposited_at)
    return clock.read(start, days, pauses(complements, open_until_due=True), date.max).until


def left(row: Progress, today: date) -> tuple[int | None, bool]:
    """Return the days left to decide (below zero: late) and whether the clock is stopped."""
    if row.until is None:
        return None, False
    if row.waiting is not None and today <= row.waiting:
        return (row.until - row.waiting).days - 1, True
    return (row.until - today).days, False
