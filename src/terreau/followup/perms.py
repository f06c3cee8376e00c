"""Who writes what in the follow-up of a file: the beneficiary its reports, the officers theirs, both the
rest.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from terreau.common.errors import RefusedError
from terreau.dossiers import states
from terreau.dossiers.perms import DossierSpace
from terreau.dossiers.perms import enter as enter_dossier
from terreau.followup.models import ConclusionSignature
from terreau.journal.actions import refuse

BENEFICIARY, OFFICER, EITHER, SIGNS = "beneficiary", "officer", "either", "signs"
_WRITES: Final = frozenset({"lead", "writer", "signatory"})
_SIGNS: Final = frozenset({"lead", "signatory"})
_STAFF: Final = frozenset({"officer", "owner"})
#: A file has a follow-up once it is chosen.
FOLLOWED: Final = states.CHOSEN


def enter(request: HttpRequest, pk: UUID) -> DossierSpace:
    """Fetch a file and let in who has a part in it; others as ``dossiers.perms`` says."""
    return enter_dossier(request, pk, "read")


def writes(space: DossierSpace) -> bool:
    """Say whether the person writes for the beneficiary."""
    return space.applicant and bool(space.roles & _WRITES)


def officer(space: DossierSpace) -> bool:
    """Say whether the person instructs the file."""
    return not space.applicant and bool(space.roles & _STAFF)


def side(space: DossierSpace) -> str:
    """Return the side for which the person may sign, nothing when for none."""
    if space.applicant and space.roles & _SIGNS:
        return str(ConclusionSignature.Side.BENEFICIARY)
    return str(ConclusionSignature.Side.FUNDER) if officer(space) else ""


def require(space: DossierSpace, who: str) -> None:
    """Refuse, and count the refusal, who is not of the side that does this; a file not chosen to all."""
    able = {
        BENEFICIARY: writes(space),
        OFFICER: officer(space),
        EITHER: writes(space) or officer(space),
        SIGNS: bool(side(space)),
    }
    followed = space.dossier.state in FOLLOWED
    if not able[who] or not followed:
        words = (
            _("Votre rôle sur ce dossier ne permet pas cela.")
            if followed
            else _("Ce dossier n'est pas retenu : il n'a pas de suivi.")
        )
        refuse(space.dossier.subject, f"followup.{who}", by=space.user, reason=words)
        raise RefusedError("no_role", words)
