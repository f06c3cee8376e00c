"""What this room holds of people: who signed, who was asked to; given to them, forgotten when they ask.

A signature stays: its proof names nobody. The name, the quality and the mandate go with their salt.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.accounts.retention import period
from terreau.census.held import FORGOTTEN
from terreau.charters.models import Request, Signature, Signer, Voice


def export(user: User) -> dict[str, Any]:
    """Return what is held of a person, by account and by e-mail address."""
    mine = Q(signature__by=user) | Q(signature__request__email__iexact=user.email)
    return {
        "signatures": rows(
            Signer.objects.filter(mine),
            *("signature", "signature__text__charter__code", "signature__on", "signature__signatory"),
            *("name", "quality", "mandate", "shown"),
        ),
        "demandes_recues": rows(
            Request.objects.filter(email__iexact=user.email),
            "id",
            "email",
            "message",
            "sent_at",
            "expires_at",
        ),
        "demandes_faites": rows(Request.objects.filter(by=user), "id", "email", "message", "created_at"),
        "voix": rows(Voice.objects.filter(by=user), "consultation", "signatory", "option", "at"),
    }


def erase(user: User) -> None:
    """Forget who signed and the addresses; what the organisations signed and chose stays theirs."""
    forget_signers(
        Signer.objects.filter(Q(signature__by=user) | Q(signature__request__email__iexact=user.email))
    )
    forget_requests(Request.objects.filter(email__iexact=user.email))
    Voice.objects.filter(by=user).update(by=None)


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget what is older than its line of ``content/retention.yaml``; return how many by line."""
    now = timezone.make_aware(datetime.combine(on, datetime.min.time()))
    asked = Request.objects.filter(expires_at__lte=now - period("charters.links"), signature=None).exclude(
        email=FORGOTTEN
    )
    gone = Signer.objects.filter(
        forgotten_at=None, signature__withdrawal__at__lte=now - period("charters.withdrawn")
    )
    found = {"charters.links": asked.count(), "charters.withdrawn": gone.count()}
    if save:
        forget_requests(asked)
        forget_requests(Request.objects.filter(signature__signer__in=list(gone)))
        forget_signers(gone)
    return found


def forget_signers(found: Iterable[Signer]) -> None:
    """Forget the person behind signatures; with the salt goes all that the proof said of them."""
    for row in list(found):
        Signer.objects.filter(pk=row.pk).update(
            name="", quality="", mandate="", salt="", shown=False, forgotten_at=timezone.now()
        )


def forget_requests(found: Iterable[Request]) -> None:
    """Forget the address and the words of links; one that has not signed stops working."""
    signed = set(Signature.objects.exclude(request=None).values_list("request", flat=True))
    for row in list(found):
        Request.objects.filter(pk=row.pk).update(email=FORGOTTEN, message="")
        if row.pk not in signed:
            Request.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now())
