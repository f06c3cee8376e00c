"""What this room holds of people: given to them, erased, forgotten when it is old."""

from datetime import date
from typing import Any

from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.actors import belonging, roles
from terreau.actors.models import Actor, Belonging, Moderation
from terreau.common.errors import DomainError
from terreau.journal.actions import record


def export(user: User) -> dict[str, Any]:
    """Return the belongings and the moderations of a person."""
    fields = ("actor__name", "role", "asked_at", "message", "confirmed_at", "refused_at", "reason")
    return {
        "appartenances": personal.rows(Belonging.objects.filter(user=user), *fields, "ended_at"),
        "moderations": personal.rows(
            Moderation.objects.filter(user=user), "zone__name", "network__name", "valid_from", "valid_to"
        ),
    }


def erase(user: User) -> None:
    """End what lives, forget what was written; the rows stay, with nobody's name."""
    for row in Belonging.objects.living().filter(user=user).select_related("actor__subject").order_by("pk"):
        belonging.end(row, by=None)
    Belonging.objects.filter(user=user).update(message="")
    today = timezone.localdate()
    Moderation.objects.filter(user=user, valid_to=None).update(valid_to=today)
    record(roles.site(), "person.erased", by=None, data={"user": user.pk.hex})


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget the messages of requests answered long ago."""
    before = timezone.now() - retention.period("actors.requests")
    old = Belonging.objects.filter(asked_at__lt=before).exclude(message="")
    old = old.exclude(pk__in=Belonging.objects.asked().values("pk"))
    return {"actors.requests": old.update(message="") if save else old.count()}


def propose_organisation(user: User, claims: Any) -> None:
    """Ask in a person's name to join the organisation whose SIRET a provider of identity says.

    A proposal only: its people or its moderators answer. Nothing when no public actor has this SIRET, or when
    the person asked, refused or left before.
    """

    siret = "".join(str(claims.get("siret") or "").split())
    if not siret.isdigit() or len(siret) != 14:
        return
    living = Actor.objects.filter(subject__public=True, subject__closed_at=None, subject__merged_into=None)
    found = list(living.filter(siret=siret)[:2]) or list(living.filter(siren=siret[:9])[:2])
    if len(found) != 1 or Belonging.objects.filter(user=user, actor=found[0]).exists():
        return
    try:
        belonging.ask(user, found[0], by=None)
    except DomainError:
        return
