"""What circulates between members: described once, counted by declared years or by dated deliveries (R-28).

A dated delivery is a line of the ledger in kind. A year that was declared stands alone: the deliveries of
that year are shown beside it, never added to it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.together import Step, run
from terreau.cooperations import ledger, rules
from terreau.cooperations.models import Cooperation, Stream, StreamMove, Volume
from terreau.flows.rules import IN_KIND, Entry
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: Unit of a stream → unit of the ledger and how many of them. Cubic metres are declared by year only.
IN_LEDGER: Final[Mapping[str, tuple[str, int]]] = {
    "kg": ("kg", 1),
    "t": ("kg", 1000),
    "kwh": ("kwh", 1),
    "mwh": ("kwh", 1000),
    "hours": ("hours", 1),
    "units": ("units", 1),
}
FIELDS: Final = ("kind", "label", "valid_from", "valid_to", "public")
_FIRST_YEAR: Final = 1900


@dataclass(frozen=True, slots=True)
class Moved:
    """Thousandths of the unit in a year: declared, and by dated deliveries; None when not said."""

    declared: int | None = None
    estimated: bool = False
    dated: int | None = None

    @property
    def thousandths(self) -> int | None:
        """What is shown: the declared year, else the deliveries."""
        return self.dated if self.declared is None else self.declared

    @property
    def quantity(self) -> Decimal | None:
        """The same, exact, in the unit of the stream."""
        return None if self.thousandths is None else Decimal(self.thousandths) / 1000

    @property
    def provenance(self) -> str:
        """The mark of the figure: computed from deliveries, estimated, else declared."""
        if self.declared is None:
            return "calcule"
        return "estime" if self.estimated else "declare"

    @property
    def differs(self) -> bool:
        """Say whether deliveries and the declared year disagree."""
        return self.declared is not None and self.dated is not None and self.declared != self.dated


def describe(  # noqa: PLR0913 - keyword-only: each is a part of a stream
    pole: Pole,
    giver: Actor,
    receiver: Actor,
    *,
    kind: str,
    label: str,
    unit: str,
    by: User,
    cooperation: Cooperation | None = None,
    since: date | None = None,
    public: bool = False,
) -> Stream:
    """Say that something regularly goes from an actor to another."""
    if giver.pk == receiver.pk:
        message = _("Qui donne et qui reçoit sont deux organisations.")
        raise DomainError("same_party", message, facts={"field": "receiver"})
    if not label.strip():
        raise DomainError("no_label", _("Dites ce qui circule."), facts={"field": "label"})
    if kind not in Stream.Kind.values:
        raise DomainError("unknown_kind", _("Cette nature n'existe pas."), facts={"field": "kind"})
    if unit not in Stream.Unit.values:
        raise DomainError("unknown_unit", _("Cette unité n'existe pas."), facts={"field": "unit"})
    with transaction.atomic():
        row = Stream.objects.create(
            pole=pole,
            giver=giver,
            receiver=receiver,
            kind=kind,
            label=label.strip()[:160],
            unit=unit,
            cooperation=cooperation,
            valid_from=since,
            public=public,
        )
        data = {"stream": row.pk.hex, "giver": giver.pk.hex, "receiver": receiver.pk.hex, "kind": kind}
        record(pole.actor.subject, "stream.described", by=by, data=data)
    return row


def change(row: Stream, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Stream:
    """Change some fields as the person saw them; ``StaleWriteError`` when another changed the same one."""
    whole = {**{name: getattr(row, name) for name in FIELDS}, **mine}
    if not str(whole["label"]).strip():
        raise DomainError("no_label", _("Dites ce qui circule."), facts={"field": "label"})
    if whole["valid_from"] and whole["valid_to"] and whole["valid_to"] <= whole["valid_from"]:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "valid_to"})
    subject = row.pole.actor.subject
    return save_fresh(row, subject=subject, verb="stream.changed", base=base, mine=mine, by=by)


def declare(  # noqa: PLR0913 - keyword-only: each is a part of a declaration
    row: Stream, year: int, thousandths: int, *, estimated: bool = False, today: date, by: User
) -> Volume:
    """Say what a stream moved in a year; the last declaration stands, those before stay readable."""
    if not _FIRST_YEAR <= year <= today.year:
        raise DomainError("bad_year", _("Cette année n'est pas possible."), facts={"field": "year"})
    if not 0 <= thousandths <= rules.MOST_THOUSANDTHS:
        raise DomainError(
            "bad_quantity", _("Cette quantité n'est pas possible."), facts={"field": "quantity"}
        )
    with transaction.atomic():
        subjects.lock(row.pole_id)
        last = Volume.objects.filter(stream=row, year=year).order_by("-id").first()
        if last is not None and (last.thousandths, last.estimated) == (thousandths, estimated):
            return last
        volume = Volume.objects.create(
            stream=row, year=year, thousandths=thousandths, estimated=estimated, by=by
        )
        data = {"stream": row.pk.hex, "year": year, "thousandths": thousandths}
        record(row.pole.actor.subject, "stream.declared", by=by, data=data)
    return volume


def deliver(  # noqa: PLR0913 - keyword-only: each is a part of a delivery
    row: Stream, thousandths: int, *, on: date, label: str = "", today: date, by: User
) -> StreamMove:
    """Write a dated delivery in the ledger, in kind; raises ``DomainError`` with what the ledger refuses."""
    if row.unit not in IN_LEDGER:
        message = _("Le livre ne compte pas en m³ : déclarez la quantité de l'année.")
        raise DomainError("not_in_ledger", message, facts={"field": "quantity"})
    unit, times = IN_LEDGER[row.unit]
    with transaction.atomic():
        subjects.lock(row.pole_id)
        number = StreamMove.objects.filter(stream=row).count() + 1
        entry = Entry(
            giver=row.giver_id,
            receiver=row.receiver_id,
            nature=IN_KIND,
            on=on,
            label=(label.strip() or row.label)[:300],
            thousandths=thousandths * times,
            unit=unit,
            purpose=row.cooperation_id,
            origin=f"stream:{row.pk.hex}:{number}",
        )
        flow = ledger.write(row.pole, entry, today=today, by=by)
        return StreamMove.objects.create(stream=row, flow=flow)


def of_pole(pole: Pole) -> QuerySet[Stream]:
    """Return the streams of a pole with their actors, in the order of their labels."""
    rows = Stream.objects.filter(pole=pole).select_related("giver", "receiver", "cooperation")
    return rows.order_by("label", "pk")


def moved(streams: Sequence[Stream], year: int) -> dict[UUID, Moved]:
    """Return what each stream moved in a year (one query)."""
    return run(moving(streams, year))


def moving(streams: Sequence[Stream], year: int) -> Step[dict[UUID, Moved]]:
    """The step of ``moved``: one round of questions."""
    units = {one.pk: IN_LEDGER.get(one.unit, ("", 1))[1] for one in streams}
    volumes = Volume.objects.filter(stream__in=list(units), year=year).order_by("id")
    moves = StreamMove.objects.filter(stream__in=list(units), flow__on__year=year, flow__reversed_by=None)
    said_of, added = yield (
        volumes.values_list("stream", "thousandths", "estimated"),
        moves.order_by().values_list("stream").annotate(sum=Sum("flow__thousandths")),
    )
    declared = {stream: (thousandths, estimated) for stream, thousandths, estimated in said_of}
    sums: dict[UUID, int] = dict(added)
    found = {}
    for pk, times in units.items():
        said, estimated = declared.get(pk, (None, False))
        found[pk] = Moved(said, estimated, sums[pk] // times if pk in sums else None)
    return found


def years(pole: Pole, today: date) -> list[int]:
    """Return the years that something was declared or delivered in, and this one, the latest first."""
    found = {today.year}
    found |= set(Volume.objects.filter(stream__pole=pole).values_list("year", flat=True))
    found |= {day.year for day in StreamMove.objects.filter(stream__pole=pole).dates("flow__on", "year")}
    return sorted(found, reverse=True)


def loops(streams: Sequence[Stream], today: date) -> list[list[rules.Id]]:
    """Return the groups of actors that what circulates today comes back to (R-28)."""
    living = [one for one in streams if rules.Span(one.valid_from, one.valid_to).holds(today)]
    return rules.loops((one.giver_id.hex, one.receiver_id.hex) for one in living)


def by_unit(streams: Sequence[Stream], found: Mapping[UUID, Moved]) -> dict[str, list[Stream]]:
    """Return the streams that have a quantity, by unit: tonnes and kilowatt-hours are never added."""
    groups: defaultdict[str, list[Stream]] = defaultdict(list)
    for one in streams:
        if found[one.pk].thousandths:
            groups[one.unit].append(one)
    return dict(sorted(groups.items()))
