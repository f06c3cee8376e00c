"""Who reads the envelopes of a programme: its people; of one call alone, who owns or checks that call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from terreau.accounts.models import User
from terreau.calls.models import Call, Programme, Role
from terreau.calls.perms import Standing, enter_programme, standing_in_programme

#: Who reads the envelopes of a programme; its owner moves them.
READERS: Final = ("owner", "officer", "auditor", "committee", "sponsor")
#: Who reads those that a call draws on, by a role in that call alone.
_OF_CALL: Final = ("owner", "auditor")


@dataclass(frozen=True, slots=True)
class Reader:
    """A programme as somebody reads its envelopes; ``calls``: those they read alone, none for all of it."""

    programme: Programme
    standing: Standing
    user: User
    calls: tuple[Call, ...] = ()

    @property
    def of_theirs(self) -> Q:
        """The moves that they read: budgets, and those of the files of their calls or of their regions."""
        if self.calls:
            return Q(dossier=None) | Q(dossier__call__in=self.calls)
        if self.standing.zones is not None and self.standing.roles <= {"officer", "reviewer"}:
            return Q(dossier=None) | Q(dossier__zone__code__in=self.standing.zones)
        return Q()


def enter(request: HttpRequest, slug: str) -> Reader:
    """Fetch a programme and let in who reads its envelopes, or those of one of its calls.

    Raises as ``calls.perms.enter_programme``.
    """
    user, calls = request.user, _calls(request.user, slug)
    if calls and isinstance(user, User):
        programme = calls[0].programme
        held = standing_in_programme(user, programme)
        if not held.roles & set(READERS):
            return Reader(programme, held, user, calls)
    return Reader(*enter_programme(request, slug, *READERS, verb="envelope.read"))


def _calls(user: Any, slug: str) -> tuple[Call, ...]:
    """Return the calls of a programme that a person owns or checks today: one query."""
    if not isinstance(user, User) or not user.is_active:
        return ()
    held = Role.objects.held_on(timezone.localdate()).filter(user=user, role__in=_OF_CALL)
    rows = Call.objects.filter(programme__slug=slug, pk__in=held.values("call"))
    return tuple(rows.select_related("programme__subject").order_by("pk"))
