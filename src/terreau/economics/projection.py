"""Classing the lines of a book by the rules, and keeping it up to date: what the pages sum.

The ledger only grows, so that new lines are classed when they are first read. When something else that the
rules read has changed (members, carriers, stages, accounts, what an actor is), the digest differs and the
book is classed again: only lines that differ are written. What people say is classed at once (``actions``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from terreau.actors.models import Actor
from terreau.billing.models import Settlement
from terreau.bookkeeping.models import AccountOf, Contribution
from terreau.common.batches import batches
from terreau.common.canonical import digest
from terreau.common.together import ask, total
from terreau.economics import rules
from terreau.economics.models import Imputation, Line, Month, Party, Serves, State
from terreau.economics.rules import Answer, Given, Kind, Origin, Role, Said
from terreau.economics.tables import as_data, tables
from terreau.flows.models import Flow
from terreau.journal.models import Event
from terreau.poles.models import Carrier, Membership, Pole, StageMove
from terreau.subjects import actions as subjects

_BATCH: Final = 2_000
#: Events of a pole that change nothing that the rules read, or whose lines are classed by their rank.
_QUIET: Final = Q(verb__startswith="flow.") | Q(verb__startswith="economics.")
#: What a pole that is nobody in law is: its carrier then stands for it (R-31).
_NO_FORM: Final = frozenset({"unknown", "collective"})
_ANSWER: Final = ("level", "side", "kind", "origin", "function", "how", "through")
_KEPT: Final = (
    *("on", "nature", "cents", "phase", *_ANSWER),
    *("purpose_id", "bearer_id", "borne", "to_class"),
)
#: What makes lines alike: the columns of a sum.
ALIKE: Final = (
    *("level", "side", "kind", "origin", "phase"),
    *("function", "nature", "how", "through"),
)
_READ: Final = ("pk", "giver", "receiver", "nature", "cents", "on", "purpose", "purpose__kind", "origin")

Span = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules read of a pole: who it is, who carries it and when, its members, its stages."""

    pole: frozenset[UUID]
    carriers: Mapping[UUID, tuple[Span, ...]] = field(default_factory=dict)
    members: frozenset[UUID] = frozenset()
    moves: tuple[tuple[date, str], ...] = ()
    stage: str = ""
    serves: Mapping[UUID, str] = field(default_factory=dict)

    def role(self, actor: UUID, on: date) -> Role:
        """Return what an actor is to the pole on a day. Who was a member once is one for a project."""
        if actor in self.pole:
            return Role.POLE
        if any(_within(span, on) for span in self.carriers.get(actor, ())):
            return Role.CARRIER
        return Role.MEMBER if actor in self.members else Role.OUTSIDE

    def as_data(self) -> dict[str, object]:
        """Return the same as JSON types."""
        return {
            "pole": sorted(pk.hex for pk in self.pole),
            "carriers": {
                pk.hex: sorted([_iso(first), _iso(last)] for first, last in spans)
                for pk, spans in self.carriers.items()
            },
            "members": sorted(pk.hex for pk in self.members),
            "moves": [[on.isoformat(), stage] for on, stage in self.moves],
            "stage": self.stage,
            "serves": {pk.hex: function for pk, function in self.serves.items()},
        }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _within(span: Span, on: date) -> bool:
    first, last = span
    return (first is None or first <= on) and (last is None or on < last)


def has_form(actor: Actor) -> bool:
    """Say whether a pole is somebody in law: else its carrier holds its money (R-31, R-102)."""
    return bool(actor.siren) or actor.legal_nature not in _NO_FORM


