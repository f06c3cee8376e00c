"""What this room holds of people: files given to them, what they wrote of them, conflicts they declared."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.instruction.models import (
    Appraisal,
    Assignment,
    Bulk,
    Complement,
    Conflict,
    Desk,
    Draw,
    Letter,
    Opinion,
    ScoreChange,
)


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person: a reviewer may take away what they wrote, sealed or not."""
    return {
        "attributions": rows(
            Assignment.objects.filter(user=user), "dossier__title", "part", "at", "ended_at"
        ),
        "conflits": rows(Conflict.objects.filter(reviewer=user), "dossier__title", "why", "at", "lifted_at"),
        "relectures": rows(
            Appraisal.objects.filter(reviewer=user), "dossier__title", "scores", "texts", "advice", "given_at"
        ),
        "avis": rows(Opinion.objects.filter(by=user), "dossier__title", "who", "value", "text", "at"),
        "complements": rows(Complement.objects.filter(by=user), "dossier__title", "text", "due", "asked_at"),
        "lettres": rows(Letter.objects.filter(by=user), "dossier__title", "title", "text", "sent_at"),
        "notes_changees": rows(ScoreChange.objects.filter(by=user), "criterion", "before", "after", "reason"),
        "fiches": rows(Desk.objects.filter(by=user), "dossier__title", "summary", "note", "at"),
        "tirages": rows(Draw.objects.filter(by=user), "purpose", "seed", "published_at"),
        "actes_en_lot": rows(Bulk.objects.filter(by=user), "said", "at", "undone_at"),
    }


def erase(user: User) -> None:
    """Keep the rows: they decided of files, and hold an identifier that names nobody any more."""
