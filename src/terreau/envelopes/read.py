"""What envelopes hold, read from their rows or counted again from their moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from terreau.calls.models import Call, Programme
from terreau.dossiers.models import Dossier
from terreau.envelopes import rules
from terreau.envelopes.models import Envelope, EnvelopeMove
from terreau.envelopes.rules import Held, State


def state(envelope: Envelope) -> State:
    """Return what an envelope holds now: one query."""
    return Envelope.objects.get(pk=envelope.pk).state


def of_programme(programme: Programme) -> list[Envelope]:
    """Return the envelopes of a programme, each after the one it is taken out of: one query."""
    rows = Envelope.objects.filter(programme=programme).select_related("strand", "call", "sponsor__actor")
    return _under(list(rows.order_by("year", "name", "id")), None)


def of_call(call: Call) -> list[Envelope]:
    """Return the envelopes that the awards of a call are taken out of, in order: one query.

    Its own; else those of its strands; else those of the programme that name neither strand nor call. Of
    several levels, the lowest, where money is committed.
    """
    strands = Q(strand__in=call.strands.all(), call=None)
    whole = Q(programme=call.programme_id, strand=None, call=None)
    rows = Envelope.objects.filter(Q(call=call) | strands | whole).select_related("sponsor")
    return _lowest(list(rows.order_by("year", "id")))


def of_calls(programme: Programme, calls: Iterable[Call]) -> list[Envelope]:
    """Return the envelopes that the awards of some calls are taken out of, as a tree: two queries."""
    rows, calls = of_programme(programme), list(calls)
    strands: dict[Any, set[int]] = {}
    for call, strand in Call.strands.through.objects.filter(call__in=calls).values_list("call", "strand"):
        strands.setdefault(call, set()).add(strand)
    drawn: set[UUID] = set()
    for call in calls:
        own = strands.get(call.pk, set())
        found = [
            row
            for row in rows
            if row.call_id == call.pk
            or (row.call_id is None and (row.strand_id is None or row.strand_id in own))
        ]
        drawn |= {row.pk for row in _lowest(found)}
    return [row for row in rows if row.pk in drawn]


def _lowest(found: list[Envelope]) -> list[Envelope]:
    """Return those of the call, else of its strands, else of the whole; of several levels, the lowest."""
    parents = {row.parent_id for row in found}
    for level in (
        [row for row in found if row.call_id],
        [row for row in found if row.strand_id and not row.call_id],
        [row for row in found if not row.strand_id and not row.call_id],
    ):
        if level:
            return [row for row in level if row.pk not in parents] or level
    return []


def serves(envelope: Envelope, dossier: Dossier) -> bool:
    """Say whether an award of a dossier may be drawn from an envelope of its call: not another strand's."""
    return envelope.strand_id is None or dossier.strand_id in {None, envelope.strand_id}


def total(rows: Iterable[Envelope]) -> State:
    """Return what several envelopes hold together; what is allotted between them is not counted twice."""
    rows = list(rows)
    keys = {row.pk for row in rows}
    found = sum((row.state for row in rows if row.parent_id not in keys), State())
    below = sum((row.state for row in rows if row.parent_id in keys), State())
    inside = below.budget
    return State(
        found.budget,
        found.committed + below.committed,
        found.paid + below.paid,
        found.recovered + below.recovered,
        found.allotted + below.allotted - inside,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What a dossier has in one envelope."""

    envelope: UUID
    held: Held


def parts(dossier: Dossier) -> list[Part]:
    """Return what a dossier has, envelope by envelope, the first committed first: one query."""
    return parts_of([dossier.pk]).get(dossier.pk, [])


def parts_of(dossiers: Sequence[UUID]) -> dict[UUID, list[Part]]:
    """Return what each dossier has, envelope by envelope, the first committed first: one query."""
    rows = EnvelopeMove.objects.filter(dossier__in=dossiers).order_by("id")
    found: dict[UUID, dict[UUID, Held]] = {}
    for dossier, envelope, kind, cents in rows.values_list("dossier", "envelope", "kind", "cents"):
        mine = found.setdefault(dossier, {})
        mine[envelope] = rules.moved(kind, cents, State(), mine.get(envelope, Held()))[1]
    return {key: [Part(envelope, held) for envelope, held in mine.items()] for key, mine in found.items()}


def held(dossier: Dossier) -> Held:
    """Return what a dossier has in all envelopes: one query."""
    return together(part.held for part in parts(dossier))


def together(found: Iterable[Held]) -> Held:
    """Return what is held in several envelopes."""
    rows = list(found)
    return Held(
        sum(one.committed for one in rows), sum(one.paid for one in rows), sum(one.recovered for one in rows)
    )


def moves(envelopes: Iterable[Envelope]) -> QuerySet[EnvelopeMove]:
    """Return what moved in these envelopes, the last first."""
    rows = EnvelopeMove.objects.filter(envelope__in=list(envelopes))
    return rows.select_related("envelope", "dossier__call", "dossier__applicant", "by").order_by("-id")


def counted(envelope: Envelope) -> State:
    """Return what an envelope holds counted from its moves alone: what its row must say."""
    found, nothing = State(), Held()
    for kind, cents in EnvelopeMove.objects.filter(envelope=envelope).values_list("kind", "cents"):
        found, _held = rules.moved(kind, cents, found, nothing)
    below = Envelope.objects.filter(parent=envelope).aggregate(sum=Sum("budget_cents"))["sum"] or 0
    return State(found.budget, found.committed, found.paid, found.recovered, below)


def _under(rows: list[Envelope], parent: UUID | None) -> list[Envelope]:
    found: list[Envelope] = []
    for row in rows:
        if row.parent_id == parent:
            found += [row, *_under(rows, row.pk)]
    return found
