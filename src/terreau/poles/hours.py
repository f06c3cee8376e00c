"""Hours given to a pole: one tap, or a form; each is a line of time in its book (R-102, R-109).

An hour has a value only when somebody says by which method: without one it stays an hour. A half-day is three
hours and a half and a day seven, which is said where one taps.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.kept import Kept
from terreau.common.money import Euro
from terreau.common.parsing import number
from terreau.flows import rules
from terreau.flows.models import Flow, Method
from terreau.poles import book
from terreau.poles.models import Carrier
from terreau.poles.workspace import Workspace

#: What a tap gives, in minutes. Seven hours a day: a legal week of thirty-five (code du travail, L3121-27).
HALF_DAY, DAY = 210, 420
TAPS: Final = (60, 120, HALF_DAY, DAY)
#: No single line holds more: a month of somebody's time is several lines, or a line of a shared job.
MOST_MINUTES: Final = 24 * 60 * 7
#: Methods that value an hour, of those of the ledger.
METHODS: Final = (Method.HOURLY_RATE, Method.MINIMUM_WAGE, Method.COST, Method.AGREED, Method.OWNER_ESTIMATE)
_ORIGIN: Final = "hours:"
#: Hours valued by a rate of the pole, which says its source and its days: their words are left as typed.
_BY_RATE: Final = "hours:rate:"
_CLOCK = re.compile(
    r"^(?:(\d{1,3})\s*(?:h|:|heures?))\s*(?:(\d{1,2})\s*(?:min|mn|m)?)?$", re.IGNORECASE | re.ASCII
)
_MINUTES = re.compile(r"^(\d{1,4})\s*(?:min|mn|minutes?)$", re.IGNORECASE | re.ASCII)
_UNIT = re.compile(r"\s*(?:h|heures?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody gave hours for lately: in whose name, for which purpose, under which words."""

    giver: UUID
    giver_name: str
    purpose: UUID
    label: str


def parse(typed: str) -> int:
    """Return the minutes of « 1 h 30 », « 1:30 », « 90 min » or « 1,5 »; ``DomainError`` on ``time``."""
    text = " ".join(typed.split())
    if found := _CLOCK.match(text):
        minutes = int(found.group(1)) * 60 + int(found.group(2) or 0)
    elif found := _MINUTES.match(text):
        minutes = int(found.group(1))
    else:
        try:
            minutes = int((number(_UNIT.sub("", text)) * 60).to_integral_value(ROUND_HALF_UP))
        except DomainError as error:
            words = _("« %(text)s » n'est pas une durée : écrire 1 h 30, 1,5 ou 90 min.") % {"text": typed}
            raise DomainError("not_a_time", words, facts={"field": "time"}) from error
    if minutes <= 0 or minutes > MOST_MINUTES:
        words = _("Une durée va d'une minute à une semaine : partagez-la en plusieurs lignes.")
        raise DomainError("time_out_of_reach", words, facts={"field": "time"})
    return minutes


def thousandths(minutes: int) -> int:
    """Return minutes in thousandths of an hour, to the nearest (3.6 seconds)."""
    return int((Decimal(minutes) * 1000 / 60).to_integral_value(ROUND_HALF_UP))


def said(thousandth: int) -> str:
    """Return hours as people say them: « 1 h », « 2 h 30 », « 45 min »; the sign of a correction before."""
    minutes = int((Decimal(abs(thousandth)) * 60 / 1000).to_integral_value(ROUND_HALF_UP))
    whole, rest = divmod(minutes, 60)
    sign = "−" if thousandth < 0 else ""
    if not whole and rest:
        return f"{sign}{rest}\u00a0min"
    grouped = f"{whole:,}".replace(",", "\u202f")
    return f"{sign}{grouped}\u00a0h\u00a0{rest:02d}" if rest else f"{sign}{grouped}\u00a0h"


_lately: Kept[list[Flow]] = Kept(256)


def lately(ws: Workspace) -> list[Flow]:
    """Return the last hours that the person wrote here, the latest first, corrected ones too.

    One query, none when nothing was written since the last time.
    """
    return _lately.get((ws.pole.pk, ws.user.pk), lambda: _asked(ws))


def _asked(ws: Workspace) -> list[Flow]:
    rows = Flow.objects.filter(book=ws.pole.actor, nature=rules.TIME, by=ws.user, reverses=None)
    return list(rows.select_related("giver", "reversed_by").order_by("-rank")[:60])


