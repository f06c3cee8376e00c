"""A small part of an invented workspace: rates, hours with their role, things lent, accounts said."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from terreau.accounts.models import User
from terreau.bookkeeping import accounts, gifts
from terreau.bookkeeping.gifts import Words
from terreau.bookkeeping.models import Contribution, Rate
from terreau.flows import actions as ledger
from terreau.flows import rules
from terreau.poles import book
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace, of_person

FLAG = "exemple fictif"


def fill(pole: Pole, by: User) -> int:
    """Write the example in the book of an invented pole that ``by`` animates; return how many lines."""
    ws = of_person(by, pole.slug)
    today = timezone.localdate()
    hour = _rate(ws, "Heure de bénévolat", rules.TIME, 1_202)
    _rate(ws, "Salle de réunion", rules.IN_KIND, 1_500)
    members = [one.pk for one in book.parties(pole, on=today) if one.pk != pole.pk][:6]
    if not members:
        return 0
    entries = [
        rules.Entry(
            giver=members[number % len(members)],
            receiver=pole.pk,
            nature=nature,
            on=today - timedelta(days=7 * number + 3),
            label=f"{label} ({FLAG})",
            thousandths=thousandths,
            unit="hours",
            purpose=pole.pk,
            instrument="timesheet",
        )
        for number, (nature, label, thousandths) in enumerate(_PLAN)
    ]
    flows = ledger.record(pole.actor, entries, by=by)
    roles = (Contribution.Role.VOLUNTEER, Contribution.Role.ELECTED, Contribution.Role.LENT, "")
    for number, flow in enumerate(one for one in flows if one.nature == rules.TIME):
        role = roles[number % len(roles)]
        fitting = role in {Contribution.Role.VOLUNTEER, Contribution.Role.ELECTED} and hour.since <= flow.on
        gifts.say(ws, flow, Words(role=role, function="animation", rate=hour if fitting else None))
    paid = ledger.record(
        pole.actor,
        [
            rules.Entry(
                giver=members[0],
                receiver=pole.pk,
                nature=rules.CASH,
                on=today - timedelta(days=20),
                label=f"Participation à la fête du pôle ({FLAG})",
                cents=24_000,
                instrument="transfer",
                purpose=pole.pk,
            )
        ],
        by=by,
    )
    accounts.classify(ws, paid, "708")
    return len(flows) + len(paid)


_PLAN = (
    (rules.TIME, "Comité de pilotage", 2_000),
    (rules.TIME, "Préparation de la fête du pôle", 3_500),
    (rules.IN_KIND, "Salle prêtée pour l'assemblée", 4_000),
    (rules.TIME, "Accueil des nouveaux membres", 1_500),
    (rules.TIME, "Relecture des statuts", 2_500),
    (rules.IN_KIND, "Atelier prêté un samedi", 7_000),
)


def _rate(ws: Workspace, what: str, nature: str, cents: int) -> Rate:
    return gifts.add_rate(
        ws,
        what=f"{what} ({FLAG})",
        nature=nature,
        unit="hours",
        method="agreed",
        cents=cents,
        since=ws.today.replace(month=1, day=1),
        source=f"Montant inventé ({FLAG})",
    )
