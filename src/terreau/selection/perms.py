"""Who sits, who decides, who reads: roles of the call, and no file for who is in conflict over it."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.calls.perms import CallSpace, Standing, standing
from terreau.calls.perms import enter as enter_call
from terreau.common.errors import RefusedError
from terreau.dossiers.models import Dossier
from terreau.instruction import conflicts
from terreau.journal.actions import refuse

#: Who reads the ranking; who proposes and decides; who composes the committee and publishes.
READERS = ("committee", "owner", "officer", "auditor", "sponsor")
DECIDERS = ("committee", "owner")
OWNERS = ("owner",)


def enter(request: HttpRequest, slug: str, *roles: str) -> CallSpace:
    """Fetch a call and let in who holds one of these roles (``READERS`` when none is named)."""
    return enter_call(request, slug, *(roles or READERS), verb="committee.enter")


def reads_all(held: Standing) -> bool:
    """Say whether the person reads the files of every region: an officer of some regions does not."""
    return bool(held.committee or held.owner or held.auditor or held.sponsors) or held.zones is None


def decides(held: Standing) -> bool:
    """Say whether the person proposes and decides."""
    return held.committee or held.owner


def require_decides(dossier: Dossier, by: User | None) -> None:
    """Raise ``RefusedError`` (403, journalled) for who does not decide, or is in conflict over this file."""
    if by is None:
        return
    if not decides(standing(by, dossier.call)):
        raise _refused(dossier, by, _("Seuls le comité et le porteur du programme décident d'un dossier."))
    if why := conflicts.why_not(by, dossier):
        raise _refused(dossier, by, conflicts.said(why))


def require(call: Call, by: User | None, *roles: str) -> None:
    """Raise ``RefusedError`` (403, journalled) for who holds none of these roles in the call."""
    if by is None or standing(by, call).roles & set(roles):
        return
    words = _("Il faut un rôle dans cet appel pour faire cela : demandez-le à qui le porte.")
    refuse(call.subject, "committee.write", by=by, reason=words)
    raise RefusedError("no_role", words)


def _refused(dossier: Dossier, by: User, words: str) -> RefusedError:
    refuse(dossier.subject, "dossier.decide", by=by, reason=words)
    return RefusedError("dossier_refused", words)
