"""What this room holds of people: their part in files, what they wrote, signed and moved."""

from typing import Any

from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.dossiers.models import AnswerChange, DossierPiece, Presence, Receipt, SignOff, Transition, Writer


def export(user: User) -> dict[str, Any]:
    """Return the parts of the person in files, and what they did there."""
    invited = Writer.objects.filter(user=user) | Writer.objects.filter(user=None, email__iexact=user.email)
    return {
        "equipes": rows(invited, "dossier__title", "role", "invited_at", "accepted_at", "ended_at"),
        "reponses": rows(AnswerChange.objects.filter(by=user), "dossier__title", "key", "value", "at"),
        "pieces": rows(DossierPiece.objects.filter(by=user), "dossier__title", "key", "name", "at"),
        "signatures": rows(SignOff.objects.filter(user=user), "dossier__title", "actor__name", "at"),
        "depots": rows(Receipt.objects.filter(by=user), "number", "at"),
        "etapes": rows(Transition.objects.filter(by=user), "dossier__title", "verb", "at", "reason"),
    }


def erase(user: User) -> None:
    """Forget addresses and presences, end parts; what engaged organisations keeps an identifier alone."""
    Presence.objects.filter(user=user).delete()
    waiting = (
        Writer.objects.filter(user=None, email__iexact=user.email) if user.email else Writer.objects.none()
    )
    waiting.update(email="", token_hash="", ended_at=timezone.now())
    Writer.objects.filter(user=user).update(email="", token_hash="")
    Writer.objects.filter(user=user, ended_at=None).update(ended_at=timezone.now())
