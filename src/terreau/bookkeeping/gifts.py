"""Gifts to a pole, read and said: role, function, value by a rate, paid elsewhere or not (R-109, R-152)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.bookkeeping import chart, rules
from terreau.bookkeeping.models import Contribution, Rate
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.common.together import Step, run
from terreau.flows import rules as ledger
from terreau.flows.actions import closed_to
from terreau.flows.models import Flow
from terreau.governance.models import FunctionShare
from terreau.journal.actions import record
from terreau.poles.models import Carrier, Pole, StageMove
from terreau.poles.workspace import Workspace, require_run, require_voice
from terreau.subjects import actions as subjects

#: Natures of the ledger that are gifts when nobody pays them. Business passed on is no gift: it has no price.
NATURES = (ledger.TIME, ledger.IN_KIND, ledger.SKILL)
FUNCTIONS = FunctionShare.Function
_MOST = 2_000
_READ = (
    *("pk", "rank", "giver", "on", "nature", "unit", "thousandths", "cents", "origin", "purpose", "reverses"),
    *("contribution__role", "contribution__person", "contribution__elsewhere", "contribution__value"),
    *("contribution__function", "reverses__contribution__role", "reverses__contribution__person"),
    *("reverses__contribution__elsewhere", "reverses__contribution__value"),
    "reverses__contribution__function",
)


@dataclass(frozen=True, slots=True)
class Year:
    """The gifts of a period with what was found of them, read once: every sum of a page comes from here."""

    first: date
    last: date
    gifts: tuple[rules.Gift, ...]
    doubts: dict[UUID, rules.Doubt]
    statement: rules.Statement
    functions: dict[UUID, str]

    @property
    def waiting(self) -> list[rules.Gift]:
        """What may be paid elsewhere, still stands and of which nobody said."""
        taken_back = {gift.of for gift in self.gifts}
        return [
            gift
            for gift in self.gifts
            if gift.pk in self.doubts
            and gift.elsewhere is None
            and gift.of is None
            and gift.pk not in taken_back
        ]


def own(pole: Pole) -> set[UUID]:
    """Return the actors whose accounts hold those of a pole: itself and who ever carried it; one query."""
    carrying = Carrier.objects.filter(pole=pole).values_list("actor", flat=True)
    return {pole.pk, *carrying}


def lines(pole: Pole, ours: set[UUID], first: date | None, last: date | None) -> QuerySet[Flow]:
    """Return the lines of the book that are gifts to the pole in a period, corrections with them."""
    rows = Flow.objects.filter(book=pole.actor_id, nature__in=NATURES, receiver__in=ours)
    rows = rows.exclude(giver=pole.pk)
    if first:
        rows = rows.filter(on__gte=first)
    return rows.filter(on__lte=last) if last else rows


def read(pole: Pole, first: date, last: date) -> Year:
    """Return the gifts of a period and their statement: three queries, whatever the lines.

    The lines and what is said of them are read by one query: a correction written meanwhile is in it whole or
    not at all, so that both sides of the statement are equal in any case.
    """
    return run(reading(pole, first, last))


def reading(pole: Pole, first: date, last: date) -> Step[Year]:
    """The step of ``read``."""
    carriers, moves = yield (
        Carrier.objects.filter(pole=pole).order_by("pk").values_list("actor", flat=True),
        StageMove.objects.filter(pole=pole).order_by("on", "pk").values_list("on", "stage"),
    )
    ours = {pole.pk, *carriers}
    rows = yield lines(pole, ours, first, last).order_by("rank").values_list(*_READ)
    found = [_gift(row) for row in rows]
    gifts = tuple(gift for gift, _function in found)
    functions = {gift.pk: function for gift, function in found}
    paid = yield from _paid(pole, ours, gifts, first, last)
    doubts = rules.doubts(gifts, paid)
    made = rules.statement(gifts, doubts, chart.plan().gifts, moves, functions)
    return Year(first, last, gifts, doubts, made, functions)


def _gift(row: Sequence[Any]) -> tuple[rules.Gift, str]:
    plain, said, of_other = row[:11], row[11:16], row[16:21]
    pk, rank, giver, on, nature, unit, thousandths, cents, origin, purpose, reverses = plain
    role, person, elsewhere, value, function = of_other if reverses else said
    if cents is None and value is not None:
        cents = -value if reverses else value
    return (
        rules.Gift(
            pk=pk,
            rank=rank,
            giver=giver,
            on=on,
            nature=nature,
            unit=unit,
            thousandths=thousandths,
            cents=cents,
            origin=origin,
            purpose=purpose,
            role=role or "",
            person=person,
            elsewhere=elsewhere,
            of=reverses,
        ),
        function or "",
    )


_PAID = ("origin", "giver", "receiver", "on", "period_from", "period_to", "purpose", "label")
_BILLED = ("seller", "on", "period_from", "period_to", "legal_number", "number", "label")


def _paid(
    pole: Pole, ours: set[UUID], gifts: Sequence[rules.Gift], first: date, last: date
) -> Step[list[rules.Paid]]:
    """Return what was paid to the givers around these days: payments, shared jobs, invoices; one query."""
    givers = {gift.giver for gift in gifts} - ours
    if not givers:
        return []
    near = Q(on__range=(first, last)) | Q(period_from__lte=last, period_to__gte=first)
    rows = Flow.objects.filter(near, book=pole.actor_id, reverses=None, reversed_by=None)
    rows = rows.filter(
        Q(nature=ledger.CASH, giver__in=ours, receiver__in=givers)
        | Q(origin__startswith="job:", giver__in=givers)
    )
    bills = Invoice.objects.filter(
        near, pole=pole, state=Invoice.State.ISSUED, seller__in=givers, buyer__in=ours, net_cents__gt=0
    )
    moved, billed = yield (
        rows.order_by("rank").values_list(*_PAID),
        bills.order_by("number").values_list(*_BILLED),
    )
    found = []
    for origin, giver, receiver, on, since, until, purpose, label in moved:
        kind, actor = ("job", giver) if origin.startswith("job:") else ("cash", receiver)
        found.append(rules.Paid(kind, actor, since or on, until or on, purpose=purpose, label=label))
    for seller, on, since, until, legal, number, label in billed:
        named = f"{legal or f'n° {number}'} {label}".strip()
        found.append(rules.Paid("invoice", seller, since or on, until or on, label=named))
    return found


def said_doubt(doubt: rules.Doubt) -> str:
    """Return why a gift may be paid elsewhere, in a sentence."""
    words = {
        "booking": _("Cette réservation a un prix : elle est payée, pas donnée."),
        "job": _("Ces heures sont celles d'un emploi partagé, déjà refacturé."),
        "invoice": _("Qui donne a facturé le pôle pour ces jours : %(label)s."),
        "cash": _("Le pôle a payé cette organisation ce jour-là pour le même objet : %(label)s."),
        "twice": _("La même chose est déjà écrite ce jour-là."),
    }
    return words[doubt.code] % {"label": doubt.label}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a person says of a gift. ``rate`` values a line that has no value; ``None`` leaves it so."""

    role: str = ""
    function: str = ""
    person: User | None = None
    rate: Rate | None = None
    elsewhere: bool | None = None
    elsewhere_why: str = ""


