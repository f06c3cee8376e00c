"""What this room holds of people: their messages."""

from datetime import date
from typing import Any

from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.notices.models import Notice


def export(user: User) -> list[dict[str, Any]]:
    """Return the messages of a person."""
    return personal.rows(Notice.objects.filter(to=user), "at", "kind", "text", "path", "read_at", "mailed_at")


def erase(user: User) -> None:
    """Forget the messages of a person."""
    Notice.objects.filter(to=user).delete()


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget the messages of more than a year."""
    old = Notice.objects.filter(at__lt=timezone.now() - retention.period("notices.messages"))
    return {"notices.messages": old.delete()[0] if save else old.count()}
