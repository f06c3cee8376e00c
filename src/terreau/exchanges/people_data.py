"""What this room holds of people: the skills they are named for, and what they wrote for their members."""

from typing import Any

from django.db.models import F
from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.exchanges.models import (
    Commitment,
    InsertionHours,
    Offering,
    Party,
    Purchase,
    SkillEntry,
    Task,
    Tender,
    Watch,
)


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person."""
    return {
        "competences": rows(
            SkillEntry.objects.filter(user=user),
            *("skill__name", "actor__name", "way", "note", "agreed_at", "since", "ended_on"),
        ),
        "reponses": rows(Tender.objects.filter(by=user), "title", "state", "made_at"),
        "groupements": rows(
            Party.objects.filter(answered_by=user), "tender__title", "actor__name", "answer", "answered_at"
        ),
        "taches": rows(Task.objects.filter(done_by=user), "tender__title", "title", "done_at"),
        "insertion": rows(
            InsertionHours.objects.filter(by=user), "tender__title", "minutes", "first", "last"
        ),
        "veille": rows(Watch.objects.filter(by=user), "title", "url", "seen_at"),
        "achats": rows(Purchase.objects.filter(by=user), "title", "state", "made_at"),
        "engagements": rows(Commitment.objects.filter(by=user), "purchase__title", "quantity", "at"),
        "offres": rows(Offering.objects.filter(by=user), "title", "actor__name", "made_at"),
    }


def erase(user: User) -> None:
    """Leave the skills to their organisations, ended and without the person: nobody else has them."""
    for entry in SkillEntry.objects.filter(user=user):
        ended = entry.ended_on or timezone.localdate()
        SkillEntry.objects.filter(pk=entry.pk).update(
            user=None, agreed_at=None, note="", ended_on=ended, version=F("version") + 1
        )
