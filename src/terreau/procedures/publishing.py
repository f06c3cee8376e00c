"""The results of a call are published: applicants are told, anybody reads who was chosen, and the figures."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.common.permissions import Permission
from terreau.dossiers import announcing, states
from terreau.dossiers.models import Dossier
from terreau.journal.actions import record
from terreau.procedures import results, statistics
from terreau.subjects import actions as subjects


def can_publish(call: Call) -> Permission:
    """Say whether the results may be published: the call is closed, and no file waits for its decision."""
    if call.state in results.PUBLIC:
        return Permission(ok=False, reason=_("Les résultats sont déjà publiés."))
    if call.phase() not in {"closed", "open"} or (call.phase() == "open" and call.closes_at is not None):
        return Permission(ok=False, reason=_("L'appel n'est pas clos : il reçoit encore des dossiers."))
    waiting = Dossier.objects.filter(call=call, state__in=states.INSTRUCTED).count()
    if waiting:
        words = ngettext(
            "%(n)d dossier attend encore sa décision.",
            "%(n)d dossiers attendent encore leur décision.",
            waiting,
        )
        return Permission(ok=False, reason=words % {"n": waiting})
    return Permission(ok=True)


@transaction.atomic
def publish(call: Call, *, by: User) -> Call:
    """Publish the results of a call; done twice, it is done once. Who may is said by the caller.

    Raises ``DomainError`` (409) with the reason while a file waits for its decision.
    """
    subjects.lock(call.pk)
    call.refresh_from_db()
    if call.state in results.PUBLIC:
        return call
    if not (allowed := can_publish(call)):
        raise DomainError("not_decided", allowed.reason, status=409)
    Call.objects.filter(pk=call.pk).update(state=Call.State.DECIDED, version=F("version") + 1)
    call.refresh_from_db(fields=["state", "version"])
    shown = statistics.publish(call, at=timezone.now())
    record(call.subject, "call.results_published", by=by, data={"statistics": shown})
    announcing.follow(call, by)
    return call
