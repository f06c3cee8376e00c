"""Telling the people of a file, and those who instruct it, what happens to its agreement and its money."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from terreau.accounts.models import User
from terreau.calls.models import Role
from terreau.dossiers.models import Dossier
from terreau.dossiers.perms import people_of
from terreau.notices.actions import tell


def applicant(dossier: Dossier, text: Any, *, tail: str, by: User | None, dedupe: str) -> None:
    """Tell everybody of the team of a file, but who did it; ``tail``: the page to open."""
    _tell(people_of(dossier), dossier, text, tail=tail, by=by, dedupe=dedupe)


def officers(dossier: Dossier, text: Any, *, tail: str, by: User | None, dedupe: str) -> None:
    """Tell those who instruct a file, in its region or everywhere; who owns its call when nobody does."""
    rows = Role.objects.held_on(timezone.localdate()).filter(
        Q(zone=None) | Q(zone=dossier.zone_id),
        Q(call=dossier.call_id) | Q(programme=dossier.call.programme_id),
    )
    for role in (Role.Kind.OFFICER, Role.Kind.OWNER):
        held = rows.filter(role=role).values("user")
        people = list(User.objects.filter(pk__in=held, is_active=True, erased_at=None).order_by("pk"))
        if people:
            _tell(people, dossier, text, tail=tail, by=by, dedupe=dedupe)
            return


def _tell(  # noqa: PLR0913 - keyword-only: each is a part of the notice
    people: list[User], dossier: Dossier, text: Any, *, tail: str, by: User | None, dedupe: str
) -> None:
    for user in people:
        if by is None or user.pk != by.pk:
            path = f"/dossiers/{dossier.pk}/{tail}"
            tell(user, "dossier", text, subject=dossier.subject, path=path, dedupe=dedupe)