def setting(pole: Pole) -> Setting:
    """Return what the rules read of a pole (one query, and one for each level of merges)."""
    near = Membership.objects.filter(pole=pole).exclude(role=Membership.Role.FUNDER).order_by()
    borne, near_it, moves, serves = ask(
        Carrier.objects.filter(pole=pole).order_by().values_list("actor", "valid_from", "valid_to"),
        near.values_list("actor", flat=True),
        StageMove.objects.filter(pole=pole).order_by("on", "pk").values_list("on", "stage"),
        Serves.objects.filter(book=pole.pk).order_by().values_list("purpose", "function"),
    )
    spans: dict[UUID, list[Span]] = {}
    for actor, first, last in () if has_form(pole.actor) else borne:
        spans.setdefault(actor, []).append((first, last))
    members = set(near_it)
    owners = subjects.family({pole.pk, *spans, *members})
    return Setting(
        pole=frozenset(pk for pk, owner in owners.items() if owner == pole.pk),
        carriers={pk: tuple(spans[owner]) for pk, owner in owners.items() if owner in spans},
        members=frozenset(pk for pk, owner in owners.items() if owner in members),
        moves=tuple(moves),
        stage=pole.stage,
        serves=dict(serves),
    )


def refresh(pole: Pole) -> None:
    """Bring the classification of a book up to date: one small query when it is, nearly always."""
    states, seqs, parties = ask(
        State.objects.filter(book=pole.pk), total(_events(pole), last=Max("seq")), _parties(pole)
    )
    seq = seqs[0]["last"] or 0 if seqs else 0
    if states and states[0].seq == seq and not _changed(parties):
        return
    with transaction.atomic():
        subjects.lock(pole.pk)
        _catch_up(pole)


def rebuild(pole: Pole, *, save: bool = True) -> int:
    """Class a whole book again; return how many lines differed from what was kept. Written when ``save``."""
    with transaction.atomic():
        subjects.lock(pole.pk)
        found = setting(pole)
        differing = _write(pole, found, Flow.objects.filter(book=pole.pk), save=save)
        differing += _months_differ(pole)
        if save:
            days = Line.objects.filter(book=pole.pk).order_by().values_list("on", flat=True).distinct()
            _add_up(pole, {day.replace(day=1) for day in days})
            _keep(pole, _digest(pole, found))
        return differing


def reclass(pole: Pole, flows: Collection[UUID]) -> None:
    """Class again these lines and their corrections, after somebody said what they are; under the lock."""
    chosen = Q(pk__in=list(flows)) | Q(reverses__in=list(flows))
    _write(pole, setting(pole), Flow.objects.filter(chosen, book=pole.pk))


def _catch_up(pole: Pole) -> None:
    loud = total(_events(pole).exclude(_QUIET), last=Max("seq"))
    states, louds, named = ask(State.objects.filter(book=pole.pk), loud, _parties(pole))
    state = states[0] if states else State(book_id=pole.pk)
    heard = bool(louds) and (louds[0]["last"] or 0) > state.seq
    parties = _changed(named)
    found = setting(pole)
    if not state.digest or heard or parties:
        told = _digest(pole, found)
        rows = Flow.objects.filter(book=pole.pk)
        # What an actor is may change the lines that it gave, and nothing else.
        if told == state.digest:
            rows = rows.filter(_since(pole, state.rank) | Q(giver__in=parties))
        _write(pole, found, rows)
        _keep(pole, told)
    else:
        _write(pole, found, Flow.objects.filter(_since(pole, state.rank), book=pole.pk))
        _keep(pole, state.digest)


def _since(pole: Pole, rank: int) -> Q:
    """Return the lines after a number, and those that they correct."""
    after = Flow.objects.filter(book=pole.pk, rank__gt=rank)
    return Q(rank__gt=rank) | Q(pk__in=after.exclude(reverses=None).values("reverses"))


def _events(pole: Pole) -> QuerySet[Event]:
    return Event.objects.filter(subject=pole.pk)


def _keep(pole: Pole, told: str) -> None:
    ranks, seqs = ask(
        total(Flow.objects.filter(book=pole.pk), last=Max("rank")), total(_events(pole), last=Max("seq"))
    )
    rank, seq = (rows[0]["last"] or 0 if rows else 0 for rows in (ranks, seqs))
    State.objects.bulk_create(
        [State(book_id=pole.pk, rank=rank, seq=seq, digest=told)],
        update_conflicts=True,
        unique_fields=["book"],
        update_fields=["rank", "seq", "digest"],
    )