def say(ws: Workspace, flow: Flow, words: Words, *, seen: int | None = None) -> Contribution:
    """Write what is said of a gift, by who speaks for its giver or animates the pole.

    ``seen`` is the version that was shown: another one since is refused (409). Whether it is paid elsewhere
    is said by who animates. Nothing changes in a closed period: what was rendered stands.
    """
    if not ws.may_speak_for(flow.giver_id):
        require_voice(ws, flow.receiver_id, verb="gift.say")
    with transaction.atomic():
        subjects.lock(flow.book_id)
        _open(ws, flow)
        row = Contribution.objects.filter(flow=flow).first() or Contribution(flow=flow, version=0)
        if seen is not None and seen != row.version:
            message = _("Quelqu'un d'autre vient de le dire : relisez, puis recommencez.")
            raise DomainError("stale", message, status=409)
        if (words.elsewhere, words.elsewhere_why) != (row.elsewhere, row.elsewhere_why):
            require_run(ws, verb="gift.decide")
        _set(row, flow, words, ws.user)
        row.save()
        data = {"line": flow.rank, "role": row.role, "function": row.function, "elsewhere": row.elsewhere}
        record(ws.pole.actor.subject, "gift.said", by=ws.user, data=data)
    return row


def _set(row: Contribution, flow: Flow, words: Words, by: User) -> None:
    if words.role and words.role not in Contribution.Role.values:
        raise DomainError("unknown_role", _("Ce rôle n'existe pas."), facts={"field": "role"})
    if words.function and words.function not in FUNCTIONS.values:
        raise DomainError("unknown_function", _("Cette fonction n'existe pas."), facts={"field": "function"})
    if words.elsewhere is not None and not words.elsewhere_why.strip():
        message = _("Dites pourquoi c'est déjà payé ailleurs, ou ne l'est pas.")
        raise DomainError("why_needed", message, facts={"field": "elsewhere_why"})
    row.role, row.function, row.person = words.role, words.function, words.person
    row.elsewhere, row.elsewhere_why = words.elsewhere, words.elsewhere_why.strip()[:300]
    row.rate, row.value = words.rate, None
    if words.rate is not None:
        _fits(words.rate, flow)
        row.value = rules.worth(words.rate.cents, flow.thousandths or 0)
    row.by = by
    row.version += 1


def _fits(rate: Rate, flow: Flow) -> None:
    """Refuse a rate of another pole, another thing, or another day."""
    key = (rate.what, rate.nature, rate.unit)
    held = rules.rate_on(since_of(rate.pole), key, flow.on) if rate.pole_id == flow.book_id else None
    if held is None or held.since != rate.since or (rate.nature, rate.unit) != (flow.nature, flow.unit):
        message = _("Ce taux ne vaut pas pour cette ligne : une autre unité, ou un autre jour.")
        raise DomainError("rate_does_not_fit", message, facts={"field": "rate"})


