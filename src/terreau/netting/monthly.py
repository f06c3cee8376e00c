"""The rhythm of a pole: a proposal each month on the day that it chose, and the end of those left unanswered.

Both are done by the worker, once a day; a day when nobody ran it is made up for the next.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, StaleWriteError
from terreau.journal.actions import record
from terreau.netting import answers, rounds
from terreau.netting.models import Consent, Habit, Round
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


def habit_of(pole: Pole) -> Habit:
    """Return the rhythm of a pole; none is written until somebody chooses one: no day."""
    return Habit.objects.filter(pole=pole).first() or Habit(pole=pole, version=0)


def choose(pole: Pole, *, day: int | None, days_to_answer: int, seen: int, by: User) -> Habit:
    """Have a proposal made every month on a day (``None``: never by itself); ``seen``: the version read.

    Raises ``StaleWriteError`` when somebody else chose meanwhile, ``DomainError`` for a day that is none.
    """
    if day is not None and not 1 <= day <= 28:
        raise DomainError("bad_day", _("Le jour du mois va de 1 à 28."), facts={"field": "day"})
    if not 1 <= days_to_answer <= rounds.MOST_DAYS:
        words = _("On laisse de 1 à 60 jours pour répondre.")
        raise DomainError("bad_days", words, facts={"field": "days_to_answer"})
    with transaction.atomic():
        subjects.lock(pole.pk)
        row = habit_of(pole)
        if row.version != seen:
            words = _("Quelqu'un vient de changer ce rythme : relisez-le avant d'enregistrer.")
            raise StaleWriteError("stale_write", words)
        row.day, row.days_to_answer, row.by, row.version = day, days_to_answer, by, row.version + 1
        row.save()
        data = {"day": day or 0, "days_to_answer": days_to_answer}
        record(pole.actor.subject, "netting.rhythm", by=by, data=data)
    return row


def next_day(habit: Habit, last: date | None, today: date) -> date | None:
    """Return the day of the next proposal of itself: today or later, never twice in a month."""
    if habit.day is None:
        return None
    this_month = today.replace(day=habit.day)
    done = last is not None and (last.year, last.month) == (today.year, today.month)
    if not done:
        return max(this_month, today)
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following.replace(day=habit.day)


def run(today: date) -> dict[str, int]:
    """End what was left unanswered, then propose where the month's day has come; return how many of each."""
    return {"ended": _end_all(today), "proposed": _propose_all(today)}


def _end_all(today: date) -> int:
    ended = 0
    refused = Consent.objects.filter(agrees=False).values("round")
    waiting = Round.objects.filter(state=Round.State.PROPOSED).select_related("pole__actor__subject")
    late = waiting.filter(expires_on__lt=today)
    # A refusal whose new computation was cut short: the proposal cannot be settled any more.
    for row in [*late.order_by("pk"), *waiting.filter(pk__in=refused, expires_on__gte=today).order_by("pk")]:
        try:
            answers.close(row, today=today, by=None)
        except DomainError:
            continue
        ended += 1
    return ended


def _propose_all(today: date) -> int:
    made = 0
    rows = Habit.objects.filter(day__lte=today.day).select_related("pole__actor__subject")
    living = rows.filter(pole__actor__subject__closed_at=None, pole__actor__subject__merged_into=None)
    for habit in living.order_by("pole"):
        this_month = Round.objects.filter(pole=habit.pole, on__year=today.year, on__month=today.month)
        if this_month.exists():
            continue
        try:
            expires = today + timedelta(days=habit.days_to_answer)
            rounds.propose(habit.pole, today=today, by=None, expires_on=expires)
        except DomainError:
            # Nothing to net this month, or a proposal still waits: tomorrow it is asked again.
            continue
        made += 1
    return made
