"""What this room holds of people: what they did, under their identifier, and what was refused to them."""

from datetime import date
from typing import Any

from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.journal.models import Event, Refusal


def export(user: User) -> dict[str, Any]:
    """Return the events that a person made and the refusals they met."""
    return {
        "actes": personal.rows(Event.objects.filter(by=user.pk), "at", "verb", "subject", "seq"),
        "refus": personal.rows(Refusal.objects.filter(by=user.pk), "hour", "verb", "reason", "count"),
    }


def erase(user: User) -> None:
    """Keep everything: the journal knows identifiers only, and the person is nobody from now on."""


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget the refusals of more than a year; events are kept as long as the register lives."""
    old = Refusal.objects.filter(hour__lt=timezone.now() - retention.period("journal.refusals"))
    return {"journal.refusals": old.delete()[0] if save else old.count()}