def _digest(pole: Pole, found: Setting) -> str:
    """Return the digest of all that the rules read beside the lines themselves and what was said of them."""
    told = [
        [str(value or "") for value in rows.aggregate(Count("pk"), Sum("version"), Max("at")).values()]
        for rows in (
            AccountOf.objects.filter(flow__book=pole.pk),
            Contribution.objects.filter(flow__book=pole.pk),
        )
    ]
    return digest({"setting": found.as_data(), "tables": dict(as_data()), "said": told})


def _traits_of(actors: Collection[UUID]) -> QuerySet[Any, Any]:
    return Actor.objects.filter(pk__in=actors).values_list("pk", "legal_nature", "ess", "legal_category")


def _parties(pole: Pole) -> QuerySet[Any, Any]:
    rows = Party.objects.filter(book=pole.pk).order_by()
    return rows.values_list("actor", "trait", "actor__legal_nature", "actor__ess", "actor__legal_category")


def _changed(parties: Iterable[tuple[Any, ...]]) -> list[UUID]:
    """Return the actors of a book that are no more what they were when their lines were classed."""
    return [pk for pk, kept, *what in parties if rules.trait(*what) != kept]


def _write(pole: Pole, found: Setting, flows: QuerySet[Flow], *, save: bool = True) -> int:
    differing = 0
    traits: dict[UUID, Origin] = {}
    months: set[date] = set()
    rows = flows.order_by("rank").values_list(*_READ, "reverses", "reversed_by")
    for chunk in batches(rows.iterator(chunk_size=_BATCH), _BATCH):
        beside = _Beside.of(chunk)
        traits |= beside.traits
        made = {line.pk: line for line in _lines(pole, found, chunk, beside)}
        kept = {row[0]: row[1:] for row in Line.objects.filter(pk__in=made).values_list("pk", *_KEPT)}
        fresh = [line for pk, line in made.items() if kept.get(pk) != _values(line)]
        differing += len(fresh)
        if save and fresh:
            Line.objects.filter(pk__in=[line.pk for line in fresh if line.pk in kept]).delete()
            Line.objects.bulk_create(fresh, batch_size=500)
            months |= {line.on.replace(day=1) for line in fresh}
    if save:
        _meet(pole, traits)
        _add_up(pole, months)
    return differing


def _add_up(pole: Pole, months: set[date]) -> None:
    """Sum these months of a book again."""
    if not months:
        return
    Month.objects.filter(book=pole.pk, month__in=months).delete()
    after = (max(months) + timedelta(days=31)).replace(day=1)
    rows = Line.objects.filter(book=pole.pk, on__gte=min(months), on__lt=after).order_by()
    sums = rows.annotate(month=TruncMonth("on")).filter(month__in=months).values("month", *ALIKE)
    Month.objects.bulk_create(
        Month(
            book_id=pole.pk,
            cents=row.pop("whole"),
            lines=row.pop("count"),
            valued=row.pop("known"),
            **row,
        )
        for row in sums.annotate(whole=Sum("cents", default=0), count=Count("pk"), known=Count("cents"))
    )


def _months_differ(pole: Pole) -> bool:
    """Say whether the sums of the months are not those of the lines."""
    lines = Line.objects.filter(book=pole.pk).order_by().values_list(*ALIKE)
    months = Month.objects.filter(book=pole.pk).order_by().values_list(*ALIKE)
    by_line = lines.annotate(whole=Sum("cents", default=0), count=Count("pk"), known=Count("cents"))
    by_month = months.annotate(whole=Sum("cents"), count=Sum("lines"), known=Sum("valued"))
    return set(by_line) != set(by_month)


def _meet(pole: Pole, traits: Mapping[UUID, Origin]) -> None:
    """Keep what the givers are, so that a change is seen."""
    Party.objects.bulk_create(
        [Party(book_id=pole.pk, actor_id=pk, trait=str(one)) for pk, one in traits.items()],
        update_conflicts=True,
        unique_fields=["book", "actor"],
        update_fields=["trait"],
        batch_size=500,
    )


