"""What this room holds of people: their part in files, what they wrote, signed, deposited and entered.

What a person wrote in a file is their organisation's and stays, under an identifier that names nobody once
the account is erased. Addresses of invitations, links and presences are forgotten; in time, those of
invitations that nobody answered are too (``content/retention.yaml``).
"""

from datetime import date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from terreau.accounts import retention
from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.dossiers.models import (
    AnswerChange,
    Dossier,
    DossierPiece,
    FrozenCopy,
    Presence,
    Receipt,
    Reception,
    SignOff,
    Transition,
    Writer,
)


def export(user: User) -> dict[str, Any]:
    """Return the parts of the person in files, and what they did there."""
    parts = Writer.objects.filter(Q(user=user) | Q(user=None, email__iexact=user.email))
    sent = Writer.objects.filter(invited_by=user).exclude(user=user)
    written = AnswerChange.objects.filter(by=user)
    return {
        "equipes": rows(
            parts, "dossier__title", "actor__name", "role", "email", "invited_at", "accepted_at", "ended_at"
        ),
        "invitations_envoyees": rows(sent, "dossier__title", "role", "invited_at"),
        "dossiers_commences": rows(Dossier.objects.filter(created_by=user), "title", "created_at"),
        "reponses": rows(written, "dossier__title", "key", "value", "at"),
        "pieces": rows(DossierPiece.objects.filter(by=user), "dossier__title", "key", "name", "at"),
        "signatures": rows(
            SignOff.objects.filter(user=user), "dossier__title", "actor__name", "copy_hash", "at"
        ),
        "copies_figees": rows(FrozenCopy.objects.filter(by=user), "dossier__title", "number", "sha256", "at"),
        "depots": rows(Receipt.objects.filter(by=user), "number", "at"),
        "receptions": rows(
            Reception.objects.filter(by=user), "dossier__title", "postmark", "emailed_at", "note", "at"
        ),
        "etapes": rows(Transition.objects.filter(by=user), "dossier__title", "verb", "at", "reason"),
        "presences": rows(Presence.objects.filter(user=user), "dossier__title", "key", "at"),
    }


def erase(user: User) -> None:
    """Forget addresses, links and presences, end parts; what engaged organisations keeps an identifier."""
    now = timezone.now()
    Presence.objects.filter(user=user).delete()
    if user.email:
        _forget(Writer.objects.filter(user=None, email__iexact=user.email), now)
    Writer.objects.filter(user=user).update(email="", token_hash="")
    Writer.objects.filter(user=user, ended_at=None).update(ended_at=now)


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget the invitations that nobody answered, and the presences that were left behind."""
    midnight = timezone.make_aware(datetime.combine(on, time()))
    asked = Writer.objects.filter(accepted_at=None).exclude(email="", token_hash="")
    old = asked.filter(invited_at__lt=midnight - retention.period("dossiers.invitations"))
    gone = Presence.objects.filter(at__lt=midnight)
    counts = {"dossiers.invitations": old.count(), "dossiers.presences": gone.count()}
    if save:
        _forget(old, timezone.now())
        gone.delete()
    return counts


def _forget(found: QuerySet[Writer], now: datetime) -> None:
    keys = list(found.values_list("pk", flat=True))
    Writer.objects.filter(pk__in=keys, ended_at=None).update(ended_at=now)
    Writer.objects.filter(pk__in=keys).update(email="", token_hash="")
