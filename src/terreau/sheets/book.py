"""Reading the book of a pole for its pages: lines asked for, their sums by nature, what each party gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.common.money import Euro
from terreau.common.text import search_text
from terreau.design.paging import Page, keyset
from terreau.flows import rules
from terreau.flows.models import Flow, Nature
from terreau.subjects.actions import family

LIMIT = 40
_NEAR = ("giver", "receiver", "piece", "by", "reversed_by", "reverses")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a book: days (both included), nature, one party, one purpose, corrections left out."""

    first: date | None = None
    last: date | None = None
    nature: str = ""
    party: UUID | None = None
    purpose: UUID | None = None
    standing: bool = False

    def among(self, nature: str) -> Asked:
        """Return the same of one nature."""
        return replace(self, nature=nature)


def lines(book: Actor, asked: Asked, *, but: Q | None = None) -> QuerySet[Flow]:
    """Return the lines asked for, the last first, with what their row shows; ``but``: those not shown."""
    rows = Flow.objects.filter(book=book).select_related(*_NEAR)
    rows = rows.exclude(but) if but is not None else rows
    if asked.first:
        rows = rows.filter(on__gte=asked.first)
    if asked.last:
        rows = rows.filter(on__lte=asked.last)
    if asked.nature:
        rows = rows.filter(nature=asked.nature)
    if asked.party:
        # Who was merged into the party gave and received for it.
        ids = list(family([asked.party]))
        rows = rows.filter(Q(giver__in=ids) | Q(receiver__in=ids))
    if asked.purpose:
        rows = rows.filter(purpose__in=list(family([asked.purpose])))
    if asked.standing:
        rows = rows.filter(reverses=None, reversed_by=None)
    return rows.order_by("-rank")


def page(rows: QuerySet[Flow], *, cursor: str | None, limit: int = LIMIT) -> Page[Flow]:
    """Return one page of lines, the last written first."""
    ranked = rows.annotate(back=Cast(0 - F("rank"), IntegerField()))
    return keyset(ranked, ["back"], limit=limit, cursor=cursor)


@dataclass(frozen=True, slots=True)
class Summed:
    """A sum of lines: how many, hours or another quantity, euros, and how many have no value."""

    nature: str
    unit: str
    lines: int
    thousandths: int
    cents: int
    unvalued: int
    purpose: UUID | None = None

    @property
    def label(self) -> str:
        """The nature, in words."""
        return str(Nature(self.nature).label)

    @property
    def euro(self) -> Euro | None:
        """The value, when some line has one."""
        return Euro(self.cents) if self.lines > self.unvalued else None

    @property
    def quantity(self) -> Decimal | None:
        """The quantity in its unit."""
        return Decimal(self.thousandths) / 1000 if self.unit else None


def sums(rows: QuerySet[Flow], *by: str) -> list[Summed]:
    """Return the sums of lines by nature and unit (and by ``purpose`` when asked), in one query.

    A correction takes away what it corrects: what is left is what happened.
    """
    keys = ("nature", "unit", *by)
    found = (
        rows.order_by()
        .values(*keys)
        .annotate(
            lines_=Count("pk", filter=Q(reverses=None)) - Count("pk", filter=Q(reverses__isnull=False)),
            thousandths_=Sum("thousandths"),
            cents_=Sum("cents"),
            unvalued_=Count("pk", filter=Q(cents=None, reverses=None))
            - Count("pk", filter=Q(cents=None, reverses__isnull=False)),
        )
        .order_by(*keys)
    )
    order = {nature: rank for rank, nature in enumerate(rules.NATURES)}
    made = [
        Summed(
            nature=one["nature"],
            unit=one["unit"],
            lines=one["lines_"],
            thousandths=one["thousandths_"] or 0,
            cents=one["cents_"] or 0,
            unvalued=one["unvalued_"],
            purpose=one.get("purpose"),
        )
        for one in found
    ]
    return sorted((one for one in made if one.lines), key=lambda one: (order[one.nature], one.unit))


@dataclass(frozen=True, slots=True)
class Side:
    """What a party gave and received of one nature and unit, and the difference when it is money."""

    party: UUID
    name: str
    nature: str
    unit: str
    given: rules.Total
    received: rules.Total

    @property
    def label(self) -> str:
        """The nature, in words."""
        return str(Nature(self.nature).label)

    @property
    def given_euro(self) -> Euro:
        """What was given, in money."""
        return Euro(self.given.cents)

    @property
    def received_euro(self) -> Euro:
        """What was received, in money."""
        return Euro(self.received.cents)

    @property
    def net(self) -> Euro:
        """What was received less what was given, in money."""
        return Euro(self.received.cents - self.given.cents)


def sides(statements: Iterable[rules.Statement], names: dict[UUID, str]) -> list[Side]:
    """Return the lines of statements, by party then nature: what a table of a book shows."""
    none, order = rules.Total(), {nature: rank for rank, nature in enumerate(rules.NATURES)}
    found = []
    for statement in statements:
        kinds = {**statement.given, **statement.received}
        for nature, unit in sorted(kinds, key=lambda kind: (order[kind[0]], kind[1])):
            given = statement.given.get((nature, unit), none)
            received = statement.received.get((nature, unit), none)
            name = names.get(statement.party, "")
            found.append(Side(statement.party, name, nature, unit, given, received))
    return sorted(found, key=lambda one: one.name.casefold())


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of actors, in one query."""
    return dict(Actor.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


UNITS: dict[str, Any] = {
    "hours": ("h", lambda: _("heures")),
    "days": ("j", lambda: _("jours")),
    "m2": ("m²", lambda: _("mètres carrés")),
    "m2_day": ("m².j", lambda: _("mètres carrés par jour")),
    "units": ("", lambda: _("unités")),
    "kg": ("kg", lambda: _("kilogrammes")),
    "kwh": ("kWh", lambda: _("kilowattheures")),
    "km": ("km", lambda: _("kilomètres")),
}


def unit_name(unit: str) -> str:
    """Return a unit in words."""
    return str(UNITS[unit][1]()) if unit in UNITS else ""


def unit_sign(unit: str) -> str:
    """Return a unit as it stands beside a figure."""
    return str(UNITS[unit][0]) if unit in UNITS else ""


def corrects(flow: Flow) -> int | None:
    """Return the number of the line that a line corrects."""
    return flow.reverses.rank if flow.reverses else None


def holds(text: str, words: str) -> bool:
    """Say whether a text holds every word, accents and case apart."""
    folded = search_text(text)
    return all(word in folded for word in search_text(words).split())


def lines_with(book: Actor, words: str, *, but: Q | None = None, among: int = 5_000) -> list[Flow]:
    """Return the lines that stand and whose label holds every word, the last first.

    Labels are folded here, so that accents do not count on either database: the last ``among`` lines are
    read, narrow, then those found.
    """
    asked = Asked(standing=True)
    narrow = lines(book, asked, but=but).select_related(None).values_list("pk", "label")[:among]
    found = [pk for pk, label in narrow if holds(label, words)][:100]
    return list(lines(book, asked).filter(pk__in=found))
