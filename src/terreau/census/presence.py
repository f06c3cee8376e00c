"""Who else has a sheet open to change it, and in which field.

One row by person and sheet, renewed while the page is open and worth nothing after a minute. A person writes
at most once in twenty seconds, whatever the number of pages and fields.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.accounts.models import User
from terreau.census.models import Presence
from terreau.subjects.models import Subject

EVERY, LASTS, FORGOTTEN = timedelta(seconds=20), timedelta(seconds=60), timedelta(hours=1)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else on the sheet, and the words of the field where they are, when known."""

    name: str
    field: str


def beat(subject: Subject, user: User, *, field: str = "") -> bool:
    """Say that a person is on a sheet, in a field; return whether anything was written.

    The caller checks that the person may change the sheet.
    """
    now = timezone.now()
    words = " ".join(field.split())[:_LONGEST]
    rows = Presence.objects.filter(subject=subject, user=user)
    if rows.filter(seen_at__gt=now - EVERY).exists():
        return False
    if rows.update(seen_at=now, field=words):
        return True
    Presence.objects.filter(seen_at__lt=now - FORGOTTEN).delete()
    try:
        with transaction.atomic():
            Presence.objects.create(subject=subject, user=user, field=words, seen_at=now)
    except IntegrityError:
        return False
    return True


def others(subject: Subject, user: User) -> list[Other]:
    """Return who else was on the sheet within a minute, by name: one query."""
    rows = Presence.objects.filter(subject=subject, seen_at__gt=timezone.now() - LASTS).exclude(user=user)
    found = rows.filter(user__is_active=True, user__erased_at=None).select_related("user")
    return sorted((Other(str(row.user), row.field) for row in found), key=lambda one: one.name)