def habits(ws: Workspace, *, lately: list[Flow], most: int = 3) -> list[Habit]:
    """Return the last different things that the person gave hours for, so that a tap is enough.

    Nobody who never did is left without: the first organisation they speak for, for the life of the pole
    (two queries more). Empty when no organisation may give hours: who animates a pole on its own account
    chooses once in whose name.
    """
    found: dict[tuple[UUID, UUID, str], Habit] = {}
    for row in lately:
        # Hours given a value of their own are told by the form, whose words say the rate.
        again = not row.method or row.origin.startswith(_BY_RATE)
        plain = row.origin.startswith(_ORIGIN) and again and not hasattr(row, "reversed_by")
        if plain and row.purpose_id and ws.may_speak_for(row.giver_id):
            key = (row.giver_id, row.purpose_id, row.label)
            found.setdefault(key, Habit(row.giver_id, row.giver.name, row.purpose_id, row.label))
    return list(found.values())[:most] or _first(ws)


def _first(ws: Workspace) -> list[Habit]:
    speaks = ws.standing.speaks_for - {ws.pole.pk}
    named = book.parties(ws.pole, on=ws.today)
    giver = next((one for one in named if one.pk in speaks), None)
    if giver is None and ws.runs:
        carrying = Carrier.objects.filter(pole=ws.pole, valid_to=None).values_list("actor", flat=True)
        borne = set(carrying)
        giver = next((one for one in named if one.pk in borne and one.pk != ws.pole.pk), None)
    if giver is None:
        return []
    return [Habit(giver.pk, giver.name, ws.pole.pk, _("Vie du pôle"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Hours to write down. ``key`` makes that a form sent twice writes once.

    ``by_rate``: the amount is that of a rate of the pole, kept beside the line by who calls.
    """

    giver: UUID
    minutes: int
    label: str
    on: date
    purpose: UUID | None = None
    method: str = ""
    rate: Euro | None = None
    key: str = ""
    by_rate: bool = False


def log(ws: Workspace, given: Given) -> Flow:
    """Write hours in the book, given by an actor to the pole for a purpose (the pole itself when none).

    The person speaks for the giver or animates the pole. Raises ``DomainError`` for hours of the pole to
    itself, a rate without a method or the contrary, and what ``flows.actions.record`` raises.
    """
    if given.giver == ws.pole.pk:
        words = _(
            "Un pôle ne se donne pas d'heures à lui-même : dites quelle structure les porte (R-102), la "
            "structure porteuse ou un membre."
        )
        raise DomainError("own_hours", words, facts={"field": "giver"})
    entry = _entry(ws, given)
    if given.key and (known := _known(ws, entry.origin)):
        return known
    return book.write(ws, [entry], verb="hours.log")[0]


def undo(ws: Workspace, flow: Flow, *, reason: str = "") -> Flow:
    """Take back hours by a counter-entry; without words the reason says that the entry was a slip."""
    return book.correct(ws, flow, reason=reason or _("Saisie annulée."))


def _known(ws: Workspace, origin: str) -> Flow | None:
    return Flow.objects.filter(book=ws.pole.actor, origin=origin, reverses=None, by=ws.user).first()


def _entry(ws: Workspace, given: Given) -> rules.Entry:
    quantity = thousandths(given.minutes)
    label = given.label.strip()
    cents = _value(given, quantity)
    if given.rate is not None and given.method and not given.by_rate:
        label = _("%(label)s (%(rate)s l'heure)") % {"label": label, "rate": given.rate}
    return rules.Entry(
        giver=given.giver,
        receiver=ws.pole.pk,
        nature=rules.TIME,
        on=given.on,
        label=label,
        thousandths=quantity,
        unit="hours",
        cents=cents,
        method=given.method if cents is not None else "",
        purpose=given.purpose or ws.pole.pk,
        instrument="timesheet",
        origin=f"{_BY_RATE if given.by_rate else _ORIGIN}{given.key}" if given.key else "",
    )


def _value(given: Given, quantity: int) -> int | None:
    """Return cents: an hourly rate times the hours, to the nearest cent; nothing without a method."""
    if bool(given.method) != (given.rate is not None):
        words = _("Une valeur se dit par une méthode et un montant de l'heure, ou ne se dit pas.")
        raise DomainError("half_value", words, facts={"field": "rate" if given.method else "method"})
    if given.rate is None:
        return None
    if given.method not in METHODS:
        words = _("Cette méthode de valorisation n'existe pas.")
        raise DomainError("unknown_method", words, facts={"field": "method"})
    exact = Decimal(given.rate.cents) * quantity / 1000
    return int(exact.to_integral_value(ROUND_HALF_UP))
