"""Who else has a file open, and in which field: the applicant's people and the officers see one another.

One row by person and file, renewed while the page is open and worth nothing after a minute. A person writes
at most once in twenty seconds, unless they went to another field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.dossiers import saying
from terreau.dossiers.models import Dossier, Presence
from terreau.dossiers.perms import DossierSpace

EVERY: Final = timedelta(seconds=20)
LASTS: Final = timedelta(seconds=60)
FORGOTTEN: Final = timedelta(hours=1)
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else on the file: the key of their field (empty: none known), and on which side they stand."""

    name: str
    key: str
    officer: bool


def beat(
    dossier: Dossier, user: User, *, key: str = "", officer: bool = False, now: datetime | None = None
) -> bool:
    """Say that a person is on a file, in a field; return whether anything was written.

    The caller checks that the person may read the file.
    """
    at = now or timezone.now()
    field = "".join(key.split())[:_LONGEST]
    side = Presence.Side.OFFICER if officer else Presence.Side.APPLICANT
    rows = Presence.objects.filter(dossier=dossier, user=user)
    if rows.filter(at__gt=at - EVERY, key=field, side=side).exists():
        return False
    if rows.update(at=at, key=field, side=side):
        return True
    Presence.objects.filter(at__lt=at - FORGOTTEN).delete()
    try:
        with transaction.atomic():
            Presence.objects.create(dossier=dossier, user=user, key=field, at=at, side=side)
    except IntegrityError:
        return False
    return True


def others(dossier: Dossier, user: User, *, now: datetime | None = None) -> list[Other]:
    """Return who else was on the file within a minute, by name: one query."""
    since = (now or timezone.now()) - LASTS
    rows = Presence.objects.filter(dossier=dossier, at__gt=since).exclude(user=user)
    found = rows.filter(user__is_active=True, user__erased_at=None).select_related("user").order_by("pk")
    seen = [
        Other(row.user.name or row.user.email, row.key, row.side == Presence.Side.OFFICER) for row in found
    ]
    return sorted(seen, key=lambda one: one.name)


def told(space: DossierSpace) -> list[dict[str, Any]]:
    """Return who else is on the file as a page says it: ``name``, ``officer``, words of their field.

    To the applicant an officer is « l'instruction », without a name, once.
    """
    found = others(space.dossier, space.user)
    if not found:
        return []
    content = space.dossier.form.content
    labels = {placed.key: saying.label(placed.field) for placed in form_rules.fields(content)}
    hidden = space.applicant
    lines = [
        {
            "name": "" if one.officer and hidden else one.name,
            "officer": one.officer,
            "label": labels.get(one.key, ""),
        }
        for one in found
    ]
    return [one for one in lines if one["name"]] + [one for one in lines if not one["name"]][:1]


def leave(dossier: Dossier, user: User) -> None:
    """Say that a person left the file."""
    Presence.objects.filter(dossier=dossier, user=user).delete()