def _open(ws: Workspace, flow: Flow) -> None:
    if flow.book_id != ws.pole.pk or flow.nature not in NATURES or flow.reverses_id:
        raise DomainError("no_gift", _("Cette ligne n'est pas un don au pôle."), status=404)
    closed = closed_to(ws.pole.actor)
    if closed is not None and flow.on <= closed:
        message = _("La période est close : ce qui en a été rendu ne change plus.")
        raise DomainError("closed_period", message, status=409)


def since_of(pole: Pole) -> list[rules.Since]:
    """Return the rates of a pole, as the arithmetic takes them; one query."""
    rows = Rate.objects.filter(pole=pole).order_by("since", "pk")
    return [
        rules.Since(key=(one.what, one.nature, one.unit), since=one.since, until=one.until, cents=one.cents)
        for one in rows
    ]


def rates_on(pole: Pole, day: date, *, nature: str = "", unit: str = "") -> list[Rate]:
    """Return the rates in force a day, one a thing: the last that began; one query."""
    rows = Rate.objects.filter(pole=pole, since__lte=day).order_by("since", "pk")
    last: dict[tuple[str, str, str], Rate] = {}
    for one in rows:
        last[one.what, one.nature, one.unit] = one
    return [
        one
        for one in last.values()
        if (one.until is None or one.until >= day)
        and (not nature or one.nature == nature)
        and (not unit or one.unit == unit)
    ]


def add_rate(  # noqa: PLR0913 - keyword-only: a rate is made of these
    ws: Workspace,
    *,
    what: str,
    nature: str,
    unit: str,
    method: str,
    cents: int,
    since: date,
    until: date | None = None,
    source: str,
) -> Rate:
    """Add a rate, which follows the one in force of the same thing; for who animates the pole."""
    require_run(ws, verb="rate.add")
    name = " ".join(what.split())[:120]
    if not name:
        raise DomainError("no_name", _("Dites ce que ce taux valorise."), facts={"field": "what"})
    if nature not in NATURES or unit not in ledger.UNITS[nature]:
        raise DomainError(
            "wrong_unit", _("Cette unité ne va pas avec cette nature."), facts={"field": "unit"}
        )
    if not source.strip():
        raise DomainError("no_source", _("Dites d'où vient ce taux."), facts={"field": "source"})
    with transaction.atomic():
        subjects.lock(ws.pole.pk)
        closed = closed_to(ws.pole.actor)
        if closed is not None and since <= closed:
            message = _("Un nouveau taux commence après la dernière période close.")
            raise DomainError("closed_period", message, facts={"field": "since"})
        row = Rate(
            pole=ws.pole,
            what=name,
            nature=nature,
            unit=unit,
            method=method,
            cents=cents,
            since=since,
            until=until,
            source=source.strip()[:300],
            by=ws.user,
        )
        insert(row, "rate_refused", field="since")
        data = {"rate": row.pk.hex, "cents": cents, "since": since.isoformat(), "method": method}
        record(ws.pole.actor.subject, "rate.added", by=ws.user, data=data)
    return row


def value_all(ws: Workspace, rate: Rate, first: date, last: date) -> int:
    """Give a value by a rate to every gift of a period that it fits and that has none; return how many.

    Lines of a closed period and of days when another rate holds are left as they are.
    """
    require_run(ws, verb="gift.value")
    with transaction.atomic():
        subjects.lock(ws.pole.pk)
        closed, rates = closed_to(ws.pole.actor), since_of(ws.pole)
        rows = lines(ws.pole, own(ws.pole), first, last).filter(
            nature=rate.nature, unit=rate.unit, cents=None, thousandths__isnull=False, reverses=None
        )
        rows = rows.filter(Q(contribution=None) | Q(contribution__value=None), reversed_by=None)
        held = {one.flow_id: one for one in Contribution.objects.filter(flow__in=rows)}
        key = (rate.what, rate.nature, rate.unit)
        made: list[Contribution] = []
        changed: list[Contribution] = []
        for flow in rows.order_by("rank")[:_MOST]:
            found = rules.rate_on(rates, key, flow.on)
            if found is None or found.since != rate.since or (closed and flow.on <= closed):
                continue
            row = held.get(flow.pk) or Contribution(flow=flow, version=0)
            row.rate, row.value = rate, rules.worth(rate.cents, flow.thousandths or 0)
            row.by, row.version = ws.user, row.version + 1
            (changed if row.pk else made).append(row)
        Contribution.objects.bulk_create(made)
        Contribution.objects.bulk_update(changed, ["rate", "value", "by", "version"])
        if count := len(made) + len(changed):
            data = {"rate": rate.pk.hex, "count": count}
            record(ws.pole.actor.subject, "gift.valued", by=ws.user, data=data)
    return count


def names_of(year: Year) -> dict[UUID, str]:
    """Return the names of who gave, in one query."""
    return dict(Actor.objects.filter(pk__in={one.giver for one in year.gifts}).values_list("pk", "name"))
