"""What this room holds of people: their messages."""

from datetime import date
from typing import Any

from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.notices.models import Notice, Preference


def export(user: User) -> dict[str, Any]:
    """Return the messages of a person, and how often they chose to receive them."""
    rows = Notice.objects.filter(to=user)
    return {
        "messages": personal.rows(rows, "at", "kind", "text", "path", "read_at", "mailed_at"),
        "rythme": personal.rows(Preference.objects.filter(user=user), "rhythm", "since", "seen_at"),
    }


def erase(user: User) -> None:
    """Forget the messages of a person, and their choice."""
    Preference.objects.filter(user=user).delete()
    Notice.objects.filter(to=user).delete()


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget the messages of more than a year."""
    old = Notice.objects.filter(at__lt=timezone.now() - retention.period("notices.messages"))
    return {"notices.messages": old.delete()[0] if save else old.count()}
