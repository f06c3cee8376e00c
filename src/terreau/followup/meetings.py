"""Meetings of both sides: planned, held with minutes, cancelled; the contradictory meeting is one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.dossiers.models import Dossier
from terreau.dossiers.moving import lock
from terreau.followup.models import Steering
from terreau.followup.telling import tell_officers, tell_team
from terreau.journal.actions import record, save_fresh


def find(dossier: Dossier, pk: Any) -> Steering:
    """Return a meeting of a file. Raises ``NotFoundError``."""
    row = Steering.objects.filter(dossier=dossier, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_meeting", _("Ce dossier n'a pas cette réunion."))
    return row


def plan(  # noqa: PLR0913 - keyword-only: what a meeting is
    dossier: Dossier, *, kind: str, at: datetime, place: str = "", agenda: str = "", by: User
) -> Steering:
    """Plan a meeting; both sides are told."""
    if kind not in Steering.Kind.values:
        raise DomainError("unknown_kind", _("Choisissez la nature."), facts={"field": "kind"})
    with transaction.atomic():
        row = lock(dossier)
        made = Steering.objects.create(
            dossier=row, kind=kind, at=at, place=place.strip()[:200], agenda=agenda.strip()[:5000], by=by
        )
        record(row.subject, "meeting.planned", by=by, data={"meeting": made.pk.hex, "kind": made.kind})
        _tell(row, "meeting", made, by)
    return made


def hold(meeting: Steering, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Steering:
    """Write the minutes: the meeting is held from then on. Corrected later, each writing is journalled.

    Raises ``StaleWriteError`` when somebody wrote the same part meanwhile, ``DomainError`` without minutes,
    before the meeting or once it is cancelled.
    """
    if not str(mine.get("minutes", "")).strip():
        raise DomainError("no_minutes", _("Écrivez le compte rendu."), facts={"field": "minutes"})
    if meeting.at > timezone.now():
        words = _("Cette réunion n'a pas encore eu lieu.")
        raise DomainError("not_yet", words, facts={"field": "minutes"})
    with transaction.atomic():
        row = lock(meeting.dossier)
        now = Steering.objects.get(pk=meeting.pk)
        if now.state == Steering.State.CANCELLED:
            raise DomainError("meeting_cancelled", _("Cette réunion est annulée."), status=409)
        first = now.state == Steering.State.PLANNED
        held = save_fresh(now, subject=row.subject, verb="meeting.written", base=base, mine=mine, by=by)
        if first:
            Steering.objects.filter(pk=held.pk).update(state=Steering.State.HELD)
            record(row.subject, "meeting.held", by=by, data={"meeting": held.pk.hex})
            _tell(row, "minutes", held, by)
    meeting.refresh_from_db()
    return meeting


def cancel(meeting: Steering, *, by: User) -> Steering:
    """Cancel a meeting that was planned."""
    with transaction.atomic():
        row = lock(meeting.dossier)
        changed = Steering.objects.filter(pk=meeting.pk, state=Steering.State.PLANNED).update(
            state=Steering.State.CANCELLED, version=F("version") + 1
        )
        if not changed:
            raise DomainError("meeting_moved", _("Cette réunion n'est plus prévue."), status=409)
        record(row.subject, "meeting.cancelled", by=by, data={"meeting": meeting.pk.hex})
    meeting.refresh_from_db()
    return meeting


def _tell(dossier: Dossier, what: str, meeting: Steering, by: User) -> None:
    key = f"{what}-{meeting.pk.hex}"
    tell_team(dossier, what, by=by, dedupe=key)
    tell_officers(dossier, what, by=by, dedupe=key)