def _values(line: Line) -> tuple[Any, ...]:
    return tuple(getattr(line, name) for name in _KEPT)


def _lines(pole: Pole, found: Setting, chunk: Sequence[tuple[Any, ...]], beside: "_Beside") -> Iterator[Line]:
    """Class a chunk of lines; a correction is what the line that it corrects is."""
    known: dict[tuple[Given, Said], Answer] = {}
    for pk, giver, receiver, nature, cents, on, purpose, kind, origin, reverses, reversed_by in chunk:
        first = reverses or pk
        given = Given(
            nature=nature,
            giver=found.role(giver, on),
            receiver=found.role(receiver, on),
            trait=beside.traits.get(giver, Origin.UNKNOWN),
            purpose="pole" if purpose in found.pole else (kind or ""),
            written_by=beside.owed.get(first) or origin.partition(":")[0],
            account=beside.accounts.get(first, ""),
            function=beside.functions.get(first) or found.serves.get(purpose, ""),
            elsewhere=first in beside.elsewhere,
        )
        said = beside.said.get(first, rules.NO_SAID)
        if (answer := known.get((given, said))) is None:
            answer = known[given, said] = rules.classify(given, tables(), said)
        bearer = (
            giver if given.giver is Role.CARRIER else receiver if given.receiver is Role.CARRIER else None
        )
        unknown = answer.kind == Kind.UNKNOWN or answer.origin == Origin.UNKNOWN
        valued = beside.values.get(first)
        worth = cents if cents is not None or valued is None else (-valued if reverses else valued)
        yield Line(
            flow_id=pk,
            book_id=pole.pk,
            on=on,
            nature=nature,
            cents=worth,
            phase=rules.phase(found.moves, on, current=found.stage),
            purpose_id=purpose,
            bearer_id=bearer,
            borne=None if bearer is None else bearer == giver,
            to_class=unknown and not reverses and not reversed_by,
            **{name: _plain(getattr(answer, name)) for name in _ANSWER},
        )


def _bearer(given: Given, giver: UUID, receiver: UUID) -> UUID | None:
    if given.giver is Role.CARRIER:
        return giver
    return receiver if given.receiver is Role.CARRIER else None


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside the lines of a chunk, by line: account, gift, invoice, what somebody said."""

    traits: Mapping[UUID, Origin]
    accounts: Mapping[UUID, str]
    owed: Mapping[UUID, str]
    values: Mapping[UUID, int]
    functions: Mapping[UUID, str]
    elsewhere: frozenset[UUID]
    said: Mapping[UUID, Said]

    @classmethod
    def of(cls, chunk: Sequence[tuple[Any, ...]]) -> "_Beside":
        """Read it in one query."""
        keys = {row[-2] or row[0] for row in chunk}
        of_them = Q(flow__in=keys)
        rows, owed, named, said, givers = ask(
            Contribution.objects.filter(of_them).values_list("flow", "value", "function", "elsewhere"),
            Settlement.objects.filter(of_them).values_list("flow", "invoice__kind"),
            AccountOf.objects.filter(of_them).values_list("flow", "account"),
            Imputation.objects.filter(of_them).values_list("flow", "level", "kind", "origin", "function"),
            _traits_of({row[1] for row in chunk}),
        )
        return cls(
            traits={pk: rules.trait(*what) for pk, *what in givers},
            accounts=dict(named),
            owed={flow: kind for flow, kind in owed if kind != "other"},
            values={flow: value for flow, value, _function, _else in rows if value is not None},
            functions={flow: function for flow, _value, function, _else in rows if function},
            elsewhere=frozenset(flow for flow, _value, _function, elsewhere in rows if elsewhere),
            said={flow: Said(*what) for flow, *what in said},
        )


def settle(pole: Pole) -> None:
    """Keep that a book is up to date after what was just said and classed again; under the lock."""
    _keep(pole, _digest(pole, setting(pole)))
