"""What this room holds of people: who said, confirmed, granted, called. Nothing in it is about them."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.fees.models import FeeCall, Grant, Measure, Reminder, ScaleVersion


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    said = ("actor__name", "basis", "year", "value", "source")
    return {
        "baremes": rows(ScaleVersion.objects.filter(by=user), "name", "created_at"),
        "chiffres": rows(Measure.objects.filter(by=user), *said, "at"),
        "confirmations": rows(Measure.objects.filter(confirmed_by=user), *said, "confirmed_at"),
        "reductions": rows(Grant.objects.filter(by=user), "actor__name", "label", "reason", "at"),
        "appels": rows(FeeCall.objects.filter(by=user), "first", "last", "at"),
        "relances": rows(Reminder.objects.filter(by=user), "fee__actor__name", "on", "at"),
    }


def erase(user: User) -> None:
    """Leave the rows as they are: the person who wrote them is nobody any more."""
