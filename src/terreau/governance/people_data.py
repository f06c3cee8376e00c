"""What this room holds of people: seats, votes cast in the open, signatures, requests to join.

Minutes and signatures stay when an account is erased: they are the record of what a pole decided.
"""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.governance.models import (
    Admission,
    AdmissionMove,
    Attendance,
    Consent,
    MinutesSignature,
    Objection,
    Seat,
    Statute,
    Vote,
)


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person; secret choices are not among them, tied to nobody."""
    return {
        "sieges": rows(
            Seat.objects.filter(user=user), "body__name", "actor__name", "person", "role", "valid_from"
        ),
        "presences": rows(Attendance.objects.filter(by=user), "meeting__title", "how"),
        "votes": rows(Vote.objects.filter(by=user), "voter__ballot__question", "choice", "at"),
        "objections": rows(Objection.objects.filter(by=user), "ballot__question", "words", "at"),
        "signatures": rows(MinutesSignature.objects.filter(by=user), "minutes__meeting__title", "name", "at"),
        "demandes": rows(
            Admission.objects.filter(asked_by=user), "pole__slug", "actor__name", "step", "asked_at"
        ),
        "etapes": rows(
            AdmissionMove.objects.filter(by=user), "admission__actor__name", "after", "on", "note"
        ),
        "consentements": rows(
            Consent.objects.filter(given_by=user), "pole__slug", "actor__name", "what", "given_at", "ended_at"
        ),
        "textes": rows(Statute.objects.filter(by=user), "pole__slug", "kind", "number", "at"),
    }


def erase(user: User) -> None:
    """Leave the seats to their organisations, without the account and the name of who sat there."""
    for seat in Seat.objects.filter(user=user):
        # Two seats of one organisation stay apart without the names.
        Seat.objects.filter(pk=seat.pk).update(user=None, person=f"#{seat.pk.hex[-6:]}")
