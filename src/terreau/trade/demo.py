"""A little trade for the invented pole: agreed, different, waiting. All of it says « exemple fictif »."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.poles.models import Pole
from terreau.trade import actions, published, who
from terreau.trade.actions import Draft
from terreau.trade.models import Exchange
from terreau.trade.rules import BUYER, SELLER, Told

FLAG: Final = "exemple fictif"
_REASONS: Final = ("met", "catalogue", "before", "")


def fill(pole: Pole, by: User, *, today: date | None = None) -> int:
    """Write invented exchanges between the members of an invented pole; return how many. Once a pole."""
    day = today or timezone.localdate()
    everybody = who.members(pole)
    members = everybody.at(day)[:6]
    if len(members) < 2 or Exchange.objects.filter(pole=pole).exists():
        return 0
    pairs = [(one, other) for one in members for other in members if one.pk != other.pk]
    last = date(day.year - 1, 6, 15)
    for rank, (seller, other) in enumerate(pairs):
        # Most are of last year, so that a finished year has something to publish.
        on = last + timedelta(days=rank) if rank % 3 else day - timedelta(days=5 + rank % 40)
        if not (everybody.on(seller.pk, on) and everybody.on(other.pk, on)):
            on = day - timedelta(days=1)
        told = Told(on, 8_000 + 1_731 * rank, f"FA-{1000 + rank}", None, _REASONS[rank % 4])
        waits, differs = rank % 9 == 4, rank % 9 == 7
        for side in (SELLER,) if waits else (SELLER, BUYER):
            cents = told.cents if side == SELLER or not differs else told.cents * 10 // 12
            said = Told(told.on, cents, told.number, None, told.why)
            label = f"{_('Vente entre membres')} ({FLAG})"
            draft = Draft(side=side, seller=seller.pk, buyer=other.pk, told=said, label=label)
            actions.declare(pole, draft, by=by, today=day)
    published.publish(pole, day.year - 1, by=by)
    return len(pairs)
