"""A netting to look at: invented invoices in a ring between members of the demonstration pole."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import actions as billing
from terreau.billing.rules import Line
from terreau.netting import rounds, taking_part
from terreau.poles import book
from terreau.poles.models import Pole

FLAG: Final = "exemple fictif"
#: Who owes whom, by rank among the members, and how much in cents.
_OWED: Final = ((0, 1, 120_000), (1, 2, 50_000), (2, 0, 90_000), (1, 0, 22_050))


def fill(pole: Pole, by: User) -> None:
    """Issue a few invented invoices between three members, who take part; propose what cancels them."""
    today = timezone.localdate()
    members = [one.pk for one in book.parties(pole, on=today) if one.pk != pole.pk][:3]
    if len(members) < 3:
        return
    actors = Actor.objects.select_related("subject").in_bulk(members)
    for rank, (debtor, creditor, cents) in enumerate(_OWED):
        row = billing.draft(
            pole,
            kind="trade",
            seller=actors[members[creditor]],
            buyer=actors[members[debtor]],
            on=today - timedelta(days=20 - rank),
            lines=[Line(f"Prestation ({FLAG})", cents)],
            label=f"Prestation ({FLAG})",
            by=by,
        )
        billing.issue(row, by=by)
    for pk in members:
        taking_part.start(pole, actors[pk], on=today, by=by)
    rounds.propose(pole, today=today, by=by)
