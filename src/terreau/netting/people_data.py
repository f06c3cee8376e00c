"""What this room holds of people: who answered, set aside or proposed, by identifier alone."""

from typing import Any

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.netting.models import Aside, Consent, Round, TakingPart


def export(user: User) -> dict[str, Any]:
    """Return the rows that name the person as their author."""
    return {
        "participations": rows(TakingPart.objects.filter(by=user), "actor__name", "since", "until"),
        "factures_gardees": rows(Aside.objects.filter(by=user), "invoice__number", "reason", "since"),
        "propositions": rows(Round.objects.filter(by=user), "number", "on", "state"),
        "reponses": rows(
            Consent.objects.filter(by=user), "round__number", "actor__name", "agrees", "reason", "at"
        ),
    }


def erase(user: User) -> None:
    """Keep the rows: they engaged organisations, and hold an identifier that names nobody any more."""
