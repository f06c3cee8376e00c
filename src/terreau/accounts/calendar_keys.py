"""The secret address by which a calendar program reads what its owner may see: one a person, ended at will.

A calendar program cannot sign in. Its address holds a secret of which the register keeps a digest only; what
the holder may see is asked again at every reading.
"""

import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone

from terreau.accounts.models import CalendarKey, User
from terreau.accounts.personal import rows

_BYTES = 24


def make(user: User) -> str:
    """Give the person a new secret, and end the former one; it is shown once."""
    token = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        # The lock of the person: two pages at once leave one key.
        User.objects.select_for_update().get(pk=user.pk)
        end(user)
        CalendarKey.objects.create(user=user, digest=_digest(token))
    return token


def end(user: User) -> int:
    """End the key of a person; return how many ended (one or none)."""
    return CalendarKey.objects.filter(user=user, ended_at=None).update(ended_at=timezone.now())


def current(user: User) -> CalendarKey | None:
    """Return the key in force, which says when it was made, never its secret."""
    return CalendarKey.objects.filter(user=user, ended_at=None).first()


def holder(token: str) -> User | None:
    """Return who holds a secret that is in force and may still sign in."""
    row = CalendarKey.objects.filter(digest=_digest(token), ended_at=None).select_related("user").first()
    if row is None or not row.user.is_active or row.user.erased_at is not None:
        return None
    return row.user


def export(user: User) -> list[dict[str, Any]]:
    """Return when the person made and ended keys."""
    return rows(CalendarKey.objects.filter(user=user), "made_at", "ended_at")


def erase(user: User) -> None:
    """End the key of who leaves."""
    end(user)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
