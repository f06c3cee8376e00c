"""Telling the people of a file what happens to its agreement and its money."""

from typing import Any

from terreau.accounts.models import User
from terreau.dossiers.models import Dossier
from terreau.dossiers.perms import people_of
from terreau.notices.actions import tell


def applicant(dossier: Dossier, text: Any, *, tail: str, by: User | None, dedupe: str) -> None:
    """Tell everybody of the team of a file, but who did it; ``tail``: the page to open."""
    for user in people_of(dossier):
        if by is None or user.pk != by.pk:
            path = f"/dossiers/{dossier.pk}/{tail}"
            tell(user, "dossier", text, subject=dossier.subject, path=path, dedupe=dedupe)
