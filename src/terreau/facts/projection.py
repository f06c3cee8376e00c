"""``CurrentFact``: what is held today, always the same function of the living facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from terreau.common.batches import batches
from terreau.facts import catalogue, rules
from terreau.facts.models import CurrentFact, Fact
from terreau.facts.rules import Statement, Value

VALUE_COLUMNS = [column.name for column in fields(Value)]
_COPIED = [*VALUE_COLUMNS, "status", "valid_from", "valid_to"]
_BATCH = 400

Pair = tuple[UUID, str]
Line = dict[str, Any]


def value_of(row: Fact | CurrentFact) -> Value:
    """Return the typed value that a row holds."""
    return Value(**{column: getattr(row, column) for column in VALUE_COLUMNS})


def statement_of(fact: Fact) -> Statement:
    """Return a fact as the rules see it."""
    return Statement(fact.pk, value_of(fact), fact.status, fact.valid_from, fact.valid_to, fact.recorded_at)


def project(pairs: Collection[Pair]) -> int:
    """Bring the projection of these facts (subject, code) up to date; return how many lines changed.

    Call it in the transaction that changed them, with the subjects locked: it reads the living
    facts again, so that the last to commit has seen every other.
    """
    changed = 0
    for batch in batches(sorted(pairs), _BATCH):
        changed += _project(set(batch))
    return changed


def _project(pairs: set[Pair]) -> int:
    subjects = {subject for subject, _code in pairs}
    codes = {code for _subject, code in pairs}
    wanted = expected(
        fact
        for fact in Fact.objects.filter(subject__in=subjects, code__in=codes, superseded_at__isnull=True)
        if (fact.subject_id, fact.code) in pairs
    )
    found: dict[Pair, list[CurrentFact]] = defaultdict(list)
    for row in CurrentFact.objects.filter(subject__in=subjects, code__in=codes):
        if (row.subject_id, row.code) in pairs:
            found[row.subject_id, row.code].append(row)
    stale = [pair for pair in pairs if _lines(found[pair]) != wanted.get(pair, [])]
    CurrentFact.objects.filter(pk__in=[row.pk for pair in stale for row in found[pair]]).delete()
    fresh = [CurrentFact(**line) for pair in stale for line in wanted.get(pair, [])]
    CurrentFact.objects.bulk_create(fresh, batch_size=_BATCH)
    return sum(max(len(found[pair]), len(wanted.get(pair, []))) for pair in stale)


def expected(living: Iterable[Fact]) -> dict[Pair, list[Line]]:
    """Return the lines that the projection must hold for these living facts, in order of rank."""
    entries = catalogue.load()
    groups: dict[Pair, list[Fact]] = defaultdict(list)
    for fact in living:
        groups[fact.subject_id, fact.code].append(fact)
    return {
        pair: _expected_lines(pair, facts, single=pair[1] in entries and entries[pair[1]].single)
        for pair, facts in groups.items()
    }


def _expected_lines(pair: Pair, facts: list[Fact], *, single: bool) -> list[Line]:
    by_id = {fact.pk: fact for fact in facts}
    lines = []
    for one in rules.held(map(statement_of, facts), single=single):
        fact = by_id[one.statement.id]
        copied = {**asdict(one.statement.value), "status": fact.status}
        copied |= {"valid_from": fact.valid_from, "valid_to": fact.valid_to}
        lines.append(
            {
                "subject_id": pair[0],
                "code": pair[1],
                "rank": one.rank,
                "fact_id": fact.pk,
                "contested": one.contested,
                **copied,
            }
        )
    return lines


def _lines(rows: Iterable[CurrentFact]) -> list[Line]:
    names = ["subject_id", "code", "rank", "fact_id", "contested", *_COPIED]
    ordered = sorted(rows, key=lambda row: row.rank)
    return [{name: getattr(row, name) for name in names} for row in ordered]


def differences(pairs: Collection[Pair]) -> list[Pair]:
    """Return those of ``pairs`` whose projection is not what their living facts give; write nothing."""
    wrong: list[Pair] = []
    for batch in batches(sorted(pairs), _BATCH):
        subjects, codes = {one for one, _ in batch}, {code for _, code in batch}
        living = Fact.objects.filter(subject__in=subjects, code__in=codes, superseded_at__isnull=True)
        wanted = expected(living)
        found: dict[Pair, list[CurrentFact]] = defaultdict(list)
        for row in CurrentFact.objects.filter(subject__in=subjects, code__in=codes):
            found[row.subject_id, row.code].append(row)
        wrong += [pair for pair in batch if _lines(found[pair]) != wanted.get(pair, [])]
    return wrong


def all_pairs() -> list[Pair]:
    """Return every (subject, code) that has a living fact or a line of the projection."""
    living = Fact.objects.filter(superseded_at__isnull=True).order_by()
    rows = living.values_list("subject", "code").union(
        CurrentFact.objects.order_by().values_list("subject", "code")
    )
    return sorted(rows)
