"""The verbs of ``subjects.actions`` with their events, in one transaction: what rooms call."""

from datetime import datetime

from django.db import transaction

from terreau.accounts.models import User
from terreau.journal.actions import record
from terreau.subjects import actions
from terreau.subjects.models import MergeRecord, Subject


@transaction.atomic
def close(subject: Subject, *, by: User | None, reason: str, at: datetime | None = None) -> Subject:
    """Close a subject and say why (see ``subjects.actions.close``)."""
    closed = actions.close(subject, by=by, reason=reason, at=at)
    record(closed, "subject.closed", by=by, data={"reason": reason})
    return closed


@transaction.atomic
def reopen(subject: Subject, *, by: User | None, reason: str) -> Subject:
    """Reopen a subject and say why (see ``subjects.actions.reopen``)."""
    opened = actions.reopen(subject)
    record(opened, "subject.reopened", by=by, data={"reason": reason})
    return opened


@transaction.atomic
def merge(loser: Subject, winner: Subject, *, by: User | None, reason: str) -> MergeRecord:
    """Merge two subjects and tell both (see ``subjects.actions.merge``)."""
    merged = actions.merge(loser, winner, by=by, reason=reason)
    data = {"loser": loser.pk.hex, "winner": winner.pk.hex, "reason": reason}
    for subject in sorted((loser, winner), key=lambda one: one.pk):
        record(subject, "subject.merged", by=by, data=data)
    return merged


@transaction.atomic
def unmerge(merged: MergeRecord, *, by: User | None, reason: str) -> MergeRecord:
    """Undo a merge and tell both (see ``subjects.actions.unmerge``)."""
    undone = actions.unmerge(merged, by=by)
    data = {"loser": undone.loser_id.hex, "winner": undone.winner_id.hex, "reason": reason}
    for subject in sorted((undone.loser, undone.winner), key=lambda one: one.pk):
        record(subject, "subject.unmerged", by=by, data=data)
    return undone
