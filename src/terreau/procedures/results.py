"""What a call gave: who was chosen, how much, out of how many; the same for pages, files and the API.

Only those who were chosen are named (R-89): the others keep their place in the register and are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from terreau.actors.models import Actor
from terreau.agreements.levels import PUBLIC_LEVELS
from terreau.agreements.models import Agreement, Deed, FinancingLine, Instalment
from terreau.calls.models import Call, Programme
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, Transition
from terreau.envelopes import read as envelopes
from terreau.procedures.grants import Grant, Opening, Party

#: States of a call whose results anybody reads.
PUBLIC: Final = frozenset({Call.State.DECIDED, Call.State.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Results:
    """What became of the files of a call. ``public``: the owner of the call has published it."""

    call: Call
    public: bool
    grants: tuple[Grant, ...]
    deposited: int
    inadmissible: int
    refused: int
    reserve: int
    waiting: int
    withdrawn: int

    @property
    def cents(self) -> int | None:
        """What was given in all; None as long as an amount is not known."""
        amounts = [one.cents for one in self.grants]
        return None if None in amounts else sum(one for one in amounts if one is not None)

    @property
    def regions(self) -> list[tuple[str, int]]:
        """Regions of those who were chosen, with how many, the most first."""
        counted = Counter(one.region_name for one in self.grants if one.region_name)
        return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def of_call(call: Call) -> Results:
    """Return what became of the files of a call, in few queries whatever their number."""
    files = Dossier.objects.filter(call=call).exclude(deposited_at=None)
    counted = Counter(files.order_by().values_list("state", flat=True))
    return Results(
        call=call,
        public=call.state in PUBLIC,
        grants=tuple(grants(call)),
        deposited=sum(counted.values()) - counted[states.DRAFT],
        inadmissible=counted[states.INADMISSIBLE],
        refused=counted[states.REFUSED],
        reserve=counted[states.RESERVE],
        waiting=sum(counted[one] for one in states.INSTRUCTED),
        withdrawn=counted[states.WITHDRAWN],
    )


def grants(call: Call) -> list[Grant]:
    """Return the files that were chosen, by number, as open data says them."""
    rows = Dossier.objects.filter(call=call, state__in=states.CHOSEN)
    related = ("applicant", "pole__actor", "strand", "zone")
    files = list(rows.select_related(*related).order_by("number"))
    decided, given, agreed, others = _decided(files), _given(files), _agreed(files), _others(files)
    funder = party_of(call.programme)
    return [
        replace(
            _grant(one, call, funder, decided.get(one.pk), given.get(one.pk)),
            cofunders=tuple(others[one.pk]),
            **agreed.get(one.pk, {}),
        )
        for one in files
    ]


def opening(call: Call, address: str) -> Opening:
    """Return a call as open data says it."""
    funder = party_of(call.programme)
    return Opening(
        pk=call.pk,
        slug=call.slug,
        title=call.title,
        summary=call.summary,
        status={"announced": "forecasted", "open": "open"}.get(call.phase(), "closed"),
        address=address,
        funder=funder,
        funder_name=funder.name,
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        created_at=call.created_at,
        modified_at=call.created_at,
        envelope_cents=call.envelope_cents,
        min_cents=call.min_cents,
        max_cents=call.max_cents,
        applicants=tuple(call.applicants),
    )


def party_of(programme: Programme) -> Party:
    """Return who gives: the actor of the register, else the name that the programme has."""
    if programme.owner is None:
        return Party(programme.pk, programme.owner_name)
    return _party(programme.owner)


def _party(actor: Actor) -> Party:
    return Party(actor.pk, actor.name, actor.siret, actor.siren, actor.rna)


@dataclass(frozen=True, slots=True)
class _Given:
    committed: int
    paid: int


def _decided(files: Sequence[Dossier]) -> dict[UUID, tuple[datetime, int]]:
    """Return when each file was chosen, and the key of the move that says so: one query."""
    rows = Transition.objects.filter(dossier__in=[one.pk for one in files], verb="award").order_by("id")
    return {dossier: (at, pk) for dossier, at, pk in rows.values_list("dossier", "at", "pk")}


def _given(files: Sequence[Dossier]) -> dict[UUID, _Given]:
    """Return what is committed and paid to each file: one query."""
    found = envelopes.parts_of([one.pk for one in files])
    sums = {pk: envelopes.together(part.held for part in parts) for pk, parts in found.items()}
    return {pk: _Given(held.committed, held.paid - held.recovered) for pk, held in sums.items()}


def _agreed(files: Sequence[Dossier]) -> dict[UUID, dict[str, Any]]:
    """Return what the agreement of each file says, once it is in force: two queries."""
    keys = [one.pk for one in files]
    signed = (Agreement.State.SIGNED, Agreement.State.ENDED)
    rows = Agreement.objects.filter(dossier__in=keys, kind=Agreement.Kind.AWARD, state__in=signed)
    first = {"deeds__number": 0, "deeds__state": Deed.State.IN_FORCE}
    named = rows.filter(**first).values_list("dossier", "deeds__in_force_on", "valid_from", "valid_to")
    due = Instalment.objects.filter(agreement__in=rows, dropped_at=None, due__isnull=False)
    days: dict[UUID, list[date]] = defaultdict(list)
    for dossier, day in due.order_by("due", "rank").values_list("agreement__dossier", "due"):
        if day is not None:
            days[dossier].append(day)
    return {
        dossier: {"agreed_on": on, "start": start, "end": end, "payments": tuple(days[dossier])}
        for dossier, on, start, end in named
    }


def _others(files: Sequence[Dossier]) -> defaultdict[UUID, list[str]]:
    """Return the public bodies whose money beside the call is secured, by file: one query."""
    rows = FinancingLine.objects.filter(
        dossier__in=[one.pk for one in files],
        dropped_at=None,
        status=FinancingLine.Status.SECURED,
        kind=FinancingLine.Kind.CASH,
        level__in=PUBLIC_LEVELS,
    )
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for dossier, name in rows.order_by("id").values_list("dossier", "funder_name"):
        if name not in found[dossier]:
            found[dossier].append(name)
    return found


def _grant(
    row: Dossier, call: Call, funder: Party, decided: tuple[datetime, int] | None, given: _Given | None
) -> Grant:
    at = decided[0] if decided else row.stage_since
    return Grant(
        pk=row.pk,
        number=row.reference,
        title=row.name,
        purpose=row.title,
        funder=funder,
        recipient=_party(row.applicant),
        cents=given.committed if given else None,
        paid_cents=given.paid if given else None,
        decided_on=_day(at),
        decision=f"{row.reference}-{decided[1]}" if decided else "",
        modified_at=row.stage_since,
        deposited_on=_day(row.deposited_at) if row.deposited_at else None,
        asked_cents=row.asked_cents,
        programme=call.programme.name,
        call=call.title,
        strand=row.strand.name if row.strand else "",
        region=row.zone.code if row.zone else "",
        region_name=row.zone.name if row.zone else "",
        in_money=_in_money(row),
        in_kind=_in_kind(row),
        de_minimis=call.de_minimis,
        ended=row.state == states.ENDED,
        example=row.example,
    )


_MONEY: Final = frozenset({"subsidy", "job", "investment"})


def _supports(row: Dossier) -> frozenset[str]:
    return frozenset(row.strand.support) if row.strand else frozenset()


def _in_money(row: Dossier) -> bool:
    """Say whether money is given: it is unless the strand gives support alone (decree 2015-431, 1)."""
    held = _supports(row)
    return not held or bool(held & _MONEY)


def _in_kind(row: Dossier) -> bool:
    return bool(_supports(row) - _MONEY)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def amounts(grants: Iterable[Grant]) -> tuple[int | None, int | None]:
    """Return the smallest and the largest amount known, None when there is none."""
    known = [one.cents for one in grants if one.cents is not None]
    return (min(known), max(known)) if known else (None, None)
