"""Keeping the four sums of a member's purchases, and taking them back: who it bought of was never kept."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.trade.files import Period
from terreau.trade.models import Spending


def keep(pole: Pole, actor: Actor, years: Mapping[int, Period], *, by: User) -> list[Spending]:
    """Keep the sums of each year, in place of those kept before for that year."""
    with transaction.atomic():
        subjects.lock(actor.pk)
        made = [_keep(pole, actor, year, one, by) for year, one in sorted(years.items())]
        if made:
            data = {"pole": pole.pk.hex, "years": sorted(years)}
            record(actor.subject, "trade.spending_kept", by=by, data=data)
    return made


def _keep(pole: Pole, actor: Actor, year: int, one: Period, by: User) -> Spending:
    values = {
        "members_cents": one.spent.members,
        "perimeter_cents": one.spent.perimeter,
        "outside_cents": one.spent.outside,
        "unknown_cents": one.spent.unknown,
        "lines": one.lines,
        "first": one.first,
        "last": one.last,
        "by": by,
    }
    row, _made = Spending.objects.update_or_create(pole=pole, actor=actor, year=year, defaults=values)
    return row


def forget(row: Spending, *, by: User) -> None:
    """Take the sums of a year back; what was published of them under secrecy stays as it was."""
    with transaction.atomic():
        subjects.lock(row.actor_id)
        if Spending.objects.filter(pk=row.pk).delete()[0]:
            data = {"pole": row.pole_id.hex, "years": [row.year]}
            record(row.actor.subject, "trade.spending_forgotten", by=by, data=data)
